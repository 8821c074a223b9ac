//! Genesis is bytes that nobody may change.

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId as AutomergeActor, Automerge, ObjType, ROOT};

use super::super::{PlanDoc, genesis, schema};
use super::Tested;
use crate::care::field::Section;
use crate::gate::{RESERVED_ACTOR, examine};
use crate::time::UnixSeconds;

/// How the bytes were made, once.
fn made_anew() -> Vec<u8> {
    let mut doc = Automerge::new().with_actor(AutomergeActor::from(RESERVED_ACTOR.as_bytes()));
    let mut transaction = doc.transaction();
    transaction.put(ROOT, schema::SCHEMA, u64::from(schema::PLAN_SCHEMA)).unwrap();
    for section in Section::ALL {
        transaction.put_object(ROOT, section.key(), ObjType::Map).unwrap();
    }
    transaction.commit_with(CommitOptions::default().with_time(0));
    doc.get_last_local_change().unwrap().raw_bytes().to_vec()
}

#[test]
fn genesis_is_what_it_always_was() {
    let anew = made_anew();
    assert_eq!(genesis::BYTES[..], anew[..], "{anew:#04x?}");
    assert_eq!(
        genesis::HASH.to_string(),
        "30a17dbb64488bbdbbb25ab70c307d9a9e7577142ce407d2f9bc0b176871d054"
    );
}

#[test]
fn genesis_passes_the_gate_as_the_reserved_actors_first_change() {
    let shape = examine(&genesis::BYTES).unwrap();
    assert_eq!(shape.hash, genesis::HASH);
    assert_eq!(shape.max_op(), genesis::MAX_OP);
    assert_eq!((shape.actor, shape.seq, shape.start_op), (RESERVED_ACTOR, 1, 1));
    assert_eq!((shape.time, shape.deps), (UnixSeconds(0), vec![]));
}

#[test]
fn a_new_plan_is_genesis_alone() -> Tested {
    let plan = PlanDoc::new()?;
    assert_eq!(plan.heads(), [genesis::HASH]);
    assert_eq!((plan.change_count(), plan.schema()?), (1, 1));
    assert_eq!(plan.fields()?, []);
    assert_eq!(plan.changed_fields_since(&[])?, []);
    Ok(())
}
