//! The server's certificate is renewed. No tablet is shut out, not even one that was away.

use doegnrytme_server::socket::OperatorRequest;
use doegnrytme_tests::harness::Team;

#[test]
fn tablets_go_on_with_the_new_certificate() {
    let mut team = Team::of(2);
    team.tablets[0].syncs();
    team.server.does(OperatorRequest::TlsRenew);
    // The first tablet learns the new pin over the old key; the second one was away.
    team.tablets[0].notes("c00x000", "Mens nøglen skifter.");
    team.tablets[0].until_synced();
    team.goes_offline();
    team.server.restarts();
    team.tablets[1].notes("c00x000", "Efter at nøglen skiftede.");
    team.syncs();
    for tablet in &team.tablets {
        let texts = tablet.reads("c00x000").join(" ");
        assert!(
            texts.contains("Mens nøglen skifter.") && texts.contains("Efter at nøglen skiftede.")
        );
    }
}

#[test]
fn a_running_server_takes_the_new_certificate_at_a_signal() {
    let mut team = Team::of(1);
    team.server.does(OperatorRequest::TlsRenew);
    team.server.reads_its_certificate_again();
    team.tablets[0].notes("c00x000", "Skrevet imens.");
    team.tablets[0].syncs();
    assert_eq!(team.tablets[0].unsent(), 0);
}
