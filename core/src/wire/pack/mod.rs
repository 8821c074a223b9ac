//! How rows travel: packed, grouped under their batch.
//!
//! Ids that repeat stand once in a table, times are offsets from the pack's base, an automerge
//! change travels without its magic and checksum, and its hash is computed by the reader. Read
//! `form` (the bytes), `packing`, `unpacking`.

mod form;
mod packing;
mod unpacking;

use minicbor::{Decode, Encode};

use self::form::PackedGroup;
use crate::ids::{CertificateId, CitizenId, StreamId};

/// The packed form of groups.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Default)]
#[cbor(array)]
pub struct Pack {
    #[n(0)]
    base: i64,
    #[n(1)]
    certificates: Vec<CertificateId>,
    #[n(2)]
    citizens: Vec<CitizenId>,
    #[n(3)]
    streams: Vec<StreamId>,
    #[n(4)]
    groups: Vec<PackedGroup>,
}

impl Pack {
    /// How many rows the pack holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.groups.iter().map(|group| group.rows.len()).sum()
    }

    /// What it costs to read: the rows, and one for a group without any, whose signature is checked
    /// all the same.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.groups.iter().map(|group| group.rows.len().max(1)).sum()
    }

    /// Whether the pack holds no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
