//! Doubt: what the server may have forgotten and cannot learn again by itself. Until the operator
//! confirms, uploads are receipted and wait, and no text message leaves.

use doegnrytme_core::port::random;

use crate::intake::{IntakeError, Taken, after_upgrade};
use crate::node::context::Context;
use crate::store::meta::name;
use crate::store::sms::{Sms, SmsState};
use crate::store::{StoreError, Tx};

/// Reasons for doubt; there may be several.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Doubt(u8);

impl Doubt {
    /// The journal is not there.
    pub const MISSING: Self = Self(1);
    /// The journal is another server's, or sealed with another key.
    pub const FOREIGN: Self = Self(2);
    /// The journal knows less than the database, or something else.
    pub const BEHIND: Self = Self(4);
    /// Part of the journal cannot be read; what could be was taught.
    pub const DAMAGED: Self = Self(8);
    /// A tablet proved that the database was rolled back, and the journal did not know.
    pub const ROLLED_BACK: Self = Self(16);

    /// What the store says.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn read(tx: &mut dyn Tx) -> Result<Self, StoreError> {
        let byte = tx.meta(name::DOUBT)?.and_then(|bytes| bytes.first().copied());
        Ok(Self(byte.unwrap_or(0)))
    }

    /// Writes it into the store.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn write(self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        let byte = [self.0];
        tx.put_meta(name::DOUBT, if self.is_none() { &[] } else { &byte })
    }

    /// This and `other`.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// This without what the journal itself gave reason for.
    #[must_use]
    pub fn with_a_sound_journal(self) -> Self {
        Self(self.0 & Self::ROLLED_BACK.0)
    }

    /// Whether all reasons of `other` are among these.
    #[must_use]
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_none(self) -> bool {
        self.0 == 0
    }

    /// The reasons, for people.
    #[must_use]
    pub fn words(self) -> String {
        let all = [
            (Self::MISSING, "the journal is missing"),
            (Self::FOREIGN, "the journal is another server's"),
            (Self::BEHIND, "the journal is behind the database"),
            (Self::DAMAGED, "the journal is damaged"),
            (Self::ROLLED_BACK, "a tablet proved that the database was rolled back"),
        ];
        let said: Vec<&str> =
            all.into_iter().filter(|(doubt, _)| self.has(*doubt)).map(|(_, words)| words).collect();
        said.join("; ")
    }
}

/// What came of a confirmation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Confirmed {
    /// There was nothing to confirm.
    Nothing,
    /// Another server's file lies where the journal should: it is not ours to set aside.
    InTheWay,
    /// What waited is judged, text messages leave again, and a journal protects both.
    Done(Doubt),
}

/// The operator takes it upon himself that something may have been forgotten: a new journal
/// begins where the old one cannot be used, and everything that waited is judged. Of the messages
/// of today and yesterday nobody can say any more whether they left: they are not sent again.
///
/// # Errors
/// [`IntakeError`]; nothing stays then.
pub fn confirm(
    tx: &mut dyn Tx,
    context: &mut Context<'_>,
) -> Result<(Confirmed, Taken), IntakeError> {
    let doubt = Doubt::read(tx)?;
    if doubt.is_none() {
        return Ok((Confirmed::Nothing, Taken::default()));
    }
    if doubt.has(Doubt::FOREIGN) {
        return Ok((Confirmed::InTheWay, Taken::default()));
    }
    if doubt != Doubt::ROLLED_BACK {
        tx.begin_journal()?;
    }
    leave_unsent(tx, context)?;
    Doubt::default().write(tx)?;
    context.doubt = Doubt::default();
    let taken = after_upgrade(tx, context)?;
    Ok((Confirmed::Done(doubt), taken))
}

fn leave_unsent(tx: &mut dyn Tx, context: &mut Context<'_>) -> Result<(), StoreError> {
    let Ok(today) = context.now.local_day() else { return Ok(()) };
    for relative in tx.relatives()? {
        for day in [today.plus(-1), today] {
            let (relative, text, state) = (relative.id, String::new(), SmsState::Unknown);
            // Told from others by its own name: the gateway never heard of it.
            let reference = random(context.rng);
            let unknown = Sms { relative, day, reference, text, state, at: context.now };
            if !tx.add_sms(&unknown)? {
                tx.move_sms(SmsState::Composed, &unknown)?;
            }
        }
    }
    Ok(())
}
