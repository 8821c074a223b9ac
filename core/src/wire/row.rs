//! Entries with their contents as both sides work with them, grouped under their batch. A
//! [`Pack`] is how they travel.

use super::{batch::Header, entry::Entry, sha256};
use crate::ids::{ChangeHash, DeviceNumber, StreamId};
use crate::time::UnixSeconds;

pub use super::pack::Pack;

/// The bytes behind an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A whole automerge chunk, magic and checksum included.
    Change(Vec<u8>),
    /// A record version.
    Record {
        /// Random bytes that keep the hash from being guessed.
        salt: [u8; 16],
        /// CBOR of the record.
        payload: Vec<u8>,
    },
    /// Restricted, erased or purged: only the entry is left.
    Withheld,
}

impl Content {
    /// The hash that an entry must name for this content; none when it is withheld.
    #[must_use]
    pub fn hash(&self) -> Option<ChangeHash> {
        match self {
            Self::Change(chunk) => chunk.get(8..).map(|hashed| ChangeHash(sha256(&[hashed]))),
            Self::Record { salt, payload } => Some(ChangeHash(sha256(&[salt, payload]))),
            Self::Withheld => None,
        }
    }
}

/// Where an entry was signed: the batch and the place in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin {
    /// The signing device.
    pub device: DeviceNumber,
    /// The batch's number.
    pub number: u64,
    /// Position in the batch, from 0.
    pub position: u16,
}

/// Where the server published a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// The stream.
    pub stream: StreamId,
    /// Place in the stream.
    pub seq: u64,
    /// When the server first had it.
    pub received: UnixSeconds,
}

/// An entry with its content, its origin and, once published, its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The signed entry.
    pub entry: Entry,
    /// What it stands for.
    pub content: Content,
    /// Who signed it and where.
    pub origin: Origin,
    /// Its place; none in a push.
    pub placed: Option<Placed>,
}

/// Rows of one batch that follow each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The batch's device.
    pub device: DeviceNumber,
    /// The batch's number.
    pub number: u64,
    /// The batch header, when the reader does not have it yet.
    pub header: Option<Header>,
    /// The rows, in the order of their seq (of their position in a push).
    pub rows: Vec<Row>,
}
