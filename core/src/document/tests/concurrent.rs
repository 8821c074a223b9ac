//! What two carers write without seeing each other.

use super::{Tablet, Tested, add, gated, item, put, values};
use crate::care::command::PlanCommand;
use crate::care::field::{Field, Scalar, Section};
use crate::document::DocumentError;

/// Two tablets with one item, "Morgenpille på kl 8".
fn two_tablets() -> Result<(Tablet, Tablet), DocumentError> {
    let mut anna = Tablet::new(1);
    anna.write(&[add(1, "Pille"), put(1, Field::Text, "på kl 8")])?;
    let mut bo = Tablet::new(2);
    bo.hears(&anna)?;
    Ok((anna, bo))
}

fn meet(one: &mut Tablet, other: &mut Tablet) -> Tested {
    let before = one.clone();
    one.hears(other)?;
    other.hears(&before)
}

#[test]
fn an_instruction_edited_by_two_keeps_both_whole_and_never_says_79() -> Tested {
    let (mut anna, mut bo) = two_tablets()?;
    anna.write(&[put(1, Field::Text, "på kl 9")])?;
    bo.write(&[put(1, Field::Text, "på kl 7")])?;
    meet(&mut anna, &mut bo)?;
    let both: Vec<Scalar> = vec!["på kl 7".into(), "på kl 9".into()];
    assert_eq!(values(&anna.plan, 1, Field::Text), both);
    assert_eq!(values(&bo.plan, 1, Field::Text), both);
    Ok(())
}

#[test]
fn a_person_settles_a_conflict_with_either_value_or_a_third() -> Tested {
    for chosen in ["på kl 7", "på kl 9", "på kl 8:30"] {
        let (mut anna, mut bo) = two_tablets()?;
        anna.write(&[put(1, Field::Text, "på kl 9")])?;
        bo.write(&[put(1, Field::Text, "på kl 7")])?;
        meet(&mut anna, &mut bo)?;
        let value = Scalar::from(chosen);
        let (section, entry, field) = (Section::Items, item(1), Field::Text);
        bo.write(&[PlanCommand::Resolve { section, entry, field, value }])?;
        anna.hears(&bo)?;
        assert_eq!(values(&anna.plan, 1, Field::Text), [chosen.into()], "{chosen}");
        assert_eq!(anna.plan.heads(), bo.plan.heads());
    }
    Ok(())
}

#[test]
fn two_people_who_settle_a_conflict_differently_are_in_conflict_again() -> Tested {
    let (mut anna, mut bo) = two_tablets()?;
    anna.write(&[put(1, Field::Text, "på kl 9")])?;
    bo.write(&[put(1, Field::Text, "på kl 7")])?;
    meet(&mut anna, &mut bo)?;
    anna.write(&[put(1, Field::Text, "på kl 9")])?;
    bo.write(&[put(1, Field::Text, "på kl 7")])?;
    meet(&mut anna, &mut bo)?;
    let both: Vec<Scalar> = vec!["på kl 7".into(), "på kl 9".into()];
    assert_eq!(values(&anna.plan, 1, Field::Text), both);
    assert_eq!(anna.plan.fields()?, bo.plan.fields()?);
    Ok(())
}

#[test]
fn each_value_names_the_change_of_its_author() -> Tested {
    let (mut anna, mut bo) = two_tablets()?;
    let nine = anna.write(&[put(1, Field::Text, "på kl 9")])?;
    let seven = bo.write(&[put(1, Field::Text, "på kl 7")])?;
    meet(&mut anna, &mut bo)?;
    let fields = anna.plan.fields()?;
    let text = fields.iter().find(|field| field.field == Field::Text.key()).unwrap();
    let found: Vec<_> = text.values.iter().map(|(value, put)| (value.clone(), put.hash)).collect();
    assert_eq!(found, [("på kl 7".into(), seven), ("på kl 9".into(), nine)]);
    Ok(())
}

#[test]
fn edits_of_different_fields_are_no_conflict() -> Tested {
    let (mut anna, mut bo) = two_tablets()?;
    anna.write(&[put(1, Field::Text, "på kl 9")])?;
    bo.write(&[put(1, Field::Title, "Hjertepille")])?;
    meet(&mut anna, &mut bo)?;
    assert!(anna.plan.fields()?.iter().all(|field| field.values.len() == 1));
    assert_eq!(values(&anna.plan, 1, Field::Title), ["Hjertepille".into()]);
    Ok(())
}

#[test]
fn an_old_edit_that_comes_late_is_new_since_last_time() -> Tested {
    let (mut anna, mut bo) = two_tablets()?;
    bo.write(&[put(1, Field::Title, "Hjertepille")])?;
    let seen = anna.plan.head_prefixes();
    assert_eq!(anna.plan.changed_fields_since(&seen)?, []);
    anna.write(&[put(1, Field::Text, "på kl 9")])?;
    let seen = anna.plan.head_prefixes();
    anna.hears(&bo)?;
    let new = anna.plan.changed_fields_since(&seen)?;
    assert_eq!(super::names(&new), [("items", item(1).to_string().as_str(), "title")]);
    assert_eq!(anna.plan.changed_fields_since(&[])?.len(), anna.plan.fields()?.len());
    Ok(())
}

#[test]
fn a_held_edit_is_written_anew_on_the_heads_it_saw_and_hides_nobodys() -> Tested {
    let (mut anna, mut bo) = two_tablets()?;
    let saw = anna.plan.heads();
    bo.write(&[put(1, Field::Text, "på kl 7")])?;
    anna.hears(&bo)?;
    let again = [put(1, Field::Text, "på kl 9")];
    let change = anna.plan.edit_at(&saw, &again, super::actor(9), super::EVENING)?;
    assert_eq!(change.shape.deps, saw);
    assert_eq!((change.shape.seq, change.shape.actor), (1, super::actor(9)));
    assert_eq!(values(&anna.plan, 1, Field::Text), ["på kl 7".into(), "på kl 9".into()]);
    bo.plan.apply(&gated(&change))?;
    assert_eq!(bo.plan.heads(), anna.plan.heads());
    Ok(())
}

#[test]
fn two_maps_under_one_id_lose_nothing_and_one_put_settles_them() -> Tested {
    let (mut anna, mut bo) = (Tablet::new(1), Tablet::new(2));
    anna.write(&[add(1, "Bad")])?;
    bo.write(&[add(1, "Havetur"), put(1, Field::Slot, "morgen")])?;
    meet(&mut anna, &mut bo)?;
    assert_eq!(values(&anna.plan, 1, Field::Title), ["Bad".into(), "Havetur".into()]);
    assert_eq!(values(&anna.plan, 1, Field::Slot), ["morgen".into()]);
    anna.write(&[put(1, Field::Title, "Havetur")])?;
    bo.hears(&anna)?;
    assert_eq!(bo.plan.heads(), anna.plan.heads());
    let titles = values(&bo.plan, 1, Field::Title);
    assert!(titles.iter().all(|title| *title == "Havetur".into()), "{titles:?}");
    Ok(())
}
