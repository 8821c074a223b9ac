//! Streams, buckets, blobs, verdict logs, records.

use doegnrytme_core::ids::*;
use doegnrytme_core::time::Month;
use doegnrytme_core::wire::digest::Digest;
use doegnrytme_core::wire::scope::Bucket;
use doegnrytme_core::wire::verdict::{Verdict, VerdictRun};

use super::entries::{CITIZEN, DEVICE, PLAN, entry, published};
use super::{kept, refuses};
use crate::store::certificate::CertificateNumber;
use crate::store::entry::{EntryKey, EntryState};
use crate::store::stream::{BucketCount, BucketKey, Head, KeptBlob};
use crate::store::{Store, StoreError, Tx};

pub(super) fn head(seq: u64) -> Head {
    Head { seq, running: [u8::try_from(seq).unwrap(); 16] }
}

/// Publishes rows 1 to `last` in a new team's stream.
pub(super) fn publish(tx: &mut dyn Tx, last: u8) -> Result<StreamId, StoreError> {
    let team = tx.add_team("Team Ærø")?.stream;
    for seq in 1..=last {
        let put = entry(tx, PLAN, seq, published(u64::from(seq)))?;
        let key = tx.put_entry(&put, &[])?;
        tx.append(team, head(u64::from(seq)), key)?;
    }
    tx.set_head(team, head(u64::from(last)))?;
    Ok(team)
}

pub(crate) fn a_stream_has_one_row_a_place(store: &mut dyn Store) {
    kept(store, |tx| {
        let team = publish(tx, 3)?;
        assert_eq!(tx.head(team)?, Some(head(3)));
        assert_eq!(tx.head(StreamId::COMMON)?, Some(Head { seq: 0, running: [0; 16] }));
        assert_eq!(tx.head(StreamId(99))?, None);
        assert_eq!(tx.running_at(team, 0)?, Some([0; 16]));
        assert_eq!(tx.running_at(team, 2)?, Some([2; 16]));
        assert_eq!(tx.running_at(team, 4)?, None);
        // The place is taken.
        refuses(tx, |tx| tx.append(team, head(2), EntryKey(1)));
        Ok(())
    });
}

pub(crate) fn rows_come_in_order_and_in_pieces(store: &mut dyn Store) {
    kept(store, |tx| {
        let team = publish(tx, 5)?;
        let seqs = |tx: &mut dyn Tx, from, rows, bytes| {
            let rows = tx.rows_after(team, from, rows, bytes)?;
            let seq = |row: &crate::store::stream::StreamRow| row.entry.row.placed.unwrap().seq;
            Ok::<_, StoreError>(rows.iter().map(seq).collect::<Vec<_>>())
        };
        assert_eq!(seqs(tx, 0, 100, 100_000)?, [1, 2, 3, 4, 5]);
        assert_eq!(seqs(tx, 2, 2, 100_000)?, [3, 4]);
        assert_eq!(seqs(tx, 2, 100, 1)?, [3], "one at least");
        assert_eq!(seqs(tx, 2, 100, 41)?, [3, 4]);
        assert_eq!(seqs(tx, 5, 100, 100_000)?, [0_u64; 0]);
        let row = tx.rows_after(team, 0, 1, 1)?.remove(0);
        assert_eq!(row.running, [1; 16]);
        assert_eq!(row.entry.row.entry.hash, ChangeHash([1; 32]));
        let of = tx.batch_rows_in(team, DEVICE, 1, 2)?;
        assert_eq!(of, [(1, Some(CITIZEN)), (2, Some(CITIZEN))]);
        Ok(())
    });
}

pub(crate) fn a_bucket_holds_its_rows_and_its_count(store: &mut dyn Store) {
    kept(store, |tx| {
        let team = publish(tx, 3)?;
        let key = BucketKey { stream: team, citizen: Some(CITIZEN), bucket: Bucket::Plan };
        let rows = tx.bucket_rows(key)?;
        assert_eq!(rows.len(), 3);
        let month = Bucket::Month(Month(674));
        let own = BucketKey { stream: team, citizen: None, bucket: month };
        assert_eq!(tx.bucket_rows(own)?, []);
        assert_eq!(tx.bucket(key)?, None);
        let digest = Digest { count: 3, sum: [0xff; 32] };
        let count = BucketCount { key, digest, first: 1, last: 3 };
        tx.put_bucket(&BucketCount { digest: Digest::default(), ..count })?;
        tx.put_bucket(&count)?;
        let other = BucketCount { key: own, ..count };
        tx.put_bucket(&other)?;
        assert_eq!(tx.bucket(key)?, Some(count));
        assert_eq!(tx.buckets(team)?, [other, count], "the stream's own come first");
        assert_eq!(tx.buckets(StreamId::COMMON)?, []);
        Ok(())
    });
}

pub(crate) fn a_blob_is_kept_a_part(store: &mut dyn Store) {
    kept(store, |tx| {
        let key = BucketKey { stream: StreamId(1), citizen: None, bucket: Bucket::Records };
        let certificates = vec![CertificateNumber(1), CertificateNumber(i64::MAX)];
        let blob = KeptBlob { parts: 2, upto: 9, frame: vec![1, 2], certificates };
        tx.put_blob(key, 1, &KeptBlob { upto: 3, ..blob.clone() })?;
        tx.put_blob(key, 1, &blob)?;
        assert_eq!(tx.blob(key, 1)?, Some(blob));
        assert_eq!(tx.blob(key, 0)?, None);
        Ok(())
    });
}

pub(crate) fn a_verdict_log_is_read_from_where_it_was_heard(store: &mut dyn Store) {
    kept(store, |tx| {
        let run = |number| VerdictRun {
            number,
            position: 2,
            count: 3,
            verdict: Verdict::Parked { missing: vec![ChangeHash([1; 32])] },
            device: Some(DeviceNumber(4)),
        };
        assert_eq!(tx.verdict_head(DEVICE)?, Head { seq: 0, running: [0; 16] });
        for (seq, epoch) in [(1, 1), (2, 1), (3, 2)] {
            tx.append_verdict(DEVICE, head(seq), epoch, &run(seq + 10))?;
        }
        assert_eq!(tx.verdict_head(DEVICE)?, head(3));
        assert_eq!(tx.verdicts_after(DEVICE, 1, 10)?, (vec![run(12), run(13)], head(3)));
        assert_eq!(tx.verdicts_after(DEVICE, 0, 1)?, (vec![run(11)], head(1)));
        assert_eq!(tx.verdicts_after(DEVICE, 3, 10)?, (Vec::new(), head(3)));
        assert_eq!(tx.verdict_running_at(DEVICE, 2)?, Some([2; 16]));
        assert_eq!(tx.verdict_running_at(DEVICE, 4)?, None);
        assert_eq!(tx.verdicts_before_epoch(DEVICE, 2)?, head(2));
        assert_eq!(tx.verdicts_before_epoch(DEVICE, 1)?.seq, 0);
        assert!(tx.verdicts_tell_of(DEVICE, 12, 1)? && !tx.verdicts_tell_of(DEVICE, 12, 2)?);
        assert_eq!(tx.verdict_head(DeviceNumber(9))?.seq, 0);
        Ok(())
    });
}

pub(crate) fn a_record_counts_its_versions(store: &mut dyn Store) {
    kept(store, |tx| {
        let (kind, id) = (5, [6; 16]);
        assert_eq!(tx.record(kind, id)?, None);
        for hash in [1, 2] {
            let state = EntryState::Published {
                stream: StreamId(1),
                seq: u64::from(hash),
                bucket: Bucket::Records,
            };
            let put = entry(tx, DocId::Record(kind, id), hash, state)?;
            let key = tx.put_entry(&put, &[])?;
            tx.set_record(kind, id, key)?;
        }
        let current = tx.record(kind, id)?.unwrap();
        assert_eq!((current.version, current.payload.clone()), (2, Some(vec![2, 2])));
        assert_eq!((current.citizen, current.stream), (Some(CITIZEN), StreamId(1)));
        assert_eq!(tx.records(kind, StreamId(1))?, [current]);
        assert_eq!(tx.records(kind, StreamId(2))?, []);
        Ok(())
    });
}
