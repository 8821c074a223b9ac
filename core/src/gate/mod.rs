//! The gate for foreign bytes: every change passes G0 (structure) and G1 (facts) before Automerge
//! sees it, a tablet's own changes too.
//!
//! Automerge 0.12 panics, hangs or asks for gigabytes on crafted input, so nothing here calls it.
//! Read [`examine`] for what a change may look like (the format is in `core/FORMAT.md`), [`Facts`]
//! for what the tables are asked, [`judge()`] for the order of the questions. [`Contents`] is what
//! a change that passed says.

mod change;
mod chunk;
mod column;
mod contents;
mod facts;
mod header;
mod judge;
mod layout;
mod operations;
mod reader;
mod reason;
mod shape;

pub use change::GatedChange;
pub use chunk::{restore, strip};
pub use contents::{Contents, Operation, Value};
pub use facts::{Dependency, Facts};
pub use judge::{Claim, Place, Verdict, judge, judge_own};
pub use reason::Reason;
pub(crate) use reason::reasons;
pub use shape::{ChangeShape, examine};

use crate::ids::ActorId;

/// The author of genesis and migrations, which are fixed bytes built into the program. Its device
/// number is 0, which no device ever gets, and its changes carry time 0.
pub const RESERVED_ACTOR: ActorId = ActorId([0; 16]);

/// What a change may at most hold. The editor's limits lie below these.
pub mod limit {
    /// Bytes of a whole chunk, magic and checksum included.
    pub const BYTES: usize = 64 * 1024;
    /// Operations in one change.
    pub const OPERATIONS: u32 = 2_000;
    /// Changes that one rests on directly.
    pub const DEPENDENCIES: usize = 64;
    /// Other authors whose values or maps a change touches.
    pub const OTHER_ACTORS: usize = 256;
    /// Earlier values that a change replaces, over all its operations.
    pub const PREDECESSORS: u64 = 4_096;
    /// UTF-8 bytes of a key.
    pub const KEY: usize = 128;
    /// Bytes of one text or byte string.
    pub const TEXT: usize = 16 * 1024;
    /// The highest operation counter and sequence number. Automerge holds counters in 32 bits; half
    /// of that leaves every honest edit after the last accepted one room enough.
    pub const COUNTER: u64 = (1 << 31) - 1;
}

#[cfg(test)]
pub(crate) mod tests;
