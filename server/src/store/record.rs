//! The present version of each record.

use doegnrytme_core::ids::{CitizenId, StreamId};

use super::{StoreError, entry::EntryKey};

/// The version of a record that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrentRecord {
    /// The record's kind, see [`doegnrytme_core::ids::RecordKind`].
    pub kind: u8,
    /// Its id.
    pub id: [u8; 16],
    /// How many versions were published.
    pub version: u64,
    /// The citizen that it concerns.
    pub citizen: Option<CitizenId>,
    /// The stream that it lies in.
    pub stream: StreamId,
    /// The entry that holds it.
    pub entry: EntryKey,
    /// Its payload; none when it was erased.
    pub payload: Option<Vec<u8>>,
}

/// Records.
pub trait RecordTx {
    /// A record's present version.
    ///
    /// # Errors
    /// [`StoreError`]; so for every method here.
    fn record(&mut self, kind: u8, id: [u8; 16]) -> Result<Option<CurrentRecord>, StoreError>;

    /// The present versions of a kind in a stream, by id.
    ///
    /// # Errors
    /// [`StoreError`].
    fn records(&mut self, kind: u8, stream: StreamId) -> Result<Vec<CurrentRecord>, StoreError>;

    /// Makes a published entry the present version.
    ///
    /// # Errors
    /// [`StoreError`].
    fn set_record(&mut self, kind: u8, id: [u8; 16], entry: EntryKey) -> Result<(), StoreError>;
}
