//! The simulator as a test: thousands of seeds hold, one seed is one story, and a broken rule is
//! found.

use super::*;

/// How many seeds a broken rule may need until it is found.
const UNTIL_FOUND: u64 = 400;

fn is_nightly() -> bool {
    std::env::var_os("DOEGNRYTME_TEST_NIGHTLY").is_some()
}

fn hold(seeds: std::ops::Range<u64>, size: Size) -> Counts {
    match many(seeds, size) {
        Ok(counts) => counts,
        Err(failure) => panic!("{failure}"),
    }
}

#[test]
fn two_thousand_shifts_of_a_small_team_keep_every_promise() {
    let counts = hold(0..if is_nightly() { 20_000 } else { 2_000 }, Size::Small);
    println!("{counts}");
    let never: Vec<&str> = counts.never().into_iter().map(Seen::word).collect();
    assert!(never.is_empty(), "never seen: {never:?}");
}

#[test]
fn twenty_shifts_of_a_whole_team_keep_every_promise() {
    println!("{}", hold(0..if is_nightly() { 200 } else { 20 }, Size::Full));
}

#[test]
fn a_seed_tells_the_same_story_again() {
    let story = || {
        let mut world = World::begin(7, Size::Small, Faults::default()).unwrap();
        world.tell();
        many::live(&mut world).unwrap();
        world.story().to_vec()
    };
    assert_eq!(story(), story());
}

fn finds(faults: Faults) -> bool {
    (0..UNTIL_FOUND).any(|seed| run(seed, Size::Small, faults.clone()).is_err())
}

#[test]
fn an_outbox_row_outside_the_transaction_is_found() {
    assert!(finds(Faults { outbox_outside_transaction: true, ..Faults::default() }));
}

#[test]
fn a_cursor_apart_from_its_data_is_found() {
    assert!(finds(Faults { cursor_apart_from_data: true, ..Faults::default() }));
}
