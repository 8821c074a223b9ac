//! What the gate reads from a change is what Automerge reads from it.

use automerge::legacy::{Key, ObjectId, OpId as TheirId, OpType};
use automerge::{Change, ObjType, ScalarValue};

use super::honest::{Tested, concurrent_edits, note, plan};
use crate::gate::{Contents, Value};
use crate::ids::{ActorId, OpId};

fn id(theirs: &TheirId) -> OpId {
    let actor = theirs.actor().to_bytes().try_into().unwrap();
    OpId { counter: theirs.counter(), actor: ActorId(actor) }
}

fn value(theirs: &ScalarValue) -> Value<'_> {
    match theirs {
        ScalarValue::Null => Value::Null,
        ScalarValue::Boolean(flag) => Value::Bool(*flag),
        ScalarValue::Uint(number) => Value::Unsigned(*number),
        ScalarValue::Int(number) => Value::Signed(*number),
        ScalarValue::Timestamp(moment) => Value::Moment(*moment),
        ScalarValue::Str(text) => Value::Text(text),
        ScalarValue::Bytes(bytes) => Value::Bytes(bytes),
        other => panic!("our documents hold no {other:?}"),
    }
}

fn reads_alike(chunk: &[u8]) -> Result<usize, Box<dyn std::error::Error>> {
    let ours = Contents::read(chunk).unwrap();
    let theirs = Change::try_from(chunk)?.decode();
    assert_eq!(ours.time.0, theirs.time);
    assert_eq!(ours.operations.len(), theirs.operations.len());
    for (number, (our, their)) in
        (theirs.start_op.get()..).zip(ours.operations.iter().zip(&theirs.operations))
    {
        assert_eq!(our.id.counter, number);
        assert_eq!(&our.id.actor.0, theirs.actor_id.to_bytes());
        let object = match &their.obj {
            ObjectId::Root => None,
            ObjectId::Id(theirs) => Some(id(theirs)),
        };
        assert_eq!(our.object, object);
        assert_eq!(Key::Map(our.key.into()), their.key);
        match &their.action {
            OpType::Make(ObjType::Map) => assert_eq!(our.put, None),
            OpType::Put(scalar) => assert_eq!(our.put, Some(value(scalar))),
            other => panic!("our documents never {other:?}"),
        }
        let replaces: Vec<OpId> = their.pred.iter().map(id).collect();
        assert_eq!(our.replaces, replaces);
    }
    Ok(ours.operations.iter().map(|operation| operation.replaces.len()).sum())
}

#[test]
fn the_gate_and_automerge_read_the_same_operations_from_a_change() -> Tested {
    for ticks in [0, 1, 20, 200] {
        reads_alike(&note(7, ticks)?)?;
    }
    reads_alike(&plan(7, 40)?.1)?;
    let mut replaced = 0;
    for change in concurrent_edits(4, 6)? {
        replaced += reads_alike(&change)?;
    }
    assert!(replaced > 50, "only {replaced} values were replaced: this test proves little");
    Ok(())
}
