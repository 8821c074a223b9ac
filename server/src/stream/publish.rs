//! Publishing: a judged entry gets its place in a stream, and only then do readers see it.
//!
//! Within one transaction heads and buckets are kept here and written once, by
//! [`Publisher::flush`].

use std::collections::{BTreeMap, BTreeSet, HashMap};

use doegnrytme_core::ids::{DocId, StreamId};
use doegnrytme_core::time::{Month, UnixSeconds};
use doegnrytme_core::wire::digest::Digest;
use doegnrytme_core::wire::row::Placed;
use doegnrytme_core::wire::scope::Bucket;
use doegnrytme_core::wire::sha256;

use crate::store::entry::{EntryKey, EntryState, StoredEntry};
use crate::store::stream::{BucketCount, BucketKey, Head};
use crate::store::{StoreError, Tx};

/// Appends to streams in one transaction.
#[derive(Default)]
pub struct Publisher {
    heads: BTreeMap<StreamId, Head>,
    buckets: HashMap<BucketKey, BucketCount>,
    month: Option<(UnixSeconds, Month)>,
}

/// The running hash after a row (or verdict): first half of SHA-256 over the hash before it and
/// what was added.
#[must_use]
pub fn running(before: &[u8; 16], parts: &[&[u8]]) -> [u8; 16] {
    let hash = match parts {
        [one] => sha256(&[before, one]),
        parts => sha256(&[before, &parts.concat()]),
    };
    let mut half = [0; 16];
    half.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
    half
}

impl Publisher {
    /// Publishes an entry behind the stream's head. `known` is its key when it was stored before
    /// (parked); otherwise it is stored now.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn publish(
        &mut self,
        tx: &mut dyn Tx,
        stream: StreamId,
        mut entry: StoredEntry,
        known: Option<EntryKey>,
    ) -> Result<Placed, StoreError> {
        let (doc, hash) = (entry.row.entry.doc, entry.row.entry.hash);
        let received = entry.received;
        let head = self.next(tx, stream, &doc.to_bytes(), &hash.0, received)?;
        let bucket = match doc {
            DocId::Plan(..) => Bucket::Plan,
            DocId::Note(_) => Bucket::Month(self.month_of(received)),
            DocId::Record(..) => Bucket::Records,
        };
        let key = BucketKey { stream, citizen: entry.row.entry.citizen, bucket };
        entry.state = EntryState::Published { stream, seq: head.seq, bucket };
        let stored = match known {
            Some(stored) => {
                tx.set_state(stored, entry.state, &[])?;
                stored
            }
            None => tx.put_entry(&entry, &[])?,
        };
        tx.append(stream, head, stored)?;
        self.count(tx, key, head.seq, &Digest::of(&doc, &hash))?;
        if let DocId::Record(kind, id) = doc {
            crate::record::consents::protect(tx, &entry.row)?;
            tx.set_record(kind, id, stored)?;
        }
        Ok(Placed { stream, seq: head.seq, received })
    }

    fn next(
        &mut self,
        tx: &mut dyn Tx,
        stream: StreamId,
        doc: &[u8],
        hash: &[u8; 32],
        received: UnixSeconds,
    ) -> Result<Head, StoreError> {
        let head = match self.heads.get(&stream) {
            Some(head) => *head,
            None => tx.head(stream)?.ok_or(StoreError::Damaged("a stream is not there"))?,
        };
        let running = running(&head.running, &[doc, hash, &received.0.to_be_bytes()]);
        let head = Head { seq: head.seq + 1, running };
        self.heads.insert(stream, head);
        Ok(head)
    }

    /// The month of a bucket: of the first receipt, in Copenhagen.
    fn month_of(&mut self, received: UnixSeconds) -> Month {
        match self.month {
            Some((of, month)) if of == received => month,
            _ => {
                let month = received.local_day().map_or(Month(0), |day| day.month());
                self.month = Some((received, month));
                month
            }
        }
    }

    fn count(
        &mut self,
        tx: &mut dyn Tx,
        key: BucketKey,
        seq: u64,
        digest: &Digest,
    ) -> Result<(), StoreError> {
        let before = match self.buckets.get(&key) {
            Some(count) => Some(*count),
            None => tx.bucket(key)?,
        };
        let before =
            before.unwrap_or(BucketCount { key, digest: Digest::default(), first: seq, last: seq });
        let after = BucketCount { digest: before.digest.plus(digest), last: seq, ..before };
        self.buckets.insert(key, after);
        Ok(())
    }

    /// Writes heads and buckets; says which streams grew.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn flush(self, tx: &mut dyn Tx) -> Result<BTreeSet<StreamId>, StoreError> {
        for (stream, head) in &self.heads {
            tx.set_head(*stream, *head)?;
        }
        for count in self.buckets.values() {
            tx.put_bucket(count)?;
        }
        Ok(self.heads.into_keys().collect())
    }
}
