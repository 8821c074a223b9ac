//! A tablet was without net for a week while its team went on.

use std::time::Duration;

use doegnrytme_tests::harness::Team;

const DAY: Duration = Duration::from_secs(86_400);

#[test]
fn a_week_of_notes_arrives_whole_and_the_teams_week_comes_back() {
    let mut team = Team::of(3);
    team.tablets[0].goes_online();
    team.tablets[1].goes_online();
    for day in 1..=7 {
        team.tablets[2].ticks("c00x000", "p00");
        team.tablets[2].notes("c00x000", &format!("Dag {day} uden net."));
        team.tablets[0].notes("c00x001", &format!("Dag {day} hos teamet."));
        team.tablets[2].clock().passes(DAY);
    }
    assert_eq!(team.tablets[2].unsent(), 7);
    let content = team.syncs();
    let notes = |citizen: &str, words: &str| {
        let notes = content.citizens[citizen].notes.values();
        notes.filter(|[_, _, text]| text.contains(words)).count()
    };
    assert_eq!(notes("c00x000", "uden net"), 7);
    assert_eq!(notes("c00x001", "hos teamet"), 7);
    // One visit a day; what was written in it was ticked in it.
    assert_eq!(content.citizens["c00x000"].items["p00"].ticks.len(), 7);
}

#[test]
fn what_was_ticked_but_not_closed_is_still_there_when_the_app_starts_again() {
    let mut team = Team::of(1);
    team.tablets[0].ticks("c00x000", "p01");
    team.tablets[0].is_switched_off_and_on();
    team.tablets[0].closes_as_agreed("c00x000");
    assert_eq!(team.tablets[0].sees("c00x000", "p01").ticks.len(), 1);
}
