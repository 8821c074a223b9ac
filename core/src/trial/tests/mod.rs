//! What passes the trial, and one example of each reason.

mod mutants;

use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{ActorId as TheirActor, Automerge, Change, ObjId, ObjType, ROOT, ReadDoc};

use super::{Asked, Base, End, Reason, note, plan};
use crate::care::authority::Authority;
use crate::care::command::PlanCommand;
use crate::care::example::{KAREN, anna, item_fields, item_id, visit_note};
use crate::care::field::{Field, Scalar, Section};
use crate::care::legal_basis::LegalBasis;
use crate::care::note::Note;
use crate::care::role::{Role, Roles};
use crate::document::{PlanDoc, encode, genesis};
use crate::gate::GatedChange;
use crate::ids::{ActorId, ChangeHash, CitizenId, DeviceNumber, DocId, ItemId, NoteId};
use crate::time::UnixSeconds;

const EVENING: UnixSeconds = UnixSeconds(1_772_470_800);
const HELPER: Roles = Roles::of(&[Role::Helper]);

fn actor(number: u32) -> ActorId {
    ActorId::new(DeviceNumber(0x0100_0000 + number), [7; 12])
}

fn gated(doc: DocId, bytes: Vec<u8>) -> GatedChange {
    let hash = crate::gate::examine(&bytes).unwrap().hash;
    GatedChange::from_log(doc, KAREN, hash, bytes).unwrap()
}

fn asked(roles: Option<Roles>) -> Asked<'static> {
    let authority = Box::leak(Box::new(Authority::default()));
    Asked { citizen: KAREN, schema: 1, roles, authority, items: &[] }
}

/// A plan with one item, and its changes as Automerge has them.
struct Bench {
    plan: PlanDoc,
    doc: Automerge,
}

impl Bench {
    fn new() -> Self {
        let mut plan = PlanDoc::new().unwrap();
        let fields = item_fields(LegalBasis::Sel83);
        let add = PlanCommand::AddEntry { section: Section::Items, entry: item_id(1), fields };
        let change = plan.edit(&[add], actor(1), EVENING).unwrap();
        let mut doc = Automerge::new();
        let genesis = Change::try_from(&genesis::BYTES[..]).unwrap();
        doc.apply_changes([genesis, Change::try_from(&change.bytes[..]).unwrap()]).unwrap();
        Self { plan, doc }
    }

    fn edit(&self, edit: PlanCommand) -> GatedChange {
        self.edit_by(2, edit)
    }

    fn edit_by(&self, number: u32, edit: PlanCommand) -> GatedChange {
        let change = self.plan.clone().edit(&[edit], actor(number), EVENING).unwrap();
        gated(DocId::Plan(KAREN, 0), change.bytes)
    }

    fn put(&self, field: Field, value: Scalar) -> GatedChange {
        self.edit(PlanCommand::Put { section: Section::Items, entry: item_id(1), field, value })
    }

    /// A change that our editor would never write.
    fn crafted(&self, write: impl FnOnce(&mut Transaction<'_>, &ObjId, &ObjId)) -> GatedChange {
        let mut doc = self.doc.clone().with_actor(TheirActor::from(actor(3).as_bytes()));
        let (_, items) = doc.get(ROOT, "items").unwrap().unwrap();
        let (_, item) = doc.get(&items, item_id(1).to_string()).unwrap().unwrap();
        let mut transaction = doc.transaction();
        write(&mut transaction, &items, &item);
        transaction.commit_with(CommitOptions::default().with_time(EVENING.0));
        let change = doc.get_last_local_change().unwrap();
        gated(DocId::Plan(KAREN, 0), change.raw_bytes().to_vec())
    }

    fn base(&self) -> Base {
        Base::of(self.plan.clone()).unwrap()
    }

    fn verdict(&self, change: &GatedChange, roles: Option<Roles>) -> Result<(), Reason> {
        plan(&self.base(), change, &asked(roles)).map(|_| ())
    }
}

fn note_change(note: &Note) -> GatedChange {
    gated(DocId::Note(note.id), encode(note, actor(1)).unwrap().bytes)
}

#[test]
fn what_our_editor_writes_passes_and_the_plan_goes_on() {
    let bench = Bench::new();
    let change = bench.put(Field::Roles, Scalar::Int(5));
    let passed = plan(&bench.base(), &change, &asked(Some(Roles::of(&[Role::Nurse])))).unwrap();
    assert!(passed.base.plan().has_change(change.hash()));
    assert_eq!(passed.items, [(item_id(1), Roles::from_bits(5))]);
    let text = bench.put(Field::Text, "Med håndklæde fra skabet".into());
    assert_eq!(bench.verdict(&text, Some(HELPER)), Ok(()));
    // It rests on the plan as it was; by now the roles were changed.
    let (section, entry, field) = (Section::Items, item_id(1), Field::Text);
    let put = PlanCommand::Put { section, entry, field, value: "Med sæbe".into() };
    let text = bench.edit_by(4, put);
    assert!(plan(&passed.base, &text, &asked(Some(HELPER))).is_ok());
    let fields = item_fields(LegalBasis::Sel83);
    let add = PlanCommand::AddEntry { section: Section::Items, entry: item_id(2), fields };
    assert_eq!(bench.verdict(&bench.edit(add), Some(HELPER)), Ok(()));
}

#[test]
fn a_change_that_our_editor_would_never_write_is_held_or_refused_for_its_reason() {
    let bench = Bench::new();
    let key = item_id(1).to_string();
    let cases: Vec<(Reason, GatedChange)> = vec![
        (Reason::Container, bench.crafted(|tx, _, _| tx.put(ROOT, "items", "væk").unwrap())),
        (Reason::Container, bench.crafted(|tx, _, _| tx.put(ROOT, "nyt", 1_i64).unwrap())),
        (Reason::Container, bench.crafted(|tx, items, _| tx.put(items, &key[..], "væk").unwrap())),
        (
            Reason::TooDeep,
            bench.crafted(|tx, _, item| {
                tx.put_object(item, "steps", ObjType::Map).unwrap();
            }),
        ),
        (
            Reason::UnknownKey,
            bench.crafted(|tx, items, _| {
                tx.put_object(items, "ikke et id", ObjType::Map).unwrap();
            }),
        ),
        (Reason::UnknownKey, bench.crafted(|tx, _, item| tx.put(item, "mood", "glad").unwrap())),
        (Reason::UnknownKey, bench.crafted(|tx, _, item| tx.put(item, "phone", "1").unwrap())),
        (Reason::Kind, bench.crafted(|tx, _, item| tx.put(item, "minutes", "tyve").unwrap())),
        (Reason::Kind, bench.crafted(|tx, _, item| tx.put(item, "minutes", 0_i64).unwrap())),
        (Reason::Kind, bench.crafted(|tx, _, item| tx.put(item, "text", ()).unwrap())),
        (
            Reason::NotValid,
            bench.crafted(|tx, items, _| {
                let id = item_id(9).to_string();
                let bare = tx.put_object(items, id, ObjType::Map).unwrap();
                tx.put(&bare, "title", "Uden lov").unwrap();
            }),
        ),
    ];
    for (reason, change) in cases {
        assert_eq!(bench.verdict(&change, None), Err(reason));
        assert_eq!(reason.end(), End::Held);
    }
}

#[test]
fn a_map_of_another_plan_is_refused_and_the_process_lives() {
    let bench = Bench::new();
    let mut other = PlanDoc::new().unwrap();
    let fields = item_fields(LegalBasis::Sel83);
    let add = PlanCommand::AddEntry { section: Section::Items, entry: item_id(1), fields };
    other.edit(&[add], actor(9), EVENING).unwrap();
    let (section, entry, field) = (Section::Items, item_id(1), Field::Text);
    let put = PlanCommand::Put { section, entry, field, value: "fremmed".into() };
    let change = other.edit(&[put], actor(2), EVENING).unwrap();
    let change = gated(DocId::Plan(KAREN, 0), change.bytes);
    let verdict = bench.verdict(&change, None);
    assert_eq!(verdict, Err(Reason::UnknownMap));
    assert_eq!(Reason::UnknownMap.end(), End::Refused);
}

#[test]
fn a_role_that_may_not_do_it_is_held_and_the_server_needs_no_right() {
    let bench = Bench::new();
    let roles = bench.put(Field::Roles, Scalar::Int(5));
    assert_eq!(bench.verdict(&roles, Some(HELPER)), Err(Reason::NotAllowed));
    assert_eq!(bench.verdict(&roles, Some(Roles::NONE)), Err(Reason::NotAllowed));
    assert_eq!(bench.verdict(&roles, None), Ok(()));
    let substitute = Roles::of(&[Role::Substitute]);
    let text = bench.put(Field::Text, "andet".into());
    assert_eq!(bench.verdict(&text, Some(substitute)), Err(Reason::NotAllowed));
}

#[test]
fn a_plan_that_says_another_schema_than_its_manifest_is_held() {
    let bench = Bench::new();
    let change = bench.put(Field::Text, "andet".into());
    let asked = Asked { schema: 0, ..asked(None) };
    assert_eq!(plan(&bench.base(), &change, &asked).map(|_| ()), Err(Reason::Schema));
}

#[test]
fn a_visit_note_passes_and_is_held_when_it_is_about_somebody_else() {
    let change = note_change(&visit_note(1, anna()));
    assert_eq!(note(&change, &asked(Some(HELPER))), Ok(()));
    let other = Asked { citizen: CitizenId([0xee; 16]), ..asked(Some(HELPER)) };
    assert_eq!(note(&change, &other), Err(Reason::OtherCitizen));
    let other = Asked { schema: 2, ..asked(Some(HELPER)) };
    assert_eq!(note(&change, &other), Err(Reason::Schema));
}

#[test]
fn a_tick_of_an_item_that_is_for_other_roles_is_held() {
    let ticked = visit_note(1, anna());
    let item: ItemId = ticked.ticks[0].item;
    let change = note_change(&ticked);
    let for_nurses = [(item, Roles::of(&[Role::Nurse]))];
    let judge = |roles: Roles| {
        let asked = Asked { items: &for_nurses, ..asked(Some(roles)) };
        note(&change, &asked)
    };
    assert_eq!(judge(HELPER), Err(Reason::ItemForOthers));
    assert_eq!(judge(Roles::of(&[Role::Helper, Role::Nurse])), Ok(()));
    assert_eq!(judge(Roles::of(&[Role::Nurse])), Ok(()));
}

/// A note as another program might write it.
fn crafted_note(write: impl FnOnce(&mut Transaction<'_>)) -> GatedChange {
    let mut doc = Automerge::new().with_actor(TheirActor::from(actor(3).as_bytes()));
    let mut transaction = doc.transaction();
    write(&mut transaction);
    transaction.commit_with(CommitOptions::default().with_time(EVENING.0));
    let change = doc.get_last_local_change().unwrap();
    gated(DocId::Note(NoteId([1; 16])), change.raw_bytes().to_vec())
}

fn head(tx: &mut Transaction<'_>, kind: &str) {
    tx.put(ROOT, "s", 1_u64).unwrap();
    tx.put(ROOT, "k", kind).unwrap();
    tx.put(ROOT, "l", LegalBasis::Sel83.key()).unwrap();
    tx.put(ROOT, "c", KAREN.0.to_vec()).unwrap();
}

#[test]
fn strange_notes_are_held_for_their_reason() {
    let cases = [
        (Reason::Schema, crafted_note(|tx| tx.put(ROOT, "t", "uden skema").unwrap())),
        (Reason::Kind, crafted_note(|tx| head(tx, "poem"))),
        (
            Reason::UnknownKey,
            crafted_note(|tx| {
                head(tx, "visit");
                tx.put(ROOT, "q", "nyt").unwrap();
            }),
        ),
        (Reason::NotValid, crafted_note(|tx| head(tx, "handover"))),
        (
            Reason::NotAllowed,
            crafted_note(|tx| {
                head(tx, "import");
                tx.put(ROOT, "t", "Fra et andet system").unwrap();
            }),
        ),
    ];
    for (reason, change) in cases {
        assert_eq!(note(&change, &asked(Some(HELPER))), Err(reason));
    }
}

#[test]
fn the_trial_finds_a_value_that_disappears_without_being_replaced() {
    let bench = Bench::new();
    let (before, change) = (bench.plan.contents().unwrap(), bench.put(Field::Text, "nyt".into()));
    let mut after = bench.plan.clone();
    after.apply(&change).unwrap();
    let mut hidden = after.contents().unwrap();
    let put = PlanCommand::Put {
        section: Section::Items,
        entry: item_id(1),
        field: Field::Text,
        value: "nyt".into(),
    };
    let found = |hidden: &crate::document::PlanContents| {
        super::plan::nothing_else_changed(&before, hidden, std::slice::from_ref(&put))
    };
    assert_eq!(found(&hidden), Ok(()));
    hidden.fields.retain(|field| field.field != Field::Minutes.key());
    assert_eq!(found(&hidden), Err(Reason::HidesAnother));
}

#[test]
fn the_hash_of_what_passed_is_the_one_that_was_tried() {
    let bench = Bench::new();
    let change = bench.put(Field::Text, "nyt".into());
    let passed = plan(&bench.base(), &change, &asked(None)).unwrap();
    let heads: Vec<ChangeHash> = passed.base.plan().heads();
    assert_eq!(heads, [change.hash()]);
}
