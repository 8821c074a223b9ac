//! The gate's questions about bytes that nobody signed for.

use doegnrytme_core::document::genesis;
use doegnrytme_core::gate::{self, Dependency, RESERVED_ACTOR};
use doegnrytme_core::ids::{ActorId, ChangeHash, CitizenId, DeviceNumber, DocId};

use super::Base;
use crate::store::StoreError;

/// Answers from the store, or as if nothing but genesis had been written.
pub(super) struct Facts<'a> {
    pub(super) base: &'a mut Base,
    pub(super) judged: ChangeHash,
}

impl gate::Facts for Facts<'_> {
    type Error = StoreError;

    fn is_known(&mut self, doc: DocId, hash: ChangeHash) -> Result<bool, StoreError> {
        use crate::store::entry::EntryState;
        let standing = self.base.ask(|tx| tx.standing(doc, hash))?.flatten();
        // What is held is judged as if it came now: that is what an operator wants to know.
        Ok(standing.is_some_and(|found| matches!(found.state, EntryState::Published { .. })))
    }

    fn dependency(&mut self, doc: DocId, hash: ChangeHash) -> Result<Dependency, StoreError> {
        if hash == genesis::HASH && matches!(doc, DocId::Plan(..)) {
            return Ok(Dependency::Known { max_op: genesis::MAX_OP });
        }
        let found = self.base.ask(|tx| tx.dependency(doc, hash))?;
        Ok(found.unwrap_or(Dependency::Missing))
    }

    fn last_seq(&mut self, doc: DocId, actor: ActorId) -> Result<u64, StoreError> {
        if !matches!(doc, DocId::Plan(..)) {
            return Ok(0);
        }
        let found = self.base.ask(|tx| tx.last_seq(doc, actor))?.unwrap_or(0);
        Ok(found.max(u64::from(actor == RESERVED_ACTOR)))
    }

    fn is_taken(
        &mut self,
        doc: DocId,
        actor: ActorId,
        seq: u64,
        except: ChangeHash,
    ) -> Result<bool, StoreError> {
        let plan = matches!(doc, DocId::Plan(..));
        Ok(plan && self.base.ask(|tx| tx.is_taken(doc, actor, seq, except))?.unwrap_or(false))
    }

    fn has_changes(&mut self, doc: DocId) -> Result<bool, StoreError> {
        let judged = self.judged;
        Ok(self.base.ask(|tx| tx.has_changes(doc, judged))?.unwrap_or(false))
    }

    fn citizen_of(&mut self, doc: DocId) -> Result<Option<CitizenId>, StoreError> {
        Ok(match doc {
            DocId::Plan(citizen, _) => Some(citizen),
            _ => self.base.ask(|tx| tx.citizen_of(doc))?.flatten(),
        })
    }

    fn is_closed(&mut self, _: DocId) -> Result<bool, StoreError> {
        Ok(false)
    }

    fn in_scope(&mut self, _: DeviceNumber, _: CitizenId) -> Result<bool, StoreError> {
        Ok(true)
    }
}
