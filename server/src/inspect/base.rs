//! What the bytes are tried on: nothing but genesis, or a document of a store.

use doegnrytme_core::gate::GatedChange;
use doegnrytme_core::ids::{CitizenId, DeviceNumber, DocId};

use super::{NOBODY, candidate};
use crate::intake::tester::Candidate;
use crate::store::plan::PlanVersion;
use crate::store::{Store, StoreError, Tx, read};

/// What the bytes are tried on.
pub enum Base {
    /// No store: the genesis that a change names, or an empty document.
    Nothing,
    /// A document as a server has published it.
    Document(Box<dyn Store>, DocId),
}

impl std::fmt::Debug for Base {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Base").field("doc", &self.doc()).finish_non_exhaustive()
    }
}

impl Base {
    /// The document, when one was named.
    #[must_use]
    pub fn doc(&self) -> Option<DocId> {
        match self {
            Self::Nothing => None,
            Self::Document(_, doc) => Some(*doc),
        }
    }

    /// Asks the store, when there is one.
    pub(super) fn ask<T>(
        &mut self,
        question: impl FnOnce(&mut dyn Tx) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        match self {
            Self::Nothing => Ok(None),
            Self::Document(store, _) => read(&mut **store, question).map(Some),
        }
    }

    pub(super) fn citizen(&mut self, doc: DocId) -> Result<CitizenId, StoreError> {
        let bound = match doc {
            DocId::Plan(citizen, _) => Some(citizen),
            _ => self.ask(|tx| tx.citizen_of(doc))?.flatten(),
        };
        Ok(bound.unwrap_or(NOBODY))
    }

    pub(super) fn changes(&mut self, doc: DocId) -> Result<Vec<Vec<u8>>, StoreError> {
        Ok(self.ask(|tx| tx.plan_changes(doc))?.unwrap_or_default())
    }

    pub(super) fn candidate(
        &mut self,
        change: &GatedChange,
        device: DeviceNumber,
    ) -> Result<Candidate, StoreError> {
        let doc = change.doc();
        let version = match doc {
            DocId::Plan(..) => self.ask(|tx| tx.plan_version(doc))?.unwrap_or_default(),
            _ => PlanVersion::default(),
        };
        // Which note it is and about whom stands beside a change and not in it.
        let bare = matches!(doc, DocId::Note(_)) && matches!(self, Self::Nothing);
        Ok(candidate(change, device, version, bare))
    }
}
