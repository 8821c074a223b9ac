//! Walks: every row once, in order, whatever it says; and what points at nothing.

use doegnrytme_core::ids::*;
use doegnrytme_core::time::UnixSeconds;
use doegnrytme_core::wire::scope::Bucket;
use doegnrytme_core::wire::verdict::{Verdict, VerdictRun};

use super::entries::{DEVICE, PLAN, batch, entry, published};
use super::kept;
use super::streams::{head, publish};
use crate::store::batch::BatchState;
use crate::store::entry::EntryKey;
use crate::store::relative::Relative;
use crate::store::stream::{BucketKey, KeptBlob};
use crate::store::walk::Table;
use crate::store::{Store, StoreError};

/// More than a backend would hand out in one piece.
const MANY: u32 = 2_345;

pub(crate) fn a_walk_in_pieces_meets_every_row_once(store: &mut dyn Store) {
    kept(store, |tx| {
        for number in 0..MANY {
            let mut id = [0; 32];
            id[..4].copy_from_slice(&number.to_be_bytes());
            tx.certificate_number(CertificateId(id))?;
        }
        assert_eq!(tx.count_rows(Table::Certificates)?, u64::from(MANY));
        let (mut keys, mut ids, mut after) = (Vec::new(), std::collections::BTreeSet::new(), 0);
        loop {
            let piece = tx.walk_certificates(after)?;
            let Some((last, _)) = piece.last() else { break };
            after = *last;
            for (key, row) in piece {
                keys.push(key);
                let row = row.unwrap();
                assert_eq!((row.device, row.carer, row.time, row.bytes), (None, None, None, None));
                ids.insert(row.id);
            }
        }
        assert!(keys.is_sorted_by(|a, b| a < b));
        assert_eq!((keys.len(), ids.len()), (MANY as usize, MANY as usize));
        Ok(())
    });
}

pub(crate) fn a_walk_along_a_stream_says_what_each_entry_says_of_its_place(store: &mut dyn Store) {
    kept(store, |tx| {
        let team = publish(tx, 3)?;
        // One that says it lies elsewhere, and one that is not there.
        let elsewhere = entry(tx, PLAN, 4, published(77))?;
        let key = tx.put_entry(&elsewhere, &[])?;
        tx.append(team, head(4), key)?;
        tx.append(team, head(5), EntryKey(9_999))?;
        let rows = tx.walk_rows(team, 1)?;
        assert_eq!(rows.iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), [2, 3, 4, 5]);
        let row = |at: usize| rows[at].1.clone().unwrap();
        let place = row(0).entry.unwrap();
        assert_eq!(
            (place.doc, place.hash, place.received),
            (PLAN, ChangeHash([2; 32]), UnixSeconds(100))
        );
        let citizen = Some(super::entries::CITIZEN);
        assert_eq!(place.bucket, Some(BucketKey { stream: team, citizen, bucket: Bucket::Plan }));
        assert_eq!(row(0).running, [2; 16]);
        assert_eq!(row(2).entry.unwrap().bucket, None);
        assert_eq!(row(3).entry, None);
        assert_eq!(tx.walk_rows(StreamId::COMMON, 0)?, []);
        assert_eq!(tx.walk_streams()?, [StreamId::COMMON, team]);
        assert_eq!((tx.count_rows(Table::Rows)?, tx.count_rows(Table::Entries)?), (5, 4));
        Ok(())
    });
}

pub(crate) fn a_walk_over_entries_and_batches_gives_them_whole(store: &mut dyn Store) {
    kept(store, |tx| {
        let (mut entries, mut batches) = (Vec::new(), Vec::new());
        for hash in [9, 1, 5] {
            let put = entry(tx, PLAN, hash, published(u64::from(hash)))?;
            let key = tx.put_entry(&put, &[])?;
            entries.push((key.0, tx.entry(key)?));
        }
        for (number, hash, state) in [
            (1, 1, BatchState::Chained),
            (2, 2, BatchState::Replaced),
            (2, 3, BatchState::Chained),
            (3, 4, BatchState::Carried),
        ] {
            let key = tx.put_batch(&batch(number, hash, state))?;
            batches.push((key.0, tx.batch_by_key(key)?));
        }
        assert_eq!(tx.walk_entries(0)?, entries);
        assert_eq!(tx.walk_entries(entries[0].0)?, entries[1..]);
        assert_eq!(tx.walk_batches(0)?, batches);
        let chain = [(1, BatchHash([1; 32]), vec![1]), (2, BatchHash([3; 32]), vec![3])];
        assert_eq!(tx.walk_chain(DEVICE, 0)?, chain, "neither replaced nor carried ones");
        assert_eq!(tx.walk_chain(DEVICE, 1)?, chain[1..]);
        assert_eq!(tx.walk_chain(DeviceNumber(4), 0)?, []);
        assert_eq!(tx.chains()?, [DEVICE]);
        assert_eq!(tx.count_rows(Table::Batches)?, 4);
        Ok(())
    });
}

pub(crate) fn a_walk_over_verdict_logs_ends_where_they_end(store: &mut dyn Store) {
    kept(store, |tx| {
        let run = |number| VerdictRun {
            number,
            position: 0,
            count: 1,
            verdict: Verdict::Received,
            device: None,
        };
        assert_eq!(tx.verdict_logs()?, []);
        for (device, seq) in [(DEVICE, 1), (DEVICE, 2), (DeviceNumber(2), 1)] {
            tx.append_verdict(device, head(seq), 1, &run(seq + 10))?;
        }
        assert_eq!(tx.verdict_logs()?, [(DeviceNumber(2), head(1)), (DEVICE, head(2))]);
        let lines = tx.walk_verdicts(DEVICE, 1)?;
        let [(2, Some(line))] = &lines[..] else { panic!("{lines:?}") };
        assert_eq!((line.number, &line.run, line.running), (12, &run(12), [2; 16]));
        assert_eq!(line.bytes, doegnrytme_core::wire::to_bytes(&run(12)));
        assert_eq!(tx.count_rows(Table::Verdicts)?, 3);
        Ok(())
    });
}

pub(crate) fn a_walk_names_each_record_and_each_bucket_with_frames_once(store: &mut dyn Store) {
    kept(store, |tx| {
        for (hash, kind, id) in [(1, 5, 9), (2, 4, 0xff), (3, 5, 1)] {
            let put = entry(tx, DocId::Record(kind, [id; 16]), hash, published(u64::from(hash)))?;
            let key = tx.put_entry(&put, &[])?;
            tx.set_record(kind, [id; 16], key)?;
        }
        let records = tx.walk_records()?;
        let named: Vec<(u8, u8)> = records.iter().map(|one| (one.kind, one.id[0])).collect();
        assert_eq!(named, [(4, 0xff), (5, 1), (5, 9)]);
        assert!(records.iter().all(|one| (one.version, one.stream) == (1, StreamId(1))));
        let blob = KeptBlob { parts: 2, upto: 1, frame: vec![1], certificates: Vec::new() };
        let key = |citizen| BucketKey { stream: StreamId(1), citizen, bucket: Bucket::Plan };
        let (own, karla) = (key(None), key(Some(CitizenId([1; 16]))));
        for (key, part) in [(karla, 0), (karla, 1), (own, 0)] {
            tx.put_blob(key, part, &blob)?;
        }
        assert_eq!(tx.walk_blobs()?, [own, karla]);
        Ok(())
    });
}

pub(crate) fn what_points_at_nothing_is_counted_and_a_sound_store_has_none(store: &mut dyn Store) {
    kept(store, |tx| {
        let team = tx.add_team("Team Ærø")?.stream;
        tx.open_epoch(ServerEpoch([1; 8]), UnixSeconds(1), false)?;
        tx.add_citizen(CitizenId([1; 16]), team, None)?;
        assert_eq!(tx.loose()?, []);
        Ok::<_, StoreError>(())
    });
    for pages in [true, false] {
        assert_eq!(super::seen(store, |tx| tx.damaged_page(pages)), None);
    }
    kept(store, |tx| {
        for number in [1, 2] {
            let (id, citizen) = (RelativeId([number; 16]), CitizenId([7; 16]));
            tx.put_relative(&Relative { id, citizen, phone: "+4500000001".to_owned() })?;
        }
        let loose = tx.loose()?;
        assert_eq!(loose.len(), 1, "{loose:?}");
        assert_eq!((loose[0].table, loose[0].count), ("relatives", 2));
        assert!(!loose[0].key.contains("+45"), "a key, and nothing that a row says");
        Ok(())
    });
}
