//! The suite on SQLite, and what is SQLite's alone: keys, versions, damage.

use std::path::Path;

use super::SqliteStore;
use crate::store::conformance::conformance;
use crate::store::{Store as _, StoreError, write};

const KEY: [u8; 32] = [9; 32];

fn fresh() -> (SqliteStore, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::create(&folder.path().join("server.db"), &KEY).unwrap();
    (store, folder)
}

conformance!(fresh);

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| {
            let path = file.unwrap().path();
            (path.display().to_string(), std::fs::read(&path).unwrap())
        })
        .collect();
    files.sort();
    files
}

/// Opening fails with `expected` and leaves every file as it was.
fn refuses(folder: &Path, key: &[u8; 32], expected: &StoreError) {
    let before = files(folder);
    let error = SqliteStore::open(&folder.join("server.db"), key).map(|_| ()).unwrap_err();
    assert_eq!(&error, expected);
    assert_eq!(files(folder), before);
}

#[test]
fn a_wrong_key_touches_nothing() {
    let (store, folder) = fresh();
    drop(store);
    refuses(folder.path(), &[8; 32], &StoreError::WrongKey);
    assert!(SqliteStore::open(&folder.path().join("server.db"), &KEY).is_ok());
}

#[test]
fn a_newer_schema_touches_nothing() {
    let (store, folder) = fresh();
    store.connection.pragma_update(None, "user_version", 999).unwrap();
    drop(store);
    let known = super::migrations::known();
    refuses(folder.path(), &KEY, &StoreError::Newer { found: 999, known });
}

#[test]
fn a_store_that_is_not_there_is_not_made_by_opening() {
    let folder = tempfile::tempdir().unwrap();
    refuses(folder.path(), &KEY, &StoreError::Missing);
}

#[test]
fn a_store_is_never_made_over_another() {
    let (_store, folder) = fresh();
    assert!(SqliteStore::create(&folder.path().join("server.db"), &KEY).is_err());
}

#[test]
fn a_flipped_byte_is_found() {
    let (mut store, folder) = fresh();
    write(&mut store, |tx| tx.put_meta("canary", &[7; 3000])).unwrap();
    drop(store);
    let path = folder.path().join("server.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.len() - 2_000;
    bytes[at] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let damaged = SqliteStore::open(&path, &KEY).and_then(|store| {
        let check = "PRAGMA cipher_integrity_check";
        Ok(store.connection.query_row(check, [], |row| row.get::<_, String>(0))?)
    });
    assert!(damaged.is_ok(), "the check names the damaged page");
}

#[test]
fn nothing_readable_reaches_the_disk() {
    let (mut store, folder) = fresh();
    write(&mut store, |tx| tx.put_meta("canary", b"ULAESELIG KANARIEFUGL")).unwrap();
    for (name, bytes) in files(folder.path()) {
        let found = bytes.windows(11).any(|window| window == b"KANARIEFUGL");
        assert!(!found, "{name}");
    }
}

#[test]
fn a_backup_holds_all_and_opens_with_the_same_key() {
    let (mut store, folder) = fresh();
    write(&mut store, |tx| tx.put_meta("a", b"1")).unwrap();
    let backup = folder.path().join("backup.db");
    store.backup(&backup).unwrap();
    let mut restored = SqliteStore::open(&backup, &KEY).unwrap();
    let found = crate::store::read(&mut restored, |tx| tx.meta("a")).unwrap();
    assert_eq!(found, Some(b"1".to_vec()));
}

#[test]
fn a_journal_line_is_written_before_the_commit_and_goes_when_the_commit_fails() {
    use crate::journal::{JournalFile, Place, Protection, Record};
    use doegnrytme_core::ids::ServerEpoch;
    use doegnrytme_core::time::UnixSeconds;
    let (mut store, folder) = fresh();
    let path = folder.path().join("journal");
    let file = JournalFile::create(&Place { path: path.clone(), key: KEY }).unwrap();
    store.protect(Protection::File(Box::new(file)));
    let size = || std::fs::metadata(&path).unwrap().len();
    let write = |store: &mut SqliteStore, name: &str| {
        crate::store::write(store, |tx| {
            tx.put_meta(name, &[1])?;
            tx.protect(Record::EpochOpened { epoch: ServerEpoch([1; 8]), at: UnixSeconds(1) })
        })
    };
    write(&mut store, "first").unwrap();
    let before = size();
    // What only the commit finds wrong.
    store
        .connection
        .execute_batch(
            "PRAGMA foreign_keys = ON;
             CREATE TABLE one (x INTEGER PRIMARY KEY);
             CREATE TABLE two (x INTEGER REFERENCES one (x) DEFERRABLE INITIALLY DEFERRED);
             CREATE TRIGGER later AFTER INSERT ON meta WHEN new.name = 'second'
             BEGIN INSERT INTO two VALUES (7); END;",
        )
        .unwrap();
    assert!(write(&mut store, "second").is_err());
    assert_eq!(size(), before);
    let name = crate::store::meta::name::JOURNAL;
    let marks = |store: &mut SqliteStore| crate::store::read(store, |tx| tx.meta(name)).unwrap();
    let mark = marks(&mut store);
    // The file that cannot be written fails the commit.
    store.protect(Protection::None);
    assert!(write(&mut store, "third").is_ok());
    assert_eq!(marks(&mut store), mark, "nothing is owed without a journal");
}

#[test]
fn a_failing_statement_is_told_by_its_code_and_quotes_nothing() {
    let (store, _folder) = fresh();
    let words = ["hemmelig", "streams", "findes_ikke", "SELECT", "INSERT", ":andet"];
    let quotes = |said: &str| words.iter().any(|word| said.contains(word));
    let mut quoted = 0;
    for sql in [
        "SELECT hemmelig FROM findes_ikke",
        "hemmelig",
        "INSERT INTO streams (stream, name) VALUES (0, 'hemmelig')",
        "INSERT INTO streams (name) VALUES (NULL)",
        "SELECT 1 AS hemmelig",
        "DELETE FROM streams; SELECT hemmelig",
    ] {
        let error = store.connection.execute(sql, []).unwrap_err();
        quoted += usize::from(quotes(&error.to_string()));
        let told = StoreError::from(error);
        assert!(matches!(told, StoreError::Backend(_)), "{told:?}");
        assert!(!quotes(&told.to_string()) && !quotes(&format!("{told:?}")), "{told:?}");
    }
    let unknown = store.connection.execute("SELECT 1", &[(":andet", "hemmelig")]).unwrap_err();
    quoted += usize::from(quotes(&unknown.to_string()));
    assert!(!quotes(&StoreError::from(unknown).to_string()));
    assert!(quoted >= 4, "the control: the driver's own words do quote");
}
