//! Streams: every place is taken, the running hash is that of the rows, and buckets, records and
//! kept frames say what the rows say.

use std::collections::{BTreeMap, HashMap};

use doegnrytme_core::ids::{DocId, StreamId};
use doegnrytme_core::wire::digest::Digest;
use doegnrytme_core::wire::frame::inflate;
use doegnrytme_core::wire::from_bytes;
use doegnrytme_core::wire::row::Pack;
use doegnrytme_core::wire::scope::Bucket;

use super::Walk;
use crate::store::entry::{EntryKey, EntryState};
use crate::store::stream::{BucketCount, BucketKey, Head};
use crate::store::walk::{Table, WalkedPlace};
use crate::store::{StoreError, Tx};
use crate::stream::running;

/// What the rows say of buckets and records.
#[derive(Default)]
struct Told {
    buckets: HashMap<BucketKey, BucketCount>,
    /// The last version's place, and how many there are.
    records: HashMap<(u8, [u8; 16]), (StreamId, u64, u64)>,
}

impl Walk<'_> {
    pub(super) fn streams(&mut self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        let total = tx.count_rows(Table::Rows)?;
        let (mut told, mut done) = (Told::default(), 0);
        let streams = tx.walk_streams()?;
        for stream in &streams {
            let (mut last, mut before) = (0, [0; 16]);
            loop {
                let rows = tx.walk_rows(*stream, last)?;
                if rows.is_empty() {
                    break;
                }
                for (seq, row) in rows {
                    done += 1;
                    let key = || place(*stream, seq);
                    if seq != last + 1 {
                        self.bad("stream_rows", key(), "the row before it is missing");
                    }
                    last = seq;
                    let Some(row) = row else {
                        self.bad("stream_rows", key(), "it cannot be read");
                        continue;
                    };
                    match row.entry {
                        None => self.bad("stream_rows", key(), "its entry is not there"),
                        Some(entry) => {
                            let received = entry.received.0.to_be_bytes();
                            let parts: [&[u8]; 3] =
                                [&entry.doc.to_bytes(), &entry.hash.0, &received];
                            if running(&before, &parts) != row.running {
                                let what = "the running hash is not that of its rows";
                                self.bad("stream_rows", key(), what);
                            }
                            if let Some(what) = told.take(*stream, seq, &entry) {
                                self.bad("stream_rows", key(), what);
                            }
                        }
                    }
                    // From here on the stored one: one bad row is one finding.
                    before = row.running;
                }
                (self.watch)("rows of streams", done, total);
            }
            if tx.head(*stream)? != Some(Head { seq: last, running: before }) {
                let key = format!("stream {}", stream.0);
                self.bad("streams", key, "its head is not its last row");
            }
        }
        self.report.proved("rows of streams", done);
        self.buckets(tx, &streams, &told)?;
        self.records(tx, &told)
    }

    fn buckets(
        &mut self,
        tx: &mut dyn Tx,
        streams: &[StreamId],
        told: &Told,
    ) -> Result<(), StoreError> {
        let mut kept = BTreeMap::new();
        for stream in streams {
            kept.extend(tx.buckets(*stream)?.into_iter().map(|count| (count.key, count)));
        }
        self.report.proved("buckets", u64::try_from(kept.len()).unwrap_or(u64::MAX));
        for (key, count) in &kept {
            if told.buckets.get(key) != Some(count) {
                self.bad("buckets", bucket(key), "count or sum is not that of its rows");
            }
        }
        for key in told.buckets.keys() {
            if !kept.contains_key(key) {
                self.bad("buckets", bucket(key), "it has rows and is not there");
            }
        }
        Ok(())
    }

    fn records(&mut self, tx: &mut dyn Tx, told: &Told) -> Result<(), StoreError> {
        let mut seen = 0;
        for record in tx.walk_records()? {
            seen += 1;
            let (kind, id) = (record.kind, record.id);
            let stored = tx.entry(EntryKey(record.entry))?;
            let stands = stored.and_then(|stored| match (stored.row.entry.doc, stored.state) {
                (DocId::Record(of, whose), EntryState::Published { stream, seq, .. }) => {
                    ((of, whose) == (kind, id)).then_some((stream, seq, record.version))
                }
                _ => None,
            });
            let last = told.records.get(&(kind, id)).copied();
            if stands.is_none()
                || stands != last
                || record.stream != stands.map_or(record.stream, |s| s.0)
            {
                self.bad("records", name(kind, &id), "it is not the last published version");
            }
        }
        self.report.proved("records", seen);
        let kept: std::collections::HashSet<(u8, [u8; 16])> =
            tx.walk_records()?.into_iter().map(|record| (record.kind, record.id)).collect();
        for (kind, id) in told.records.keys() {
            if !kept.contains(&(*kind, *id)) {
                self.bad("records", name(*kind, id), "it was published and is not there");
            }
        }
        Ok(())
    }

    /// Kept frames are caches, and yet they are what new tablets get.
    pub(super) fn frames(&mut self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        let keys = tx.walk_blobs()?;
        let total = u64::try_from(keys.len()).unwrap_or(u64::MAX);
        for (key, done) in keys.into_iter().zip(1_u64..) {
            if !holds(tx, key)? {
                self.bad("blobs", bucket(&key), "it does not hold its bucket's rows");
            }
            (self.watch)("kept frames", done, total);
        }
        self.report.proved("kept frames", total);
        Ok(())
    }
}

impl Told {
    fn take(&mut self, stream: StreamId, seq: u64, entry: &WalkedPlace) -> Option<&'static str> {
        let Some(key) = entry.bucket else { return Some("its entry has another place") };
        let due = match entry.doc {
            DocId::Plan(..) => Bucket::Plan,
            DocId::Note(_) => {
                let month = entry.received.local_day().map(|day| day.month());
                Bucket::Month(month.unwrap_or(doegnrytme_core::time::Month(0)))
            }
            DocId::Record(..) => Bucket::Records,
        };
        let digest = Digest::of(&entry.doc, &entry.hash);
        let new = BucketCount { key, digest: Digest::default(), first: seq, last: seq };
        let count = self.buckets.entry(key).or_insert(new);
        count.digest = count.digest.plus(&digest);
        count.last = seq;
        if let DocId::Record(kind, id) = entry.doc {
            let record = self.records.entry((kind, id)).or_insert((stream, seq, 0));
            *record = (stream, seq, record.2 + 1);
        }
        (key.bucket != due).then_some("its entry is counted in another bucket")
    }
}

/// Whether the frames of a bucket hold exactly its rows up to where they were made.
fn holds(tx: &mut dyn Tx, key: BucketKey) -> Result<bool, StoreError> {
    let Some(first) = tx.blob(key, 0)? else { return Ok(false) };
    let mut rows = tx.bucket_rows(key)?.into_iter().map(|stored| stored.row);
    for part in 0..first.parts {
        let blob = tx.blob(key, part)?;
        let blob = blob.filter(|blob| (blob.parts, blob.upto) == (first.parts, first.upto));
        let pack = blob.and_then(|blob| inflate(&blob.frame).ok());
        let pack = pack.and_then(|bytes| from_bytes::<Pack>(&bytes).ok());
        let Some(Ok(groups)) = pack.map(Pack::into_groups) else { return Ok(false) };
        for framed in groups.into_iter().flat_map(|group| group.rows) {
            if rows.next().as_ref() != Some(&framed) {
                return Ok(false);
            }
        }
    }
    // What was published since is in the next frame.
    Ok(rows.all(|row| row.placed.is_some_and(|placed| placed.seq > first.upto)))
}

fn place(stream: StreamId, seq: u64) -> String {
    format!("stream {}, seq {seq}", stream.0)
}

fn bucket(key: &BucketKey) -> String {
    let citizen = key.citizen.map_or_else(|| "none".to_owned(), |citizen| citizen.to_string());
    format!("stream {}, citizen {citizen}, bucket {}", key.stream.0, key.bucket.number())
}

fn name(kind: u8, id: &[u8; 16]) -> String {
    format!("kind {kind}, id {}", doegnrytme_core::ids::hex(id))
}
