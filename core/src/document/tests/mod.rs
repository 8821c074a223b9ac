//! Properties and stories of the documents, and the words that their tests are told in.

mod concurrent;
mod future;
mod genesis;
mod limits;
mod merging;
mod notes;
mod size;

use super::{DocumentError, OwnChange, PlanDoc, PlanField};
use crate::care::command::PlanCommand;
use crate::care::field::{Field, Scalar, Section};
use crate::gate::GatedChange;
use crate::ids::{ActorId, ChangeHash, CitizenId, DeviceNumber, DocId, ItemId, NoteId};
use crate::time::UnixSeconds;

pub(super) type Tested = Result<(), DocumentError>;

/// An invented citizen.
pub(super) const CITIZEN: CitizenId = CitizenId([0xc1; 16]);

/// 2026-03-02 at six in the evening.
pub(super) const EVENING: UnixSeconds = UnixSeconds(1_772_470_800);

pub(super) fn actor(tablet: u32) -> ActorId {
    ActorId::new(DeviceNumber(0x0100_0000 + tablet), [7; 12])
}

/// A change as it comes from the log of another tablet.
pub(super) fn gated(change: &OwnChange) -> GatedChange {
    let doc = DocId::Plan(CITIZEN, 0);
    GatedChange::from_log(doc, CITIZEN, change.hash(), change.bytes.clone()).unwrap()
}

pub(super) fn item(number: u8) -> ItemId {
    ItemId([number; 5])
}

pub(super) fn add(number: u8, title: &str) -> PlanCommand {
    let fields = vec![
        (Field::Title, title.into()),
        (Field::Text, "Kaffe og avis ved vinduet".into()),
        (Field::Minutes, Scalar::Int(20)),
        (Field::Law, "ael10".into()),
    ];
    PlanCommand::AddEntry { section: Section::Items, entry: item(number), fields }
}

pub(super) fn put(number: u8, field: Field, value: &str) -> PlanCommand {
    PlanCommand::Put { section: Section::Items, entry: item(number), field, value: value.into() }
}

/// A tablet with one plan, and all that was written on it.
#[derive(Debug, Clone)]
pub(super) struct Tablet {
    pub(super) number: u32,
    pub(super) plan: PlanDoc,
    pub(super) written: Vec<OwnChange>,
}

impl Tablet {
    pub(super) fn new(number: u32) -> Self {
        Self { number, plan: PlanDoc::new().unwrap(), written: Vec::new() }
    }

    pub(super) fn write(&mut self, commands: &[PlanCommand]) -> Result<ChangeHash, DocumentError> {
        let change = self.plan.edit(commands, actor(self.number), EVENING)?;
        let hash = change.hash();
        self.written.push(change);
        Ok(hash)
    }

    /// Takes what the other wrote, in the order in which it was written.
    pub(super) fn hears(&mut self, other: &Self) -> Tested {
        other.written.iter().try_for_each(|change| self.plan.apply(&gated(change)).map(|_| ()))
    }
}

/// The values of one field of an item, the shown one first.
pub(super) fn values(plan: &PlanDoc, number: u8, field: Field) -> Vec<Scalar> {
    let entry = item(number).to_string();
    let fields = plan.fields().unwrap();
    let found = fields.into_iter().find(|found| found.entry == entry && found.field == field.key());
    found.map_or(Vec::new(), |found| found.values.into_iter().map(|(value, _)| value).collect())
}

pub(super) fn names(fields: &[PlanField]) -> Vec<(&str, &str, &str)> {
    fields.iter().map(|f| (f.section.as_str(), f.entry.as_str(), f.field.as_str())).collect()
}

pub(super) const NOTE: NoteId = NoteId([1; 16]);
