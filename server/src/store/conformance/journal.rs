//! The journal beside the store: on the disk before a commit, and only with one.

use doegnrytme_core::ids::ServerEpoch;
use doegnrytme_core::time::UnixSeconds;
use doegnrytme_core::wire::from_bytes;

use super::{kept, seen};
use crate::journal::file::{Found, Mark, read};
use crate::journal::{JournalFile, Place, Protection, Record};
use crate::store::Store;
use crate::store::meta::name;

fn record(number: u8) -> Record {
    Record::EpochOpened { epoch: ServerEpoch([number; 8]), at: UnixSeconds(1) }
}

fn place() -> (Place, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (Place { path: folder.path().join("journal"), key: [5; 32] }, folder)
}

/// The epochs of which the file tells.
fn told(place: &Place) -> Vec<u8> {
    let Found::Lines(lines) = read(place, 0).unwrap() else { return Vec::new() };
    let number = |(_, record): &(u64, Record)| match record {
        Record::EpochOpened { epoch, .. } => epoch.0[0],
        _ => panic!("a record of another kind"),
    };
    lines.records.iter().map(number).collect()
}

/// The end of the journal as the database knows it.
fn known(store: &mut dyn Store) -> Mark {
    from_bytes(&seen(store, |tx| tx.meta(name::JOURNAL)).unwrap()).unwrap()
}

fn end(place: &Place) -> Mark {
    let Found::Lines(lines) = read(place, 0).unwrap() else { panic!("no journal") };
    lines.end
}

pub(crate) fn without_a_journal_nothing_is_protected(store: &mut dyn Store) {
    assert!(!seen(store, |tx| Ok(tx.is_protected())));
    kept(store, |tx| tx.protect(record(1)));
    assert_eq!(seen(store, |tx| tx.meta(name::JOURNAL_DUE)), None);
}

pub(crate) fn a_journal_has_what_was_committed_in_order_and_nothing_else(store: &mut dyn Store) {
    let (place, _folder) = place();
    store.protect(Protection::File(Box::new(JournalFile::create(&place).unwrap())));
    assert!(seen(store, |tx| Ok(tx.is_protected())));
    seen(store, |tx| tx.protect(record(1)));
    assert_eq!(told(&place), [0_u8; 0]);
    kept(store, |tx| {
        tx.protect(record(2))?;
        tx.mark()?;
        tx.protect(record(3))?;
        tx.mark()?;
        tx.protect(record(4))?;
        tx.keep()?;
        tx.undo()?;
        tx.mark()?;
        tx.protect(record(5))?;
        tx.keep()?;
        tx.protect(record(6))?;
        assert_eq!(told(&place), [0_u8; 0], "it is written when all is decided");
        Ok(())
    });
    assert_eq!(told(&place), [2, 5, 6]);
    assert_eq!(known(store), end(&place), "the database contains it up to there");
    kept(store, |tx| tx.put_meta("a", b"1"));
    assert_eq!(told(&place), [2, 5, 6], "a commit that protects nothing writes nothing");
}

pub(crate) fn what_became_due_without_a_journal_goes_into_the_next_one(store: &mut dyn Store) {
    let (place, _folder) = place();
    store.protect(Protection::Due(place.clone()));
    assert!(seen(store, |tx| Ok(tx.is_protected())), "it belongs to the store");
    kept(store, |tx| tx.protect(record(1)));
    kept(store, |tx| tx.protect(record(2)));
    seen(store, |tx| tx.protect(record(3)));
    seen(store, |tx| tx.begin_journal());
    assert!(!place.path.exists());
    kept(store, |tx| {
        tx.begin_journal()?;
        tx.protect(record(4))
    });
    assert_eq!(told(&place), [1, 2, 4]);
    kept(store, |tx| tx.protect(record(5)));
    assert_eq!(told(&place), [1, 2, 4, 5]);
    assert_eq!(known(store), end(&place));
    let due = seen(store, |tx| tx.meta(name::JOURNAL_DUE)).unwrap_or_default();
    assert!(due.is_empty(), "it is due no more");
}
