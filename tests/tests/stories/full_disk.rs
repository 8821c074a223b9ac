//! The disk is full, the server's or a tablet's. Nothing is written by halves, somebody is told, and
//! when there is room again everything goes on.

use std::time::Duration;

use doegnrytme_core::care::command::PlanCommand;
use doegnrytme_core::care::field::{Field, Scalar, Section};
use doegnrytme_core::sync::line::{Kind, Outgoing, TlsTrust};
use doegnrytme_core::tablet::event::{Closing, Event};
use doegnrytme_core::tablet::notice::{Notice, Problem, SyncProblem};
use doegnrytme_server::socket::OperatorRequest;
use doegnrytme_tests::harness::disk::on_a_small_disk;
use doegnrytme_tests::harness::{Server, Tablet, Team, line, until};

/// What the server says of itself.
fn ready(server: &Server) -> (u16, String) {
    let request = Outgoing {
        address: server.address().to_owned(),
        path: "/ready",
        body: None,
        trust: TlsTrust::Anyone,
        timeout: Duration::from_secs(30),
        kind: Kind::Pull,
    };
    let reply = line::sends(&request).unwrap();
    (reply.status, String::from_utf8(reply.body).unwrap())
}

/// Waits until the tablet has asked in vain and says why.
fn asks_in_vain(tablet: &mut Tablet) -> SyncProblem {
    tablet.goes_offline();
    let mark = tablet.device().mark();
    tablet.goes_online();
    let heard = tablet.device().hears(mark, "asked in vain", |notice| match notice {
        Notice::SyncFailed(problem) => Some(*problem),
        Notice::Synced { .. } => panic!("it synced on a full disk"),
        _ => None,
    });
    heard.unwrap()
}

#[test]
fn a_server_whose_disk_is_full_says_so_and_takes_everything_when_there_is_room() {
    let own =
        "full_disk::a_server_whose_disk_is_full_says_so_and_takes_everything_when_there_is_room";
    on_a_small_disk(own, 8, |disk| {
        let mut team = Team::around(Server::start_in(disk.path().join("data")), 3);
        team.tablets[0].notes("c00x000", "Mens der var plads.");
        let before = team.syncs();
        assert_eq!(ready(&team.server).0, 200);
        team.goes_offline();
        disk.is_filled();
        team.works_the_shift();
        for tablet in &mut team.tablets {
            let unsent = tablet.unsent();
            assert_eq!(asks_in_vain(tablet), SyncProblem::Busy);
            assert_eq!(tablet.unsent(), unsent, "something was taken for sent");
        }
        // The operator is told in plain words, the machine that watches by /ready.
        let add = || OperatorRequest::TeamAdd { name: "Team Trang".to_owned() };
        let words = team.server.asks(add()).unwrap_err().to_string();
        assert!(words.contains("disk is full"), "{words}");
        let (status, report) = ready(&team.server);
        assert_eq!(status, 503, "{report}");
        assert!(report.contains("{\"name\":\"store\",\"ok\":false}"), "{report}");
        assert!(team.server.log().contains("the disk is full"), "{}", team.server.log());
        // A power cut on top of it: what the full disk left behind opens again.
        team.server.dies();
        disk.has_room_again();
        team.server.serve();
        let content = team.syncs();
        team.lacks_nothing_in(&content);
        for (citizen, held) in &before.citizens {
            let notes = &content.citizens[citizen].notes;
            assert!(held.notes.keys().all(|note| notes.contains_key(note)));
        }
        assert_eq!(ready(&team.server).0, 200);
        team.server.does(add());
        // Whoever joins now gets it from the server alone.
        team.gets_a_new_tablet("t00x90");
        assert_eq!(team.syncs(), content);
    });
}

#[test]
fn a_server_whose_disk_has_room_again_goes_on_without_being_started_anew() {
    let own = "full_disk::a_server_whose_disk_has_room_again_goes_on_without_being_started_anew";
    on_a_small_disk(own, 8, |disk| {
        let mut team = Team::around(Server::start_in(disk.path().join("data")), 2);
        team.syncs();
        disk.is_filled();
        team.works_the_shift();
        assert_eq!(asks_in_vain(&mut team.tablets[0]), SyncProblem::Busy);
        disk.has_room_again();
        let content = team.syncs();
        team.lacks_nothing_in(&content);
        assert_eq!(ready(&team.server).0, 200);
    });
}

/// What the tablet said of an order: saved or why not.
fn writes(tablet: &Tablet, citizen: &str, text: &str) -> Result<(), Problem> {
    let closing = Closing { text: text.to_owned(), ..Closing::as_agreed(tablet.visit(citizen)) };
    let outcome = doegnrytme_core::care::note::Outcome::Deviation { needs_action: false };
    let event = Event::CloseVisit(Closing { outcome, ..closing });
    tablet.says_after(event, "answered", |notice| match notice {
        Notice::Saved(_) => Some(Ok(())),
        Notice::NotSaved(problem) => Some(Err(problem.clone())),
        _ => None,
    })
}

#[test]
fn a_tablet_whose_disk_is_full_says_what_is_saved_and_what_is_not() {
    let own = "full_disk::a_tablet_whose_disk_is_full_says_what_is_saved_and_what_is_not";
    on_a_small_disk(own, 24, |disk| {
        let mut team = Team::of(1);
        let mut tablet = team.gets_a_tablet_in(disk.path().join("tablet"), "t00x90");
        let bytes = "Lang besked. ".repeat(80);
        let text = |number: usize| format!("{number}: {bytes}");
        disk.is_filled();
        // The reserve lets a carer end what was begun; then somebody else takes that room too.
        for number in 0..5 {
            assert_eq!(writes(&tablet, "c00x000", &text(number)), Ok(()));
        }
        let (mut saved, mut refused) = (5, None);
        while refused.is_none() && saved < 1_000 {
            disk.is_filled();
            match writes(&tablet, "c00x000", &text(saved)) {
                Ok(()) => saved += 1,
                Err(problem) => refused = Some(problem),
            }
        }
        let refused = refused.expect("the disk was never full");
        println!("{saved} notes were saved; then: {refused}");
        assert!(matches!(refused, Problem::DiskFull | Problem::Waits), "{refused}");
        // Nothing else is half-written after it, and reading goes on.
        assert!(writes(&tablet, "c00x001", "Heller ikke plads til mig.").is_err());
        assert_eq!(
            tablet.reads("c00x001").iter().filter(|text| text.contains("Heller")).count(),
            0
        );
        tablet.is_switched_off_and_on();
        let held = tablet.reads("c00x000");
        for number in 0..saved {
            assert!(held.contains(&text(number)), "note {number} of {saved} was said to be saved");
        }
        disk.has_room_again();
        tablet.is_switched_off_and_on();
        assert_eq!(writes(&tablet, "c00x001", "Nu er der plads."), Ok(()));
        team.tablets.push(tablet);
        let content = team.syncs();
        let notes = &content.citizens["c00x000"].notes;
        let written = |number| notes.values().filter(|note| note[2] == text(number)).count();
        assert!((0..saved).all(|number| written(number) == 1));
        // What waited in the outbox file was promised; what was not written nobody invents.
        assert_eq!(written(saved), usize::from(refused == Problem::Waits));
        assert!(
            content.citizens["c00x001"].notes.values().any(|note| note[2] == "Nu er der plads.")
        );
        until("the tablet that was full is online", || team.tablets[1].is_equal().then_some(()));
    });
}

#[test]
fn what_waited_for_room_is_saved_once_and_before_anything_else() {
    let own = "full_disk::what_waited_for_room_is_saved_once_and_before_anything_else";
    on_a_small_disk(own, 24, |disk| {
        let mut team = Team::of(1);
        let mut tablet = team.gets_a_tablet_in(disk.path().join("tablet"), "t00x90");
        let minutes = |minutes| {
            let (citizen, entry) = tablet.item("c00x000", "p00");
            let (section, field) = (Section::Items, Field::Minutes);
            let command = PlanCommand::Put { section, entry, field, value: Scalar::Int(minutes) };
            Event::EditPlan { citizen, command }
        };
        let does = |event: Event| {
            tablet.says_after(event, "answered", |notice| match notice {
                Notice::Saved(_) => Some(Ok(())),
                Notice::NotSaved(problem) => Some(Err(problem.clone())),
                _ => None,
            })
        };
        let mut number = 100;
        let waits = loop {
            disk.is_filled();
            number += 1;
            match does(minutes(number)) {
                Ok(()) => assert!(number < 1_000, "the disk was never full"),
                Err(problem) => break problem,
            }
        };
        assert_eq!(waits, Problem::Waits);
        assert_eq!(does(minutes(5)), Err(Problem::DiskFull));
        disk.has_room_again();
        // The same tap again writes nothing twice; the next one goes on from there.
        let (changes, unsent) = (|| tablet.unsent(), tablet.unsent());
        assert_eq!(does(minutes(number)), Ok(()));
        assert_eq!(changes(), unsent + 1);
        assert_eq!(does(minutes(7)), Ok(()));
        assert_eq!(changes(), unsent + 2);
        tablet.is_switched_off_and_on();
        team.tablets.push(tablet);
        let content = team.syncs();
        let item = &content.citizens["c00x000"].items["p00"];
        assert_eq!((item.fields[2].as_str(), item.conflicts.len()), ("7", 0));
    });
}
