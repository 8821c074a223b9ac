//! What stands before the columns of a change: dependencies, author, numbers, time, other authors.

use super::{RESERVED_ACTOR, Reason, limit, reader::Reader};
use crate::ids::{ActorId, ChangeHash};
use crate::time::{EARLIEST, LATEST, UnixSeconds};

pub(super) struct Header {
    pub(super) deps: Vec<ChangeHash>,
    pub(super) actor: ActorId,
    pub(super) seq: u64,
    pub(super) start_op: u64,
    pub(super) time: UnixSeconds,
    pub(super) other_actors: Vec<ActorId>,
}

pub(super) fn read(reader: &mut Reader<'_>) -> Result<Header, Reason> {
    let deps = dependencies(reader)?;
    let actor = actor(reader, Reason::Actor)?;
    let seq = counter(reader)?;
    let start_op = counter(reader)?;
    let time = time(reader, actor)?;
    if reader.unsigned()? != 0 {
        return Err(Reason::Message);
    }
    let other_actors = other_actors(reader, actor)?;
    Ok(Header { deps, actor, seq, start_op, time, other_actors })
}

fn dependencies(reader: &mut Reader<'_>) -> Result<Vec<ChangeHash>, Reason> {
    let count = reader.length()?;
    if count > limit::DEPENDENCIES {
        return Err(Reason::Dependencies);
    }
    let mut deps = Vec::with_capacity(count);
    for _ in 0..count {
        deps.push(ChangeHash(reader.array()?));
    }
    // Automerge sorts them; the same set spelled twice would be two changes.
    if deps.is_sorted_by(|one, next| one < next) { Ok(deps) } else { Err(Reason::Dependencies) }
}

fn actor(reader: &mut Reader<'_>, otherwise: Reason) -> Result<ActorId, Reason> {
    if reader.length()? != 16 {
        return Err(otherwise);
    }
    Ok(ActorId(reader.array()?))
}

fn counter(reader: &mut Reader<'_>) -> Result<u64, Reason> {
    match reader.unsigned()? {
        value @ 1..=limit::COUNTER => Ok(value),
        _ => Err(Reason::Counter),
    }
}

/// A change dated year −292 million makes every later honest edit panic.
fn time(reader: &mut Reader<'_>, actor: ActorId) -> Result<UnixSeconds, Reason> {
    let time = UnixSeconds(reader.signed()?);
    let right = if actor == RESERVED_ACTOR {
        time == UnixSeconds(0)
    } else {
        (EARLIEST..=LATEST).contains(&time)
    };
    if right { Ok(time) } else { Err(Reason::Time) }
}

fn other_actors(reader: &mut Reader<'_>, author: ActorId) -> Result<Vec<ActorId>, Reason> {
    let count = reader.length()?;
    if count > limit::OTHER_ACTORS {
        return Err(Reason::OtherActors);
    }
    let mut others = Vec::with_capacity(count);
    for _ in 0..count {
        others.push(actor(reader, Reason::OtherActors)?);
    }
    if others.is_sorted_by(|one, next| one < next) && !others.contains(&author) {
        Ok(others)
    } else {
        Err(Reason::OtherActors)
    }
}
