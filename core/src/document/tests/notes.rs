//! A note and its one change.

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId as AutomergeActor, Automerge, Change, ObjType, ROOT};
use proptest::prelude::*;

use super::{CITIZEN, EVENING, NOTE, Tested, actor, item};
use crate::care::day_part::DayPart;
use crate::care::legal_basis::LegalBasis;
use crate::care::minutes::Minutes;
use crate::care::note::{
    Advis, Author, Function, HeadPrefix, Note, NoteKind, Outcome, PhraseId, Recipient, Tick,
};
use crate::care::visit::VisitKey;
use crate::document::{DocumentError, NoteUnread, ReadNote, encode, read_note};
use crate::ids::{CarerId, CitizenId, ItemId, NoteId};
use crate::time::{LocalDay, UnixSeconds};

const AUTHOR: Author = Author::Carer(CarerId([0xca; 16]));

pub(super) fn as_agreed(citizen: CitizenId, number: u8) -> Note {
    Note {
        id: NOTE,
        kind: NoteKind::Visit,
        citizen,
        author: AUTHOR,
        written: EVENING,
        law: LegalBasis::Ael10,
        visit: Some(VisitKey { citizen, day: LocalDay(20_514), part: DayPart::Evening, number }),
        started: EVENING.plus(-1_200),
        ticks: (1..6)
            .map(|n| Tick { item: item(n), after: 200 * u32::from(n), outside_id: None })
            .collect(),
        not_given: Vec::new(),
        outcome: Some(Outcome::AsAgreed),
        text: String::new(),
        minutes: Minutes::new(20).ok(),
        plan_heads: vec![HeadPrefix([0x4e; 8])],
        points_at: None,
        phrases: Vec::new(),
        dictated: false,
        to: None,
        advis: None,
        outside_id: None,
    }
}

/// Any note at all, also such as no rule of care would let be written.
fn any_note() -> impl Strategy<Value = Note> {
    let tick = (any::<u32>(), prop::option::of("[a-z0-9]{1,12}"));
    let ticks = prop::collection::btree_map(any::<[u8; 5]>(), tick, 0..8).prop_map(|ticks| {
        let one = |(item, (after, outside_id))| Tick { item: ItemId(item), after, outside_id };
        ticks.into_iter().map(one).collect::<Vec<_>>()
    });
    let author = prop_oneof![
        Just(AUTHOR),
        Just(Author::Municipality),
        "[A-ZÆØÅa-zæøå ]{1,20}".prop_map(Author::Outside)
    ];
    let recipient = prop_oneof![
        any::<[u8; 16]>().prop_map(|carer| Recipient::Carer(CarerId(carer))),
        prop::sample::select(Function::ALL).prop_map(Recipient::Function),
    ];
    let advis = (".{0,40}", ".{0,40}", ".{0,40}", recipient.clone(), 0_i32..40_000).prop_map(
        |(observed, tried, ask, owner, due)| Advis {
            observed,
            tried,
            ask,
            owner,
            due: LocalDay(due),
        },
    );
    let outcome = prop_oneof![
        Just(Outcome::AsAgreed),
        any::<bool>().prop_map(|needs_action| Outcome::Deviation { needs_action })
    ];
    let visit = (0_i32..40_000, prop::sample::select(DayPart::ALL), any::<u8>());
    let first = (
        prop::sample::select(NoteKind::ALL),
        any::<[u8; 16]>(),
        author,
        1_600_000_000_i64..4_000_000_000,
        prop::sample::select(LegalBasis::ALL),
        prop::option::of(visit),
        -100_000_i64..100_000,
        ticks,
        prop::collection::vec(any::<[u8; 5]>().prop_map(ItemId), 0..4),
    );
    let second = (
        prop::option::of(outcome),
        "\\PC{0,300}",
        prop::option::of(1_i64..1_440),
        prop::collection::vec(any::<[u8; 8]>().prop_map(HeadPrefix), 0..4),
        prop::option::of(any::<[u8; 16]>().prop_map(NoteId)),
        prop::collection::vec(any::<u16>().prop_map(PhraseId), 0..4),
        any::<bool>(),
        (prop::option::of(recipient), prop::option::of(advis)),
        prop::option::of("[a-z0-9:-]{1,30}"),
    );
    (first, second).prop_map(|(first, second)| {
        let (kind, citizen, author, written, law, visit, before, ticks, not_given) = first;
        let (outcome, text, minutes, plan_heads, points_at, phrases, dictated, to, outside_id) =
            second;
        let (citizen, written) = (CitizenId(citizen), UnixSeconds(written));
        Note {
            id: NOTE,
            kind,
            citizen,
            author,
            written,
            law,
            visit: visit.map(|(day, part, number)| VisitKey {
                citizen,
                day: LocalDay(day),
                part,
                number,
            }),
            started: written.plus(-before),
            ticks,
            not_given,
            outcome,
            text,
            minutes: minutes.and_then(|minutes| Minutes::new(minutes).ok()),
            plan_heads,
            points_at,
            phrases,
            dictated,
            to: to.0,
            advis: to.1,
            outside_id,
        }
    })
}

/// The author as the note's row has it: a name from another system stands in the change.
fn row_author(note: &Note) -> Author {
    match &note.author {
        Author::Outside(_) => Author::Municipality,
        author => author.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn every_note_reads_back_as_it_was_written(note in any_note()) {
        let change = encode(&note, actor(1)).unwrap();
        prop_assert_eq!((change.shape.seq, change.shape.start_op), (1, 1));
        prop_assert_eq!(&change.shape.deps, &[]);
        prop_assert_eq!(change.shape.time, note.written);
        let read = read_note(NOTE, row_author(&note), &change.bytes);
        prop_assert_eq!(read, Ok(ReadNote { note, newer: Vec::new() }));
    }

    #[test]
    fn automerge_reads_a_note_and_gives_its_change_back_unaltered(note in any_note()) {
        let change = encode(&note, actor(1)).unwrap();
        let mut doc = Automerge::new();
        doc.apply_changes([Change::try_from(&change.bytes[..]).unwrap()]).unwrap();
        let doc = Automerge::load(&doc.save()).unwrap();
        let again = doc.get_changes(&[]);
        prop_assert_eq!(again.len(), 1);
        prop_assert_eq!(again[0].raw_bytes(), &change.bytes[..]);
    }

    #[test]
    fn bytes_that_are_no_note_are_an_error(bytes: Vec<u8>, at in any::<prop::sample::Index>(), with: u8) {
        prop_assert_eq!(read_note(NOTE, AUTHOR, &bytes), Err(NoteUnread::Unreadable));
        let mut change = encode(&as_agreed(CITIZEN, 1), actor(1)).unwrap().bytes;
        let at = at.index(change.len());
        change[at] ^= with;
        let _ = read_note(NOTE, AUTHOR, &change);
    }
}

/// The same operations by a transaction, as Automerge itself would write them.
#[test]
fn the_change_is_to_the_byte_what_automerge_writes() -> Tested {
    let note = Note { text: "Sov længe".into(), ..as_agreed(CITIZEN, 2) };
    let mut doc = Automerge::new().with_actor(AutomergeActor::from(actor(1).as_bytes()));
    let mut transaction = doc.transaction();
    transaction.put(ROOT, "s", 1_u64).unwrap();
    transaction.put(ROOT, "k", "visit").unwrap();
    transaction.put(ROOT, "l", "ael10").unwrap();
    transaction.put(ROOT, "o", "agreed").unwrap();
    transaction.put(ROOT, "v", "2026-03-02 aften 2").unwrap();
    transaction.put(ROOT, "c", CITIZEN.0.to_vec()).unwrap();
    transaction.put(ROOT, "h", vec![0x4e; 8]).unwrap();
    transaction.put(ROOT, "b", 1_200).unwrap();
    transaction.put(ROOT, "m", 20_u64).unwrap();
    transaction.put(ROOT, "t", "Sov længe").unwrap();
    let ticks = transaction.put_object(ROOT, "x", ObjType::Map).unwrap();
    for tick in &note.ticks {
        transaction.put(&ticks, tick.item.to_string(), u64::from(tick.after)).unwrap();
    }
    transaction.commit_with(CommitOptions::default().with_time(EVENING.0));
    let automerges = doc.get_last_local_change().unwrap();
    assert_eq!(encode(&note, actor(1))?.bytes, automerges.raw_bytes());
    Ok(())
}

fn from_the_future(write: impl FnOnce(&mut automerge::transaction::Transaction<'_>)) -> Vec<u8> {
    let mut doc = Automerge::new().with_actor(AutomergeActor::from(actor(1).as_bytes()));
    let mut transaction = doc.transaction();
    transaction.put(ROOT, "s", 7_u64).unwrap();
    transaction.put(ROOT, "c", CITIZEN.0.to_vec()).unwrap();
    write(&mut transaction);
    transaction.commit_with(CommitOptions::default().with_time(EVENING.0));
    doc.get_last_local_change().unwrap().raw_bytes().to_vec()
}

#[test]
fn a_newer_note_is_read_as_far_as_it_is_known() {
    let change = from_the_future(|transaction| {
        transaction.put(ROOT, "k", "visit").unwrap();
        transaction.put(ROOT, "l", "ael10").unwrap();
        transaction.put(ROOT, "o", "sang").unwrap();
        transaction.put(ROOT, "m", 25_i64).unwrap();
        transaction.put(ROOT, "v", "2026-03-02 daggry 1").unwrap();
        transaction.put(ROOT, "weather", "sol").unwrap();
        let ticks = transaction.put_object(ROOT, "x", ObjType::Map).unwrap();
        transaction.put(&ticks, item(1).to_string(), 60_u64).unwrap();
        transaction.put(&ticks, "another kind of id", 60_u64).unwrap();
        let friends = transaction.put_object(ROOT, "friends", ObjType::Map).unwrap();
        transaction.put(&friends, "nabo", true).unwrap();
    });
    let ReadNote { note, newer } = read_note(NOTE, AUTHOR, &change).unwrap();
    assert_eq!(newer, ["friends", "o", "v", "weather", "x"]);
    assert_eq!((note.minutes, note.outcome, note.visit), (Minutes::new(25).ok(), None, None));
    assert_eq!(note.ticks, [Tick { item: item(1), after: 60, outside_id: None }]);
}

#[test]
fn a_note_of_a_kind_to_come_is_newer_and_not_broken() {
    let change = from_the_future(|transaction| {
        transaction.put(ROOT, "k", "dream").unwrap();
        transaction.put(ROOT, "l", "ael10").unwrap();
    });
    assert_eq!(read_note(NOTE, AUTHOR, &change), Err(NoteUnread::Newer));
}

#[test]
fn a_visit_of_another_citizen_is_not_written() {
    let note = Note { citizen: CitizenId([9; 16]), ..as_agreed(CITIZEN, 1) };
    assert_eq!(encode(&note, actor(1)), Err(DocumentError::NoteDoesNotFit));
}
