//! A store that cannot be opened says why and is left as it is.

use std::collections::BTreeMap;
use std::path::Path;

use super::*;
use crate::store::keys::{Keys, write_check};
use crate::store::{Faults, migrate};

fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read(path).unwrap())
        })
        .collect()
}

/// A store with a note in it and another one in the outbox file only.
fn closed() -> Tablet {
    let mut tablet = Tablet::new(1);
    for text in ["en", "to"] {
        let row = tablet.note(KAREN, text);
        tablet.save(&row);
    }
    let row = tablet.note(KAREN, "tre");
    tablet.store().append_outbox(&[row]).unwrap();
    tablet.close();
    tablet
}

/// The same as a crash leaves it: with a write-ahead log.
fn crashed() -> Tablet {
    let mut tablet = closed();
    let row = tablet.note(KAREN, "fire");
    let mut store = Store::open(tablet.dir.path(), &KEY, options(9)).unwrap();
    store.save(&[row]).unwrap();
    let copy = folder();
    for (name, bytes) in files(tablet.dir.path()) {
        std::fs::write(copy.path().join(name), bytes).unwrap();
    }
    drop(store);
    tablet.dir = copy;
    assert!(files(tablet.dir.path()).contains_key("store.db-wal"));
    tablet
}

fn refused(tablet: &Tablet, key: &[u8; 32]) -> OpenError {
    let before = files(tablet.dir.path());
    let error = Store::open(tablet.dir.path(), key, options(5)).map(drop).unwrap_err();
    assert!(files(tablet.dir.path()) == before, "{error}: the files were touched");
    error
}

fn flip(tablet: &Tablet, file: &str, at: usize) {
    let path = tablet.dir.path().join(file);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[at] ^= 0x10;
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn a_wrong_key_is_told_and_touches_nothing() {
    for tablet in [closed(), crashed()] {
        assert_eq!(refused(&tablet, &[8; 32]), OpenError::WrongKey);
    }
}

#[test]
fn a_flipped_bit_on_the_first_page_is_damage_and_touches_nothing() {
    for at in [0, 15, 16, 24, 100, 2000, 4000, 4095] {
        let tablet = closed();
        flip(&tablet, DATABASE, at);
        assert_eq!(refused(&tablet, &KEY), OpenError::Damaged, "byte {at}");
    }
}

#[test]
fn a_flipped_bit_anywhere_is_found_before_it_is_read_as_truth() {
    let size = files(closed().dir.path())[DATABASE].len();
    for at in (4096..size).step_by(4096 + 511) {
        let tablet = closed();
        flip(&tablet, DATABASE, at);
        let found = match Store::open(tablet.dir.path(), &KEY, options(5)) {
            Err(error) => error == OpenError::Damaged,
            Ok(mut store) => store.damaged_pages().map_or(true, |pages| pages > 0),
        };
        assert!(found, "byte {at}");
    }
}

#[test]
fn a_newer_store_is_told_and_touches_nothing() {
    for tablet in [closed(), crashed()] {
        write_check(tablet.dir.path(), &Keys::of(&KEY), 99, &Faults::default()).unwrap();
        let error = OpenError::Newer { found: 99, known: migrate::known() };
        assert_eq!(refused(&tablet, &KEY), error);
    }
}

#[test]
fn a_newer_database_is_told_without_the_key_check_too() {
    let mut tablet = closed();
    tablet.reopen();
    tablet.store().connection.pragma_update(None, "user_version", 98).unwrap();
    tablet.close();
    std::fs::remove_file(tablet.dir.path().join("key-check")).unwrap();
    let error = OpenError::Newer { found: 98, known: migrate::known() };
    assert_eq!(refused(&tablet, &KEY), error);
}

#[test]
fn a_lost_or_damaged_key_check_is_written_anew() {
    let mut tablet = closed();
    for at in [0, 9, 20, 50] {
        flip(&tablet, "key-check", at);
        tablet.reopen();
        tablet.close();
        assert_eq!(refused(&tablet, &[8; 32]), OpenError::WrongKey);
    }
    std::fs::remove_file(tablet.dir.path().join("key-check")).unwrap();
    assert_eq!(refused(&tablet, &[8; 32]), OpenError::Damaged);
    tablet.reopen();
    assert_eq!(tablet.texts(KAREN).len(), 3);
}

#[test]
fn what_a_crash_left_in_the_log_is_read() {
    let mut tablet = crashed();
    tablet.reopen();
    assert_eq!(tablet.texts(KAREN).len(), 4);
}

#[test]
fn a_damaged_record_in_the_outbox_file_is_skipped_and_counted() {
    let mut tablet = closed();
    flip(&tablet, "outbox.seal", 60);
    let found = tablet.reopen();
    // The first note is in the database anyway; the third one was only in the file.
    assert_eq!((found.damaged, found.replayed), (1, 1));
    assert_eq!(tablet.texts(KAREN).len(), 3);
}

#[test]
fn a_store_is_opened_once() {
    let mut tablet = Tablet::new(1);
    let path = tablet.dir.path().to_owned();
    assert_eq!(Store::open(&path, &KEY, options(2)).map(drop), Err(OpenError::Busy));
    assert_eq!(Store::create(&path, &KEY, options(2)).map(drop), Err(OpenError::Exists));
    let row = tablet.note(KAREN, "x");
    tablet.save(&row);
    let nowhere = path.join("nowhere");
    assert_eq!(Store::open(&nowhere, &KEY, options(2)).map(drop), Err(OpenError::Missing));
}

#[test]
fn nothing_readable_lies_on_the_disk() {
    let mut tablet = Tablet::new(1);
    let row = tablet.note(KAREN, "Kanariefugl");
    tablet.save(&row);
    for (name, bytes) in files(tablet.dir.path()) {
        let found = bytes.windows(11).any(|window| window == b"Kanariefugl");
        assert!(!found, "{name}");
    }
}
