//! Every refusal of an edit.

use super::*;
use crate::care::example::{KAREN, anna, item_fields, item_id, visit_note};
use crate::care::field::MOST_TEXT;
use crate::care::legal_basis::LegalBasis;

fn add(section: Section, fields: Vec<(Field, Scalar)>) -> PlanCommand {
    PlanCommand::AddEntry { section, entry: item_id(1), fields }
}

fn add_item(change: impl FnOnce(&mut Vec<(Field, Scalar)>)) -> Result<(), CommandError> {
    let mut fields = item_fields(LegalBasis::Sel83);
    change(&mut fields);
    add(Section::Items, fields).validate()
}

fn put(section: Section, field: Field, value: Scalar) -> PlanCommand {
    PlanCommand::Put { section, entry: item_id(1), field, value }
}

fn resolve(section: Section, field: Field, value: Scalar) -> PlanCommand {
    PlanCommand::Resolve { section, entry: item_id(1), field, value }
}

#[test]
fn a_whole_item_is_taken() {
    assert_eq!(add_item(|_| {}), Ok(()));
    assert_eq!(add_item(|fields| fields.push((Field::Rank, "1".into()))), Ok(()));
}

#[test]
fn an_item_without_legal_basis_is_refused_before_all_else() {
    let lawless = |fields: &mut Vec<(Field, Scalar)>| {
        fields.retain(|(field, _)| *field != Field::Law);
    };
    assert_eq!(add_item(lawless), Err(CommandError::NoLegalBasis));
    assert_eq!(add(Section::Items, vec![]).validate(), Err(CommandError::NoLegalBasis));
    let blank = add_item(|fields| {
        lawless(fields);
        fields.push((Field::Law, "".into()));
    });
    let problem = FieldProblem::UnknownWord;
    assert_eq!(blank, Err(CommandError::Value { field: Field::Law, problem }));
}

#[test]
fn an_entry_without_what_it_needs_is_refused() {
    for section in Section::ALL {
        if *section == Section::Items {
            continue;
        }
        let Some(first) = required(*section).next() else { panic!("{section:?}") };
        let missing = Err(CommandError::Missing(*section, first));
        assert_eq!(add(*section, vec![]).validate(), missing);
    }
    let timeless = add_item(|fields| fields.retain(|(field, _)| *field != Field::Minutes));
    assert_eq!(timeless, Err(CommandError::Missing(Section::Items, Field::Minutes)));
}

#[test]
fn the_smallest_entry_of_each_section_is_taken() {
    use Field::{Name, Place, Prompt, Text, Title};
    for (section, fields) in [
        (Section::Goals, vec![(Title, "Selv i haven".into())]),
        (Section::Agreements, vec![(Text, "Vi ringer på".into())]),
        (Section::LifeStory, vec![(Text, "Født på Fyn".into())]),
        (Section::WhatMatters, vec![(Prompt, Scalar::Int(1)), (Text, "Haven".into())]),
        (Section::Contacts, vec![(Place, "primary".into()), (Name, "Anna Vang".into())]),
        (Section::Safety, vec![(Title, "Løst tæppe i gangen".into())]),
    ] {
        assert_eq!(add(section, fields).validate(), Ok(()), "{section:?}");
    }
}

#[test]
fn a_field_stands_once_and_in_its_own_section() {
    let twice = add_item(|fields| fields.push((Field::Minutes, Scalar::Int(25))));
    assert_eq!(twice, Err(CommandError::Twice(Field::Minutes)));
    for edit in [put, resolve] {
        assert_eq!(
            edit(Section::LifeStory, Field::Minutes, Scalar::Int(20)).validate(),
            Err(CommandError::NoSuchField(Section::LifeStory, Field::Minutes))
        );
    }
}

#[test]
fn a_value_that_does_not_fit_is_refused_in_every_kind_of_edit() {
    let problem = FieldProblem::OutOfRange;
    let refused = Err(CommandError::Value { field: Field::Minutes, problem });
    for edit in [put, resolve] {
        let zero = edit(Section::Items, Field::Minutes, Scalar::Int(0));
        assert_eq!(zero.validate(), refused);
        let right = edit(Section::Items, Field::Minutes, Scalar::Int(25));
        assert_eq!(right.validate(), Ok(()));
    }
    let added = add_item(|fields| {
        fields.retain(|(field, _)| *field != Field::Minutes);
        fields.push((Field::Minutes, Scalar::Int(1_441)));
    });
    assert_eq!(added, refused);
}

#[test]
fn the_heaviest_edit_stays_well_below_the_gates_64_kib() {
    let heavy = add_item(|fields| {
        fields.retain(|(field, _)| *field != Field::Text);
        fields.push((Field::Text, Scalar::Text("🙂".repeat(MOST_TEXT))));
    });
    assert_eq!(heavy, Ok(()));
    let most: usize = Field::ALL.len() * 200 * 4 + MOST_TEXT * 4;
    assert!(most < MOST_COMMAND_BYTES, "no entry can reach the limit, {most}");
}

#[test]
fn errors_name_fields_and_never_what_was_written() {
    let secret = "010203-1234";
    let refused = put(Section::Items, Field::Slot, secret.into()).validate().unwrap_err();
    assert!(!refused.to_string().contains(secret) && !format!("{refused:?}").contains(secret));
    assert_eq!(refused.to_string(), "slot: the word is not known");
}

#[test]
fn a_command_is_judged_by_what_it_holds() {
    let edit = put(Section::Items, Field::Minutes, Scalar::Int(0));
    let plan = Command::Plan { citizen: KAREN, edit };
    assert!(matches!(plan.validate(), Err(Refusal::Plan(CommandError::Value { .. }))));
    let mut note = visit_note(1, anna());
    assert_eq!(Command::SaveNote(Box::new(note.clone())).validate(), Ok(()));
    note.minutes = None;
    let refused = Command::SaveNote(Box::new(note)).validate();
    assert_eq!(refused, Err(Refusal::Note(NoteError::TicksWithoutMinutes)));
}

#[test]
fn commands_read_back_from_their_bytes() -> Result<(), minicbor::decode::Error> {
    let edit = |edit| Command::Plan { citizen: KAREN, edit };
    for command in [
        edit(add(Section::Items, item_fields(LegalBasis::Sul138))),
        edit(put(Section::Items, Field::Text, "Nyt".into())),
        edit(resolve(Section::Items, Field::EachOnItsOwn, Scalar::Bool(true))),
        Command::SaveNote(Box::new(visit_note(1, anna()))),
        Command::Record { kind: 5, id: [3; 16], payload: vec![1, 2, 3] },
    ] {
        let bytes = minicbor::to_vec(&command).unwrap();
        assert_eq!(minicbor::decode::<Command>(&bytes)?, command);
    }
    Ok(())
}
