//! The tablet's answers to the gate (G1).

use super::logged::{Standing, State};
use super::{StoreError, Tx};
use crate::document::genesis;
use crate::gate::{Dependency, Facts, RESERVED_ACTOR};
use crate::ids::{ActorId, ChangeHash, CitizenId, DeviceNumber, DocId};

/// What the tables say, for [`crate::gate::judge`] and [`crate::gate::judge_own`].
pub struct TableFacts<'t, 's> {
    tx: &'t Tx<'s>,
    /// A row that is judged anew: it does not count itself.
    except: Option<ChangeHash>,
    /// A document of which the log holds nothing: a note, as a rule. Answers without asking.
    unheard: Option<DocId>,
}

impl<'s> Tx<'s> {
    /// The answers for a change that is not in the log.
    #[must_use]
    pub fn facts(&self) -> TableFacts<'_, 's> {
        TableFacts { tx: self, except: None, unheard: None }
    }

    /// The answers for a change that lies in the log and is judged anew.
    pub(super) fn facts_but_for(&self, hash: ChangeHash) -> TableFacts<'_, 's> {
        TableFacts { tx: self, except: Some(hash), unheard: None }
    }

    /// The answers for a change that was looked for and not found.
    pub(super) fn facts_about_new(
        &self,
        doc: DocId,
        hash: ChangeHash,
    ) -> Result<TableFacts<'_, 's>, StoreError> {
        let unheard = (!self.has_rows(&doc)?).then_some(doc);
        Ok(TableFacts { tx: self, except: Some(hash), unheard })
    }
}

impl TableFacts<'_, '_> {
    fn is_unheard(&self, doc: DocId) -> bool {
        self.unheard == Some(doc)
    }
}

impl Facts for TableFacts<'_, '_> {
    type Error = StoreError;

    fn is_known(&mut self, doc: DocId, hash: ChangeHash) -> Result<bool, StoreError> {
        if self.except == Some(hash) || self.is_unheard(doc) {
            return Ok(false);
        }
        Ok(self.tx.name(&doc, &hash)?.is_some())
    }

    fn dependency(&mut self, doc: DocId, hash: ChangeHash) -> Result<Dependency, StoreError> {
        if hash == genesis::HASH {
            return Ok(Dependency::Known { max_op: genesis::MAX_OP });
        }
        Ok(match self.tx.dependency_row(&doc, &hash)? {
            Some((_, Standing::Applied, max_op)) => Dependency::Known { max_op },
            Some((State::Refused, _, _)) => Dependency::Refused,
            _ => Dependency::Missing,
        })
    }

    fn last_seq(&mut self, doc: DocId, actor: ActorId) -> Result<u64, StoreError> {
        let built_in = u64::from(actor == RESERVED_ACTOR);
        if self.is_unheard(doc) {
            return Ok(built_in);
        }
        Ok(self.tx.applied_seq(&doc, actor)?.max(built_in))
    }

    fn is_taken(
        &mut self,
        doc: DocId,
        actor: ActorId,
        seq: u64,
        except: ChangeHash,
    ) -> Result<bool, StoreError> {
        if self.is_unheard(doc) {
            return Ok(false);
        }
        self.tx.seq_taken(&doc, actor, seq, &except)
    }

    fn has_changes(&mut self, doc: DocId) -> Result<bool, StoreError> {
        if self.is_unheard(doc) {
            return Ok(false);
        }
        self.tx.counts_rows(&doc, self.except)
    }

    fn citizen_of(&mut self, doc: DocId) -> Result<Option<CitizenId>, StoreError> {
        if self.is_unheard(doc) {
            return Ok(None);
        }
        self.tx.bound_citizen(&doc, self.except)
    }

    fn is_closed(&mut self, doc: DocId) -> Result<bool, StoreError> {
        Ok((!self.is_unheard(doc) && self.tx.is_restricted(&doc)?)
            || self.tx.is_superseded(&doc)?)
    }

    fn in_scope(&mut self, device: DeviceNumber, citizen: CitizenId) -> Result<bool, StoreError> {
        Ok(self.tx.is_this_device(device)? && self.tx.grants_citizen(citizen)?)
    }
}
