//! Walking everything that is stored, a piece at a time, for whoever proves it again.

use doegnrytme_core::ids::{BatchHash, CertificateId, ChangeHash, DeviceNumber, DocId, StreamId};
use doegnrytme_core::time::UnixSeconds;
use doegnrytme_core::wire::verdict::VerdictRun;

use super::StoreError;
use super::batch::StoredBatch;
use super::entry::StoredEntry;
use super::stream::{BucketKey, Head};

/// A row that may hold what no version writes: its key, and what it says if it can be read.
pub type Walked<K, T> = (K, Option<T>);

/// A certificate row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WalkedCertificate {
    /// Its id as it is stored.
    pub id: CertificateId,
    /// The device, the carer and the time that stand beside the bytes.
    pub device: Option<u32>,
    /// The carer.
    pub carer: Option<[u8; 16]>,
    /// From when until when.
    pub time: Option<(i64, i64)>,
    /// The signed bytes, once they came.
    pub bytes: Option<Vec<u8>>,
}

/// A row of a stream with what it needs of its entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WalkedRow {
    /// The running hash as it is stored.
    pub running: [u8; 16],
    /// The entry's own words, if it is there and can be read.
    pub entry: Option<WalkedPlace>,
}

/// What an entry says of its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WalkedPlace {
    /// The document.
    pub doc: DocId,
    /// The content's hash.
    pub hash: ChangeHash,
    /// When the server first had it.
    pub received: UnixSeconds,
    /// The bucket that its columns name, when they also name this place.
    pub bucket: Option<BucketKey>,
}

/// A line of a verdict log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WalkedVerdict {
    /// The batch's number in its own column.
    pub number: u64,
    /// The run.
    pub run: VerdictRun,
    /// The run's bytes.
    pub bytes: Vec<u8>,
    /// The running hash as it is stored.
    pub running: [u8; 16],
}

/// The present version of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WalkedRecord {
    /// Its kind.
    pub kind: u8,
    /// Its id.
    pub id: [u8; 16],
    /// How many versions were published.
    pub version: u64,
    /// The stream.
    pub stream: StreamId,
    /// The entry.
    pub entry: i64,
}

/// A row that points at nothing, or says what no version writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loose {
    /// The table.
    pub table: &'static str,
    /// The row's key, as text.
    pub key: String,
    /// What is wrong.
    pub what: &'static str,
    /// How many such rows there are.
    pub count: u64,
}

/// Walks.
pub trait WalkTx {
    /// Whether every page and every index is as it was written; the first that is not. Pages are
    /// looked at when `pages` says so: a backup's were hashed as a whole.
    ///
    /// # Errors
    /// [`StoreError`]; so for every method here.
    fn damaged_page(&mut self, pages: bool) -> Result<Option<String>, StoreError>;

    /// How many rows a table has; one of the tables that are walked.
    ///
    /// # Errors
    /// [`StoreError`].
    fn count_rows(&mut self, of: Table) -> Result<u64, StoreError>;

    /// Certificates behind a number.
    ///
    /// # Errors
    /// [`StoreError`].
    fn walk_certificates(
        &mut self,
        after: i64,
    ) -> Result<Vec<Walked<i64, WalkedCertificate>>, StoreError>;

    /// Batches behind a key.
    ///
    /// # Errors
    /// [`StoreError`].
    fn walk_batches(&mut self, after: i64) -> Result<Vec<Walked<i64, StoredBatch>>, StoreError>;

    /// The chained batches of a device behind a number: number and hash.
    ///
    /// # Errors
    /// [`StoreError`].
    fn walk_chain(
        &mut self,
        device: DeviceNumber,
        after: u64,
    ) -> Result<Vec<(u64, BatchHash, Vec<u8>)>, StoreError>;

    /// Devices that have a chain.
    ///
    /// # Errors
    /// [`StoreError`].
    fn chains(&mut self) -> Result<Vec<DeviceNumber>, StoreError>;

    /// Entries behind a key.
    ///
    /// # Errors
    /// [`StoreError`].
    fn walk_entries(&mut self, after: i64) -> Result<Vec<Walked<i64, StoredEntry>>, StoreError>;

    /// All streams that have a head or rows.
    ///
    /// # Errors
    /// [`StoreError`].
    fn walk_streams(&mut self) -> Result<Vec<StreamId>, StoreError>;

    /// Rows of a stream behind a seq.
    ///
    /// # Errors
    /// [`StoreError`].
    fn walk_rows(
        &mut self,
        stream: StreamId,
        after: u64,
    ) -> Result<Vec<Walked<u64, WalkedRow>>, StoreError>;

    /// Devices that have a verdict log, each with its end.
    ///
    /// # Errors
    /// [`StoreError`].
    fn verdict_logs(&mut self) -> Result<Vec<(DeviceNumber, Head)>, StoreError>;

    /// Lines of a verdict log behind a seq.
    ///
    /// # Errors
    /// [`StoreError`].
    fn walk_verdicts(
        &mut self,
        device: DeviceNumber,
        after: u64,
    ) -> Result<Vec<Walked<u64, WalkedVerdict>>, StoreError>;

    /// All records' present versions.
    ///
    /// # Errors
    /// [`StoreError`].
    fn walk_records(&mut self) -> Result<Vec<WalkedRecord>, StoreError>;

    /// Buckets of which frames are kept.
    ///
    /// # Errors
    /// [`StoreError`].
    fn walk_blobs(&mut self) -> Result<Vec<BucketKey>, StoreError>;

    /// Rows that point at nothing, the first of each kind.
    ///
    /// # Errors
    /// [`StoreError`].
    fn loose(&mut self) -> Result<Vec<Loose>, StoreError>;
}

/// Tables that are walked row by row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// Certificates.
    Certificates,
    /// Batches.
    Batches,
    /// Entries.
    Entries,
    /// Rows of streams.
    Rows,
    /// Lines of verdict logs.
    Verdicts,
}
