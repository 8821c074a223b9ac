//! How often each fault and each verdict happened: a fault that never happens proves nothing.

use std::fmt;

macro_rules! counted {
    ($(#[$doc:meta])* $name:ident { $($(#[$line:meta])* $case:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$line])* $case,)* }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$case,)*];

            /// In words.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$case => $word,)* }
            }
        }
    };
}

counted! {
    /// Something that goes wrong, or an outcome that must have been seen.
    Seen {
        /// The request never came to the server.
        RequestLost = "request lost",
        /// The server did its work and the answer never came back.
        AnswerLost = "answer lost",
        /// The line was cut while the answer came: half of it arrived.
        AnswerCut = "answer cut in the middle",
        /// The tablet got one answer twice.
        AnswerDoubled = "answer doubled",
        /// The server got one request twice, and the tablet the second answer.
        RequestDoubled = "request doubled",
        /// The request came long after the tablet had given it up.
        RequestDelayed = "request delayed past later ones",
        /// The answer came after other tablets' later ones.
        AnswerDelayed = "answer delayed past later ones",
        /// The request ran into a server that could not work.
        ServerBusy = "server busy",
        /// The tablet's process ended between two events.
        TabletCrash = "tablet crashed",
        /// The tablet's process ended between statements of a transaction.
        CrashInStore = "tablet crashed between statements",
        /// The tablet's process ended while it started.
        CrashAtStart = "tablet crashed at its start",
        /// The outbox file got half of a record, then the disk was full.
        DiskFull = "disk full in the outbox file",
        /// The commit failed as on a full disk.
        CommitFull = "disk full at the commit",
        /// The server's process ended before its commit.
        ServerCrash = "server crashed before its commit",
        /// The server's process ended after its commit, before the answer.
        ServerCrashAfter = "server crashed between commit and answer",
        /// The server's files were put back as they had been.
        RolledBack = "server rolled back",
        /// A wall clock jumped by years.
        ClockJump = "clock jumped by years",
        /// A wall clock said 1970.
        Clock1970 = "clock said 1970",
        /// A tablet was switched off and on.
        Reboot = "tablet rebooted",
        /// A tablet that stayed away came at last.
        Late = "late tablet came",
        /// A tablet joined in the middle.
        Joined = "new tablet joined",
        /// A start code was void: another had been made, or a roll-back forgot it.
        CarerRefused = "start code refused",
        /// Two tablets wrote one field without seeing each other.
        Conflict = "conflict seen",
        /// A person settled a conflict.
        Resolved = "conflict resolved",
        /// One handover was taken twice.
        TakenTwice = "handover taken by two",
        /// A tablet handed in a colleague's rows.
        Offered = "colleague's rows offered",
        /// A batch was receipted.
        Received = "verdict: received",
        /// An entry was published.
        Published = "verdict: published",
        /// An entry waited for another one.
        Parked = "verdict: parked",
        /// An entry was held for the team.
        Held = "verdict: held",
        /// An entry was refused.
        Refused = "verdict: refused",
        /// An edit that rested on a held one was written anew without it.
        Anew = "edit written anew",
    }
}

/// The counts of one world or many.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts(std::collections::BTreeMap<Seen, u64>);

impl Counts {
    /// One more.
    pub fn add(&mut self, seen: Seen) {
        *self.0.entry(seen).or_default() += 1;
    }

    /// How often.
    #[must_use]
    pub fn of(&self, seen: Seen) -> u64 {
        self.0.get(&seen).copied().unwrap_or(0)
    }

    /// These and those.
    pub fn join(&mut self, others: &Self) {
        for (seen, count) in &others.0 {
            *self.0.entry(*seen).or_default() += count;
        }
    }

    /// What never happened.
    #[must_use]
    pub fn never(&self) -> Vec<Seen> {
        Seen::ALL.iter().copied().filter(|seen| self.of(*seen) == 0).collect()
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for seen in Seen::ALL {
            writeln!(f, "{:>9}  {}", self.of(*seen), seen.word())?;
        }
        Ok(())
    }
}
