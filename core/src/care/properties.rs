//! What holds for any edit and any note: no panic, no loss, nothing above the gate's limits.

use proptest::prelude::*;

use super::command::{Command, PlanCommand};
use super::example::{KAREN, anna, item_id, morning, note_id, viggo};
use super::field::{Field, FieldProblem, Scalar, Section, required, rule};
use super::handover::threads;
use super::legal_basis::LegalBasis;
use super::minutes::Minutes;
use super::note::{
    Author, Function, HeadPrefix, Note, NoteHead, NoteKind, Outcome, PhraseId, Recipient, Tick,
};
use super::plan::{FieldValue, Plan, RawField};
use super::visit::VisitKey;
use crate::care::day_part::DayPart;
use crate::time::LocalDay;

/// The gate refuses changes of more bytes than this.
const GATE_BYTES: usize = 64 * 1024;
/// What automerge's columns add to the words themselves, far more than was ever seen.
const COLUMNS: usize = 16 * 1024;

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "\\PC{0,30}",
        "morgen|ma fr|sel83|sul138|active|primary|00000001|0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a",
        (1_usize..5_000).prop_map(|letters| "🙂".repeat(letters)),
    ]
}

fn any_scalar() -> impl Strategy<Value = Scalar> {
    prop_oneof![
        3 => any_text().prop_map(Scalar::Text),
        2 => (-1_i64..1_500).prop_map(Scalar::Int),
        1 => any::<i64>().prop_map(Scalar::Int),
        1 => any::<bool>().prop_map(Scalar::Bool),
    ]
}

/// A value that fits the field most of the time.
fn likely(section: Section, field: Field) -> BoxedStrategy<Scalar> {
    let word =
        |words: &'static [&'static str]| prop::sample::select(words).prop_map(Scalar::from).boxed();
    match field {
        Field::Minutes => (1_i64..=1_440).prop_map(Scalar::Int).boxed(),
        Field::Roles => (1_i64..512).prop_map(Scalar::Int).boxed(),
        Field::Prompt => (0_i64..=4).prop_map(Scalar::Int).boxed(),
        Field::EachOnItsOwn => any::<bool>().prop_map(Scalar::Bool).boxed(),
        Field::Slot => word(&["morgen", "formiddag", "middag", "eftermiddag", "aften", "nat"]),
        Field::Days => word(&["ma", "ma ti on to fr lø sø", "lø, sø", "Mandag"]),
        Field::Law => word(&["sel83", "sel83a", "ael10", "sul138", "sul140"]),
        Field::Status => word(&["active", "draft", "ended"]),
        Field::Place => word(&["primary", "secondary"]),
        Field::Carer => Just("0a".repeat(16).as_str().into()).boxed(),
        Field::Goal => word(&["", "00000001"]),
        _ if rule(section, field).is_some() => "[a-zæøå]{1,20}".prop_map(Scalar::Text).boxed(),
        _ => any_scalar().boxed(),
    }
}

fn whole_entry() -> impl Strategy<Value = (Section, Vec<(Field, Scalar)>)> {
    prop::sample::select(Section::ALL).prop_flat_map(|section| {
        let fields: Vec<_> = Field::ALL
            .iter()
            .copied()
            .filter(|field| rule(section, *field).is_some())
            .filter(|field| *field != Field::Rank)
            .map(|field| (Just(field), likely(section, field), any::<bool>()))
            .collect();
        fields.prop_map(move |fields| {
            let needed = |field| required(section).any(|wanted| wanted == field);
            let given = fields.into_iter().filter(|(field, _, wanted)| *wanted || needed(*field));
            (section, given.map(|(field, value, _)| (field, value)).collect())
        })
    })
}

fn raw_fields(section: Section, fields: &[(Field, Scalar)]) -> Vec<RawField> {
    fields
        .iter()
        .map(|(field, value)| RawField {
            section: section.key().to_owned(),
            entry: item_id(1).to_string(),
            field: field.key().to_owned(),
            values: vec![FieldValue { value: value.clone(), author: anna(), written: morning() }],
        })
        .collect()
}

fn any_edit() -> impl Strategy<Value = PlanCommand> {
    let section = prop::sample::select(Section::ALL);
    let field = prop::sample::select(Field::ALL);
    let fields = prop::collection::vec((field.clone(), any_scalar()), 0..8);
    prop_oneof![
        (section.clone(), fields).prop_map(|(section, fields)| PlanCommand::AddEntry {
            section,
            entry: item_id(1),
            fields
        }),
        (section.clone(), field.clone(), any_scalar()).prop_map(|(section, field, value)| {
            PlanCommand::Put { section, entry: item_id(1), field, value }
        }),
        (section, field, any_scalar()).prop_map(|(section, field, value)| {
            PlanCommand::Resolve { section, entry: item_id(1), field, value }
        }),
    ]
}

fn any_note() -> impl Strategy<Value = Note> {
    let kind = prop::sample::select(NoteKind::ALL);
    let words = (any_text(), prop::option::of(any_text()));
    let ticks =
        prop::collection::vec((0_u8..6, any::<u32>(), prop::option::of("k[0-9]{1,8}")), 0..5);
    let rest = (
        prop::option::of(0_u8..4),
        prop::option::of(1_i64..1_440),
        0_u8..4,
        prop::collection::vec(any::<u16>(), 0..3),
        prop::collection::vec(0_u8..8, 0..2),
    );
    (kind, words, ticks, rest).prop_map(|(kind, (text, outside), ticks, rest)| {
        let (target, minutes, how, phrases, not_given) = rest;
        let base = Note::import(
            NoteHead {
                id: note_id(1),
                citizen: KAREN,
                author: Author::Municipality,
                written: morning(),
                law: LegalBasis::Sul138,
            },
            None,
            "x".to_owned(),
        )
        .unwrap();
        Note {
            kind,
            text,
            visit: (how < 3).then(|| VisitKey {
                citizen: KAREN,
                day: LocalDay(i32::from(how)),
                part: DayPart::Night,
                number: how,
            }),
            ticks: ticks
                .into_iter()
                .map(|(item, after, outside_id)| Tick { item: item_id(item), after, outside_id })
                .collect(),
            not_given: not_given.into_iter().map(item_id).collect(),
            outcome: match how {
                0 => None,
                1 => Some(Outcome::AsAgreed),
                _ => Some(Outcome::Deviation { needs_action: how == 2 }),
            },
            minutes: minutes.and_then(|minutes| Minutes::new(minutes).ok()),
            plan_heads: vec![HeadPrefix([how; 8])],
            points_at: target.map(note_id),
            phrases: phrases.into_iter().map(PhraseId).collect(),
            to: (how == 3).then_some(Recipient::Function(Function::Team)),
            outside_id: outside,
            ..base
        }
    })
}

proptest! {
    #[test]
    fn any_edit_is_taken_or_refused_and_reads_back(edit in any_edit()) {
        let verdict = edit.validate();
        let command = Command::Plan { citizen: KAREN, edit };
        let bytes = minicbor::to_vec(&command)?;
        prop_assert_eq!(minicbor::decode::<Command>(&bytes).ok(), Some(command));
        if verdict.is_ok() {
            prop_assert!(bytes.len() + COLUMNS < GATE_BYTES);
        }
    }

    #[test]
    fn what_an_editor_may_add_is_read_as_whole_and_nothing_of_it_is_newer(
        (section, fields) in whole_entry(),
    ) {
        let add = PlanCommand::AddEntry { section, entry: item_id(1), fields: fields.clone() };
        prop_assert_eq!(add.validate(), Ok(()));
        let plan = Plan::from_fields(raw_fields(section, &fields));
        prop_assert!(plan.incomplete.is_empty() && plan.newer.is_empty(), "{:?}", plan);
        let read = plan.items.len() + plan.goals.len() + plan.agreements.len()
            + plan.life_story.len() + plan.what_matters.len() + plan.contacts.len()
            + plan.safety.len();
        prop_assert_eq!(read, 1);
    }

    #[test]
    fn one_put_that_was_taken_leaves_a_whole_entry_whole(
        (section, fields) in whole_entry(),
        field in prop::sample::select(Field::ALL),
        value in any_scalar(),
    ) {
        let put = PlanCommand::Put { section, entry: item_id(1), field, value: value.clone() };
        if put.validate().is_ok() {
            let mut fields = fields;
            fields.retain(|(known, _)| *known != field);
            fields.push((field, value));
            let plan = Plan::from_fields(raw_fields(section, &fields));
            prop_assert!(plan.incomplete.is_empty() && plan.newer.is_empty(), "{:?}", plan);
        }
    }

    #[test]
    fn a_value_without_a_place_is_refused_whatever_it_is(value in any_scalar()) {
        let edit = PlanCommand::Put {
            section: Section::Goals,
            entry: item_id(1),
            field: Field::Phone,
            value: value.clone(),
        };
        prop_assert!(edit.validate().is_err());
        let text = rule(Section::Items, Field::Minutes).map(|rule| rule.kind.check(&value));
        if matches!(value, Scalar::Text(_) | Scalar::Bool(_)) {
            prop_assert_eq!(text, Some(Err(FieldProblem::WrongType)));
        }
    }

    #[test]
    fn any_note_is_taken_or_refused_and_reads_back(note in any_note()) {
        let verdict = note.check();
        let bytes = minicbor::to_vec(&note)?;
        prop_assert_eq!(minicbor::decode::<Note>(&bytes).ok(), Some(note.clone()));
        if verdict.is_ok() {
            prop_assert!(bytes.len() + COLUMNS < GATE_BYTES);
            prop_assert!(!note.kind.points_at_another() || note.points_at.is_some());
            prop_assert!(note.ticks.is_empty() || note.minutes.is_some());
        }
    }

    #[test]
    fn the_order_in_which_notes_arrive_changes_no_thread(
        kinds in prop::collection::vec((0_u8..4, 0_u8..6, any::<bool>()), 1..12),
        turn in 0_usize..12,
    ) {
        let notes: Vec<Note> = kinds.iter().zip(1_u8..).map(|((kind, target, by_anna), id)| {
            let author = if *by_anna { anna() } else { viggo() };
            let head = super::example::head(id, author);
            let target = note_id(*target + 100);
            let words = || "Ord".to_owned();
            let to = Recipient::Function(Function::Nurse);
            match kind {
                0 => Note::taken(head, target),
                1 => Note::answer(head, target, words()),
                2 => Note::advis_answer(head, target, words()),
                _ => Note::handover(NoteHead { id: target, ..head }, to, None, words()),
            }
            .unwrap()
        })
        .collect();
        // Ids are unique in life: of handovers with one id the first is kept.
        let mut seen = std::collections::BTreeSet::new();
        let mut notes: Vec<Note> = notes.into_iter().filter(|note| seen.insert(note.id)).collect();
        let before = threads(&notes);
        let turn = turn % notes.len();
        notes.rotate_left(turn);
        notes.reverse();
        prop_assert_eq!(threads(&notes), before);
    }
}
