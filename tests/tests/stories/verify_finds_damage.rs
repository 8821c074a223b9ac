//! `verify` proves what a server holds. Negative controls: whoever has the key changes one thing by
//! SQL, or the disk changes one byte, and it says where.

use std::path::{Path, PathBuf};

use doegnrytme_tests::harness::server::verb;
use doegnrytme_tests::harness::{Team, room};
use rusqlite::Connection;
use tempfile::TempDir;

/// Copies of one server's folder, each spoilt in its own way.
struct Copies {
    whole: TempDir,
}

fn copy(from: &Path) -> TempDir {
    let to = tempfile::tempdir_in(room()).unwrap();
    for file in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        if file.file_type().unwrap().is_file() {
            std::fs::copy(file.path(), to.path().join(file.file_name())).unwrap();
        }
    }
    to
}

fn unlocked(folder: &Path) -> Connection {
    let key = std::fs::read_to_string(folder.join("key")).unwrap();
    let connection = Connection::open(folder.join("server.db")).unwrap();
    connection.pragma_update(None, "key", format!("x'{}'", key.trim())).unwrap();
    connection
}

/// Exit status and words.
fn verify(folder: &Path) -> (Option<i32>, String) {
    let output = verb(&["verify", "--data", folder.to_str().unwrap()]);
    let words = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    (output.status.code(), words.concat())
}

impl Copies {
    /// A server that has something in every table that carries a proof.
    fn new() -> Self {
        let mut team = Team::of(3);
        let relative = team.gets_a_relative("c00x000", "+4500000001");
        team.server.records_consent(&relative);
        let other = team.gets_a_relative("c00x001", "+4500000002");
        team.server.records_consent(&other);
        team.server.records_withdrawal(&other);
        team.tablets[0].tells_of_the_garden("c00x000");
        team.works_the_shift();
        team.syncs();
        assert_eq!(team.server.sends_digests(), 1);
        team.gets_a_new_tablet("t00x90");
        for tablet in &team.tablets {
            tablet.notes("c00x002", "Endnu et besøg.");
        }
        team.syncs();
        // While it runs.
        let (status, words) = verify(&team.server.data());
        assert_eq!(status, Some(0), "{words}");
        assert!(team.server.stops().success());
        Self { whole: copy(&team.server.data()) }
    }

    /// Spoils a copy; what `verify` says then.
    fn spoilt(&self, spoil: impl FnOnce(&Connection)) -> (Option<i32>, String) {
        let folder = copy(self.whole.path());
        spoil(&unlocked(folder.path()));
        verify(folder.path())
    }

    /// One row of the table is missing.
    fn dropped(&self, table: &str, which: &str) -> (Option<i32>, String) {
        self.spoilt(|sql| {
            let gone = sql.execute(&format!("DELETE FROM {table} WHERE {which}"), []).unwrap();
            assert_eq!(gone, 1, "{table} {which}");
        })
    }

    /// One bit of a value differs.
    fn flipped(&self, table: &str, column: &str, which: &str) -> (Option<i32>, String) {
        self.spoilt(|sql| {
            let read = format!("SELECT CAST({column} AS BLOB) FROM {table} WHERE {which}");
            let mut bytes: Vec<u8> = sql.query_row(&read, [], |row| row.get(0)).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            let put = format!(
                "UPDATE {table} SET {column} = CASE typeof({column}) WHEN 'text'
                 THEN CAST(?1 AS TEXT) ELSE ?1 END WHERE {which}"
            );
            assert_eq!(sql.execute(&put, [bytes]).unwrap(), 1, "{table} {column}");
        })
    }

    /// Two rows have each other's value.
    fn swapped(
        &self,
        table: &str,
        columns: &[&str],
        one: &str,
        two: &str,
    ) -> (Option<i32>, String) {
        self.spoilt(|sql| {
            let set: Vec<String> = columns
                .iter()
                .map(|column| {
                    format!(
                        "{column} = CASE WHEN {one} THEN (SELECT {column} FROM was WHERE {two})
                         ELSE (SELECT {column} FROM was WHERE {one}) END"
                    )
                })
                .collect();
            sql.execute_batch(&format!(
                "CREATE TEMP TABLE was AS SELECT * FROM {table} WHERE {one} OR {two}"
            ))
            .unwrap();
            let put = format!("UPDATE {table} SET {} WHERE {one} OR {two}", set.join(", "));
            assert_eq!(sql.execute(&put, []).unwrap(), 2, "{table}");
        })
    }
}

fn names(found: &(Option<i32>, String), table: &str, how: &str) {
    let (status, words) = found;
    assert_eq!(*status, Some(1), "{how}: {words}");
    assert!(words.contains(&format!("bad: {table} (")), "{how}: {words}");
    for private in ["Opdigtet", "+45", "haven"] {
        assert!(!words.contains(private), "{how}: {words}");
    }
}

#[test]
fn a_flipped_bit_a_dropped_row_and_a_swapped_pair_are_found_in_each_table() {
    let copies = Copies::new();
    let note = "key = (SELECT max(key) FROM entries WHERE kind = 0)";
    let tablet = "number = (SELECT max(number) FROM devices)";
    let flips = [
        ("meta", "value", "name = 'pins'", "meta"),
        ("certificates", "bytes", "number = 2", "certificates"),
        ("certificates", "id", "number = 2", "certificates"),
        (
            "certificates",
            "carer",
            "number = (SELECT min(number) FROM certificates WHERE carer IS NOT NULL)",
            "certificates",
        ),
        ("devices", "key", tablet, "devices"),
        ("devices", "install", tablet, "devices"),
        ("batches", "signed", "key = 3", "batches"),
        ("batches", "hash", "key = 3", "batches"),
        (
            "batches",
            "receipt",
            "key = (SELECT max(key) FROM batches WHERE receipt IS NOT NULL)",
            "batches",
        ),
        ("entries", "content", note, "entries"),
        ("entries", "hash", note, "entries"),
        ("entries", "doc", note, "entries"),
        ("entries", "actor", note, "entries"),
        ("stream_rows", "running", "stream = 1 AND seq = 2", "stream_rows"),
        ("streams", "running", "stream = 1", "streams"),
        ("streams", "name", "stream = 1", "streams"),
        ("verdicts", "run", "(device, seq) = (SELECT max(device), 1 FROM verdicts)", "verdicts"),
        (
            "verdicts",
            "running",
            "(device, seq) = (SELECT max(device), 1 FROM verdicts)",
            "verdicts",
        ),
        ("buckets", "sum", "rowid_of(1)", "buckets"),
        ("blobs", "frame", "rowid = (SELECT min(rowid) FROM blobs)", "blobs"),
        ("carers", "name", "carer = (SELECT min(carer) FROM carers)", "carers"),
        ("citizens", "outside", "citizen = (SELECT min(citizen) FROM citizens)", "citizens"),
        (
            "facts",
            "phrases",
            "note = (SELECT min(note) FROM facts WHERE length(phrases) > 0)",
            "facts",
        ),
        ("outbox_sms", "reference", "state = 2", ""),
    ];
    for (table, column, which, named) in flips {
        let which = match which {
            "rowid_of(1)" => {
                "(stream, citizen, bucket) = (SELECT stream, citizen, bucket FROM buckets
                 WHERE stream = 1 LIMIT 1)"
            }
            other => other,
        };
        if !named.is_empty() {
            names(&copies.flipped(table, column, which), named, &format!("{table} {column}"));
        }
    }
    let drops = [
        ("certificates", "number = 2", "entries"),
        ("devices", tablet, "device_streams"),
        ("device_streams", "rowid_of", "devices"),
        ("batches", "key = 3", "batches"),
        ("entries", note, "stream_rows"),
        ("stream_rows", "stream = 1 AND seq = 2", "stream_rows"),
        (
            "stream_rows",
            "stream = 1 AND seq = (SELECT head FROM streams WHERE stream = 1)",
            "streams",
        ),
        ("streams", "stream = 1", "device_streams"),
        ("verdicts", "(device, seq) = (SELECT max(device), 1 FROM verdicts)", "verdicts"),
        (
            "buckets",
            "(stream, citizen, bucket) = (SELECT stream, citizen, bucket FROM buckets WHERE stream = 1 LIMIT 1)",
            "buckets",
        ),
        (
            "records",
            "(kind, id) = (SELECT kind, id FROM records WHERE kind = 5 LIMIT 1)",
            "records",
        ),
        ("blobs", "rowid = (SELECT min(rowid) FROM blobs)", ""),
        ("carers", "carer = (SELECT min(carer) FROM carers)", "carer_streams"),
        ("carer_streams", "carer = (SELECT min(carer) FROM carer_streams)", "carers"),
        ("citizens", "citizen = (SELECT min(citizen) FROM citizens)", "citizens"),
        ("epochs", "number = 1", "epochs"),
        ("epoch_streams", "(number, stream) = (1, 0)", "epochs"),
        ("facts", "note = (SELECT min(note) FROM facts)", "facts"),
        ("outbox_sms", "state = 2", "journal"),
    ];
    for (table, which, named) in drops {
        let which = match which {
            "rowid_of" => "device = (SELECT max(number) FROM devices)",
            other => other,
        };
        if !named.is_empty() {
            names(&copies.dropped(table, which), named, &format!("{table} without a row"));
        }
    }
    let two_notes = (
        "key = (SELECT max(key) FROM entries WHERE kind = 0)",
        "key = (SELECT min(key) FROM entries WHERE kind = 0)",
    );
    let (one, two) = two_notes;
    names(&copies.swapped("entries", &["content"], one, two), "entries", "contents swapped");
    // Two of different authors, by their keys: the swap changes what would find them.
    let keys = "SELECT a.key, b.key FROM entries a JOIN entries b
                ON b.certificate <> a.certificate LIMIT 1";
    let (one, two): (i64, i64) = unlocked(copies.whole.path())
        .query_row(keys, [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    let (one, two) = (&format!("key = {one}"), &format!("key = {two}"));
    names(&copies.swapped("entries", &["certificate"], one, two), "entries", "authors swapped");
    let (one, two) = ("stream = 1 AND seq = 1", "stream = 1 AND seq = 2");
    names(&copies.swapped("stream_rows", &["entry"], one, two), "stream_rows", "places swapped");
    let (one, two) = ("key = 2", "key = 3");
    names(&copies.swapped("batches", &["signed"], one, two), "batches", "batches swapped");
    let first = "device = (SELECT max(device) FROM verdicts WHERE seq = 2)";
    let (one, two) = (format!("{first} AND seq = 1"), format!("{first} AND seq = 2"));
    names(&copies.swapped("verdicts", &["run"], &one, &two), "verdicts", "verdicts swapped");
}

#[test]
fn a_flipped_byte_of_the_file_is_found_wherever_it_lies() {
    let copies = Copies::new();
    let path: PathBuf = copies.whole.path().join("server.db");
    let whole = std::fs::read(&path).unwrap();
    let pages = whole.len() / 4096;
    for page in (1..pages).step_by((pages / 12).max(1)) {
        let folder = copy(copies.whole.path());
        let mut bytes = whole.clone();
        bytes[page * 4096 + 1_234] ^= 1;
        std::fs::write(folder.path().join("server.db"), bytes).unwrap();
        let (status, words) = verify(folder.path());
        assert!(matches!(status, Some(1 | 2)), "page {page}: {words}");
        assert!(words.contains("page"), "page {page}: {words}");
    }
}

#[test]
fn a_line_missing_from_the_journal_is_found() {
    let copies = Copies::new();
    let folder = copy(copies.whole.path());
    let journal = folder.path().join("journal");
    let bytes = std::fs::read(&journal).unwrap();
    std::fs::write(&journal, &bytes[..bytes.len() - 1]).unwrap();
    names(&verify(folder.path()), "journal", "cut");
    std::fs::remove_file(&journal).unwrap();
    names(&verify(folder.path()), "journal", "gone");
}
