//! An operator asks what would become of a change, while the server runs and without keeping it.

use doegnrytme_core::wire::row::Content;
use doegnrytme_tests::harness::server::verb;
use doegnrytme_tests::harness::{Tablet, Team};

/// The change that the tablet wrote last: its document and its bytes.
fn last_written(tablet: &Tablet) -> (String, Vec<u8>) {
    let mut open = tablet.device().reads(|store| store.read(|tx| tx.outbox_open())).unwrap();
    let row = open.pop().unwrap().row;
    let Content::Change(bytes) = row.content else { panic!("a change") };
    (row.entry.doc.to_string(), bytes)
}

#[test]
fn a_change_is_tried_on_what_the_server_has_published_and_nothing_is_kept() {
    let mut team = Team::of(2);
    let tablet = &team.tablets[0];
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("change");
    let data = team.server.data();
    let said = |doc: Option<&str>| {
        let mut arguments = vec!["inspect", "--data", data.to_str().unwrap()];
        arguments.extend(doc.into_iter().flat_map(|doc| ["--doc", doc]));
        arguments.push(file.to_str().unwrap());
        let output = verb(&arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let line: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        (line["verdict"].as_str().unwrap().to_owned(), line["reason"].as_str().map(str::to_owned))
    };
    tablet.rewrites("c00x000", "p00", "Kaffe ved vinduet.");
    let (doc, first) = last_written(tablet);
    tablet.rewrites("c00x000", "p00", "Kaffe i haven.");
    let (_, second) = last_written(tablet);
    let before = team.server.figure("published rows");
    std::fs::write(&file, &first).unwrap();
    let parked = || ("parked".to_owned(), Some("dependency-missing".to_owned()));
    assert_eq!(said(Some(&doc)), ("accepted".to_owned(), None));
    assert_eq!(said(None), parked(), "it rests on a plan that only the server has");
    std::fs::write(&file, &second).unwrap();
    assert_eq!(said(Some(&doc)), parked());
    assert_eq!(team.server.figure("published rows"), before);
    team.syncs();
    assert_eq!(said(Some(&doc)), ("accepted".to_owned(), Some("known".to_owned())));
}
