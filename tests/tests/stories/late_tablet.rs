//! One tablet stays away while the others sync, and comes late.

use doegnrytme_tests::harness::Team;
use doegnrytme_tests::workload::generate::Size;

#[test]
fn who_comes_late_brings_everything_and_gets_everything() {
    let mut team = Team::with(&Size { tablets: 4, citizens: 5, ..Size::SMALL });
    team.works_the_shift();
    let late = team.tablets.pop().unwrap();
    let early = team.syncs();
    team.tablets.push(late);
    let content = team.syncs();
    assert_ne!(content, early);
    team.lacks_nothing_in(&content);
}

#[test]
fn an_old_edit_that_comes_late_does_not_overwrite_what_was_written_since() {
    let mut team = Team::of(2);
    team.tablets[1].rewrites("c00x000", "p00", "Skrevet først, sendt sidst.");
    team.tablets[0].rewrites("c00x000", "p00", "Skrevet sidst, sendt først.");
    team.tablets[0].syncs();
    team.tablets[0].rewrites("c00x000", "p00", "Skrevet endnu senere.");
    let content = team.syncs();
    let item = &content.citizens["c00x000"].items["p00"];
    let shown = &item.fields[1];
    let other = item.conflicts.iter().map(|(_, value)| value).next().unwrap();
    let both = ["Skrevet først, sendt sidst.", "Skrevet endnu senere."];
    assert!(both.contains(&shown.as_str()) && both.contains(&other.as_str()), "{item:?}");
}
