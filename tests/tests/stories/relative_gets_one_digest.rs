//! A relative with consent gets one message about the day, in approved words, and never a second.

use std::fs;

use doegnrytme_core::care::note::PhraseId;
use doegnrytme_core::tablet::event::{Closing, Event};
use doegnrytme_server::relatives::log_gateway::{Line, LogGateway};
use doegnrytme_server::socket::{OperatorReply, OperatorRequest};
use doegnrytme_tests::harness::{Server, Tablet, Team};

/// "{navn} har været i haven i dag."
const GARDEN: PhraseId = PhraseId(1);

fn closes_with_a_phrase(tablet: &Tablet, citizen: &str) {
    tablet.does(Event::CloseVisit(Closing {
        phrases: vec![GARDEN],
        ..Closing::as_agreed(tablet.visit(citizen))
    }));
}

/// A relative of the citizen, with that number.
fn relative(team: &Team, citizen: &str, phone: &str) -> String {
    let add = OperatorRequest::RelativeAdd {
        citizen: team.tablets[0].citizen(citizen).to_string(),
        name: "Opdigtet Datter".to_owned(),
        phone: phone.to_owned(),
        relation: "datter".to_owned(),
    };
    match team.server.does(add) {
        OperatorReply::Relative { relative } => relative,
        other => panic!("{other:?}"),
    }
}

fn consents(server: &Server, relative: &str) {
    server.does(OperatorRequest::ConsentGive {
        relative: relative.to_owned(),
        topic: "wellbeing".to_owned(),
        channel: "sms".to_owned(),
        by: "Opdigtet Koordinator".to_owned(),
    });
}

fn withdraws(server: &Server, relative: &str) {
    server.does(OperatorRequest::ConsentWithdraw {
        relative: relative.to_owned(),
        topic: "wellbeing".to_owned(),
        channel: "sms".to_owned(),
        by: "Opdigtet Koordinator".to_owned(),
    });
}

/// Runs the day's digests; how many left.
fn digests(server: &Server) -> u64 {
    match server.does(OperatorRequest::DigestRun { day: None }) {
        OperatorReply::Digests { sent, .. } => sent,
        other => panic!("{other:?}"),
    }
}

fn sent(server: &Server) -> Vec<Line> {
    LogGateway::lines(&server.data().join("sms.log")).unwrap()
}

#[test]
fn two_carers_tell_of_the_garden_and_one_message_leaves() {
    let mut team = Team::of(2);
    let with = relative(&team, "c00x000", "+4500000001");
    consents(&team.server, &with);
    let without = relative(&team, "c00x000", "+4500000002");
    let regretted = relative(&team, "c00x000", "+4500000003");
    consents(&team.server, &regretted);
    withdraws(&team.server, &regretted);
    assert_ne!(with, without);
    closes_with_a_phrase(&team.tablets[0], "c00x000");
    closes_with_a_phrase(&team.tablets[1], "c00x000");
    team.tablets[0].notes("c00x000", "Blodtryk 150 over 90.");
    team.syncs();
    assert_eq!(digests(&team.server), 1);
    assert_eq!(digests(&team.server), 0);
    team.server.dies();
    team.server.serve();
    assert_eq!(digests(&team.server), 0);
    let lines = sent(&team.server);
    let [line] = lines.as_slice() else { panic!("{} messages left", lines.len()) };
    assert_eq!(line.to, "+4500000001");
    assert!(line.text.contains("har været i haven"), "{}", line.text);
    assert!(!line.text.contains("Blodtryk"));
    let log = team.server.log();
    assert!(!log.contains("+45000000") && !log.contains("haven"));
}

#[test]
fn the_file_of_messages_is_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut team = Team::of(1);
    consents(&team.server, &relative(&team, "c00x000", "+4500000001"));
    closes_with_a_phrase(&team.tablets[0], "c00x000");
    team.syncs();
    assert_eq!(digests(&team.server), 1);
    let mode = fs::metadata(team.server.data().join("sms.log")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
