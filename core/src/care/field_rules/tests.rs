//! What each field takes, and the table's own sense.

use super::*;
use std::collections::BTreeSet;

fn check(section: Section, field: Field, value: Scalar) -> Result<(), FieldProblem> {
    rule(section, field).unwrap().kind.check(&value)
}

fn number(value: i64) -> Scalar {
    Scalar::Int(value)
}

#[test]
fn each_kind_of_field_takes_and_refuses_what_its_words_say() {
    use Field::{
        Carer, Days, EachOnItsOwn, Goal, Law, Minutes, OutsideId, Place, Prompt, Rank, Roles, Slot,
        Status, Text, Title,
    };
    use FieldProblem::{Empty, ManyLines, NoRole, OutOfRange, TooLong, UnknownWord, WrongType};
    use Section::{Contacts, Items, WhatMatters};
    let long = |letters: usize| Scalar::Text("ø".repeat(letters));
    let hex = "0a".repeat(16);
    for (section, field, value, answer) in [
        (Items, Title, "Bad".into(), Ok(())),
        (Items, Title, long(MOST_LINE), Ok(())),
        (Items, Title, long(MOST_LINE + 1), Err(TooLong)),
        (Items, Title, " ".into(), Err(Empty)),
        (Items, Title, "Bad\nog mad".into(), Err(ManyLines)),
        (Items, Title, number(1), Err(WrongType)),
        (Items, Text, "".into(), Ok(())),
        (Items, Text, "På kl. 8\nog igen kl. 9".into(), Ok(())),
        (Items, Text, long(MOST_TEXT), Ok(())),
        (Items, Text, long(MOST_TEXT + 1), Err(TooLong)),
        (Items, Text, Scalar::Bool(true), Err(WrongType)),
        (Items, Minutes, number(1), Ok(())),
        (Items, Minutes, number(1_440), Ok(())),
        (Items, Minutes, number(0), Err(OutOfRange)),
        (Items, Minutes, number(1_441), Err(OutOfRange)),
        (Items, Minutes, number(-20), Err(OutOfRange)),
        (Items, Minutes, "20".into(), Err(WrongType)),
        (Items, Slot, "eftermiddag".into(), Ok(())),
        (Items, Slot, "afternoon".into(), Err(UnknownWord)),
        (Items, Days, "ma fr".into(), Ok(())),
        (Items, Days, "hverdage".into(), Err(UnknownWord)),
        (Items, Days, Scalar::Text("ma ".repeat(100)), Err(TooLong)),
        (Items, Law, "sul138".into(), Ok(())),
        (Items, Law, "".into(), Err(UnknownWord)),
        (Items, Roles, number(1), Ok(())),
        (Items, Roles, number(0), Err(NoRole)),
        (Items, Roles, number(-1), Err(OutOfRange)),
        (Items, Roles, number(1 << 33), Err(OutOfRange)),
        (Items, Goal, "00000001".into(), Ok(())),
        (Items, Goal, "".into(), Ok(())),
        (Items, Goal, "målet".into(), Err(UnknownWord)),
        (Items, EachOnItsOwn, Scalar::Bool(false), Ok(())),
        (Items, EachOnItsOwn, number(1), Err(WrongType)),
        (Items, Status, "ended".into(), Ok(())),
        (Items, Status, "deleted".into(), Err(UnknownWord)),
        (Items, Rank, "1V".into(), Ok(())),
        (Items, Rank, "".into(), Err(UnknownWord)),
        (Items, Rank, "æ".into(), Err(UnknownWord)),
        (Items, Rank, Scalar::Text("a".repeat(65)), Err(UnknownWord)),
        (Items, OutsideId, "p00".into(), Ok(())),
        (WhatMatters, Prompt, number(4), Ok(())),
        (WhatMatters, Prompt, number(5), Err(OutOfRange)),
        (WhatMatters, Prompt, "1".into(), Err(WrongType)),
        (Contacts, Place, "primary".into(), Ok(())),
        (Contacts, Place, "third".into(), Err(UnknownWord)),
        (Contacts, Carer, hex.as_str().into(), Ok(())),
        (Contacts, Carer, "Anna".into(), Err(UnknownWord)),
    ] {
        assert_eq!(check(section, field, value.clone()), answer, "{field:?} {value:?}");
    }
}

#[test]
fn no_field_of_a_section_has_two_rules() {
    let mut seen = BTreeSet::new();
    for rule in RULES {
        assert!(seen.insert((rule.section, rule.field)), "{rule:?}");
        assert!(EVERYWHERE.iter().all(|(field, _)| *field != rule.field), "{rule:?}");
    }
}

#[test]
fn every_section_has_required_fields_and_can_be_ended_and_ranked() {
    for section in Section::ALL {
        assert!(required(*section).next().is_some(), "{section:?}");
        for (field, _) in EVERYWHERE {
            let common = rule(*section, *field).unwrap();
            assert!(!common.required && common.ground == Ground::Bookkeeping);
        }
    }
    assert!(required(Section::Items).any(|field| field == Field::Law));
    assert_eq!(rule(Section::LifeStory, Field::Law), None);
}

#[test]
fn relatives_and_their_numbers_have_no_place_in_a_plan() {
    let with_phone: Vec<Section> = Section::ALL
        .iter()
        .copied()
        .filter(|section| rule(*section, Field::Phone).is_some())
        .collect();
    assert_eq!(with_phone, [Section::Contacts]);
}

#[test]
fn keys_are_read_back_and_are_different() {
    let mut keys = BTreeSet::new();
    for field in Field::ALL {
        assert!(keys.insert(field.key()));
        assert_eq!(Field::from_key(field.key()), Some(*field));
    }
    for section in Section::ALL {
        assert_eq!(Section::from_key(section.key()), Some(*section));
    }
    assert_eq!(
        Status::ALL.iter().map(|s| s.key()).collect::<Vec<_>>(),
        ["active", "draft", "ended"]
    );
    assert_eq!(ContactPlace::from_key("secondary"), Some(ContactPlace::Secondary));
}
