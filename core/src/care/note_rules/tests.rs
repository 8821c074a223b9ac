//! Every refusal of a note, and what is taken.

use super::*;
use crate::care::example::{
    advis_words, anna, day, head, item_id, morning, note_id, report, tick, visit_note,
};
use crate::care::legal_basis::LegalBasis;
use crate::care::note::{Function, HeadPrefix, PhraseId, Recipient, VisitReport};
use crate::ids::{CarerId, CitizenId};
use crate::time::UnixSeconds;

const NURSE: Recipient = Recipient::Function(Function::Nurse);

fn words() -> String {
    "Huden ser rød ud".to_owned()
}

fn visit(change: impl FnOnce(&mut VisitReport)) -> Result<Note, NoteError> {
    let mut report = report();
    change(&mut report);
    Note::visit(head(1, anna()), report)
}

fn deviation(needs_action: bool) -> Outcome {
    Outcome::Deviation { needs_action }
}

#[test]
fn a_visit_as_agreed_needs_ticks_and_no_word() {
    let note = visit_note(1, anna());
    assert_eq!(note.text, "");
    assert!(!note.needs_action());
    assert_eq!(note.ticked_at(&note.ticks[0]), morning().plus(60));
}

#[test]
fn a_deviation_is_told_in_words_or_in_a_phrase() {
    type Tell = fn(&mut VisitReport);
    let ways: [(Tell, bool); 4] = [
        (|report| report.text = "Ville ikke i bad".to_owned(), true),
        (|report| report.phrases = vec![PhraseId(7)], true),
        (|_| {}, false),
        (|report| report.text = " \n".to_owned(), false),
    ];
    for (tell, right) in ways {
        let note = visit(|report| {
            report.outcome = deviation(true);
            tell(report);
        });
        match note {
            Ok(note) => assert!(right && note.needs_action()),
            Err(error) => assert!(!right && error == NoteError::DeviationWithoutWords),
        }
    }
}

#[test]
fn a_visit_refuses_what_cannot_be() {
    type Spoil = fn(&mut VisitReport);
    let spoils: [(Spoil, NoteError); 9] = [
        (|report| report.visit.citizen = CitizenId([9; 16]), NoteError::AnotherCitizen),
        (|report| report.ticks = vec![tick(1), tick(2), tick(1)], NoteError::ItemTwice),
        (
            |report| {
                report.outcome = deviation(false);
                report.text = "Sov".to_owned();
                report.not_given = vec![item_id(1)];
            },
            NoteError::ItemTwice,
        ),
        (|report| report.not_given = vec![item_id(2)], NoteError::NotGivenIsDeviation),
        (|report| report.minutes = None, NoteError::TicksWithoutMinutes),
        (|report| report.text = "å".repeat(MOST_TEXT + 1), NoteError::TooLong),
        (|report| report.ticks[0].outside_id = Some("x".repeat(201)), NoteError::TooLong),
        (|report| report.ticks = (0..=200).map(tick).collect(), NoteError::TooMany),
        (|report| report.phrases = vec![PhraseId(1); MOST_LISTED + 1], NoteError::TooMany),
    ];
    for (spoil, error) in spoils {
        assert_eq!(visit(spoil), Err(error));
    }
    let heads = visit(|report| report.plan_heads = vec![HeadPrefix([0; 8]); MOST_LISTED + 1]);
    assert_eq!(heads, Err(NoteError::TooMany));
}

#[test]
fn the_longest_text_is_taken_and_the_heaviest_stays_below_the_gate() {
    assert!(visit(|report| report.text = "å".repeat(MOST_TEXT)).is_ok());
    let mut advis = advis_words(day("2026-03-09"));
    advis.observed = "🙂".repeat(MOST_TEXT);
    assert!(Note::advis(head(1, anna()), advis.clone()).is_ok());
    advis.tried = "🙂".repeat(MOST_TEXT);
    assert_eq!(Note::advis(head(1, anna()), advis), Err(NoteError::TooLong));
}

#[test]
fn a_correction_points_at_the_original_and_says_something() {
    let correction = Note::correction(head(2, anna()), note_id(1), words(), vec![]).unwrap();
    assert_eq!(correction.points_at, Some(note_id(1)));
    let itself = Note::correction(head(2, anna()), note_id(2), words(), vec![]);
    assert_eq!(itself, Err(NoteError::PointsAtItself));
    let silent = Note::correction(head(2, anna()), note_id(1), " ".to_owned(), vec![]);
    assert_eq!(silent, Err(NoteError::NoWords));
    let lost = Note { points_at: None, ..correction };
    assert_eq!(lost.check(), Err(NoteError::NoTarget));
}

#[test]
fn handing_over_taking_and_answering_need_what_they_are_about() {
    assert!(Note::handover(head(1, anna()), NURSE, Some(note_id(9)), words()).is_ok());
    let silent = Note::handover(head(1, anna()), NURSE, None, String::new());
    assert_eq!(silent, Err(NoteError::NoWords));
    let handover = Note::handover(head(1, anna()), NURSE, None, words()).unwrap();
    assert_eq!(Note { to: None, ..handover }.check(), Err(NoteError::NoRecipient));
    let taken = Note::taken(head(2, anna()), note_id(1)).unwrap();
    assert_eq!(Note { points_at: None, ..taken }.check(), Err(NoteError::NoTarget));
    assert_eq!(Note::taken(head(2, anna()), note_id(2)), Err(NoteError::PointsAtItself));
    for answer in [Note::answer, Note::advis_answer] {
        assert_eq!(answer(head(2, anna()), note_id(1), String::new()), Err(NoteError::NoWords));
        let answered = answer(head(2, anna()), note_id(1), words()).unwrap();
        assert_eq!(Note { points_at: None, ..answered }.check(), Err(NoteError::NoTarget));
    }
}

#[test]
fn there_is_no_advis_without_its_parts_owner_and_day() {
    let due = day("2026-03-02");
    let advis = Note::advis(head(1, anna()), advis_words(due)).unwrap();
    assert_eq!(Note { advis: None, ..advis }.check(), Err(NoteError::AdvisIncomplete));
    type Spoil = fn(&mut Advis);
    let spoils: [(Spoil, NoteError); 4] = [
        (|advis| advis.observed.clear(), NoteError::AdvisIncomplete),
        (|advis| advis.tried = " ".to_owned(), NoteError::AdvisIncomplete),
        (|advis| advis.ask.clear(), NoteError::AdvisIncomplete),
        (|advis| advis.due = advis.due.plus(-1), NoteError::DueInThePast),
    ];
    for (spoil, error) in spoils {
        let mut words = advis_words(due);
        spoil(&mut words);
        assert_eq!(Note::advis(head(1, anna()), words), Err(error));
    }
}

#[test]
fn an_imported_note_keeps_its_outside_author_and_id() {
    let outside = |name: String| {
        let mut head = head(1, Author::Outside(name));
        head.law = LegalBasis::Sul138;
        head
    };
    let note =
        Note::import(outside("t00x00".to_owned()), Some("h0000".to_owned()), words()).unwrap();
    assert_eq!(note.author, Author::Outside("t00x00".to_owned()));
    assert_eq!(note.outside_id.as_deref(), Some("h0000"));
    let long = Note::import(outside("x".repeat(201)), None, words());
    assert_eq!(long, Err(NoteError::TooLong));
    let long = Note::import(head(1, anna()), Some("x".repeat(201)), words());
    assert_eq!(long, Err(NoteError::TooLong));
    assert_eq!(Note::import(head(1, anna()), None, String::new()), Err(NoteError::NoWords));
}

#[test]
fn each_part_of_a_note_belongs_to_its_kinds() {
    let correction = Note::correction(head(2, anna()), note_id(1), words(), vec![]).unwrap();
    let visit = visit_note(1, anna());
    let taken = Note::taken(head(2, anna()), note_id(1)).unwrap();
    let import = Note::import(head(1, anna()), None, words()).unwrap();
    for strange in [
        Note { ticks: vec![tick(1)], ..correction.clone() },
        Note { not_given: vec![item_id(1)], ..correction.clone() },
        Note { minutes: visit.minutes, ..correction.clone() },
        Note { outcome: Some(Outcome::AsAgreed), ..correction.clone() },
        Note { to: Some(NURSE), ..correction },
        Note { advis: Some(advis_words(day("2026-03-09"))), ..visit.clone() },
        Note { points_at: Some(note_id(9)), ..visit.clone() },
        Note { points_at: Some(note_id(9)), ..import },
        Note { phrases: vec![PhraseId(1)], ..taken },
    ] {
        assert_eq!(strange.check(), Err(NoteError::NotOfThisKind), "{strange:?}");
    }
    assert_eq!(Note { visit: None, ..visit.clone() }.check(), Err(NoteError::NoVisit));
    assert_eq!(Note { outcome: None, ..visit }.check(), Err(NoteError::NoVisit));
}

#[test]
fn kinds_functions_and_recipients_are_read_back_from_their_words() {
    for kind in NoteKind::ALL {
        assert_eq!(NoteKind::from_key(kind.key()), Some(*kind));
    }
    let carer = Recipient::Carer(CarerId([7; 16]));
    let functions = Function::ALL.iter().map(|function| Recipient::Function(*function));
    for recipient in functions.chain([carer]) {
        assert_eq!(Recipient::from_word(&recipient.word()), Some(recipient));
    }
    assert_eq!(Recipient::from_word("nobody"), None);
}

#[test]
fn a_note_reads_back_from_its_bytes() -> Result<(), minicbor::decode::Error> {
    let mut report = report();
    report.outcome = deviation(true);
    report.text = "Ville ikke i bad".to_owned();
    report.not_given = vec![item_id(2)];
    report.plan_heads = vec![HeadPrefix([3; 8])];
    report.phrases = vec![PhraseId(300)];
    report.ticks[0].outside_id = Some("k1".to_owned());
    for note in [
        Note::visit(head(1, anna()), report).unwrap(),
        Note::advis(head(2, anna()), advis_words(day("2026-03-09"))).unwrap(),
        Note::handover(head(3, Author::Municipality), NURSE, None, words()).unwrap(),
    ] {
        let bytes = minicbor::to_vec(&note).unwrap();
        assert_eq!(minicbor::decode::<Note>(&bytes)?, note);
    }
    Ok(())
}

#[test]
fn a_time_outside_the_calendar_is_left_to_the_gate() {
    let mut head = head(1, anna());
    head.written = UnixSeconds(i64::MAX);
    assert!(Note::advis(head, advis_words(day("2026-03-09"))).is_ok());
}
