//! A flat battery set the tablet's clock to 1970, or a wrong hand to 2090.

use doegnrytme_core::time::UnixSeconds;
use doegnrytme_tests::harness::{Tablet, Team};

fn written(tablet: &Tablet, text: &str) -> i64 {
    let rows = tablet.device().reads(|store| store.read(|tx| tx.all_notes())).unwrap();
    rows.iter().find(|row| row.note.text == text).unwrap().note.written.0
}

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

#[test]
fn a_note_written_in_1970_carries_todays_time_and_is_read_by_all() {
    let mut team = Team::of(2);
    team.tablets[0].clock().says(UnixSeconds(17));
    team.tablets[0].notes("c00x000", "Uret er gået i stå.");
    team.syncs();
    for tablet in &team.tablets {
        let written = written(tablet, "Uret er gået i stå.");
        assert!((now() - written).abs() < 600, "{written}");
    }
}

#[test]
fn after_a_restart_in_1970_time_never_runs_backwards_and_the_line_works() {
    let mut team = Team::of(2);
    team.tablets[0].clock().says(UnixSeconds(17));
    team.tablets[0].clock().reboots();
    team.tablets[0].is_switched_off_and_on();
    team.tablets[0].notes("c00x000", "Batteriet var fladt.");
    team.syncs();
    let written = written(&team.tablets[1], "Batteriet var fladt.");
    assert!((now() - written).abs() < 600, "{written}");
}

#[test]
fn a_clock_of_2090_is_set_right_by_the_next_sync() {
    let mut team = Team::of(2);
    team.tablets[0].clock().says(UnixSeconds(3_800_000_000));
    team.tablets[0].syncs();
    team.tablets[0].notes("c00x000", "Uret gik forkert.");
    team.syncs();
    let written = written(&team.tablets[1], "Uret gik forkert.");
    assert!((now() - written).abs() < 600, "{written}");
}
