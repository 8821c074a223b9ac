//! Changes as our documents write them, made by Automerge; the gate must take every one.

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, AutoCommit, ChangeHash, ObjType, ROOT, ReadDoc};

use super::super::examine;

pub(super) type Tested = Result<(), Box<dyn std::error::Error>>;
type Made<T> = Result<T, automerge::AutomergeError>;

/// 2026-03-02 08:00 in Copenhagen.
pub(super) const MONDAY: i64 = 1_772_434_800;

/// The texts of plainly invented people, with every Danish letter and some that take four bytes.
const TEXTS: [&str; 6] = [
    "Karla vil gerne have sin kaffe før brusebadet – på kl. 8, ikke før",
    "Støttestrømper på. Husk cremen på hælene.",
    "Glad i dag; fortalte om sommerhuset på Ærø 🌞",
    "Åbn vinduet. Æblegrød til frokost, øllebrød om aftenen.",
    "",
    "Spiste halvdelen",
];

fn text(number: usize) -> &'static str {
    TEXTS.get(number % TEXTS.len()).copied().unwrap_or_default()
}

pub(super) fn actor(device: u32, run: u8) -> ActorId {
    let mut bytes = [run; 16];
    bytes[..4].copy_from_slice(&device.to_be_bytes());
    ActorId::from(&bytes[..])
}

fn commit(doc: &mut AutoCommit, time: i64) -> Vec<u8> {
    doc.commit_with(CommitOptions::default().with_time(time));
    doc.get_last_local_change().map(|change| change.raw_bytes().to_vec()).unwrap_or_default()
}

/// A note with `ticks` ticks, one change and no genesis.
pub(super) fn note(device: u32, ticks: usize) -> Made<Vec<u8>> {
    let mut doc = AutoCommit::new().with_actor(actor(device, 7));
    doc.put(ROOT, "schema", 1_u64)?;
    doc.put(ROOT, "kind", "visit")?;
    doc.put(ROOT, "citizen", vec![9_u8; 16])?;
    doc.put(ROOT, "started", MONDAY)?;
    doc.put(ROOT, "text", text(ticks))?;
    doc.put(ROOT, "minutes", 25_i64)?;
    doc.put(ROOT, "needs_action", ticks.is_multiple_of(2))?;
    doc.put(ROOT, "moment", automerge::ScalarValue::Timestamp(MONDAY * 1_000))?;
    doc.put(ROOT, "nothing", ())?;
    doc.put(ROOT, "plan_heads", vec![0xa5_u8; 24])?;
    let map = doc.put_object(ROOT, "ticks", ObjType::Map)?;
    for tick in 0..ticks {
        doc.put(&map, format!("item{tick:04}"), u64::try_from(60 * tick * tick).unwrap_or(0))?;
    }
    Ok(commit(&mut doc, MONDAY))
}

/// A plan's first change, as genesis or an import writes it.
pub(super) fn plan(device: u32, items: usize) -> Made<(AutoCommit, Vec<u8>)> {
    let mut doc = AutoCommit::new().with_actor(actor(device, 1));
    doc.put(ROOT, "schema", 1_u64)?;
    let map = doc.put_object(ROOT, "items", ObjType::Map)?;
    for number in 0..items {
        let item = doc.put_object(&map, format!("i{number:07}"), ObjType::Map)?;
        doc.put(&item, "text", text(number))?;
        doc.put(&item, "status", "active")?;
        doc.put(&item, "rank", format!("a{number:03}"))?;
        doc.put(&item, "minutes", i64::try_from(number).unwrap_or(0) - 3)?;
        doc.put(&item, "each", number % 3 == 0)?;
    }
    let change = commit(&mut doc, MONDAY);
    Ok((doc, change))
}

/// Forks that edit the same fields at once, merge, and settle the conflict: changes by several
/// actors, with several dependencies and several predecessors.
pub(super) fn concurrent_edits(devices: u32, rounds: usize) -> Made<Vec<Vec<u8>>> {
    let (mut doc, first) = plan(2, 40)?;
    let mut changes = vec![first];
    let (_, items) = doc.get(ROOT, "items")?.ok_or(automerge::AutomergeError::Fail)?;
    for round in 0..rounds {
        let mut forks = Vec::new();
        for device in 3..3 + devices {
            let run = u8::try_from(round).unwrap_or(0);
            let mut fork = doc.fork().with_actor(actor(device, run));
            let key = format!("i{:07}", round % 40);
            let (_, item) = fork.get(&items, &key)?.ok_or(automerge::AutomergeError::Fail)?;
            fork.put(&item, "text", format!("{} ({device})", text(round)))?;
            let new = fork.put_object(&items, format!("n{device:03}{round:04}"), ObjType::Map)?;
            fork.put(&new, "text", text(round + 1))?;
            changes.push(commit(&mut fork, MONDAY + 60));
            if device % 2 == 0 {
                fork.put(&new, "status", "paused")?;
                changes.push(commit(&mut fork, MONDAY + 61));
            }
            forks.push(fork);
        }
        for mut fork in forks {
            doc.merge(&mut fork)?;
        }
        doc.set_actor(actor(99, u8::try_from(round).unwrap_or(0)));
        let key = format!("i{:07}", round % 40);
        let (_, item) = doc.get(&items, &key)?.ok_or(automerge::AutomergeError::Fail)?;
        doc.put(&item, "text", "Aftalt på teammødet")?;
        doc.put(&item, "status", ["active", "paused"][round % 2])?;
        // The root after a map: the object columns end in nulls.
        doc.put(ROOT, "revision", u64::try_from(round).unwrap_or(0))?;
        doc.put(ROOT, "author", actor(99, 0).to_bytes().to_vec())?;
        changes.push(commit(&mut doc, MONDAY + 120));
    }
    Ok(changes)
}

/// Everything above in many sizes.
pub(super) fn all() -> Made<Vec<Vec<u8>>> {
    let mut changes = Vec::new();
    for ticks in [0, 1, 2, 5, 9, 12, 40, 300] {
        changes.push(note(0x00a1_b2c3, ticks)?);
    }
    for items in [0, 1, 40, 300] {
        changes.push(plan(5, items)?.1);
    }
    changes.extend(concurrent_edits(4, 12)?);
    changes.extend(concurrent_edits(14, 3)?);
    Ok(changes)
}

#[test]
fn every_honest_change_passes_and_has_automerges_hash() -> Tested {
    for bytes in all()? {
        let change = automerge::Change::try_from(&bytes[..])?;
        let shape = examine(&bytes)?;
        assert_eq!(ChangeHash(shape.hash.0), change.hash());
        assert_eq!(shape.actor.as_bytes(), change.actor_id().to_bytes());
        assert_eq!((shape.seq, shape.start_op), (change.seq(), change.start_op().get()));
        assert_eq!((shape.max_op(), u64::from(shape.ops)), (change.max_op(), change.len() as u64));
        assert_eq!(shape.time.0, change.timestamp());
        let deps: Vec<_> = shape.deps.iter().map(|dep| ChangeHash(dep.0)).collect();
        assert_eq!(&deps[..], change.deps());
    }
    Ok(())
}
