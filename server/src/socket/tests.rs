//! The operator's door, from both ends.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;

use axum_server::tls_rustls::RustlsConfig;

use super::{Desk, OperatorReply, OperatorRequest, Reason, ask, open};
use crate::error::Failure;
use crate::fake::FakeOperator;
use crate::folder::Folder;
use crate::tls::{Fresh, Source};

struct Office {
    folder: Folder,
    operator: Arc<FakeOperator>,
    desk: Arc<Desk>,
    _runtime: tokio::runtime::Runtime,
    _dir: tempfile::TempDir,
}

fn office() -> Office {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::at(dir.path());
    let operator = Arc::new(FakeOperator::default());
    let source = Source::choose(None, &folder);
    let desk = Arc::new(Desk::new(folder.clone(), source, operator.clone()));
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let door = open(&folder, &folder.lock().unwrap()).unwrap();
    runtime.spawn(door.serve(desk.clone()));
    Office { folder, operator, desk, _runtime: runtime, _dir: dir }
}

fn team_add() -> OperatorRequest {
    OperatorRequest::TeamAdd { name: "Team Åen".to_owned() }
}

#[test]
fn a_verb_reaches_the_running_server() {
    let office = office();
    let reply = ask(&office.folder, &team_add()).unwrap();
    assert_eq!(reply, Some(OperatorReply::Team { team: 7, added: true }));
}

#[test]
fn a_refusal_comes_back_with_its_reason() {
    let office = office();
    let code = OperatorRequest::DeviceCode { team: "Team Ingen".to_owned(), typed: false };
    let Err(Failure::Refused(error)) = ask(&office.folder, &code) else {
        panic!("not refused");
    };
    assert_eq!(error.reason, Reason::Unknown);
    assert!(error.text.contains("add it first"));
}

#[test]
fn the_socket_is_the_owners_only() {
    let office = office();
    let mode = fs::metadata(office.folder.socket()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn one_connection_takes_many_lines_and_a_bad_line_is_not_quoted() {
    let office = office();
    let mut stream = UnixStream::connect(office.folder.socket()).unwrap();
    let lines = "{\"verb\":\"team_add\",\"name\":\"Team Åen\"}\n{\"verb\":\"Ingrid\"}\n{\"verb\":\"status\"}\n";
    stream.write_all(lines.as_bytes()).unwrap();
    let answers: Vec<String> = BufReader::new(stream).lines().take(3).map(Result::unwrap).collect();
    assert_eq!(answers[0], r#"{"done":{"reply":"team","team":7,"added":true}}"#);
    assert!(answers[1].starts_with(r#"{"refused":{"reason":"invalid""#), "{}", answers[1]);
    assert!(!answers[1].contains("Ingrid"));
    assert_eq!(answers[2], r#"{"done":{"reply":"status","figures":{"teams":1}}}"#);
}

#[test]
fn nobody_answers_where_no_server_runs_and_a_leftover_does_not_hinder_the_next() {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::at(dir.path());
    assert_eq!(ask(&folder, &team_add()).unwrap(), None);
    // A listener that is dropped leaves its file, as a killed server does.
    drop(UnixListener::bind(folder.socket()).unwrap());
    assert_eq!(ask(&folder, &team_add()).unwrap(), None);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _inside = runtime.enter();
    assert!(open(&folder, &folder.lock().unwrap()).is_ok());
}

#[test]
fn a_folder_whose_path_is_too_long_for_a_socket_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::at(dir.path().join("d".repeat(120)));
    folder.make().unwrap();
    let failure = open(&folder, &folder.lock().unwrap()).unwrap_err();
    assert!(failure.to_string().contains("107"), "{failure}");
}

#[test]
fn a_renewal_announces_old_and_new_pin_before_the_file_changes_hands() {
    let office = office();
    let first = Fresh::make(&office.folder).unwrap();
    first.write(&office.folder).unwrap();
    let serving = RustlsConfig::from_config(office.desk.certificate().unwrap().config);
    let reply = ask(&office.folder, &OperatorRequest::TlsRenew).unwrap();
    let second = Source::choose(None, &office.folder).load().unwrap().pin;
    assert_eq!(reply, Some(OperatorReply::TlsRenewed { pin: doegnrytme_core::ids::hex(&second) }));
    assert_eq!(office.desk.reload(&serving).unwrap(), second);
    let announced = office.operator.pins.lock().unwrap().clone();
    assert_eq!(announced, [vec![first.pin], vec![first.pin, second], vec![second]]);
}

#[test]
fn a_given_certificate_is_renewed_by_its_owner() {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::at(dir.path());
    let given = (dir.path().join("given.pem"), dir.path().join("given.pem"));
    let source = Source::choose(Some(&given), &folder);
    let desk = Desk::new(folder, source, Arc::new(FakeOperator::default()));
    let error = desk.answer(OperatorRequest::TlsRenew).unwrap_err();
    assert!(error.text.contains("SIGHUP"), "{error}");
}
