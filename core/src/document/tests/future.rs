//! A plan that a newer version wrote in survives this one.

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId as AutomergeActor, Automerge, ObjType, ROOT, ReadDoc, ScalarValue};

use super::{EVENING, Tablet, Tested, actor, add, item, names, put, values};
use crate::care::field::Field;
use crate::document::PlanDoc;
use crate::gate::examine;

/// A section, an entry, fields and kinds of values that this version has never heard of.
fn write_as_the_future(plan: &PlanDoc) -> Vec<u8> {
    let mut doc = plan.doc.clone();
    doc.set_actor(AutomergeActor::from(actor(77).as_bytes()));
    let (_, items) = doc.get(ROOT, "items").unwrap().unwrap();
    let (_, one) = doc.get(&items, item(1).to_string()).unwrap().unwrap();
    let mut transaction = doc.transaction();
    transaction.put(ROOT, "schema", 9_u64).unwrap();
    transaction.put(ROOT, "mood", "godt").unwrap();
    let swaps = transaction.put_object(ROOT, "swaps", ObjType::Map).unwrap();
    let swap = transaction.put_object(&swaps, "s1", ObjType::Map).unwrap();
    transaction.put(&swap, "from", "bad").unwrap();
    transaction.put(&swaps, "total", 3_u64).unwrap();
    transaction.put(&one, "seal", ScalarValue::Bytes(vec![1, 2, 3])).unwrap();
    transaction.put(&one, "weeks", "ulige").unwrap();
    transaction.put(&one, "minutes", ScalarValue::F64(22.5)).unwrap();
    let steps = transaction.put_object(&one, "steps", ObjType::List).unwrap();
    transaction.insert(&steps, 0, "find kaffen frem").unwrap();
    let talk = transaction.put_object(&one, "talk", ObjType::Map).unwrap();
    transaction.put(&talk, "deep", ScalarValue::counter(4)).unwrap();
    transaction.commit_with(CommitOptions::default().with_time(EVENING.0));
    doc.save()
}

fn everything(plan: &PlanDoc) -> automerge::hydrate::Value {
    // Of our own making and small, so walking all of it is safe.
    plan.doc.hydrate(None)
}

#[test]
fn a_plan_from_the_future_loses_nothing_when_this_version_edits_it() -> Tested {
    let mut tablet = Tablet::new(1);
    tablet.write(&[add(1, "Kaffe")])?;
    let future = write_as_the_future(&tablet.plan);

    let mut plan = PlanDoc::load(&future)?;
    let told = everything(&plan);
    plan.edit(&[put(1, Field::Title, "Kaffe i haven")], actor(1), EVENING)?;
    let mut plan = PlanDoc::load(&plan.save()?)?;

    assert_ne!(everything(&plan), told);
    assert_eq!(values(&plan, 1, Field::Title), ["Kaffe i haven".into()]);
    assert_eq!(plan.schema()?, 9);
    plan.edit(&[put(1, Field::Title, "Kaffe")], actor(1), EVENING)?;
    assert_eq!(everything(&plan), told, "the title is the only thing that ever changed");
    Ok(())
}

#[test]
fn what_is_newer_is_handed_out_to_be_shown_as_newer() -> Tested {
    let mut tablet = Tablet::new(1);
    tablet.write(&[add(1, "Kaffe")])?;
    let plan = PlanDoc::load(&write_as_the_future(&tablet.plan))?;
    let fields = plan.fields()?;
    let id = item(1).to_string();
    let id = id.as_str();
    assert_eq!(
        names(&fields),
        [
            ("items", id, "law"),
            ("items", id, "minutes"),
            ("items", id, "seal"),
            ("items", id, "steps"),
            ("items", id, "talk"),
            ("items", id, "text"),
            ("items", id, "title"),
            ("items", id, "weeks"),
            ("mood", "", ""),
            ("swaps", "s1", "from"),
            ("swaps", "total", ""),
        ]
    );
    let unknown: Vec<&str> = fields
        .iter()
        .filter(|field| !field.newer.is_empty() && field.values.is_empty())
        .map(|field| field.field.as_str())
        .collect();
    assert_eq!(unknown, ["minutes", "seal", "steps", "talk"]);
    Ok(())
}

#[test]
fn a_new_section_of_maps_and_scalars_passes_todays_gate() {
    let mut doc: Automerge = PlanDoc::new().unwrap().doc;
    doc.set_actor(AutomergeActor::from(actor(77).as_bytes()));
    let mut transaction = doc.transaction();
    let swaps = transaction.put_object(ROOT, "swaps", ObjType::Map).unwrap();
    transaction.put(&swaps, "total", 3_u64).unwrap();
    transaction.commit_with(CommitOptions::default().with_time(EVENING.0));
    assert!(examine(doc.get_last_local_change().unwrap().raw_bytes()).is_ok());
}
