//! Tests of reading a plan: complete, incomplete, in conflict, newer than this version.

use super::*;
use crate::care::example::{anna, day, item, item_fields, item_id, morning, viggo};
use crate::care::note::Author;
use proptest::prelude::*;

fn by(author: Author, later: i64, value: Scalar) -> FieldValue {
    FieldValue { value, author, written: morning().plus(later) }
}

fn raw(section: &str, entry: u8, field: &str, value: impl Into<Scalar>) -> RawField {
    RawField {
        section: section.to_owned(),
        entry: item_id(entry).to_string(),
        field: field.to_owned(),
        values: vec![by(anna(), 0, value.into())],
    }
}

fn number(value: i64) -> Scalar {
    Scalar::Int(value)
}

fn item_raws(entry: u8, law: LegalBasis) -> Vec<RawField> {
    item_fields(law)
        .into_iter()
        .map(|(field, value)| raw("items", entry, field.key(), value))
        .collect()
}

#[test]
fn a_whole_item_is_read_as_it_was_written() {
    let plan = Plan::from_fields(item_raws(1, LegalBasis::Sel83));
    assert_eq!(plan.items, [item(1)]);
    assert_eq!(plan.item(item_id(1)), Some(&item(1)));
    assert_eq!(plan, Plan { items: vec![item(1)], ..Plan::default() });
}

#[test]
fn what_is_under_health_law_is_ticked_by_itself_unless_said_otherwise() {
    for (law, said, own) in [
        (LegalBasis::Sel83, None, false),
        (LegalBasis::Sul138, None, true),
        (LegalBasis::Sul138, Some(false), false),
        (LegalBasis::Sel83, Some(true), true),
    ] {
        let mut fields = item_raws(1, law);
        fields.extend(said.map(|own| raw("items", 1, "own", Scalar::Bool(own))));
        assert_eq!(Plan::from_fields(fields).items[0].each_on_its_own, own, "{law:?} {said:?}");
    }
}

#[test]
fn an_item_that_lacks_its_law_is_listed_and_not_dropped() {
    let mut fields = item_raws(1, LegalBasis::Sel83);
    fields.retain(|field| field.field != "law");
    let plan = Plan::from_fields(fields);
    assert!(plan.items.is_empty());
    let [incomplete] = plan.incomplete.try_into().unwrap();
    assert_eq!(incomplete.entry, item_id(1));
    assert_eq!(incomplete.problems, [(Field::Law, Problem::Missing)]);
    assert_eq!(incomplete.fields.len(), 6, "all that is there is kept");
}

#[test]
fn a_required_word_that_does_not_read_is_named() {
    for (field, value, problem) in [
        ("law", "ael99".into(), FieldProblem::UnknownWord),
        ("slot", "brunch".into(), FieldProblem::UnknownWord),
        ("days", "hverdage".into(), FieldProblem::UnknownWord),
        ("minutes", number(0), FieldProblem::OutOfRange),
        ("minutes", "tyve".into(), FieldProblem::WrongType),
        ("roles", number(-1), FieldProblem::OutOfRange),
        ("title", number(7), FieldProblem::WrongType),
    ] {
        let mut fields = item_raws(1, LegalBasis::Sel83);
        fields.retain(|raw| raw.field != field);
        fields.push(raw("items", 1, field, value));
        let plan = Plan::from_fields(fields);
        let known = Field::from_key(field).unwrap();
        assert_eq!(plan.incomplete[0].problems, [(known, Problem::Unreadable(problem))]);
        assert_eq!(plan.incomplete[0].fields.len(), 7);
    }
}

#[test]
fn what_a_newer_version_wrote_is_kept_and_listed() {
    let newer = [
        raw("items", 1, "wished_time", "kl. 9"),
        raw("items", 1, "status", "paused"),
        raw("sleep", 1, "text", "Sover let"),
        raw("life_story", 1, "minutes", number(3)),
        RawField { values: Vec::new(), ..raw("items", 1, "goal", "x") },
        RawField { entry: "not-an-id".to_owned(), ..raw("items", 1, "title", "Bad") },
    ];
    let mut fields = item_raws(1, LegalBasis::Sel83);
    fields.extend(newer.clone());
    let plan = Plan::from_fields(fields);
    assert_eq!(plan.items, [item(1)], "the item is read all the same");
    assert_eq!(plan.newer.len(), newer.len());
    assert!(newer.iter().all(|field| plan.newer.contains(field)));
}

#[test]
fn a_longer_text_than_our_editor_allows_is_read() {
    let mut fields = item_raws(1, LegalBasis::Sel83);
    fields.retain(|field| field.field != "text" && field.field != "title");
    fields.push(raw("items", 1, "text", Scalar::Text("x".repeat(9_000))));
    fields.push(raw("items", 1, "title", ""));
    let plan = Plan::from_fields(fields);
    assert_eq!(plan.items[0].text.len(), 9_000);
    assert_eq!(plan.items[0].title, "");
}

#[test]
fn two_values_are_a_conflict_with_both_authors() {
    let mut fields = item_raws(1, LegalBasis::Sel83);
    let values = vec![by(viggo(), 9, number(25)), by(anna(), 5, number(20))];
    fields.retain(|field| field.field != "minutes");
    fields.push(RawField { values: values.clone(), ..raw("items", 1, "minutes", number(0)) });
    let plan = Plan::from_fields(fields);
    assert_eq!(plan.items[0].minutes.get(), 25, "the shown value is the first");
    let conflict =
        Conflict { section: Section::Items, entry: item_id(1), field: Field::Minutes, values };
    assert_eq!(plan.conflicts, [conflict]);
}

#[test]
fn two_people_who_wrote_the_same_are_no_conflict() {
    let mut fields = item_raws(1, LegalBasis::Sel83);
    let values = vec![by(viggo(), 9, number(25)), by(anna(), 5, number(25))];
    fields.retain(|field| field.field != "minutes");
    fields.push(RawField { values, ..raw("items", 1, "minutes", number(0)) });
    assert!(Plan::from_fields(fields).conflicts.is_empty());
}

#[test]
fn entries_stand_by_rank_and_then_by_id() {
    let mut fields = Vec::new();
    for (entry, rank) in [(1, "b"), (2, "a"), (4, "a"), (3, "a"), (5, "")] {
        fields.push(raw("goals", entry, "title", "Selv i bad"));
        if !rank.is_empty() {
            fields.push(raw("goals", entry, "rank", rank));
        }
    }
    let order: Vec<ItemId> =
        Plan::from_fields(fields).goals.iter().map(|goal| goal.entry.id).collect();
    assert_eq!(order, [5, 2, 3, 4, 1].map(item_id));
}

#[test]
fn both_paragraphs_of_the_life_story_survive_with_their_authors() {
    let paragraph = |entry, author: Author, text: &str| RawField {
        values: vec![by(author, i64::from(entry), text.into())],
        ..raw("life_story", entry, "text", "")
    };
    let plan = Plan::from_fields([
        paragraph(1, anna(), "Født på Fyn"),
        paragraph(2, viggo(), "Var postbud i fyrre år"),
    ]);
    let written: Vec<(&str, &Author)> =
        plan.life_story.iter().map(|p| (p.text.as_str(), &p.by.author)).collect();
    assert_eq!(written, [("Født på Fyn", &anna()), ("Var postbud i fyrre år", &viggo())]);
}

#[test]
fn what_matters_comes_by_prompt_with_free_text_last() {
    let answer = |entry, prompt| {
        [
            raw("what_matters", entry, "prompt", number(prompt)),
            raw("what_matters", entry, "text", "Haven"),
        ]
    };
    let fields = [answer(1, 0), answer(2, 4), answer(3, 1), answer(4, 1)].into_iter().flatten();
    let plan = Plan::from_fields(fields);
    let prompts: Vec<u8> = plan.what_matters.iter().map(|answer| answer.prompt).collect();
    assert_eq!(prompts, [1, 1, 4, 0]);
    assert!(plan.says_what_matters());
}

#[test]
fn a_plan_without_what_matters_says_so() {
    assert!(!Plan::default().says_what_matters());
    let entry = [
        raw("what_matters", 1, "prompt", number(1)),
        raw("what_matters", 1, "text", "Haven"),
        raw("what_matters", 1, "status", "ended"),
    ];
    assert!(!Plan::from_fields(entry).says_what_matters());
}

#[test]
fn the_first_contact_person_who_is_still_there_is_the_one_to_ask() {
    let contact = |entry, place: &str, name: &str| {
        [raw("contacts", entry, "place", place), raw("contacts", entry, "name", name)]
    };
    let mut fields: Vec<RawField> =
        [contact(1, "secondary", "Viggo Holm"), contact(2, "primary", "Anna Vang")].concat();
    fields.push(raw("contacts", 2, "phone", "00 00 00 00"));
    let asked = |fields: &[RawField]| {
        Plan::from_fields(fields.to_vec()).contact_person().map(|contact| contact.name.clone())
    };
    assert_eq!(asked(&fields).as_deref(), Some("Anna Vang"));
    fields.push(raw("contacts", 2, "status", "ended"));
    assert_eq!(asked(&fields).as_deref(), Some("Viggo Holm"));
    assert_eq!(asked(&[]), None);
}

#[test]
fn an_item_without_a_goal_that_holds_is_marked() {
    let goal = item_id(9).to_string();
    let mut fields = item_raws(1, LegalBasis::Sel83);
    fields.extend(item_raws(2, LegalBasis::Sel83));
    fields.push(raw("items", 2, "goal", goal.as_str()));
    fields.push(raw("goals", 9, "title", "Selv i haven"));
    let marked = |fields: &[RawField]| -> Vec<ItemId> {
        let plan = Plan::from_fields(fields.to_vec());
        plan.items_without_goal().map(|item| item.entry.id).collect()
    };
    assert_eq!(marked(&fields), [item_id(1)]);
    fields.push(raw("goals", 9, "status", "ended"));
    assert_eq!(marked(&fields), [item_id(1), item_id(2)]);
}

#[test]
fn an_entry_carries_the_stamp_of_its_latest_field() {
    let mut fields = item_raws(1, LegalBasis::Sel83);
    fields.push(RawField {
        values: vec![by(viggo(), 60, "p00".into())],
        ..raw("items", 1, "oid", "")
    });
    let plan = Plan::from_fields(fields);
    assert_eq!(plan.items[0].entry.changed, Stamp { author: viggo(), written: morning().plus(60) });
    assert_eq!(plan.items[0].entry.outside_id.as_deref(), Some("p00"));
}

#[test]
fn agreements_and_safety_are_read() {
    let plan = Plan::from_fields([
        raw("agreements", 1, "text", "Vi ringer på"),
        raw("safety", 2, "title", "Løst tæppe"),
    ]);
    assert_eq!(
        (plan.agreements[0].title.as_deref(), plan.agreements[0].text.as_str()),
        (None, "Vi ringer på")
    );
    assert_eq!(plan.safety[0].title.as_deref(), Some("Løst tæppe"));
}

#[test]
fn an_ended_item_is_for_no_day() {
    let mut fields = item_raws(1, LegalBasis::Sel83);
    assert!(Plan::from_fields(fields.clone()).items[0].is_for(day("2026-03-02")));
    fields.push(raw("items", 1, "status", "ended"));
    assert!(!Plan::from_fields(fields).items[0].is_for(day("2026-03-02")));
}

proptest! {
    #[test]
    fn the_order_of_fields_changes_nothing(turn in 0_usize..40) {
        let mut fields = item_raws(1, LegalBasis::Sel83);
        fields.extend(item_raws(2, LegalBasis::Sul138));
        fields.push(raw("goals", 9, "title", "Selv i haven"));
        fields.push(raw("items", 1, "newer", "ord"));
        fields.push(raw("sleep", 1, "newer", "ord"));
        fields.push(raw("items", 3, "title", "Halv"));
        let plan = Plan::from_fields(fields.clone());
        let turn = turn % fields.len();
        fields.rotate_left(turn);
        fields.reverse();
        prop_assert_eq!(Plan::from_fields(fields), plan);
    }

    #[test]
    fn nothing_that_a_document_holds_is_dropped(
        fields in prop::collection::vec(
            ("items|goals|safety|sleep", 0_u8..3, "title|text|minutes|law|slot|x", any::<bool>()),
            0..12,
        ),
    ) {
        let mut seen = std::collections::BTreeSet::new();
        let fields: Vec<RawField> = fields
            .into_iter()
            .filter(|(section, entry, field, _)| {
                seen.insert((section.clone(), *entry, field.clone()))
            })
            .map(|(section, entry, field, text)| {
                let value = if text { "sel83".into() } else { number(7) };
                raw(&section, entry, &field, value)
            })
            .collect();
        let count = fields.len();
        let plan = Plan::from_fields(fields);
        let of_points: usize = plan
            .goals
            .iter()
            .chain(&plan.safety)
            .map(|point| 1 + usize::from(!point.text.is_empty()))
            .sum();
        let of_incomplete: usize = plan.incomplete.iter().map(|entry| entry.fields.len()).sum();
        prop_assert_eq!(of_points + of_incomplete + plan.newer.len(), count);
    }
}
