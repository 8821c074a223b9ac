//! A change that has passed the gate: the only kind of foreign change a document takes.

use super::{ChangeShape, Reason, examine};
use crate::ids::{ChangeHash, CitizenId, DocId};

/// The bytes of a change with what is known of them. Only the gate can make one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatedChange {
    bytes: Vec<u8>,
    shape: ChangeShape,
    doc: DocId,
    citizen: CitizenId,
}

impl GatedChange {
    pub(super) fn new(bytes: Vec<u8>, shape: ChangeShape, doc: DocId, citizen: CitizenId) -> Self {
        Self { bytes, shape, doc, citizen }
    }

    /// Takes a change back from the store's own log, where it was written after it had passed.
    /// G0 runs again (it is cheap and a page may rot); G1 was answered when the row was written,
    /// in the same transaction, and is not asked again.
    ///
    /// # Errors
    /// [`Reason`] when the bytes are no change or not the one that `hash` names.
    pub fn from_log(
        doc: DocId,
        citizen: CitizenId,
        hash: ChangeHash,
        bytes: Vec<u8>,
    ) -> Result<Self, Reason> {
        let shape = examine(&bytes)?;
        if shape.hash != hash {
            return Err(Reason::HashMismatch);
        }
        Ok(Self::new(bytes, shape, doc, citizen))
    }

    /// The whole chunk, magic and checksum included, as Automerge reads it.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The whole chunk, when nothing else of the change is needed any more.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// What G0 read from it.
    #[must_use]
    pub fn shape(&self) -> &ChangeShape {
        &self.shape
    }

    /// Its hash; with [`GatedChange::doc`] it names the change everywhere.
    #[must_use]
    pub fn hash(&self) -> ChangeHash {
        self.shape.hash
    }

    /// The document it belongs to.
    #[must_use]
    pub fn doc(&self) -> DocId {
        self.doc
    }

    /// The citizen whom the document is about; publishing it binds the document to him for ever.
    #[must_use]
    pub fn citizen(&self) -> CitizenId {
        self.citizen
    }
}
