//! What a document refuses, and that it is then as it was.

use automerge::{ActorId as AutomergeActor, Change, ExpandedChange, ROOT, ReadDoc};

use super::{CITIZEN, EVENING, NOTE, Tablet, Tested, actor, add, gated, item, put, values};
use crate::care::command::PlanCommand;
use crate::care::field::{Field, Scalar, Section};
use crate::document::{Applied, DocumentError, PlanDoc, split};
use crate::gate::{GatedChange, limit};
use crate::ids::{DocId, ItemId};

#[test]
fn a_panic_inside_automerge_leaves_the_plan_as_it_was() -> Tested {
    let mut tablet = Tablet::new(1);
    tablet.write(&[add(1, "Kaffe")])?;
    let (heads, fields) = (tablet.plan.heads(), tablet.plan.fields()?);
    let failed: Result<(), _> = tablet.plan.on_a_copy(|doc| {
        doc.set_actor(AutomergeActor::from(actor(5).as_bytes()));
        let mut transaction = doc.transaction();
        automerge::transaction::Transactable::put(&mut transaction, ROOT, "half", 1).unwrap();
        transaction.commit();
        panic!("as if Automerge had");
    });
    assert_eq!(failed, Err(DocumentError::Panicked));
    assert_eq!((tablet.plan.heads(), tablet.plan.fields()?), (heads, fields));
    tablet.write(&[put(1, Field::Title, "Te")])?;
    Ok(())
}

#[test]
fn an_edit_after_a_change_that_poisons_automerge_is_an_error_and_no_crash() -> Tested {
    let mut tablet = Tablet::new(1);
    tablet.write(&[add(1, "Kaffe")])?;
    // The gate refuses such a time; here the change goes in by the back door.
    let mut poison: ExpandedChange = {
        let mut other = Tablet::new(2);
        other.hears(&tablet)?;
        other.write(&[put(1, Field::Title, "Te")])?;
        Change::try_from(&other.written[0].bytes[..]).unwrap().decode()
    };
    poison.time = -9_223_372_036_854_775_808;
    let poison = Change::from(poison);
    let poisoned = tablet
        .plan
        .on_a_copy(|doc| doc.apply_changes([poison]).map_err(|_| DocumentError::Refused));
    let heads = tablet.plan.heads();
    let edited = poisoned.and_then(|()| tablet.write(&[put(1, Field::Title, "Saft")]));
    assert!(edited.is_err(), "Automerge takes that time now; the gate need not refuse it");
    assert_eq!(tablet.plan.heads(), heads);
    Ok(())
}

#[test]
fn a_change_that_comes_too_early_names_what_it_waits_for() -> Tested {
    let mut anna = Tablet::new(1);
    let first = anna.write(&[add(1, "Kaffe")])?;
    anna.write(&[put(1, Field::Title, "Te")])?;
    let mut plan = PlanDoc::new()?;
    assert_eq!(plan.apply(&gated(&anna.written[1])), Err(DocumentError::Missing(vec![first])));
    assert_eq!(plan.change_count(), 1);
    plan.apply_all(&anna.written.iter().map(gated).collect::<Vec<_>>())?;
    assert_eq!(plan.heads(), anna.plan.heads());
    assert_eq!(plan.apply(&gated(&anna.written[0])), Ok(Applied::Known));
    Ok(())
}

#[test]
fn a_sequence_number_used_twice_is_refused() -> Tested {
    let (mut anna, mut copy) = (Tablet::new(1), Tablet::new(1));
    anna.write(&[add(1, "Kaffe")])?;
    copy.write(&[add(1, "Te")])?;
    let before = anna.plan.heads();
    assert_eq!(anna.plan.apply(&gated(&copy.written[0])), Err(DocumentError::Refused));
    assert_eq!(anna.plan.heads(), before);
    Ok(())
}

#[test]
fn edits_that_cannot_be_are_refused_and_change_nothing() -> Tested {
    let mut tablet = Tablet::new(1);
    tablet.write(&[add(1, "Kaffe")])?;
    let before = tablet.plan.heads();
    let long = "å".repeat(limit::TEXT);
    for (commands, error) in [
        (vec![add(1, "Te")], DocumentError::EntryExists(item(1))),
        (vec![put(2, Field::Title, "Te")], DocumentError::NoEntry(item(2))),
        (vec![put(1, Field::Title, "Kaffe")], DocumentError::NothingChanged),
        (vec![], DocumentError::NothingChanged),
        (
            vec![put(1, Field::Title, "Te"), put(1, Field::Text, &long)],
            DocumentError::Gate(crate::gate::Reason::TextTooLong),
        ),
    ] {
        assert_eq!(tablet.write(&commands), Err(error));
        assert_eq!(tablet.plan.heads(), before);
    }
    assert_eq!(values(&tablet.plan, 1, Field::Title), ["Kaffe".into()]);
    Ok(())
}

#[test]
fn damaged_bytes_and_strange_documents_are_no_plan() -> Tested {
    let saved = Tablet::new(1).plan.save()?;
    for wrong in [&b""[..], b"not a plan", &saved[..saved.len() / 2]] {
        assert_eq!(PlanDoc::load(wrong).err(), Some(DocumentError::Unreadable));
    }
    let strange = automerge::Automerge::new().save();
    assert_eq!(PlanDoc::load(&strange).err(), Some(DocumentError::Unreadable));
    Ok(())
}

#[test]
fn a_notes_change_is_not_put_into_a_plan() -> Tested {
    let mut anna = Tablet::new(1);
    let hash = anna.write(&[add(1, "Kaffe")])?;
    let bytes = anna.written[0].bytes.clone();
    let note = GatedChange::from_log(DocId::Note(NOTE), CITIZEN, hash, bytes)?;
    assert_eq!(PlanDoc::new()?.apply(&note), Err(DocumentError::NotAPlan));
    Ok(())
}

#[test]
fn one_edit_of_many_commands_is_one_change_and_the_last_word_counts() -> Tested {
    let mut tablet = Tablet::new(1);
    tablet.write(&[
        add(1, "Kaffe"),
        put(1, Field::Title, "Te"),
        add(2, "Bad"),
        put(1, Field::Title, "Saft"),
    ])?;
    assert_eq!(tablet.plan.change_count(), 2);
    assert_eq!(values(&tablet.plan, 1, Field::Title), ["Saft".into()]);
    assert_eq!(values(&tablet.plan, 2, Field::Title), ["Bad".into()]);
    Ok(())
}

fn import(items: u8, text: &str) -> Vec<PlanCommand> {
    let fields = |_| Field::ALL.iter().take(10).map(|field| (*field, Scalar::from(text))).collect();
    (0..items)
        .map(|number| (Section::Items, ItemId([number; 5]), fields(number)))
        .map(|(section, entry, fields)| PlanCommand::AddEntry { section, entry, fields })
        .collect()
}

#[test]
fn an_imported_plan_is_cut_into_changes_that_pass_the_gate() -> Tested {
    for (items, length, most) in [(40, 40, 1), (40, 400, 6), (200, 60, 8), (12, 3_000, 12)] {
        let commands = import(items, &"ø".repeat(length / 2));
        let pieces = split(commands.clone());
        assert!(pieces.len() <= most, "{items} × {length}: {}", pieces.len());
        assert_eq!(pieces.concat(), commands);
        let mut tablet = Tablet::new(1);
        for piece in pieces {
            tablet.write(&piece)?;
        }
        assert_eq!(tablet.plan.fields()?.len(), usize::from(items) * 10);
    }
    assert_eq!(split(Vec::new()), Vec::<Vec<PlanCommand>>::new());
    Ok(())
}

#[test]
fn changes_are_never_deflated() -> Tested {
    let mut tablet = Tablet::new(1);
    let text = "den samme sætning igen og igen ".repeat(100);
    tablet.write(&[add(1, "Kaffe"), put(1, Field::Text, &text)])?;
    let bytes = &tablet.written[0].bytes;
    assert_eq!(bytes[8], 1, "the chunk type of a plain change");
    assert!(bytes.windows(text.len()).any(|window| window == text.as_bytes()));
    assert_eq!(tablet.written[0].shape.time, EVENING);
    Ok(())
}

#[test]
fn the_hash_that_automerge_gives_is_the_hash_of_the_gate() -> Tested {
    let mut tablet = Tablet::new(1);
    let hash = tablet.write(&[add(1, "Kaffe")])?;
    assert!(tablet.plan.has_change(hash));
    assert_eq!(tablet.plan.heads(), [hash]);
    let meta = tablet.plan.doc.get_change_meta_by_hash(&automerge::ChangeHash(hash.0));
    assert!(meta.is_some());
    assert!(tablet.plan.doc.get_missing_deps(&[]).is_empty());
    Ok(())
}
