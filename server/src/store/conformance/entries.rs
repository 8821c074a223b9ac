//! Batches, entries, and the gate's questions.

use doegnrytme_core::gate::Dependency;
use doegnrytme_core::ids::*;
use doegnrytme_core::time::UnixSeconds;
use doegnrytme_core::wire::entry::{ClockMark, Entry, EntryKind};
use doegnrytme_core::wire::row::{Content, Origin, Row};
use doegnrytme_core::wire::scope::Bucket;

use super::{kept, refuses};
use crate::store::batch::{Aside, BatchKey, BatchState, StoredBatch};
use crate::store::entry::{Authorship, EntryState, StoredEntry};
use crate::store::{Store, StoreError, Tx};

pub(super) const DEVICE: DeviceNumber = DeviceNumber(0xdead_beef);
pub(super) const CITIZEN: CitizenId = CitizenId([0xc1; 16]);
pub(super) const PLAN: DocId = DocId::Plan(CITIZEN, 0);
const ACTOR: ActorId = ActorId([9; 16]);

pub(super) fn batch(number: u64, hash: u8, state: BatchState) -> StoredBatch {
    StoredBatch {
        key: BatchKey(0),
        device: DEVICE,
        number,
        hash: BatchHash([hash; 32]),
        state,
        received: UnixSeconds(100),
        signed: vec![hash],
        receipt: None,
    }
}

/// An entry of `doc` with the hash `[hash; 32]`.
pub(super) fn entry(
    tx: &mut dyn Tx,
    doc: DocId,
    hash: u8,
    state: EntryState,
) -> Result<StoredEntry, StoreError> {
    let certificate = CertificateId([3; 32]);
    let kind = match doc {
        DocId::Record(..) => EntryKind::Record,
        _ => EntryKind::Change,
    };
    let content = match kind {
        EntryKind::Record => Content::Record { salt: [1; 16], payload: vec![hash, 2] },
        EntryKind::Change => Content::Change(vec![hash; 40]),
    };
    let written = UnixSeconds(50);
    Ok(StoredEntry {
        row: Row {
            entry: Entry {
                doc,
                kind,
                citizen: Some(CITIZEN),
                hash: ChangeHash([hash; 32]),
                schema: 1,
                certificate,
                written,
                raw_clock: UnixSeconds(-7),
                clock_mark: ClockMark::Off,
                replaces: Some(ChangeHash([0xee; 32])),
            },
            content,
            origin: Origin { device: DEVICE, number: 1, position: u16::from(hash) },
            placed: None,
        },
        batch: BatchKey(1),
        certificate: tx.certificate_number(certificate)?,
        received: UnixSeconds(100),
        state,
        authorship: Some(Authorship { actor: ACTOR, seq: u64::from(hash), max_op: 70 }),
    })
}

pub(super) fn published(seq: u64) -> EntryState {
    EntryState::Published { stream: StreamId(1), seq, bucket: Bucket::Plan }
}

pub(crate) fn a_chain_ends_with_the_last_batch_that_counts(store: &mut dyn Store) {
    kept(store, |tx| {
        assert_eq!(tx.chain_end(DEVICE)?, None);
        tx.put_batch(&batch(1, 1, BatchState::Chained))?;
        tx.put_batch(&batch(2, 2, BatchState::Replaced))?;
        tx.put_batch(&batch(2, 3, BatchState::Chained))?;
        tx.put_batch(&batch(3, 4, BatchState::Carried))?;
        assert_eq!(tx.chain_end(DEVICE)?, Some((2, BatchHash([3; 32]))));
        let counts = tx.batch(DEVICE, 2)?.unwrap();
        assert_eq!(counts.hash, BatchHash([3; 32]));
        assert_eq!(tx.batch_by_key(counts.key)?, Some(counts));
        assert_eq!(tx.batch(DEVICE, 3)?.unwrap().state, BatchState::Carried);
        assert_eq!(tx.batch(DEVICE, 4)?, None);
        Ok(())
    });
}

pub(crate) fn a_batch_stored_again_keeps_its_time(store: &mut dyn Store) {
    kept(store, |tx| {
        let key = tx.put_batch(&batch(1, 1, BatchState::Carried))?;
        let mut again = batch(1, 1, BatchState::Chained);
        (again.received, again.receipt) = (UnixSeconds(900), Some(vec![7]));
        assert_eq!(tx.put_batch(&again)?, key);
        let stored = tx.batch(DEVICE, 1)?.unwrap();
        assert_eq!(stored.received, UnixSeconds(100));
        assert_eq!((stored.state, stored.receipt), (BatchState::Chained, Some(vec![7])));
        Ok(())
    });
}

pub(crate) fn no_more_than_sixteen_pushes_lie_aside(store: &mut dyn Store) {
    kept(store, |tx| {
        let now = UnixSeconds(1);
        for number in 1..=16 {
            let hash = BatchHash([1; 32]);
            assert!(tx.put_aside(DEVICE, number, hash, Aside::Early, b"push", now)?);
        }
        let hash = BatchHash([1; 32]);
        assert!(!tx.put_aside(DEVICE, 17, hash, Aside::Fork, b"push", now)?);
        tx.take_from_aside(DEVICE, 3, hash)?;
        assert!(tx.put_aside(DEVICE, 17, hash, Aside::Fork, b"push", now)?);
        Ok(())
    });
}

pub(crate) fn an_entry_is_known_by_document_and_hash(store: &mut dyn Store) {
    kept(store, |tx| {
        let held = entry(tx, PLAN, 1, EntryState::Held { reason: 120 })?;
        let key = tx.put_entry(&held, &[])?;
        let standing = tx.standing(PLAN, ChangeHash([1; 32]))?.unwrap();
        assert_eq!((standing.key, standing.state), (key, held.state));
        assert_eq!(standing.origin, held.row.origin);
        assert_eq!(tx.standing(DocId::Plan(CITIZEN, 1), ChangeHash([1; 32]))?, None);
        assert_eq!(tx.count_held(None)?, 1);
        // It is there already.
        refuses(tx, |tx| tx.put_entry(&held, &[]));
        Ok(())
    });
}

pub(crate) fn an_entry_reads_back_whole(store: &mut dyn Store) {
    kept(store, |tx| {
        let note = DocId::Note(NoteId([4; 16]));
        let record = DocId::Record(5, [6; 16]);
        for (doc, hash) in [(PLAN, 1), (note, 2), (record, 3)] {
            for state in [EntryState::Parked, EntryState::Refused { reason: 9 }] {
                let hash = hash + if state == EntryState::Parked { 0 } else { 100 };
                let mut put = entry(tx, doc, hash, state)?;
                if hash == 102 {
                    put.row.content = Content::Withheld;
                    put.row.entry.replaces = None;
                    put.row.entry.citizen = None;
                    put.authorship = None;
                }
                let key = tx.put_entry(&put, &[])?;
                assert_eq!(tx.entry(key)?, Some(put));
            }
        }
        let of: Vec<u16> =
            tx.entries_of(DEVICE, 1)?.iter().map(|(position, _)| *position).collect();
        assert_eq!(of, [1, 2, 3, 101, 102, 103]);
        Ok(())
    });
}

pub(crate) fn a_parked_entry_waits_for_each_missing_change(store: &mut dyn Store) {
    kept(store, |tx| {
        let missing = [ChangeHash([8; 32]), ChangeHash([9; 32])];
        let parked = entry(tx, PLAN, 1, EntryState::Parked)?;
        let key = tx.put_entry(&parked, &missing)?;
        for hash in missing {
            assert_eq!(tx.waiting_for(PLAN, hash)?, [key]);
        }
        assert_eq!(tx.waiting_for(DocId::Plan(CITIZEN, 1), missing[0])?, []);
        assert_eq!(tx.standing(PLAN, ChangeHash([1; 32]))?.unwrap().missing, missing);
        tx.set_state(key, EntryState::Parked, &missing[1..])?;
        assert_eq!(tx.waiting_for(PLAN, missing[0])?, []);
        assert_eq!(tx.waiting_for_schema(9)?, []);
        tx.set_state(key, published(4), &[])?;
        assert_eq!(tx.waiting_for(PLAN, missing[1])?, []);
        let placed = tx.entry(key)?.unwrap().row.placed.unwrap();
        assert_eq!(
            (placed.stream, placed.seq, placed.received),
            (StreamId(1), 4, UnixSeconds(100))
        );
        Ok(())
    });
}

pub(crate) fn an_entry_of_a_newer_schema_waits_for_the_server(store: &mut dyn Store) {
    kept(store, |tx| {
        let mut parked = entry(tx, PLAN, 1, EntryState::Parked)?;
        parked.row.entry.schema = 3;
        let key = tx.put_entry(&parked, &[])?;
        assert_eq!(tx.waiting_for_schema(2)?, []);
        assert_eq!(tx.waiting_for_schema(3)?, [key]);
        assert_eq!(tx.standing(PLAN, ChangeHash([1; 32]))?.unwrap().missing, []);
        Ok(())
    });
}

pub(crate) fn the_gate_counts_what_is_not_refused_or_set_aside(store: &mut dyn Store) {
    kept(store, |tx| {
        let hash = |hash: u8| ChangeHash([hash; 32]);
        let states = [
            (1, published(1)),
            (2, EntryState::Parked),
            (3, EntryState::Held { reason: 1 }),
            (4, EntryState::Refused { reason: 1 }),
            (5, EntryState::SetAside),
        ];
        for (at, state) in states {
            let put = entry(tx, PLAN, at, state)?;
            tx.put_entry(&put, &[])?;
        }
        assert_eq!(tx.dependency(PLAN, hash(1))?, Dependency::Known { max_op: 70 });
        for missing in [2, 5, 6] {
            assert_eq!(tx.dependency(PLAN, hash(missing))?, Dependency::Missing, "{missing}");
        }
        assert_eq!(tx.dependency(PLAN, hash(3))?, Dependency::Held);
        assert_eq!(tx.dependency(PLAN, hash(4))?, Dependency::Refused);
        assert_eq!(tx.last_seq(PLAN, ACTOR)?, 1);
        assert_eq!(tx.last_seq(PLAN, ActorId([1; 16]))?, 0);
        for (seq, taken) in [(1, true), (2, true), (3, true), (4, false), (5, false), (6, false)] {
            assert_eq!(tx.is_taken(PLAN, ACTOR, seq, hash(99))?, taken, "{seq}");
        }
        assert!(!tx.is_taken(PLAN, ACTOR, 1, hash(1))?, "not by itself");
        let note = DocId::Note(NoteId([4; 16]));
        assert!(!tx.has_changes(note, hash(99))?);
        assert_eq!(tx.citizen_of(note)?, None);
        let put = entry(tx, note, 7, published(2))?;
        tx.put_entry(&put, &[])?;
        assert!(tx.has_changes(note, hash(99))? && !tx.has_changes(note, hash(7))?);
        assert_eq!(tx.citizen_of(note)?, Some(CITIZEN));
        Ok(())
    });
}

pub(crate) fn held_entries_are_found_by_their_certificate(store: &mut dyn Store) {
    kept(store, |tx| {
        let held = entry(tx, PLAN, 1, EntryState::Held { reason: 120 })?;
        let key = tx.put_entry(&held, &[])?;
        let other = entry(tx, PLAN, 2, EntryState::Held { reason: 121 })?;
        tx.put_entry(&other, &[])?;
        assert_eq!(tx.held_for(120, held.certificate)?, [key]);
        let stranger = tx.certificate_number(CertificateId([77; 32]))?;
        assert_eq!(tx.held_for(120, stranger)?, []);
        Ok(())
    });
}
