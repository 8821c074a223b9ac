//! A team of 14 worked a shift without net. Now all come online at once, and end up equal.

use std::time::Instant;

use doegnrytme_tests::harness::Team;
use doegnrytme_tests::workload::generate::Size;

#[test]
fn fourteen_tablets_end_up_equal_and_nothing_is_missing() {
    let mut team = Team::with(&Size::TEAM);
    team.works_the_shift();
    let before: Vec<_> = team.tablets.iter().map(|tablet| tablet.traffic()).collect();
    let begun = Instant::now();
    let content = team.syncs();
    println!("equal after {:?}", begun.elapsed());
    team.lacks_nothing_in(&content);
    for (tablet, before) in team.tablets.iter().zip(before) {
        let after = tablet.traffic();
        let asked =
            after.push.requests + after.pull.requests - before.push.requests - before.pull.requests;
        let bytes = |traffic: &doegnrytme_core::sync::line::Traffic| {
            let counts = [traffic.push, traffic.pull, traffic.wait];
            counts.iter().map(|count| count.up + count.down).sum::<u64>()
        };
        let weighed = bytes(&after) - bytes(&before);
        println!("{}: {asked} requests besides waiting ones, {weighed} bytes", tablet.name());
        assert!(asked <= 2, "{} asked {asked} times", tablet.name());
        assert!(weighed <= 64 * 1024, "{} took {weighed} bytes", tablet.name());
    }
}

#[test]
fn a_tablet_that_has_nothing_new_asks_once_in_a_kilobyte() {
    let mut team = Team::of(2);
    team.works_the_shift();
    team.syncs();
    let tablet = &mut team.tablets[0];
    tablet.is_switched_off_and_on();
    tablet.syncs();
    let traffic = tablet.traffic();
    assert_eq!((traffic.push.requests, traffic.pull.requests), (0, 1), "{traffic:?}");
    let bytes = traffic.pull.up + traffic.pull.down;
    assert!(bytes <= 1024, "{bytes} bytes: {:?}", traffic.pull);
}
