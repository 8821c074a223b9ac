//! The shape of the documents: schema numbers and the keys that stand in them, for ever.
//!
//! A plan is `root → section → entry → field → scalar`: sections by [`crate::care::field::Section`]
//! key, entries by their id in base-32, fields by [`crate::care::field::Field`] key. Text is a
//! scalar, numbers are signed, flags are booleans. A second value of a field is a conflict, never
//! a winner. Nothing is deleted; what a newer version adds is kept as it stands.
//!
//! A note is one change of one map. Its keys are single letters, because 155 notes travel to
//! every tablet at the end of a shift; what every note of a shift has in common stands first, so
//! that the sync's compression finds it in one piece. Who wrote it and its id are its row's, when
//! it was written is the change's own time.

/// The plan schema that this version writes; stands in the plan under [`SCHEMA`].
pub const PLAN_SCHEMA: u16 = 1;
/// The note schema that this version writes; stands in the note under [`note::SCHEMA`].
pub const NOTE_SCHEMA: u16 = 1;

/// The root key of a plan's schema number.
pub const SCHEMA: &str = "schema";

/// The root keys of a note. All but schema, kind, law and citizen may be absent.
pub mod note {
    /// Schema number.
    pub const SCHEMA: &str = "s";
    /// Key of the note's kind.
    pub const KIND: &str = "k";
    /// Key of the legal basis.
    pub const LAW: &str = "l";
    /// One of [`AS_AGREED`], [`DEVIATION`], [`NEEDS_ACTION`].
    pub const OUTCOME: &str = "o";
    /// The visit: `2026-03-02 morgen 1`.
    pub const VISIT: &str = "v";
    /// The citizen's id, 16 bytes.
    pub const CITIZEN: &str = "c";
    /// Seconds from the visit's start to the saving of the note; absent is 0.
    pub const STARTED_BEFORE: &str = "b";
    /// Minutes.
    pub const MINUTES: &str = "m";
    /// The plan on screen, 8 bytes of each head.
    pub const PLAN_HEADS: &str = "h";
    /// The text; absent is none.
    pub const TEXT: &str = "t";
    /// Numbers of the approved phrases, between spaces.
    pub const PHRASES: &str = "f";
    /// `true` when the text was spoken; absent is no.
    pub const DICTATED: &str = "z";
    /// Ids of the items not given, between spaces.
    pub const NOT_GIVEN: &str = "n";
    /// The id of the note that this one answers or corrects, 16 bytes.
    pub const POINTS_AT: &str = "p";
    /// To whom a handover goes: a function's key or a carer's id in hex.
    pub const RECIPIENT: &str = "r";
    /// The author's name in another system.
    pub const OUTSIDE_AUTHOR: &str = "a";
    /// The note's id in another system.
    pub const OUTSIDE_ID: &str = "i";
    /// An advis: what was observed.
    pub const OBSERVED: &str = "ao";
    /// An advis: what was tried.
    pub const TRIED: &str = "at";
    /// An advis: what is asked.
    pub const ASK: &str = "aa";
    /// An advis: who has to answer, as in [`RECIPIENT`].
    pub const OWNER: &str = "aw";
    /// An advis: by when, `2026-03-02`.
    pub const DUE: &str = "ad";
    /// A map from item id to seconds since the visit's start.
    pub const TICKS: &str = "x";
    /// A map from item id to the tick's id in another system.
    pub const TICK_OUTSIDE_IDS: &str = "y";

    /// Som aftalt.
    pub const AS_AGREED: &str = "agreed";
    /// Afvigelse.
    pub const DEVIATION: &str = "deviation";
    /// Afvigelse, kræver handling.
    pub const NEEDS_ACTION: &str = "action";
}
