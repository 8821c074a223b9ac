//! The gate's questions, answered from the tables.

use std::collections::HashMap;

use doegnrytme_core::gate::{Dependency, Facts, RESERVED_ACTOR};
use doegnrytme_core::ids::{ActorId, ChangeHash, CitizenId, DeviceNumber, DocId, StreamId};
use doegnrytme_core::trust::durable::peek;
use doegnrytme_core::wire::certificate::CarerCertificate;

use crate::node::context::BuiltIn;
use crate::store::{StoreError, Tx};

/// Who belongs where, remembered for one request.
#[derive(Default)]
pub(super) struct Circle {
    citizens: HashMap<CitizenId, Option<StreamId>>,
    devices: HashMap<DeviceNumber, Vec<StreamId>>,
}

impl Circle {
    /// The stream of a citizen.
    pub(super) fn home(
        &mut self,
        tx: &mut dyn Tx,
        citizen: CitizenId,
    ) -> Result<Option<StreamId>, StoreError> {
        if let Some(home) = self.citizens.get(&citizen) {
            return Ok(*home);
        }
        let home = tx.citizen(citizen)?.map(|citizen| citizen.stream);
        self.citizens.insert(citizen, home);
        Ok(home)
    }

    /// Whether a device reads (and so may write in) the stream of a citizen.
    pub(super) fn reaches(
        &mut self,
        tx: &mut dyn Tx,
        device: DeviceNumber,
        citizen: CitizenId,
    ) -> Result<bool, StoreError> {
        let Some(home) = self.home(tx, citizen)? else { return Ok(false) };
        if let Some(streams) = self.devices.get(&device) {
            return Ok(streams.contains(&home));
        }
        let streams = match tx.device(device)? {
            Some(_) => tx.device_streams(device)?.iter().map(|reads| reads.stream).collect(),
            None => certified(tx, device)?,
        };
        let reaches = streams.contains(&home);
        self.devices.insert(device, streams);
        Ok(reaches)
    }
}

/// Where carers worked on a device that joined and was forgotten in a roll-back: this server's own
/// certificates say so, and colleagues bring them with what the device had sent.
fn certified(tx: &mut dyn Tx, device: DeviceNumber) -> Result<Vec<StreamId>, StoreError> {
    let mut streams = Vec::new();
    for certificate in tx.carer_certificates_on(device)? {
        if let Ok(carer) = peek::<CarerCertificate>(&certificate.bytes) {
            streams.extend(carer.teams);
        }
    }
    Ok(streams)
}

/// [`Facts`] over a transaction. `judged` is the change at hand, which does not count for itself:
/// it may lie in the tables already, parked.
pub(super) struct Tables<'a> {
    pub(super) tx: &'a mut dyn Tx,
    pub(super) circle: &'a mut Circle,
    pub(super) built_in: &'a BuiltIn,
    pub(super) judged: ChangeHash,
}

impl Tables<'_> {
    fn genesis_of(&self, doc: DocId) -> Option<(ChangeHash, u64)> {
        matches!(doc, DocId::Plan(..)).then_some(self.built_in.genesis)
    }
}

impl Facts for Tables<'_> {
    type Error = StoreError;

    fn is_known(&mut self, doc: DocId, hash: ChangeHash) -> Result<bool, StoreError> {
        // Intake has asked for the change at hand before it asks the gate.
        Ok(hash != self.judged && self.tx.standing(doc, hash)?.is_some())
    }

    fn dependency(&mut self, doc: DocId, hash: ChangeHash) -> Result<Dependency, StoreError> {
        match self.genesis_of(doc) {
            Some((genesis, max_op)) if genesis == hash => Ok(Dependency::Known { max_op }),
            _ => self.tx.dependency(doc, hash),
        }
    }

    fn last_seq(&mut self, doc: DocId, actor: ActorId) -> Result<u64, StoreError> {
        // A note has one change, and the gate asks for its second elsewhere.
        if !matches!(doc, DocId::Plan(..)) {
            return Ok(0);
        }
        let built_in = u64::from(actor == RESERVED_ACTOR && self.genesis_of(doc).is_some());
        Ok(self.tx.last_seq(doc, actor)?.max(built_in))
    }

    fn is_taken(
        &mut self,
        doc: DocId,
        actor: ActorId,
        seq: u64,
        except: ChangeHash,
    ) -> Result<bool, StoreError> {
        let plan = matches!(doc, DocId::Plan(..));
        Ok(plan && self.tx.is_taken(doc, actor, seq, except)?)
    }

    fn has_changes(&mut self, doc: DocId) -> Result<bool, StoreError> {
        self.tx.has_changes(doc, self.judged)
    }

    fn citizen_of(&mut self, doc: DocId) -> Result<Option<CitizenId>, StoreError> {
        match doc {
            DocId::Plan(citizen, _) => Ok(Some(citizen)),
            // A note that had a published change would have been refused before this question.
            DocId::Note(_) => Ok(None),
            DocId::Record(..) => self.tx.citizen_of(doc),
        }
    }

    fn is_closed(&mut self, _: DocId) -> Result<bool, StoreError> {
        // Restricting, erasing and later generations come with their own issue.
        Ok(false)
    }

    fn in_scope(&mut self, device: DeviceNumber, citizen: CitizenId) -> Result<bool, StoreError> {
        self.circle.reaches(self.tx, device, citizen)
    }
}
