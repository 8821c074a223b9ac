//! A change that was written here, as the log, the outbox and the gate want it.

use automerge::Change;

use super::DocumentError;
use crate::gate::{ChangeShape, Reason, examine};
use crate::ids::ChangeHash;

/// One change written on this device; it has passed G0 and has yet to pass G1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnChange {
    /// The whole chunk, never deflated.
    pub bytes: Vec<u8>,
    /// Hash, actor, seq, deps and what else the gate reads from it.
    pub shape: ChangeShape,
}

impl OwnChange {
    /// The change's hash; with the document's id it names the change everywhere.
    #[must_use]
    pub fn hash(&self) -> ChangeHash {
        self.shape.hash
    }

    pub(super) fn new(change: &Change) -> Result<Self, DocumentError> {
        // `raw_bytes`, never `bytes`, which deflates what is longer than 256 bytes.
        let bytes = change.raw_bytes().to_vec();
        let shape = examine(&bytes)?;
        if shape.hash.0 == change.hash().0 {
            Ok(Self { bytes, shape })
        } else {
            Err(DocumentError::Gate(Reason::HashMismatch))
        }
    }
}
