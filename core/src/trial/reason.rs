//! Why a trial ended badly: numbers for the wire, words for operators.

use crate::gate::reasons;

/// What becomes of a change that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// A person decides; the bytes are kept.
    Held,
    /// It can never be applied; the bytes are kept, opaque.
    Refused,
}

reasons! {
    /// Why the trial held or refused a change. The trial owns the numbers 100–119.
    Reason {
        /// Automerge does not take it.
        DoesNotApply = 100, "does-not-apply";
        /// It writes into a map that the document does not have.
        UnknownMap = 101, "unknown-map";
        /// The document does not read back from its own bytes, or not with the same heads.
        DoesNotReload = 102, "does-not-reload";
        /// The document cannot be edited any more.
        NotEditable = 103, "not-editable";
        /// A value disappeared that it does not say it replaces.
        HidesAnother = 104, "hides-another";
        /// It writes at the root or in a section, where only maps of ours stand: a container would be
        /// overwritten.
        Container = 105, "container";
        /// It nests deeper than section, entry, field.
        TooDeep = 106, "too-deep";
        /// A key that this version does not know, within a schema that it knows.
        UnknownKey = 107, "unknown-key";
        /// A value of another kind than its key has.
        Kind = 108, "kind";
        /// What it says breaks a rule of plans or notes (an item without legal basis).
        NotValid = 109, "not-valid";
        /// The note names another citizen than its manifest.
        OtherCitizen = 110, "other-citizen";
        /// The author's role may not do it.
        NotAllowed = 111, "not-allowed";
        /// It ticks an item that is for other roles (M14).
        ItemForOthers = 112, "item-for-others";
        /// Its content says another schema than its manifest.
        Schema = 113, "schema";
        /// It does not read as a note.
        NotANote = 114, "not-a-note";
        /// The trial's process ended, or its library panicked.
        Crashed = 115, "trial_crashed";
        /// The trial took too long, twice.
        TimedOut = 116, "trial_timeout";
        /// The trial asked for more memory than it may have.
        Memory = 117, "trial_memory";
    }
}

impl Reason {
    /// What becomes of the change.
    #[must_use]
    pub fn end(self) -> End {
        match self {
            Self::DoesNotApply
            | Self::UnknownMap
            | Self::DoesNotReload
            | Self::NotEditable
            | Self::HidesAnother => End::Refused,
            _ => End::Held,
        }
    }
}

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
