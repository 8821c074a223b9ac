//! Transactions, singletons, epochs.

use doegnrytme_core::ids::{ServerEpoch, StreamId};
use doegnrytme_core::time::UnixSeconds;

use super::{kept, refuses, seen};
use crate::store::Store;
use crate::store::stream::Head;

const NOW: UnixSeconds = UnixSeconds(1_772_434_800);

pub(crate) fn what_is_not_committed_was_never_written(store: &mut dyn Store) {
    seen(store, |tx| tx.put_meta("a", b"1"));
    assert_eq!(seen(store, |tx| tx.meta("a")), None);
    kept(store, |tx| tx.put_meta("a", b"1"));
    assert_eq!(seen(store, |tx| tx.meta("a")), Some(b"1".to_vec()));
}

pub(crate) fn a_mark_takes_back_only_what_follows_it(store: &mut dyn Store) {
    kept(store, |tx| {
        tx.put_meta("before", b"1")?;
        tx.mark()?;
        tx.put_meta("undone", b"1")?;
        tx.undo()?;
        tx.mark()?;
        tx.put_meta("kept", b"1")?;
        tx.keep()
    });
    let there = |name: &str, store: &mut dyn Store| seen(store, |tx| tx.meta(name)).is_some();
    assert!(there("before", store) && there("kept", store) && !there("undone", store));
}

pub(crate) fn a_reader_sees_what_was_committed(store: &mut dyn Store) {
    let mut reader = store.reader().unwrap();
    kept(store, |tx| tx.put_meta("a", b"1"));
    assert_eq!(seen(&mut *reader, |tx| tx.meta("a")), Some(b"1".to_vec()));
    let mut writing = store.begin().unwrap();
    writing.put_meta("a", b"2").unwrap();
    assert_eq!(seen(&mut *reader, |tx| tx.meta("a")), Some(b"1".to_vec()));
    let mut reading = reader.begin().unwrap();
    assert!(reading.put_meta("a", b"3").is_err(), "a reader only reads");
}

pub(crate) fn a_singleton_takes_its_last_value(store: &mut dyn Store) {
    kept(store, |tx| {
        tx.put_meta("a", b"1")?;
        tx.put_meta("a", b"")
    });
    assert_eq!(seen(store, |tx| tx.meta("a")), Some(Vec::new()));
}

pub(crate) fn an_epoch_begins_behind_every_streams_head(store: &mut dyn Store) {
    kept(store, |tx| {
        let team = tx.add_team("Team Ærø")?.stream;
        assert_eq!(tx.open_epoch(ServerEpoch([1; 8]), NOW, false)?, 1);
        tx.set_head(team, Head { seq: 7, running: [7; 16] })?;
        assert_eq!(tx.open_epoch(ServerEpoch([2; 8]), NOW, true)?, 2);
        assert_eq!(tx.open_epoch(ServerEpoch([3; 8]), NOW, false)?, 3);
        assert_eq!(tx.epoch_begin(0, team)?, Some(0));
        assert_eq!(tx.epoch_begin(1, team)?, Some(7));
        assert_eq!(tx.epoch_begin(2, team)?, Some(7));
        assert_eq!(tx.epoch_begin(3, team)?, None);
        assert_eq!(tx.epoch_begin(1, StreamId::COMMON)?, Some(0));
        let epochs = tx.epochs()?;
        assert_eq!(epochs.iter().map(|epoch| epoch.lost).collect::<Vec<_>>(), [false, true, false]);
        // Names are unique.
        refuses(tx, |tx| tx.open_epoch(ServerEpoch([1; 8]), NOW, false));
        Ok(())
    });
}
