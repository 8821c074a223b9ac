//! G0: whether bytes are a change of the one form that our documents use, and what it says.

use super::{Reason, chunk, header, limit, operations};
use crate::ids::{ActorId, ChangeHash};
use crate::time::UnixSeconds;

/// What G0 read from a change: enough for G1, the log and the digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeShape {
    /// SHA-256 over type, length and body, as Automerge computes it.
    pub hash: ChangeHash,
    /// The author's actor.
    pub actor: ActorId,
    /// The author's how-manieth change of this document, from 1.
    pub seq: u64,
    /// The counter of the first operation, from 1.
    pub start_op: u64,
    /// Operations, at least one.
    pub ops: u32,
    /// When it was written, in lease time (0 for the reserved actor).
    pub time: UnixSeconds,
    /// The changes it rests on directly, ascending.
    pub deps: Vec<ChangeHash>,
    /// Other authors whose maps or values it touches, ascending.
    pub other_actors: Vec<ActorId>,
    /// Length of the whole chunk in bytes.
    pub bytes: u32,
}

impl ChangeShape {
    /// The counter of the last operation; what [`super::Dependency::Known`] asks for later.
    #[must_use]
    pub fn max_op(&self) -> u64 {
        self.start_op.saturating_add(u64::from(self.ops)).saturating_sub(1)
    }
}

/// Reads one whole chunk, magic and checksum included: gate G0.
///
/// Linear in the bytes (but for one sort of the keys), allocates at most a few times the input,
/// never panics, and calls nothing of Automerge.
///
/// # Errors
/// The first [`Reason`] found, one of the numbers 1–39.
pub fn examine(bytes: &[u8]) -> Result<ChangeShape, Reason> {
    let framed = chunk::frame(bytes)?;
    let mut body = framed.body;
    let header = header::read(&mut body)?;
    let ops = operations::check(body, &header)?;
    if header.start_op + u64::from(ops) > limit::COUNTER {
        return Err(Reason::Counter);
    }
    Ok(ChangeShape {
        hash: framed.hash,
        actor: header.actor,
        seq: header.seq,
        start_op: header.start_op,
        ops,
        time: header.time,
        deps: header.deps,
        other_actors: header.other_actors,
        bytes: u32::try_from(bytes.len()).map_err(|_| Reason::TooLarge)?,
    })
}
