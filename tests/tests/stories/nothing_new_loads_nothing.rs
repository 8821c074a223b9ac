//! A tablet is switched on and syncs. What it does not need it does not load: no plan when there is
//! nothing new, and none for a colleague's plain edit. The control: a conflict needs its plan.

use doegnrytme_tests::harness::{Tablet, Team};

const CITIZEN: &str = "c00x000";

fn documents_loaded(tablet: &Tablet) -> u64 {
    tablet.device().reads(|store| Ok(store.documents_loaded())).unwrap()
}

#[test]
fn a_sync_after_a_cold_start_loads_a_plan_only_when_it_must() {
    let mut team = Team::of(2);
    team.works_the_shift();
    team.syncs();
    team.goes_offline();
    let [reader, writer] = &mut team.tablets[..] else { panic!("two tablets") };

    reader.is_switched_off_and_on();
    reader.syncs();
    assert_eq!(reader.traffic().pull.requests, 1, "it asked, and was answered");
    assert_eq!(documents_loaded(reader), 0);

    reader.is_switched_off_and_on();
    writer.rewrites(CITIZEN, "p00", "Kaffen først.");
    writer.syncs();
    reader.syncs();
    assert_eq!(reader.sees(CITIZEN, "p00").fields[1], "Kaffen først.");
    assert_eq!(documents_loaded(reader), 0);

    // Both rewrite it without seeing each other.
    reader.goes_offline();
    writer.goes_offline();
    reader.rewrites(CITIZEN, "p00", "På kl. 9.");
    writer.rewrites(CITIZEN, "p00", "På kl. 7.");
    reader.is_switched_off_and_on();
    assert_eq!(documents_loaded(reader), 0);
    writer.syncs();
    reader.syncs();
    let conflicts = reader.sees(CITIZEN, "p00").conflicts;
    assert!(conflicts.iter().any(|(field, _)| field == "text"), "{conflicts:?}");
    assert_eq!(documents_loaded(reader), 1, "the plan in conflict, and no other");
}
