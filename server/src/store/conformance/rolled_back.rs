//! A transaction that is given up leaves nothing of any subject, and neither does what follows a
//! mark that is taken back.

use doegnrytme_core::care::note::NoteKind;
use doegnrytme_core::ids::*;
use doegnrytme_core::time::{LocalDay, UnixSeconds};
use doegnrytme_core::wire::enrol::CodeKind;
use doegnrytme_core::wire::scope::Bucket;

use super::entries::{CITIZEN, PLAN, entry};
use super::{kept, seen};
use crate::store::code::EnrolmentCode;
use crate::store::entry::EntryState;
use crate::store::fact::Fact;
use crate::store::outside::Imported;
use crate::store::people::Carer;
use crate::store::plan::PlanVersion;
use crate::store::relative::Relative;
use crate::store::sms::{Sms, SmsState};
use crate::store::{Store, StoreError, Tx};

const DAY: LocalDay = LocalDay(20_514);

/// One of everything.
fn fill(tx: &mut dyn Tx) -> Result<(), StoreError> {
    let team = tx.add_team("Team Ærø")?.stream;
    tx.add_citizen(CITIZEN, team, Some("A-1"))?;
    let name = "Opdigtet Hjælper".to_owned();
    tx.put_carer(&Carer { id: CarerId([1; 16]), name, roles: 1, teams: vec![team] })?;
    tx.add_code(&EnrolmentCode {
        kind: CodeKind::Typed,
        name: b"abc".to_vec(),
        mac_key: [1; 32],
        team,
        expires: UnixSeconds(9),
        used_by: None,
    })?;
    let imported = Imported { id: vec![1], said: vec![2] };
    tx.put_imported(CITIZEN, "note", "n1", &imported)?;
    let relative = RelativeId([3; 16]);
    let phone = "+4500000001".to_owned();
    tx.put_relative(&Relative { id: relative, citizen: CITIZEN, phone })?;
    tx.put_fact(&Fact {
        note: NoteId([4; 16]),
        citizen: CITIZEN,
        kind: NoteKind::Visit,
        day: DAY,
        points_at: None,
        phrases: Vec::new(),
        as_agreed: Some(true),
    })?;
    tx.set_projected(team, 4)?;
    let (reference, text) = ([5; 16], "Hej".to_owned());
    let (state, at) = (SmsState::Composed, UnixSeconds(9));
    tx.add_sms(&Sms { relative, day: DAY, reference, text, state, at })?;
    tx.set_plan_version(PLAN, PlanVersion([6; 16]))?;
    tx.set_item_roles(CITIZEN, ItemId([7; 5]), doegnrytme_core::care::role::Roles::ALL)?;
    let state = EntryState::Published { stream: team, seq: 1, bucket: Bucket::Records };
    let put = entry(tx, DocId::Record(5, [8; 16]), 1, state)?;
    let key = tx.put_entry(&put, &[])?;
    tx.set_record(5, [8; 16], key)
}

/// Whether something of a subject is there.
type Looks = fn(&mut dyn Tx) -> Result<bool, StoreError>;

const SUBJECTS: [(&str, Looks); 14] = [
    ("team", |tx| Ok(!tx.teams()?.is_empty())),
    ("citizen", |tx| Ok(tx.citizen(CITIZEN)?.is_some())),
    ("outside id", |tx| Ok(tx.citizen_by_outside("A-1")?.is_some())),
    ("carer", |tx| Ok(!tx.carers()?.is_empty())),
    ("code", |tx| Ok(tx.code(CodeKind::Typed, b"abc")?.is_some())),
    ("imported", |tx| Ok(!tx.imported(CITIZEN, "note")?.is_empty())),
    ("relative", |tx| Ok(!tx.relatives()?.is_empty())),
    ("fact", |tx| Ok(!tx.facts()?.is_empty())),
    ("projected", |tx| Ok(tx.projected(StreamId(1))? > 0)),
    ("sms", |tx| Ok(!tx.sms_of(DAY)?.is_empty())),
    ("plan version", |tx| Ok(tx.plan_version(PLAN)? != PlanVersion::default())),
    ("item roles", |tx| Ok(!tx.item_roles(CITIZEN)?.is_empty())),
    ("record", |tx| Ok(tx.record(5, [8; 16])?.is_some())),
    ("walked record", |tx| Ok(!tx.walk_records()?.is_empty())),
];

fn there(store: &mut dyn Store) -> Vec<&'static str> {
    seen(store, |tx| {
        let mut there = Vec::new();
        for (subject, looks) in SUBJECTS {
            if looks(tx)? {
                there.push(subject);
            }
        }
        Ok(there)
    })
}

pub(crate) fn what_was_given_up_or_taken_back_left_nothing_of_any_subject(store: &mut dyn Store) {
    seen(store, fill);
    assert_eq!(there(store), [""; 0]);
    kept(store, |tx| {
        tx.mark()?;
        fill(tx)?;
        tx.undo()
    });
    assert_eq!(there(store), [""; 0]);
    // The control: kept, all of it is there.
    kept(store, |tx| {
        tx.mark()?;
        fill(tx)?;
        tx.keep()
    });
    assert_eq!(there(store), SUBJECTS.map(|(subject, _)| subject));
}
