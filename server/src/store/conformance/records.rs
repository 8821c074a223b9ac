//! Records' present versions, and relatives.

use doegnrytme_core::ids::{CitizenId, DocId, RelativeId, StreamId};
use doegnrytme_core::wire::row::Content;
use doegnrytme_core::wire::scope::Bucket;

use super::entries::entry;
use super::kept;
use crate::store::entry::{EntryKey, EntryState};
use crate::store::relative::Relative;
use crate::store::{Store, StoreError, Tx};

/// A version that was published in a stream.
fn version(
    tx: &mut dyn Tx,
    (kind, id): (u8, [u8; 16]),
    hash: u8,
    stream: StreamId,
) -> Result<EntryKey, StoreError> {
    let state = EntryState::Published { stream, seq: u64::from(hash), bucket: Bucket::Records };
    let put = entry(tx, DocId::Record(kind, id), hash, state)?;
    tx.put_entry(&put, &[])
}

pub(crate) fn a_record_lies_in_the_stream_of_its_present_version(store: &mut dyn Store) {
    kept(store, |tx| {
        let record = (5, [6; 16]);
        for (hash, stream) in [(1, StreamId(1)), (2, StreamId(2))] {
            let key = version(tx, record, hash, stream)?;
            tx.set_record(5, [6; 16], key)?;
        }
        assert_eq!(tx.records(5, StreamId(1))?, []);
        let there = tx.records(5, StreamId(2))?;
        assert_eq!(
            there.iter().map(|one| (one.version, one.stream)).collect::<Vec<_>>(),
            [(2, StreamId(2))]
        );
        // An earlier version may be made the present one again, when a restore teaches it.
        let first =
            tx.standing(DocId::Record(5, [6; 16]), doegnrytme_core::ids::ChangeHash([1; 32]))?;
        tx.set_record(5, [6; 16], first.unwrap().key)?;
        let again = tx.record(5, [6; 16])?.unwrap();
        assert_eq!((again.version, again.stream), (3, StreamId(1)));
        Ok(())
    });
}

pub(crate) fn records_of_a_kind_come_by_id(store: &mut dyn Store) {
    kept(store, |tx| {
        for (hash, kind, id) in [(1, 5, 9), (2, 5, 0xff), (3, 5, 1), (4, 6, 2)] {
            let key = version(tx, (kind, [id; 16]), hash, StreamId(1))?;
            tx.set_record(kind, [id; 16], key)?;
        }
        let found = tx.records(5, StreamId(1))?;
        assert_eq!(found.iter().map(|one| one.id[0]).collect::<Vec<_>>(), [1, 9, 0xff]);
        assert_eq!(tx.records(7, StreamId(1))?, []);
        assert_eq!(tx.record(6, [9; 16])?, None, "one of another kind");
        Ok(())
    });
}

pub(crate) fn a_version_without_content_has_no_payload(store: &mut dyn Store) {
    kept(store, |tx| {
        let stream = StreamId(1);
        let state = EntryState::Published { stream, seq: 1, bucket: Bucket::Records };
        let mut put = entry(tx, DocId::Record(5, [6; 16]), 1, state)?;
        put.row.content = Content::Withheld;
        put.row.entry.citizen = None;
        let key = tx.put_entry(&put, &[])?;
        tx.set_record(5, [6; 16], key)?;
        let record = tx.record(5, [6; 16])?.unwrap();
        assert_eq!((record.payload, record.citizen, record.entry), (None, None, key));
        Ok(())
    });
}

pub(crate) fn relatives_come_by_id_as_they_were_last_written(store: &mut dyn Store) {
    kept(store, |tx| {
        let relative = |number: u8, phone: &str| Relative {
            id: RelativeId([number; 16]),
            citizen: CitizenId([1; 16]),
            phone: phone.to_owned(),
        };
        assert!(tx.relatives()?.is_empty());
        for (number, phone) in [(9, "+4500000009"), (1, "+4500000001"), (0xff, "")] {
            tx.put_relative(&relative(number, phone))?;
        }
        let moved = Relative { citizen: CitizenId([2; 16]), ..relative(9, "+4500000099") };
        tx.put_relative(&moved)?;
        let all = [relative(1, "+4500000001"), moved.clone(), relative(0xff, "")];
        assert!(tx.relatives()? == all);
        assert!(tx.relative(RelativeId([9; 16]))? == Some(moved));
        assert!(tx.relative(RelativeId([2; 16]))?.is_none());
        Ok(())
    });
}
