//! The batch reached the server, its receipt did not come back, and the carer writes on.

use doegnrytme_tests::harness::{Team, until};

#[test]
fn both_notes_are_on_the_other_tablet_once() {
    let mut team = Team::of(2);
    team.tablets[0].notes("c00x000", "Før svaret gik tabt.");
    team.tablets[0].net().lose_next_answer();
    team.tablets[0].goes_online();
    let net = team.tablets[0].net();
    until("the answer was lost", || (net.lost() == 1).then_some(()));
    assert_eq!(team.tablets[0].unsent(), 1, "without a receipt it is still on its way");
    team.tablets[0].notes("c00x000", "Efter svaret gik tabt.");
    team.goes_online();
    team.until_quiet();
    for tablet in &team.tablets {
        let texts = tablet.reads("c00x000");
        let written: Vec<&String> = texts.iter().filter(|text| text.contains("gik tabt")).collect();
        assert_eq!(written, ["Efter svaret gik tabt.", "Før svaret gik tabt."]);
    }
}

#[test]
fn a_tablet_that_is_switched_off_before_the_receipt_sends_the_same_again() {
    let mut team = Team::of(2);
    team.tablets[0].notes("c00x000", "Kun én gang.");
    team.tablets[0].net().lose_next_answer();
    team.tablets[0].goes_online();
    let net = team.tablets[0].net();
    until("the answer was lost", || (net.lost() == 1).then_some(()));
    team.tablets[0].is_switched_off_and_on();
    team.syncs();
    let texts = team.tablets[1].reads("c00x000");
    assert_eq!(texts.iter().filter(|text| *text == "Kun én gang.").count(), 1);
}
