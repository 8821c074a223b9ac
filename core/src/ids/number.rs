//! Ids that are numbers: devices, streams, operations.

use std::fmt;

use minicbor::{Decode, Encode};

use super::ActorId;

/// The number of a device, random, unique in a municipality. Number 1 is the server itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub struct DeviceNumber(#[n(0)] pub u32);

impl DeviceNumber {
    /// The server writes as device 1 with its own key (imports, migrations).
    pub const SERVER: Self = Self(1);
}

impl fmt::Display for DeviceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

/// A stream of published rows. Every team has one; stream 0 is read by every device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub struct StreamId(#[n(0)] pub u32);

impl StreamId {
    /// Directory, settings, word lists: what every device reads.
    pub const COMMON: Self = Self(0);
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// An operation of a plan, and the map that it makes when it makes one: unique in its document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OpId {
    /// Later than that of every operation that its author knew, from 1.
    pub counter: u64,
    /// Who wrote it.
    pub actor: ActorId,
}
