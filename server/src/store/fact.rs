//! Facts: what digests need of notes, read from published notes beside the hot path. A cache; the
//! change log is the truth.

use doegnrytme_core::care::note::{NoteKind, PhraseId};
use doegnrytme_core::ids::{CitizenId, NoteId, StreamId};
use doegnrytme_core::time::LocalDay;

use super::StoreError;

/// What is kept of one note. There is no place for its words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fact {
    /// The note.
    pub note: NoteId,
    /// About whom.
    pub citizen: CitizenId,
    /// What it is.
    pub kind: NoteKind,
    /// The day of its visit; of its writing for other kinds.
    pub day: LocalDay,
    /// The note that it points at.
    pub points_at: Option<NoteId>,
    /// The phrases that were chosen.
    pub phrases: Vec<PhraseId>,
    /// Whether a visit went as agreed.
    pub as_agreed: Option<bool>,
}

/// Facts.
pub trait FactTx {
    /// How far a stream was read.
    ///
    /// # Errors
    /// [`StoreError`]; so for every method here.
    fn projected(&mut self, stream: StreamId) -> Result<u64, StoreError>;

    /// Sets how far a stream was read.
    ///
    /// # Errors
    /// [`StoreError`].
    fn set_projected(&mut self, stream: StreamId, seq: u64) -> Result<(), StoreError>;

    /// Keeps a fact; one of the same note is replaced.
    ///
    /// # Errors
    /// [`StoreError`].
    fn put_fact(&mut self, fact: &Fact) -> Result<(), StoreError>;

    /// The facts of a citizen's visits on a day, and of everything that points at them, however
    /// far.
    ///
    /// # Errors
    /// [`StoreError`].
    fn facts_of(&mut self, citizen: CitizenId, day: LocalDay) -> Result<Vec<Fact>, StoreError>;

    /// All facts, by note.
    ///
    /// # Errors
    /// [`StoreError`].
    fn facts(&mut self) -> Result<Vec<Fact>, StoreError>;

    /// Throws all facts away and reads all streams anew.
    ///
    /// # Errors
    /// [`StoreError`].
    fn forget_facts(&mut self) -> Result<(), StoreError>;
}
