//! Rows that were read a moment ago. A shift's end is read by fourteen tablets within a second:
//! what one of them made the store decrypt and decode serves the others.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use doegnrytme_core::ids::StreamId;
use doegnrytme_core::trust::durable::peek;
use doegnrytme_core::wire::batch::Batch;
use doegnrytme_core::wire::row::{Content, Row};

use crate::store::batch::BatchKey;
use crate::store::certificate::CertificateNumber;
use crate::store::entry::StoredEntry;
use crate::store::{StoreError, Tx};

/// Rows that are read from the store at once.
const CHUNK_ROWS: usize = 512;
/// Bytes of content that are read from the store at once.
const CHUNK_BYTES: usize = 256 * 1024;
/// Most bytes of content that are kept.
const KEEP: usize = 16 * 1024 * 1024;
/// What a row takes on the wire besides its content, roughly.
const ROW_BYTES: usize = 48;

/// A batch as readers need it.
#[derive(Debug, PartialEq, Eq)]
pub struct ShelvedBatch {
    /// Its key.
    pub key: BatchKey,
    /// What was signed.
    pub batch: Batch,
    /// The batch's COSE_Sign1.
    pub signed: Vec<u8>,
    /// The signing device's certificate.
    pub certificate: Option<CertificateNumber>,
}

/// A published row as readers need it.
#[derive(Debug, PartialEq, Eq)]
pub struct Shelved {
    /// The row, placed.
    pub row: Row,
    /// Its seq.
    pub seq: u64,
    /// The running hash up to and with it.
    pub running: [u8; 16],
    /// The author's certificate.
    pub certificate: CertificateNumber,
    /// The batch that signs it.
    pub batch: Arc<ShelvedBatch>,
    /// Seq of the batch's first row in this stream.
    pub batch_first: u64,
    /// Roughly what it takes on the wire before compression.
    pub size: usize,
}

#[derive(Default)]
struct Run {
    rows: VecDeque<Arc<Shelved>>,
    bytes: usize,
}

/// The kept rows, one unbroken run a stream.
#[derive(Default)]
pub struct Shelf {
    runs: HashMap<StreamId, Run>,
    batches: HashMap<BatchKey, Arc<ShelvedBatch>>,
    firsts: HashMap<(StreamId, BatchKey), u64>,
    bytes: usize,
}

impl Shelf {
    /// Rows after `from`, in order: at least one when there is one, not always all.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn after(
        &mut self,
        tx: &mut dyn Tx,
        stream: StreamId,
        from: u64,
    ) -> Result<Vec<Arc<Shelved>>, StoreError> {
        let (first, last) = match self.runs.get(&stream) {
            Some(run) => (run.rows.front().map(|row| row.seq), run.rows.back().map(|row| row.seq)),
            None => (None, None),
        };
        if let (Some(first), Some(last)) = (first, last)
            && (first..=last).contains(&(from + 1))
        {
            let skip = usize::try_from(from + 1 - first).unwrap_or(usize::MAX);
            let run = self.runs.get(&stream);
            return Ok(run.map_or_else(Vec::new, |run| {
                run.rows.iter().skip(skip).take(CHUNK_ROWS).cloned().collect()
            }));
        }
        let rows = self.load(tx, stream, from)?;
        // Only what continues the run is kept: a tablet that comes late reads past the shelf.
        if last.is_none_or(|last| last == from) {
            self.keep(stream, &rows);
        }
        Ok(rows)
    }

    fn load(
        &mut self,
        tx: &mut dyn Tx,
        stream: StreamId,
        from: u64,
    ) -> Result<Vec<Arc<Shelved>>, StoreError> {
        let found = tx.rows_after(stream, from, CHUNK_ROWS, CHUNK_BYTES)?;
        let mut rows = Vec::with_capacity(found.len());
        for row in found {
            let batch = self.batch(tx, row.entry.batch)?;
            let batch_first = self.first(tx, stream, &batch)?;
            let StoredEntry { row: placed, certificate, .. } = row.entry;
            let size = size(&placed);
            let seq = placed.placed.map_or(0, |placed| placed.seq);
            let running = row.running;
            rows.push(Arc::new(Shelved {
                row: placed,
                seq,
                running,
                certificate,
                batch,
                batch_first,
                size,
            }));
        }
        Ok(rows)
    }

    /// A batch as readers need it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn batch(
        &mut self,
        tx: &mut dyn Tx,
        key: BatchKey,
    ) -> Result<Arc<ShelvedBatch>, StoreError> {
        if let Some(batch) = self.batches.get(&key) {
            return Ok(Arc::clone(batch));
        }
        let stored = tx.batch_by_key(key)?.ok_or(StoreError::Damaged("a batch is not there"))?;
        let batch: Batch =
            peek(&stored.signed).map_err(|_| StoreError::Damaged("a batch cannot be read"))?;
        let certificate = match tx.device(stored.device)? {
            Some(device) => Some(tx.certificate_number(device.certificate)?),
            None => match tx.device_certificate(stored.device)? {
                Some(certificate) => Some(tx.certificate_number(certificate.id)?),
                None => None,
            },
        };
        let signed = stored.signed;
        let shelved = Arc::new(ShelvedBatch { key, batch, signed, certificate });
        self.bytes += shelved.signed.len() * 2;
        self.batches.insert(key, Arc::clone(&shelved));
        Ok(shelved)
    }

    fn first(
        &mut self,
        tx: &mut dyn Tx,
        stream: StreamId,
        batch: &ShelvedBatch,
    ) -> Result<u64, StoreError> {
        if let Some(first) = self.firsts.get(&(stream, batch.key)) {
            return Ok(*first);
        }
        let Batch { device, number, .. } = batch.batch;
        let rows = tx.batch_rows_in(stream, device, number, i64::MAX.unsigned_abs())?;
        let first = rows.first().map_or(0, |(seq, _)| *seq);
        self.firsts.insert((stream, batch.key), first);
        Ok(first)
    }

    fn keep(&mut self, stream: StreamId, rows: &[Arc<Shelved>]) {
        let added: usize = rows.iter().map(|row| row.size).sum();
        if self.bytes + added > KEEP {
            *self = Self::default();
            // What was read just now begins a new run.
        }
        let run = self.runs.entry(stream).or_default();
        run.rows.extend(rows.iter().cloned());
        run.bytes += added;
        self.bytes += added;
    }
}

fn size(row: &Row) -> usize {
    let content = match &row.content {
        Content::Change(bytes) | Content::Record { payload: bytes, .. } => bytes.len(),
        Content::Withheld => 32,
    };
    content + ROW_BYTES
}
