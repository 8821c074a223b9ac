//! Why a document did not take something. Names no person and quotes no text.

use crate::gate::Reason;
use crate::ids::{ChangeHash, ItemId};

/// Why an edit or a change did not get into a document, which is as it was before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// The stored bytes are no document of ours; rebuild it from the log.
    #[error("the saved document cannot be read")]
    Unreadable,
    /// Automerge panicked. The copy that it worked on is thrown away; rebuild from the log.
    #[error("the document library failed")]
    Panicked,
    /// Automerge said no: a sequence number twice, for one.
    #[error("the document library refused the change")]
    Refused,
    /// These changes must come first.
    #[error("{} changes must come first", .0.len())]
    Missing(Vec<ChangeHash>),
    /// The change belongs to a note or a record.
    #[error("the change is no plan's")]
    NotAPlan,
    /// The plan has no such section: it was begun by something else than genesis.
    #[error("the plan lacks the section {0}")]
    NoSection(&'static str),
    /// The plan has no such entry.
    #[error("the plan has no entry {0}")]
    NoEntry(ItemId),
    /// The plan has an entry of that id already.
    #[error("the plan has an entry {0} already")]
    EntryExists(ItemId),
    /// Every field had that value already.
    #[error("the edit changes nothing")]
    NothingChanged,
    /// The note says what its document cannot hold: the visit of another citizen, for one.
    #[error("the note does not fit a document")]
    NoteDoesNotFit,
    /// What was written here would not pass the gate.
    #[error("the change would not pass the gate: {0}")]
    Gate(#[from] Reason),
}
