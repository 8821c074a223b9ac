//! The line is cut at any byte, again and again. What came over stays; only the rest is sent.

use doegnrytme_tests::harness::net::Way;
use doegnrytme_tests::harness::{Team, until};
use doegnrytme_tests::workload::generate::Size;

/// Bytes at which lines are cut; "random" that fails the same way twice.
const CUTS: [u64; 8] = [90, 700, 1_500, 2_300, 3_100, 4_700, 7_900, 12_000];

fn cut_again_and_again(way: Way) {
    let size = Size { tablets: 2, citizens: 6, items: 12, visits: 10, pairs: 0, ..Size::TEAM };
    let mut team = Team::with(&size);
    team.works(0);
    team.works(1);
    team.tablets[1].goes_online();
    for bytes in CUTS {
        let cuts = team.tablets[0].net().cuts();
        team.tablets[0].notes("c00x000", &format!("Inden byte {bytes}."));
        team.tablets[1].notes("c00x001", &format!("Imens, inden byte {bytes}."));
        team.tablets[0].net().cut_after(bytes, way);
        team.tablets[0].goes_online();
        let tablet = &team.tablets[0];
        until("the line was cut, or there was nothing left to cut", || {
            let over = tablet.is_equal() && tablet.unsent() == 0;
            (tablet.net().cuts() > cuts || over).then_some(())
        });
    }
    let cuts = team.tablets[0].net().cuts();
    assert!(cuts >= 3, "{cuts}");
    team.tablets[0].net().mend();
    let content = team.syncs();
    team.lacks_nothing_in(&content);
    for bytes in CUTS {
        let read = |citizen: &str, text: String| team.tablets[1].reads(citizen).contains(&text);
        assert!(read("c00x000", format!("Inden byte {bytes}.")));
        assert!(read("c00x001", format!("Imens, inden byte {bytes}.")));
    }
}

#[test]
fn a_line_cut_on_the_way_up_loses_nothing() {
    cut_again_and_again(Way::Up);
}

#[test]
fn a_line_cut_on_the_way_down_loses_nothing() {
    cut_again_and_again(Way::Down);
}

#[test]
fn a_server_that_dies_in_the_middle_goes_on_where_it_was() {
    let mut team = Team::of(3);
    team.works_the_shift();
    team.goes_online();
    for _ in 0..3 {
        team.server.dies();
        team.server.serve();
        team.goes_online();
    }
    let content = team.until_quiet();
    team.lacks_nothing_in(&content);
}
