//! Streams of published rows, the buckets that count them, and the frames made of buckets.

use doegnrytme_core::ids::{CitizenId, DeviceNumber, StreamId};
use doegnrytme_core::wire::digest::Digest;
use doegnrytme_core::wire::scope::Bucket;

use super::{
    StoreError,
    certificate::CertificateNumber,
    entry::{EntryKey, StoredEntry},
};

/// Where a stream ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The last seq; 0 when the stream is empty.
    pub seq: u64,
    /// The running hash up to there.
    pub running: [u8; 16],
}

/// A bucket of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BucketKey {
    /// The stream.
    pub stream: StreamId,
    /// The citizen; none for the stream's own records.
    pub citizen: Option<CitizenId>,
    /// The bucket.
    pub bucket: Bucket,
}

/// What a bucket holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BucketCount {
    /// Which.
    pub key: BucketKey,
    /// Count and sum of its rows.
    pub digest: Digest,
    /// Seq of its first row.
    pub first: u64,
    /// Seq of its last row.
    pub last: u64,
}

/// A published row as readers need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamRow {
    /// The running hash up to and with this row.
    pub running: [u8; 16],
    /// The entry; `row.placed` says where it is.
    pub entry: StoredEntry,
}

/// A part of a bucket, made once and kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptBlob {
    /// How many parts the bucket has.
    pub parts: u16,
    /// The stream's head when it was made.
    pub upto: u64,
    /// The compressed pack.
    pub frame: Vec<u8>,
    /// The certificates that its rows need.
    pub certificates: Vec<CertificateNumber>,
}

/// Streams, buckets, blobs.
pub trait StreamTx {
    /// A stream's head; none when there is no such stream.
    ///
    /// # Errors
    /// [`StoreError`]; so for every method here.
    fn head(&mut self, stream: StreamId) -> Result<Option<Head>, StoreError>;

    /// Sets a stream's head, after its rows were appended.
    ///
    /// # Errors
    /// [`StoreError`].
    fn set_head(&mut self, stream: StreamId, head: Head) -> Result<(), StoreError>;

    /// Appends a published entry at `head.seq`.
    ///
    /// # Errors
    /// [`StoreError`]; also when the place is taken.
    fn append(&mut self, stream: StreamId, head: Head, entry: EntryKey) -> Result<(), StoreError>;

    /// The running hash at a place; none when the stream does not reach it. All zero at 0.
    ///
    /// # Errors
    /// [`StoreError`].
    fn running_at(&mut self, stream: StreamId, seq: u64) -> Result<Option<[u8; 16]>, StoreError>;

    /// Rows after `from`, in order, until `rows` of them or `bytes` of content are reached (one
    /// at least, when there is one).
    ///
    /// # Errors
    /// [`StoreError`].
    fn rows_after(
        &mut self,
        stream: StreamId,
        from: u64,
        rows: usize,
        bytes: usize,
    ) -> Result<Vec<StreamRow>, StoreError>;

    /// Seq and citizen of a batch's rows in a stream at or before `upto`.
    ///
    /// # Errors
    /// [`StoreError`].
    fn batch_rows_in(
        &mut self,
        stream: StreamId,
        device: DeviceNumber,
        number: u64,
        upto: u64,
    ) -> Result<Vec<(u64, Option<CitizenId>)>, StoreError>;

    /// The rows of a bucket, in order.
    ///
    /// # Errors
    /// [`StoreError`].
    fn bucket_rows(&mut self, key: BucketKey) -> Result<Vec<StoredEntry>, StoreError>;

    /// What a bucket holds; none when it has no row.
    ///
    /// # Errors
    /// [`StoreError`].
    fn bucket(&mut self, key: BucketKey) -> Result<Option<BucketCount>, StoreError>;

    /// All buckets of a stream, by citizen and bucket.
    ///
    /// # Errors
    /// [`StoreError`].
    fn buckets(&mut self, stream: StreamId) -> Result<Vec<BucketCount>, StoreError>;

    /// Sets what a bucket holds.
    ///
    /// # Errors
    /// [`StoreError`].
    fn put_bucket(&mut self, count: &BucketCount) -> Result<(), StoreError>;

    /// A kept part of a bucket.
    ///
    /// # Errors
    /// [`StoreError`].
    fn blob(&mut self, key: BucketKey, part: u16) -> Result<Option<KeptBlob>, StoreError>;

    /// Keeps a part of a bucket.
    ///
    /// # Errors
    /// [`StoreError`].
    fn put_blob(&mut self, key: BucketKey, part: u16, blob: &KeptBlob) -> Result<(), StoreError>;
}
