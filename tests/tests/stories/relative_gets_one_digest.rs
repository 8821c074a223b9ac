//! A relative with consent gets one message about the day, in approved words, and never a second.

use std::fs;

use doegnrytme_tests::harness::Team;

#[test]
fn two_carers_tell_of_the_garden_and_one_message_leaves() {
    let mut team = Team::of(2);
    let with = team.gets_a_relative("c00x000", "+4500000001");
    team.server.records_consent(&with);
    let without = team.gets_a_relative("c00x000", "+4500000002");
    let regretted = team.gets_a_relative("c00x000", "+4500000003");
    team.server.records_consent(&regretted);
    team.server.records_withdrawal(&regretted);
    assert_ne!(with, without);
    team.tablets[0].tells_of_the_garden("c00x000");
    team.tablets[1].tells_of_the_garden("c00x000");
    team.tablets[0].notes("c00x000", "Blodtryk 150 over 90.");
    team.syncs();
    assert_eq!(team.server.sends_digests(), 1);
    assert_eq!(team.server.sends_digests(), 0);
    team.server.dies();
    team.server.serve();
    assert_eq!(team.server.sends_digests(), 0);
    let lines = team.server.messages();
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
    let relative = team.gets_a_relative("c00x000", "+4500000001");
    team.server.records_consent(&relative);
    team.tablets[0].tells_of_the_garden("c00x000");
    team.syncs();
    assert_eq!(team.server.sends_digests(), 1);
    let mode = fs::metadata(team.server.data().join("sms.log")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
