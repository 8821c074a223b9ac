//! Why a trial ended badly: numbers for the wire, words for operators.

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $word:literal, $end:ident;)*) => {
        /// Why the trial held or refused a change. The number is the wire's, the word the operator's;
        /// both are for ever. The trial owns the numbers 100–119.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Reason { $($(#[$doc])* $name = $number,)* }

        impl Reason {
            /// All reasons, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The number on the wire.
            #[must_use]
            pub fn number(self) -> u8 {
                match self { $(Self::$name => $number,)* }
            }

            /// The reason that a wire number means, when this version knows it.
            #[must_use]
            pub fn from_number(number: u8) -> Option<Self> {
                match number { $($number => Some(Self::$name),)* _ => None }
            }

            /// A stable code word for logs and metrics; never shown to a carer.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// What becomes of the change.
            #[must_use]
            pub fn end(self) -> End {
                match self { $(Self::$name => End::$end,)* }
            }
        }
    };
}

/// What becomes of a change that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// A person decides; the bytes are kept.
    Held,
    /// It can never be applied; the bytes are kept, opaque.
    Refused,
}

reasons! {
    /// Automerge does not take it.
    DoesNotApply = 100, "does-not-apply", Refused;
    /// It writes into a map that the document does not have.
    UnknownMap = 101, "unknown-map", Refused;
    /// The document does not read back from its own bytes, or not with the same heads.
    DoesNotReload = 102, "does-not-reload", Refused;
    /// The document cannot be edited any more.
    NotEditable = 103, "not-editable", Refused;
    /// A value disappeared that it does not say it replaces.
    HidesAnother = 104, "hides-another", Refused;
    /// It writes at the root or in a section, where only maps of ours stand: a container would be
    /// overwritten.
    Container = 105, "container", Held;
    /// It nests deeper than section, entry, field.
    TooDeep = 106, "too-deep", Held;
    /// A key that this version does not know, within a schema that it knows.
    UnknownKey = 107, "unknown-key", Held;
    /// A value of another kind than its key has.
    Kind = 108, "kind", Held;
    /// What it says breaks a rule of plans or notes (an item without legal basis).
    NotValid = 109, "not-valid", Held;
    /// The note names another citizen than its manifest.
    OtherCitizen = 110, "other-citizen", Held;
    /// The author's role may not do it.
    NotAllowed = 111, "not-allowed", Held;
    /// It ticks an item that is for other roles (M14).
    ItemForOthers = 112, "item-for-others", Held;
    /// Its content says another schema than its manifest.
    Schema = 113, "schema", Held;
    /// It does not read as a note.
    NotANote = 114, "not-a-note", Held;
    /// The trial's process ended, or its library panicked.
    Crashed = 115, "trial_crashed", Held;
    /// The trial took too long, twice.
    TimedOut = 116, "trial_timeout", Held;
    /// The trial asked for more memory than it may have.
    Memory = 117, "trial_memory", Held;
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::error::Error for Reason {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::Reason;

    #[test]
    fn every_number_reads_back_lies_in_the_trials_range_and_no_word_is_used_twice() {
        for reason in Reason::ALL {
            assert_eq!(Reason::from_number(reason.number()), Some(*reason));
            assert!((100..120).contains(&reason.number()));
        }
        let words: BTreeSet<_> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
        assert_eq!(words.len(), Reason::ALL.len());
        assert_eq!((1..=u8::MAX).filter_map(Reason::from_number).count(), Reason::ALL.len());
    }
}
