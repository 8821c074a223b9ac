//! Two carers rewrite one instruction without seeing each other. Nobody is overwritten in silence.

use std::collections::BTreeSet;

use doegnrytme_tests::harness::Team;

#[test]
fn both_texts_are_shown_until_a_person_chooses() {
    let mut team = Team::of(3);
    team.tablets[0].rewrites("c00x000", "p00", "På kl. 9, kaffe først.");
    team.tablets[1].rewrites("c00x000", "p00", "På kl. 7, kaffe bagefter.");
    team.syncs();
    for tablet in &team.tablets {
        let item = tablet.sees("c00x000", "p00");
        let mut texts: BTreeSet<&str> =
            item.conflicts.iter().map(|(_, value)| value.as_str()).collect();
        texts.insert(&item.fields[1]);
        let both = BTreeSet::from(["På kl. 9, kaffe først.", "På kl. 7, kaffe bagefter."]);
        assert_eq!(texts, both, "{}", tablet.name());
    }
    team.tablets[2].settles("c00x000", "p00", "På kl. 9, kaffe først.");
    let content = team.until_quiet();
    let item = &content.citizens["c00x000"].items["p00"];
    assert_eq!(item.fields[1], "På kl. 9, kaffe først.");
    assert!(item.conflicts.is_empty(), "{:?}", item.conflicts);
}

#[test]
fn an_edit_that_saw_the_other_one_is_no_conflict() {
    let mut team = Team::of(2);
    team.tablets[0].rewrites("c00x000", "p00", "Først skrevet.");
    team.syncs();
    team.goes_offline();
    team.tablets[1].rewrites("c00x000", "p00", "Derefter skrevet.");
    let content = team.syncs();
    let item = &content.citizens["c00x000"].items["p00"];
    assert_eq!((item.fields[1].as_str(), item.conflicts.len()), ("Derefter skrevet.", 0));
}

#[test]
fn edits_of_two_fields_of_one_item_are_no_conflict() {
    let mut team = Team::of(2);
    team.tablets[0].rewrites("c00x000", "p00", "Stolen ved vinduet.");
    team.tablets[1].sets_minutes("c00x000", "p00", 55);
    let content = team.syncs();
    let item = &content.citizens["c00x000"].items["p00"];
    assert_eq!((item.fields[1].as_str(), item.fields[2].as_str()), ("Stolen ved vinduet.", "55"));
    assert_eq!(content.conflicts(), 0);
}

/// A held edit is carried out anew on what its author saw, so the outbox must not keep what the
/// edit itself made.
#[test]
fn an_edit_is_kept_with_the_heads_that_its_author_saw() {
    let team = Team::of(1);
    let tablet = &team.tablets[0];
    let (citizen, _) = tablet.item("c00x000", "p00");
    let plan = tablet.device().reads(move |store| store.read(|tx| tx.plan_doc(citizen))).unwrap();
    let mut seen = vec![plan.1.heads()];
    tablet.sets_minutes("c00x000", "p00", 55);
    tablet.sets_minutes("c00x000", "p00", 65);
    let kept = tablet.device().reads(|store| store.read(|tx| tx.outbox_open())).unwrap();
    seen.push(vec![kept[0].row.entry.hash]);
    assert_eq!(kept.iter().map(|row| row.heads.clone()).collect::<Vec<_>>(), seen);
}
