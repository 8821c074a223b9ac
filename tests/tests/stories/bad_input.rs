//! What is wrong is answered in words, and nothing is lost by it.

use std::fs;
use std::time::Duration;

use doegnrytme_core::tablet::event::{Event, Invite};
use doegnrytme_core::tablet::notice::{EnrolProblem, Notice, SyncProblem};
use doegnrytme_core::trust::code::Invitation;
use doegnrytme_server::socket::{OperatorReply, OperatorRequest, TakenState};
use doegnrytme_tests::harness::server::verb;
use doegnrytme_tests::harness::{Server, Tablet, Team, line};

fn refused(tablet: &Tablet, invite: Invite) -> EnrolProblem {
    tablet.says_after(Event::Enrol(invite), "refused the code", |notice| match notice {
        Notice::NotEnrolled(problem) => Some(*problem),
        Notice::Enrolled => panic!("it was let in"),
        _ => None,
    })
}

#[test]
fn a_wrong_a_used_and_a_foreign_code_let_nobody_in_and_the_right_one_still_does() {
    let mut team = Team::of(1);
    let mut tablet = team.unpacks_a_tablet("t00x90");
    let code = team.office().code(team.name(), tablet.net().address()).unwrap();
    let invitation = Invitation::read(&code).unwrap();
    let wrong = Invitation { code: [7; 16], ..invitation.clone() };
    assert_eq!(refused(&tablet, Invite::Scanned(wrong.to_text())), EnrolProblem::CodeRefused);
    let nonsense = Invite::Scanned("https://kommune.invalid".to_owned());
    assert_eq!(refused(&tablet, nonsense), EnrolProblem::NotACode);
    let other = Server::start();
    let foreign = Invitation::read(&other.code_for_a_new_team()).unwrap();
    let foreign = Invitation { address: invitation.address, ..foreign };
    assert_eq!(refused(&tablet, Invite::Scanned(foreign.to_text())), EnrolProblem::Stranger);
    tablet.joins(code.clone(), team.start_code(&tablet));
    let late = team.unpacks_a_tablet("t00x91");
    assert_eq!(refused(&late, Invite::Scanned(code)), EnrolProblem::CodeRefused);
}

#[test]
fn a_code_that_came_too_late_lets_nobody_in_and_a_new_one_does() {
    let mut team = Team::of(1);
    let mut tablet = team.unpacks_a_tablet("t00x90");
    let address = tablet.net().address().to_owned();
    team.server.restarts_with(&["--code-lifetime", "1s"]);
    let scanned = Invite::Scanned(team.office().code(team.name(), &address).unwrap());
    let ask = OperatorRequest::DeviceCode { team: team.name().to_owned(), typed: true };
    let OperatorReply::DeviceCode { code, seconds, .. } = team.server.does(ask.clone()) else {
        panic!()
    };
    assert_eq!(seconds, 1);
    let typed = Invite::Typed { address: address.clone(), code };
    std::thread::sleep(Duration::from_millis(1_100));
    // A code lives as long as it was made for, whatever the server is told later.
    team.server.restarts_with(&[]);
    for late in [scanned, typed] {
        let problem = refused(&tablet, late);
        assert_eq!(problem, EnrolProblem::CodeRefused);
        assert!(problem.to_string().contains("ask for a new one"), "{problem}");
    }
    assert!(!tablet.device().is_enrolled().unwrap());
    let OperatorReply::DeviceCode { code, seconds, .. } = team.server.does(ask) else { panic!() };
    assert_eq!(seconds, 15 * 60);
    tablet.joins_by(Invite::Typed { address, code }, team.start_code(&tablet));
    assert!(tablet.content() == team.tablets[0].content());
}

#[test]
fn a_typed_code_lets_one_tablet_in() {
    let mut team = Team::of(1);
    let mut tablet = team.unpacks_a_tablet("t00x90");
    let ask = OperatorRequest::DeviceCode { team: team.name().to_owned(), typed: true };
    let OperatorReply::DeviceCode { code, .. } = team.server.does(ask) else { panic!() };
    let address = tablet.net().address().to_owned();
    let wrong = Invite::Typed { address: address.clone(), code: "000-00000-00000".to_owned() };
    assert_eq!(refused(&tablet, wrong), EnrolProblem::CodeRefused);
    tablet.joins_by(Invite::Typed { address, code }, team.start_code(&tablet));
    assert!(tablet.content() == team.tablets[0].content());
}

#[test]
fn a_device_that_the_server_does_not_know_keeps_what_it_wrote() {
    let mut team = Team::of(1);
    let copy = team.server.is_copied();
    let mut stranger = team.unpacks_a_tablet("t00x90");
    let code = team.office().code(team.name(), stranger.net().address()).unwrap();
    stranger.joins(code, team.start_code(&stranger));
    stranger.notes("c00x000", "Skrevet af en, serveren glemmer.");
    team.server.goes_back_to(&copy);
    stranger.goes_online();
    let mark = 0;
    let said = stranger.device().hears(mark, "was refused", |notice| match notice {
        Notice::SyncFailed(problem) => Some(*problem),
        _ => None,
    });
    assert_eq!(said.unwrap(), SyncProblem::Refused);
    assert_eq!(stranger.unsent(), 1);
    assert!(stranger.reads("c00x000").contains(&"Skrevet af en, serveren glemmer.".to_owned()));
}

#[test]
fn a_broken_or_too_large_body_is_refused_and_the_server_goes_on() {
    let mut team = Team::of(1);
    let address = team.server.address().to_owned();
    for path in ["/v1/sync", "/v1/enrol"] {
        for body in [Vec::new(), b"nonsense".to_vec(), vec![0x84; 3_000], vec![0; 200_000]] {
            let reply = line::posts(&address, path, body).unwrap();
            assert!((400..500).contains(&reply.status), "{path} {}", reply.status);
        }
        let reply = line::posts(&address, path, vec![0; 9 * 1024 * 1024]).unwrap();
        assert_eq!(reply.status, 413, "{path}");
    }
    team.tablets[0].notes("c00x000", "Stadig her.");
    team.tablets[0].syncs();
}

#[test]
fn a_request_that_arrives_twice_is_judged_once_and_the_copy_learns_nothing() {
    let mut team = Team::of(2);
    team.tablets[1].notes("c00x001", "Hemmeligt for den, der lytter med.");
    team.tablets[1].syncs();
    team.tablets[0].notes("c00x000", "Sendt to gange.");
    let request = team.tablets[0].next_request();
    let first = line::sends(&request).unwrap();
    let copy = line::sends(&request).unwrap();
    assert_eq!((first.status, copy.status), (200, 200));
    assert!(copy.body.len() < first.body.len(), "{} {}", copy.body.len(), first.body.len());
    let content = team.syncs();
    let notes = &content.citizens["c00x000"].notes;
    assert_eq!(notes.values().filter(|[_, _, text]| text == "Sendt to gange.").count(), 1);
}

#[test]
fn a_changed_byte_makes_a_request_worthless() {
    let mut team = Team::of(1);
    team.tablets[0].notes("c00x000", "Uændret.");
    let request = team.tablets[0].next_request();
    let body = request.body.clone().unwrap();
    for at in (0..body.len()).step_by(body.len() / 40 + 1) {
        let mut changed = request.clone();
        changed.body.as_mut().unwrap()[at] ^= 0x20;
        let reply = line::sends(&changed).unwrap();
        assert!((400..500).contains(&reply.status), "byte {at}: {}", reply.status);
    }
    team.tablets[0].syncs();
}

const CITIZENS: &str = r#"[
{"id": "b1", "team": "Team Åen", "name": "Opdigtet Borger", "items": {}},
{"id": "b2", "team": "Team Ingen", "name": "Opdigtet Hemmelig", "items": {}},
{"id": "b3", "team": "Team Åen", "name": "Opdigtet Hemmelig", "items": {"p1": {"title": "Bad"}}},
{"id": "b4", "team": "Team Åen", "name": "Opdigtet Borger", "items": {}}
]"#;

#[test]
fn bad_rows_of_a_file_are_named_by_line_and_good_ones_taken_once() {
    let server = Server::start();
    server.does(OperatorRequest::TeamAdd { name: "Team Åen".to_owned() });
    let import = || match server.does(OperatorRequest::CitizenImport { json: CITIZENS.to_owned() })
    {
        OperatorReply::Imported(report) => report,
        other => panic!("{other:?}"),
    };
    let report = import();
    let lines: Vec<usize> = report.problems.iter().map(|row| row.line).collect();
    assert_eq!(lines, [3, 4], "{report:?}");
    assert!(!format!("{:?}", report.problems).contains("Hemmelig"));
    assert_eq!(report.taken.len(), 2);
    let again = import();
    assert!(again.taken.iter().all(|row| row.state == TakenState::Unchanged), "{again:?}");
    let broken = OperatorRequest::CitizenImport { json: "[{\"id\": ".to_owned() };
    let refusal = server.asks(broken);
    let words = match refusal {
        Err(failure) => failure.to_string(),
        Ok(OperatorReply::Imported(report)) if report.taken.is_empty() => {
            report.problems[0].reason.clone()
        }
        Ok(other) => panic!("{other:?}"),
    };
    assert!(words.contains("JSON"), "{words}");
}

/// Runs `serve`, which must end by itself; what it said.
fn serving_fails(data: &str, listen: &str) -> String {
    let output = verb(&["serve", "--data", data, "--listen", listen]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let words = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        words.lines().filter(|line| !line.to_lowercase().contains("warn")).count(),
        1,
        "{words}"
    );
    words
}

#[test]
fn a_taken_port_and_a_taken_folder_are_told_in_words() {
    let server = Server::start();
    let data = server.data();
    let locked = serving_fails(data.to_str().unwrap(), "127.0.0.1:0");
    assert!(locked.contains("is in use by another"), "{locked}");
    let mut other = Server::start();
    other.dies();
    let taken = serving_fails(other.data().to_str().unwrap(), server.address());
    assert!(taken.contains("cannot listen on"), "{taken}");
    other.serve();
}

#[test]
fn a_folder_that_is_none_and_one_without_a_server_are_told_in_words() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "not a folder").unwrap();
    let words = serving_fails(file.to_str().unwrap(), "127.0.0.1:0");
    assert!(words.contains("cannot use the data folder"), "{words}");
    let words = serving_fails(dir.path().to_str().unwrap(), "127.0.0.1:0");
    assert!(words.contains("holds no server") && words.contains("init"), "{words}");
}

#[test]
fn a_wrong_key_opens_nothing_and_changes_nothing() {
    let mut server = Server::start();
    assert!(server.stops().success());
    let (data, key) = (server.data(), server.data().join("key"));
    let other = Server::start();
    let right = fs::read(&key).unwrap();
    fs::copy(other.data().join("key"), &key).unwrap();
    let before = fs::read(data.join("server.db")).unwrap();
    let words = serving_fails(data.to_str().unwrap(), "127.0.0.1:0");
    assert!(words.contains("key does not open") && words.contains("key recover"), "{words}");
    assert_eq!(fs::read(data.join("server.db")).unwrap(), before);
    fs::write(&key, right).unwrap();
    server.serve();
}

#[test]
fn a_tablet_does_not_open_with_another_tablets_key() {
    let mut team = Team::of(2);
    team.tablets[0].notes("c00x000", "Låst inde.");
    let [one, two] = &mut team.tablets[..] else { panic!() };
    let error = one.does_not_open_with_the_key_of(two);
    assert!(error.contains("key"), "{error}");
    one.is_switched_off_and_on();
    assert!(one.reads("c00x000").contains(&"Låst inde.".to_owned()));
}
