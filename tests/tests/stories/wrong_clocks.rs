//! Clocks that are wrong by minutes, hours and years, jump in the middle of a visit, or begin anew:
//! times stay true, the note says what was wrong, and nobody is shut out.

use std::time::Duration;

use doegnrytme_core::store::NoteRow;
use doegnrytme_core::tablet::{Closing, Event};
use doegnrytme_core::time::UnixSeconds;
use doegnrytme_core::wire::entry::ClockMark;
use doegnrytme_tests::harness::{Tablet, Team};

const YEAR: i64 = 365 * 86_400;

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

fn note(tablet: &Tablet, text: &str) -> NoteRow {
    let rows = tablet.device().reads(|store| store.read(|tx| tx.all_notes())).unwrap();
    rows.into_iter().find(|row| row.note.text == text).unwrap()
}

#[test]
fn ten_years_ahead_or_behind_the_note_has_the_true_time_and_says_that_the_clock_was_wrong() {
    let mut team = Team::of(2);
    for (years, text) in [(10, "Ti år foran."), (-10, "Ti år bagud.")] {
        let clock = team.tablets[0].clock();
        clock.says(UnixSeconds(clock.really().0 + years * YEAR));
        team.tablets[0].notes("c00x000", text);
        team.syncs();
        for tablet in &team.tablets {
            let row = note(tablet, text);
            assert!((now() - row.note.written.0).abs() < 600, "{text}");
            assert_eq!(row.clock, ClockMark::Off, "{text}");
            assert!(row.clock.words().unwrap().starts_with("Uret på tabletten var forkert"));
        }
    }
}

#[test]
fn nine_minutes_are_nothing_to_speak_of_and_eleven_are() {
    let mut team = Team::of(2);
    for (minutes, text, mark) in [
        (9, "Ni minutter foran.", ClockMark::Sound),
        (11, "Elleve minutter foran.", ClockMark::Off),
        (-9, "Ni minutter bagud.", ClockMark::Sound),
        (-11, "Elleve minutter bagud.", ClockMark::Off),
    ] {
        let clock = team.tablets[0].clock();
        clock.says(UnixSeconds(clock.really().0 + minutes * 60));
        team.tablets[0].notes("c00x000", text);
        team.syncs();
        assert_eq!(note(&team.tablets[1], text).clock, mark, "{text}");
    }
}

#[test]
fn a_clock_that_jumps_in_the_middle_of_a_visit_makes_it_neither_longer_nor_shorter() {
    let mut team = Team::of(1);
    for (hours, citizen) in [(3, "c00x000"), (-3, "c00x001")] {
        let clock = team.tablets[0].clock().clone();
        clock.says(clock.really());
        let visit = team.tablets[0].visit(citizen);
        team.tablets[0].ticks(citizen, "p00");
        clock.passes(Duration::from_secs(25 * 60));
        clock.says(UnixSeconds(clock.really().0 + hours * 3600));
        let closing = Closing::as_agreed(visit);
        team.tablets[0].does(Event::CloseVisit(closing));
        let rows = team.tablets[0].device().reads(|store| store.read(|tx| tx.all_notes())).unwrap();
        let row = rows.iter().find(|row| row.note.visit == Some(visit)).unwrap();
        assert_eq!(row.note.minutes.unwrap().get(), 25, "{hours}");
    }
    team.syncs();
}

#[test]
fn after_a_flat_battery_time_does_not_run_backwards_and_the_note_says_that_nobody_could_know() {
    let mut team = Team::of(2);
    team.tablets[0].notes("c00x000", "Før batteriet blev fladt.");
    let before = note(&team.tablets[0], "Før batteriet blev fladt.").note.written;
    for (wall, text) in [(17, "Uret siger 1970."), (now() - 10 * YEAR, "Uret er ti år bagud.")] {
        team.tablets[0].clock().says(UnixSeconds(wall));
        team.tablets[0].clock().reboots();
        team.tablets[0].is_switched_off_and_on();
        team.tablets[0].notes("c00x000", text);
        let row = note(&team.tablets[0], text);
        assert!(row.note.written.0 >= before.0 - 600, "{text}");
        assert_eq!(row.clock, ClockMark::Unproved, "{text}");
    }
    team.syncs();
    team.tablets[0].notes("c00x000", "Serveren er hørt igen.");
    assert_eq!(note(&team.tablets[0], "Serveren er hørt igen.").clock, ClockMark::Off);
    team.syncs();
    assert_eq!(note(&team.tablets[1], "Uret siger 1970.").clock, ClockMark::Unproved);
}

#[test]
fn both_nights_when_the_clock_is_changed_a_visit_has_the_minutes_that_it_took() {
    // Minutes are a difference of true times: the hour that is there twice, or not at all, does not
    // count. The tablet's clock jumps as an operating system that goes by the wall does.
    let mut team = Team::of(1);
    for (jump, citizen) in [(3600, "c00x000"), (-3600, "c00x001")] {
        let clock = team.tablets[0].clock().clone();
        clock.says(clock.really());
        let visit = team.tablets[0].visit(citizen);
        team.tablets[0].ticks(citizen, "p00");
        clock.passes(Duration::from_secs(10 * 60));
        clock.says(UnixSeconds(clock.really().0 + jump));
        clock.passes(Duration::from_secs(10 * 60));
        let closing = Closing::as_agreed(visit);
        team.tablets[0].does(Event::CloseVisit(closing));
        let rows = team.tablets[0].device().reads(|store| store.read(|tx| tx.all_notes())).unwrap();
        let row = rows.iter().find(|row| row.note.visit == Some(visit)).unwrap();
        assert_eq!(row.note.minutes.unwrap().get(), 20);
    }
    team.syncs();
}
