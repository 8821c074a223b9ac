//! The trial's children hang, take memory and end; the server answers on and tries the next change.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use doegnrytme_core::care::legal_basis::LegalBasis;
use doegnrytme_core::care::note::{Author, Note, NoteHead};
use doegnrytme_core::care::role::{Role, Roles};
use doegnrytme_core::document::encode;
use doegnrytme_core::ids::{ActorId, CarerId, CitizenId, DeviceNumber, DocId, NoteId};
use doegnrytme_core::time::UnixSeconds;
use doegnrytme_core::trial::Reason;
use doegnrytme_server::intake::tester::{Candidate, Tester, Tried};
use doegnrytme_server::store::plan::PlanVersion;
use doegnrytme_server::trial::Bench;
use doegnrytme_tests::faulty::{ABORTS, HANGS, TAKES_MEMORY};
use doegnrytme_tests::harness::server::binary;

const GOOD: CitizenId = CitizenId([1; 16]);

fn candidate(citizen: CitizenId, device: u32) -> Candidate {
    let device = DeviceNumber(0x0100_0000 + device);
    let head = NoteHead {
        id: NoteId([7; 16]),
        citizen,
        author: Author::Carer(CarerId([2; 16])),
        written: UnixSeconds(1_772_434_800),
        law: LegalBasis::Sel83,
    };
    let words = "Kaffe ved vinduet".to_owned();
    let note = Note::correction(head, NoteId([8; 16]), words, Vec::new()).unwrap();
    let change = encode(&note, ActorId::new(device, [1; 12])).unwrap();
    Candidate {
        doc: DocId::Note(note.id),
        citizen,
        hash: change.hash(),
        device,
        schema: 1,
        roles: Some(Roles::of(&[Role::Helper])),
        items: Vec::new(),
        chunk: change.bytes,
        version: PlanVersion::default(),
        next: PlanVersion::default(),
        bare: false,
    }
}

fn tried(bench: &Bench, citizen: CitizenId, device: u32, again: bool) -> Tried {
    bench.try_change(&candidate(citizen, device), again, &mut |_| Ok(Vec::new())).unwrap()
}

fn faulty() -> PathBuf {
    binary().with_file_name("faulty_child")
}

#[test]
fn whatever_a_change_does_to_its_trial_the_next_one_is_tried() {
    let bench = Bench::new(faulty(), Vec::new());
    let passed = Tried::Passed(Vec::new());
    assert_eq!(tried(&bench, GOOD, 1, false), passed);
    let crashed = Tried::Held(Reason::Crashed.number());
    let memory = Tried::Held(Reason::Memory.number());
    let timed_out = Tried::Held(Reason::TimedOut.number());
    for round in 0..3 {
        assert_eq!(tried(&bench, ABORTS, 20 + round, false), crashed, "{round}");
        assert_eq!(tried(&bench, GOOD, 1, false), passed);
        assert_eq!(tried(&bench, TAKES_MEMORY, 30 + round, false), memory, "{round}");
        assert_eq!(tried(&bench, GOOD, 1, false), passed);
        let device = 10 + round;
        let begun = Instant::now();
        assert_eq!(tried(&bench, HANGS, device, false), Tried::Later);
        assert!(begun.elapsed() < Duration::from_secs(5), "nobody waits for it");
        assert_eq!(tried(&bench, HANGS, device, true), timed_out);
        assert_eq!(tried(&bench, GOOD, 1, false), passed);
    }
}

#[test]
fn a_device_whose_change_cost_a_child_is_not_waited_for_again_and_others_are_not_slowed() {
    let bench = Bench::new(faulty(), Vec::new());
    assert_eq!(tried(&bench, ABORTS, 4, false), Tried::Held(Reason::Crashed.number()));
    // A push full of such changes must not start a process for each.
    assert_eq!(tried(&bench, ABORTS, 4, false), Tried::Later);
    assert_eq!(tried(&bench, HANGS, 2, false), Tried::Later);
    let begun = Instant::now();
    for _ in 0..20 {
        assert_eq!(tried(&bench, GOOD, 2, false), Tried::Later);
    }
    assert!(begun.elapsed() < Duration::from_millis(200));
    assert_eq!(tried(&bench, GOOD, 2, true), Tried::Passed(Vec::new()), "tried beside the writer");
    assert_eq!(tried(&bench, GOOD, 3, false), Tried::Passed(Vec::new()));
}

#[test]
fn without_a_program_nothing_is_published_or_lost_and_nobody_is_blamed() {
    let bench = Bench::new("/nowhere/doegnrytme-server", Vec::new());
    assert_eq!(tried(&bench, GOOD, 1, false), Tried::Later);
    assert_eq!(tried(&bench, GOOD, 1, true), Tried::Later);
}

#[test]
fn the_real_server_is_its_own_child() {
    let bench = Bench::new(binary(), vec![doegnrytme_server::trial::worker::WORKER]);
    assert_eq!(tried(&bench, GOOD, 1, false), Tried::Passed(Vec::new()));
    let stranger = Candidate { citizen: HANGS, ..candidate(GOOD, 1) };
    let verdict = bench.try_change(&stranger, false, &mut |_| Ok(Vec::new())).unwrap();
    assert_eq!(verdict, Tried::Held(Reason::OtherCitizen.number()));
}
