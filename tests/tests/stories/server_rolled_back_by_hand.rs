//! Somebody put an old copy of the server's folder back. The server notices by its journal, or the
//! tablets do; and they give back what the server has forgotten.

use doegnrytme_server::socket::{OperatorReply, OperatorRequest};
use doegnrytme_tests::harness::{Team, until};

#[test]
fn what_the_server_forgot_comes_back_from_the_tablets() {
    let mut team = Team::of(3);
    team.tablets[0].notes("c00x000", "Før kopien.");
    team.syncs();
    team.goes_offline();
    let copy = team.server.is_copied();
    team.tablets[1].notes("c00x000", "Efter kopien.");
    team.tablets[2].rewrites("c00x001", "p00", "Skrevet efter kopien.");
    let before = team.syncs();
    team.goes_offline();
    team.server.goes_back_beside_its_journal_to(&copy);
    team.tablets[0].notes("c00x000", "Efter tilbageføringen.");
    let content = team.syncs();
    for words in ["Før kopien.", "Efter kopien.", "Efter tilbageføringen."] {
        let notes = &content.citizens["c00x000"].notes;
        assert!(notes.values().any(|[_, _, text]| text == words), "{words}");
    }
    assert_eq!(content.citizens["c00x001"], before.citizens["c00x001"]);
    // Whoever joins now gets it from the server alone.
    team.gets_a_new_tablet("t00x90");
    assert_eq!(team.syncs(), content);
}

#[test]
fn a_tablet_whose_writings_were_all_forgotten_gives_them_back_by_itself() {
    let mut team = Team::of(2);
    team.syncs();
    team.goes_offline();
    let copy = team.server.is_copied();
    team.tablets[0].notes("c00x000", "Glemt af serveren.");
    team.tablets[0].syncs();
    team.goes_offline();
    team.server.goes_back_beside_its_journal_to(&copy);
    team.syncs();
    assert!(team.tablets[1].reads("c00x000").contains(&"Glemt af serveren.".to_owned()));
}

#[test]
fn when_the_journal_went_back_too_uploads_wait_until_the_operator_confirms() {
    let mut team = Team::of(2);
    team.syncs();
    team.goes_offline();
    let copy = team.server.is_copied();
    team.tablets[0].notes("c00x000", "Glemt af serveren.");
    team.syncs();
    team.goes_offline();
    team.server.goes_back_to(&copy);
    team.tablets[1].notes("c00x001", "Skrevet bagefter.");
    // A server that was not rolled back has nothing to confirm.
    assert!(team.server.asks(OperatorRequest::JournalConfirm).is_err());
    let rows = team.server.figure("published rows");
    team.goes_online();
    until("a tablet proves it", || {
        (team.server.figure("waits for journal confirm") == 1).then_some(())
    });
    std::thread::sleep(std::time::Duration::from_secs(2));
    assert_eq!(team.server.figure("published rows"), rows);
    assert!(team.tablets[0].unsent() + team.tablets[1].unsent() > 0);
    team.server.restarts();
    let reply = team.server.does(OperatorRequest::JournalConfirm);
    let OperatorReply::JournalConfirmed { doubt, .. } = reply else { panic!("{reply:?}") };
    assert!(doubt.contains("rolled back"), "{doubt}");
    team.goes_online();
    let content = team.until_quiet();
    for (citizen, words) in [("c00x000", "Glemt af serveren."), ("c00x001", "Skrevet bagefter.")] {
        let notes = &content.citizens[citizen].notes;
        assert!(notes.values().any(|[_, _, text]| text == words), "{words}");
    }
    assert_eq!(team.server.figure("waits for journal confirm"), 0);
}

#[test]
fn a_certificate_that_the_server_forgot_comes_back_with_what_was_written_under_it() {
    let mut team = Team::of(2);
    let stand_in = team.office().add_carer(team.name(), "vikar").unwrap();
    team.syncs();
    team.goes_offline();
    let copy = team.server.is_copied();
    // Certified after the copy, on a tablet that the copy knows.
    team.tablets[0].goes_online();
    let stand_in = stand_in.parse().unwrap();
    let start = team.office().start_code(stand_in).unwrap();
    let mark = team.tablets[0].device().mark();
    team.tablets[0].device().begins(stand_in, start);
    team.tablets[0].device().lets_in(mark, stand_in).unwrap();
    team.tablets[0].syncs();
    team.goes_offline();
    team.tablets[0].notes("c00x000", "Skrevet af vikaren.");
    team.server.goes_back_beside_its_journal_to(&copy);
    let content = team.syncs();
    let notes = &content.citizens["c00x000"].notes;
    assert!(notes.values().any(|[_, by, text]| by == "vikar" && text == "Skrevet af vikaren."));
}
