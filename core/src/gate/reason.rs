//! Why a change was held or refused: numbers for the wire, words for operators.

/// An enum of reasons: each has a number for the wire and a word for operators, both for ever.
macro_rules! reasons {
    ($(#[$about:meta])* Reason { $($(#[$doc:meta])* $name:ident = $number:literal, $word:literal;)* }) => {
        $(#[$about])*
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
        }

        impl std::fmt::Display for Reason {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::error::Error for Reason {}
    };
}
pub(crate) use reasons;

reasons! {
    /// Why the gate held or refused a change. The gate owns the numbers 1–99; the trial, trust and
    /// intake number their own reasons from 100 up.
    Reason {
        /// More than [`super::limit::BYTES`].
        TooLarge = 1, "too-large";
        /// The bytes end before the change does.
        Truncated = 2, "truncated";
        /// The magic bytes are not Automerge's.
        NotAChunk = 3, "not-a-chunk";
        /// A document, bundle or deflated chunk instead of a plain change.
        ChunkType = 4, "chunk-type";
        /// The checksum is not of these bytes.
        Checksum = 5, "checksum";
        /// A number is longer than it need be, or than 64 bits.
        Number = 6, "number";
        /// Bytes follow after the change or its columns.
        Trailing = 7, "trailing";
        /// The author is not 16 bytes.
        Actor = 8, "actor";
        /// Other actors are too many, out of order, not 16 bytes, unused, or the author himself.
        OtherActors = 9, "other-actors";
        /// Dependencies are too many, out of order or doubled.
        Dependencies = 10, "dependencies";
        /// A sequence number or operation counter is 0 or above [`super::limit::COUNTER`].
        Counter = 11, "counter";
        /// The time lies outside 2020–2100 (or is not 0, for the reserved actor).
        Time = 12, "time";
        /// The change carries a commit message; ours never do.
        Message = 13, "message";
        /// A column is unknown, doubled, out of order, empty, deflated or missing.
        Columns = 14, "columns";
        /// A column is not packed the one canonical way, or holds null where a value must be.
        Packing = 15, "packing";
        /// The columns do not hold the same number of operations.
        ColumnLengths = 16, "column-lengths";
        /// More than [`super::limit::OPERATIONS`].
        TooManyOperations = 17, "too-many-operations";
        /// The change does nothing.
        NoOperations = 18, "no-operations";
        /// A key or text is not UTF-8.
        Utf8 = 19, "utf8";
        /// A key is empty or longer than [`super::limit::KEY`].
        Key = 20, "key";
        /// A text is longer than [`super::limit::TEXT`].
        TextTooLong = 21, "text-too-long";
        /// An operation other than making a map or putting a scalar.
        Action = 22, "action";
        /// A value of a kind that our documents do not use.
        ValueType = 23, "value-type";
        /// A value's length is not that of its kind, or a map is made with a value.
        Value = 24, "value";
        /// An operation names one that it cannot know, or an actor that is not listed.
        Reference = 25, "reference";
        /// Replaced values are too many, out of order or doubled, or a map replaces something.
        Predecessors = 26, "predecessors";
        /// One change writes a key twice.
        KeyTwice = 27, "key-twice";

        /// The manifest names another hash than the bytes have.
        HashMismatch = 40, "hash-mismatch";
        /// The actor does not begin with the signing device's number.
        ForeignActor = 41, "foreign-actor";
        /// The reserved actor wrote something that is not built in.
        ReservedActor = 42, "reserved-actor";
        /// A change was handed in for a record, which is no document.
        NotADocument = 43, "not-a-document";
        /// A plan was handed in under another citizen than its own.
        PlanOfAnother = 44, "plan-of-another";
        /// A plan's change rests on nothing, not even on genesis.
        PlanWithoutGenesis = 45, "plan-without-genesis";
        /// A note's change rests on something.
        NoteWithDependencies = 46, "note-with-dependencies";
        /// The note has a change already, or this one does not call itself the first.
        NoteSecondChange = 47, "note-second-change";
        /// The author's sequence number is taken by another change.
        SequenceTaken = 48, "sequence-taken";
        /// The author's sequence number leaves out one.
        SequenceGap = 49, "sequence-gap";
        /// The first operation's counter does not follow from the dependencies.
        StartOperation = 50, "start-operation";
        /// It rests on a change that was refused (held).
        DependencyRefused = 51, "dependency-refused";
        /// The document is bound to another citizen than the manifest names (held).
        BoundToAnother = 52, "bound-to-another";
        /// The citizen is not in the signing device's scope (held).
        OutOfScope = 53, "out-of-scope";
        /// The document is restricted, erased or superseded by a later generation (held).
        Closed = 54, "closed";
        /// The change names another actor who has written nothing in this document.
        UnknownActor = 55, "unknown-actor";
        /// It rests on a change that is held (held with it).
        DependencyHeld = 56, "dependency-held";
    }
}

#[cfg(test)]
mod tests {
    use super::Reason;
    use std::collections::BTreeSet;

    #[test]
    fn every_number_reads_back_and_no_word_is_used_twice() {
        for reason in Reason::ALL {
            assert_eq!(Reason::from_number(reason.number()), Some(*reason));
        }
        let words: BTreeSet<_> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
        assert_eq!(words.len(), Reason::ALL.len());
        assert_eq!((1..=u8::MAX).filter_map(Reason::from_number).count(), Reason::ALL.len());
    }
}
