//! One tablet, several carers: start codes, PINs, leases, and drafts that nobody loses by them.

use std::time::Duration;

use doegnrytme_core::ids::CarerId;
use doegnrytme_core::tablet::{Closing, Event, Notice, Problem, SignInProblem, TypedCode};
use doegnrytme_core::time::UnixSeconds;
use doegnrytme_core::trust::pin::Pin;
use doegnrytme_server::socket::OperatorRequest;
use doegnrytme_tests::harness::{Tablet, Team};

const HOUR: u64 = 60 * 60;

/// What a tablet says about who has it, after an event.
fn answer(tablet: &Tablet, event: Event) -> Notice {
    tablet.says_after(event, "said who has it", |notice| {
        let about = matches!(
            notice,
            Notice::CarerReady(_)
                | Notice::CarerRefused(_)
                | Notice::CarerWaits(_)
                | Notice::NotSignedIn(..)
        );
        about.then(|| notice.clone())
    })
}

fn signs_in(tablet: &Tablet, carer: CarerId, typed: &str) -> Notice {
    answer(tablet, Event::SignIn { carer, pin: Pin::typed(typed) })
}

fn begins(tablet: &Tablet, carer: CarerId, code: &str, chosen: &str) -> Notice {
    let (code, pin) = (TypedCode(code.to_owned()), Pin::typed(chosen));
    answer(tablet, Event::Start { carer, code, pin })
}

/// Writes nothing, because of this.
fn is_refused(tablet: &Tablet, citizen: &str) -> Problem {
    let closing = Closing::as_agreed(tablet.visit(citizen));
    tablet.says_after(Event::CloseVisit(closing), "refused", |notice| match notice {
        Notice::NotSaved(problem) => Some(problem.clone()),
        _ => None,
    })
}

fn another_carer(team: &Team) -> CarerId {
    team.office().add_carer(team.name(), "vikar").unwrap().parse().unwrap()
}

#[test]
fn a_second_carer_begins_with_a_start_code_and_then_they_change_places_without_a_line() {
    let mut team = Team::of(2);
    let (anna, bo) = (team.tablets[0].carer(), another_carer(&team));
    let code = team.office().start_code(bo).unwrap();
    team.tablets[0].goes_online();
    let tablet = &team.tablets[0];
    assert_eq!(begins(tablet, bo, &code, "864213"), Notice::CarerReady(bo));
    team.tablets[0].goes_offline();
    let tablet = &team.tablets[0];
    tablet.closes_as_agreed("c00x000");
    assert_eq!(signs_in(tablet, anna, "246813"), Notice::CarerReady(anna));
    tablet.notes("c00x001", "Anna var her.");
    assert_eq!(signs_in(tablet, bo, "864213"), Notice::CarerReady(bo));
    tablet.notes("c00x002", "Bo var her.");
    tablet.does(Event::SignOut);
    assert_eq!(is_refused(tablet, "c00x000"), Problem::NoCarer);
    let content = team.syncs();
    let by = |citizen: &str, words: &str| {
        let notes = content.citizens[citizen].notes.values();
        notes.filter(|[_, _, text]| text == words).map(|[_, by, _]| by.clone()).next()
    };
    assert_eq!(by("c00x002", "Bo var her."), Some("vikar".to_owned()));
    assert_ne!(by("c00x001", "Anna var her."), Some("vikar".to_owned()));
}

#[test]
fn a_start_code_is_good_once_for_its_carer_and_for_no_other_tablet() {
    let mut team = Team::of(2);
    let (anna, bo) = (team.tablets[0].carer(), another_carer(&team));
    let code = team.office().start_code(bo).unwrap();
    team.goes_online();
    let [first, second] = &team.tablets[..] else { panic!("two tablets") };
    assert_eq!(begins(first, anna, &code, "864213"), Notice::CarerRefused(anna), "another's code");
    assert_eq!(begins(first, bo, &code, "864213"), Notice::CarerReady(bo));
    assert_eq!(begins(second, bo, &code, "864213"), Notice::CarerRefused(bo), "used up");
    let wrong = "0000-0000-0000-0000";
    assert_eq!(begins(second, bo, wrong, "864213"), Notice::CarerRefused(bo));
    let older = team.office().start_code(bo).unwrap();
    let newer = team.office().start_code(bo).unwrap();
    assert_eq!(begins(second, bo, &older, "864213"), Notice::CarerRefused(bo), "another was made");
    assert_eq!(begins(second, bo, &newer, "864213"), Notice::CarerReady(bo));
}

#[test]
fn what_cannot_be_a_code_or_a_pin_is_said_before_anything_is_asked() {
    let team = Team::of(1);
    let tablet = &team.tablets[0];
    let carer = tablet.carer();
    let problem = |notice| match notice {
        Notice::NotSignedIn(_, problem) => problem,
        other => panic!("{other:?}"),
    };
    assert_eq!(problem(begins(tablet, carer, "hej", "864213")), SignInProblem::NotACode);
    let code = "0000-0000-0000-0000";
    for easy in ["1234", "123456", "777777"] {
        let said = problem(begins(tablet, carer, code, easy));
        assert!(matches!(said, SignInProblem::NotAPin(_)), "{easy}");
    }
    let stranger = CarerId([9; 16]);
    assert_eq!(problem(signs_in(tablet, stranger, "246813")), SignInProblem::NoPinHere);
    assert_eq!(begins(tablet, stranger, code, "864213"), Notice::CarerWaits(stranger));
}

#[test]
fn whoever_guesses_a_pin_waits_longer_and_longer_also_over_a_restart_and_loses_nothing() {
    let mut team = Team::of(1);
    let carer = team.tablets[0].carer();
    team.tablets[0].ticks("c00x000", "p00");
    team.tablets[0].does(Event::SignOut);
    for free in [3, 2, 1, 0] {
        let said = signs_in(&team.tablets[0], carer, "999999");
        assert_eq!(said, Notice::NotSignedIn(carer, SignInProblem::WrongPin { free }));
    }
    let waits = |notice: Notice| match notice {
        Notice::NotSignedIn(_, SignInProblem::Wait { seconds }) => seconds,
        other => panic!("{other:?}"),
    };
    assert_eq!(waits(signs_in(&team.tablets[0], carer, "999999")), 60);
    assert!(waits(signs_in(&team.tablets[0], carer, "246813")) > 50, "the right one waits, too");
    // Neither the clock, nor the app, nor the battery helps.
    let clock = team.tablets[0].clock();
    clock.says(UnixSeconds(clock.really().0 + 86_400));
    clock.reboots();
    team.tablets[0].is_switched_off_and_on();
    assert!(waits(signs_in(&team.tablets[0], carer, "246813")) > 50);
    team.tablets[0].clock().passes(Duration::from_secs(61));
    assert_eq!(waits(signs_in(&team.tablets[0], carer, "999999")), 300);
    team.tablets[0].clock().passes(Duration::from_secs(301));
    assert_eq!(signs_in(&team.tablets[0], carer, "246813"), Notice::CarerReady(carer));
    team.tablets[0].closes_as_agreed("c00x000");
    let content = team.syncs();
    let ticks = &content.citizens["c00x000"].items["p00"].ticks;
    assert_eq!(ticks.len(), 1, "the tick was in the draft all the time");
}

#[test]
fn a_forgotten_pin_is_replaced_by_a_start_code_and_the_draft_is_still_there() {
    let mut team = Team::of(1);
    let carer = team.tablets[0].carer();
    team.tablets[0].ticks("c00x000", "p00");
    team.tablets[0].does(Event::SignOut);
    let code = team.office().start_code(carer).unwrap();
    team.tablets[0].goes_online();
    let tablet = &team.tablets[0];
    assert_eq!(begins(tablet, carer, &code, "135798"), Notice::CarerReady(carer));
    tablet.does(Event::SignOut);
    assert!(matches!(signs_in(tablet, carer, "246813"), Notice::NotSignedIn(..)), "the old PIN");
    assert_eq!(signs_in(tablet, carer, "135798"), Notice::CarerReady(carer));
    tablet.closes_as_agreed("c00x000");
    let content = team.syncs();
    assert_eq!(content.citizens["c00x000"].items["p00"].ticks.len(), 1);
}

#[test]
fn past_the_lease_the_tablet_is_locked_keeps_everything_and_opens_when_the_server_is_heard() {
    let mut team = Team::of(1);
    let carer = team.tablets[0].carer();
    team.tablets[0].ticks("c00x000", "p00");
    let visit = team.tablets[0].visit("c00x000");
    team.tablets[0].clock().passes(Duration::from_secs(9 * 24 * HOUR));
    assert_eq!(is_refused(&team.tablets[0], "c00x000"), Problem::LeasePast);
    let said = signs_in(&team.tablets[0], carer, "246813");
    assert_eq!(said, Notice::NotSignedIn(carer, SignInProblem::LeasePast));
    let mark = team.tablets[0].device().mark();
    team.tablets[0].goes_online();
    team.tablets[0].device().lets_in(mark, carer).unwrap();
    team.tablets[0].does(Event::CloseVisit(Closing::as_agreed(visit)));
    let content = team.syncs();
    assert_eq!(content.citizens["c00x000"].items["p00"].ticks.len(), 1);
}

#[test]
fn three_days_without_a_server_and_a_lease_a_day_old_end_no_visit() {
    let mut team = Team::of(1);
    team.tablets[0].clock().passes(Duration::from_secs(24 * HOUR));
    for _ in 0..3 {
        team.tablets[0].clock().passes(Duration::from_secs(24 * HOUR));
        team.tablets[0].is_switched_off_and_on();
        team.tablets[0].notes("c00x000", "Besøgt uden net.");
    }
    assert_eq!(team.tablets[0].unsent(), 3);
    team.syncs();
}

#[test]
fn a_clock_that_jumped_past_the_lease_gives_one_shift_that_waits_for_the_team() {
    let mut team = Team::of(2);
    let clock = team.tablets[0].clock();
    clock.says(UnixSeconds(clock.really().0 + 30 * 86_400));
    clock.reboots();
    team.tablets[0].is_switched_off_and_on();
    team.tablets[0].notes("c00x000", "Uret gik forkert, besøget blev holdt.");
    team.tablets[0].clock().passes(Duration::from_secs(13 * HOUR));
    assert_eq!(is_refused(&team.tablets[0], "c00x000"), Problem::LeasePast, "one shift, no more");
    team.tablets[0].goes_online();
    team.tablets[0].until_synced();
    let held = team.server.figure("held for a person");
    assert_eq!(held, 1, "what it wrote is with the team, not lost and not refused");
}

#[test]
fn a_carer_who_left_the_team_is_signed_out_when_the_lease_is_to_be_renewed() {
    let team = Team::of(1);
    let carer = team.tablets[0].carer();
    let id = carer.to_string();
    let left = OperatorRequest::CarerSet { carer: id, teams: Vec::new(), roles: Vec::new() };
    team.server.does(left);
    team.tablets[0].clock().passes(Duration::from_secs(3 * 24 * HOUR));
    let said = answer(&team.tablets[0], Event::Online);
    assert_eq!(said, Notice::CarerRefused(carer));
    assert_eq!(is_refused(&team.tablets[0], "c00x000"), Problem::NoCarer);
    let said = signs_in(&team.tablets[0], carer, "246813");
    assert_eq!(said, Notice::NotSignedIn(carer, SignInProblem::NoPinHere));
}
