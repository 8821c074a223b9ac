//! A tablet from its box joins a team that has worked for a while.

use doegnrytme_tests::harness::Team;

#[test]
fn it_holds_what_the_others_hold() {
    let mut team = Team::of(3);
    team.works_the_shift();
    let before = team.syncs();
    team.gets_a_new_tablet("t00x90");
    let content = team.syncs();
    assert_eq!(content, before);
    team.lacks_nothing_in(&content);
}

#[test]
fn its_carer_works_at_once_and_is_read_by_the_others() {
    let mut team = Team::of(1);
    team.tablets[0].goes_online();
    team.gets_a_new_tablet("t00x90").notes("c00x000", "Min første dag.");
    team.tablets[1].syncs();
    let content = team.until_quiet();
    let notes = &content.citizens["c00x000"].notes;
    assert!(notes.values().any(|[_, by, text]| by == "t00x90" && text == "Min første dag."));
}
