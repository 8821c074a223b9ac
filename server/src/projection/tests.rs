use doegnrytme_core::care::consent::Topic;
use doegnrytme_core::care::note::{Note, NoteKind};
use doegnrytme_core::ids::NoteId;
use doegnrytme_core::trial::Reason;
use doegnrytme_core::wire::verdict::Verdict;

use super::day::day;
use super::*;
use crate::jobs::stand::{GARDEN, INGER, Post, SVEND, Town, WALK, correction, today, visit};
use crate::store::fact::Fact;
use doegnrytme_core::care::note::PhraseId;

fn note(id: u8) -> NoteId {
    NoteId([id; 16])
}

/// A day with visits of two citizens, a correction that comes before its original, one more that
/// disagrees, and a visit of the day before.
fn a_day() -> Vec<Note> {
    let mut yesterday = visit(7, INGER, &[GARDEN], "");
    yesterday.visit = yesterday.visit.map(|mut key| {
        key.day = today().plus(-1);
        key
    });
    vec![
        correction(3, 1, INGER, &[WALK]),
        visit(1, INGER, &[GARDEN], ""),
        visit(2, SVEND, &[], "Han ville ikke med ud."),
        correction(4, 1, INGER, &[WALK, PhraseId(3)]),
        visit(5, INGER, &[PhraseId(6)], ""),
        correction(6, 5, INGER, &[]),
        yesterday,
    ]
}

fn told(town: &Town) -> Vec<PhraseId> {
    town.read(|tx| day(tx, INGER, today()).unwrap()).phrases.into_iter().collect()
}

#[test]
fn a_fact_holds_what_a_digest_needs_and_no_words() {
    let town = Town::new();
    town.publish(visit(1, INGER, &[GARDEN], "Hemmelig bemærkning"));
    let progress = town.clerk(&Post::new()).project().unwrap();
    assert_eq!((progress.facts, progress.unread), (1, 0));
    let facts = town.read(|tx| tx.facts().unwrap());
    let expected = Fact {
        note: note(1),
        citizen: INGER,
        kind: NoteKind::Visit,
        day: today(),
        points_at: None,
        phrases: vec![GARDEN],
        as_agreed: Some(false),
    };
    assert_eq!(facts, [expected]);
}

#[test]
fn a_correction_holds_from_then_on_in_whatever_order_it_comes() {
    let town = Town::new();
    let mut clerk = town.clerk(&Post::new());
    let mut seen = Vec::new();
    for published in a_day() {
        town.publish(published);
        clerk.project().unwrap();
        seen.push(told(&town));
    }
    let (walk, good_day) = (vec![WALK], vec![WALK, PhraseId(6)]);
    let expected = [vec![], walk.clone(), walk.clone(), walk.clone(), good_day, walk.clone(), walk];
    assert_eq!(seen, expected);
}

#[test]
fn reading_step_by_step_and_reading_anew_give_the_same() {
    let (steps, at_once) = (Town::new(), Town::new());
    let mut clerk = steps.clerk(&Post::new());
    for published in a_day() {
        at_once.publish(published.clone());
        steps.publish(published);
        clerk.project().unwrap();
    }
    at_once.clerk(&Post::new()).project().unwrap();
    let facts = steps.read(|tx| tx.facts().unwrap());
    assert_eq!(facts.len(), a_day().len());
    assert_eq!(at_once.read(|tx| tx.facts().unwrap()), facts);
    assert_eq!(clerk.rebuild().unwrap(), []);
    assert_eq!(
        steps.read(|tx| Anew::read(tx).unwrap()),
        at_once.read(|tx| Anew::read(tx).unwrap())
    );
}

#[test]
fn reading_anew_stops_where_reading_step_by_step_stands() {
    let town = Town::new();
    let mut clerk = town.clerk(&Post::new());
    let mut day = a_day().into_iter();
    town.publish(day.next().unwrap());
    clerk.project().unwrap();
    day.for_each(|published| town.publish(published));
    assert_eq!(town.read(|tx| Anew::read(tx).unwrap().compare(tx).unwrap()), []);
}

#[test]
fn facts_that_differ_from_their_notes_are_named_and_put_right() {
    let town = Town::new();
    let mut clerk = town.clerk(&Post::new());
    a_day().into_iter().for_each(|published| town.publish(published));
    clerk.project().unwrap();
    let right = town.read(|tx| tx.facts().unwrap());
    let stream = town.team();
    let (mut changed, missing) = (right.clone(), note(5));
    town.write(move |tx, _| {
        let mark = tx.projected(stream).unwrap();
        tx.forget_facts().unwrap();
        changed.retain(|fact| fact.note != missing);
        changed
            .iter_mut()
            .filter(|fact| fact.note == note(1))
            .for_each(|fact| fact.phrases.clear());
        changed.push(Fact { note: note(99), ..changed[0].clone() });
        changed.iter().for_each(|fact| tx.put_fact(fact).unwrap());
        tx.set_projected(stream, mark).unwrap();
    });
    let differences = clerk.rebuild().unwrap();
    assert_eq!(
        differences,
        [
            Difference::Different(note(1)),
            Difference::Missing(note(5)),
            Difference::Surplus(note(99))
        ]
    );
    assert_eq!(town.read(|tx| tx.facts().unwrap()), right);
    assert_eq!(clerk.rebuild().unwrap(), []);
    assert_eq!(clerk.project().unwrap(), Progress::default(), "nothing is read twice");
}

#[test]
fn a_note_that_speaks_of_another_citizen_tells_nothing_of_either() {
    let town = Town::new();
    let verdict = town.signs_for(SVEND, visit(1, INGER, &[GARDEN], ""));
    assert_eq!(verdict, Verdict::Held { reason: Reason::OtherCitizen.number() });
    let progress = town.clerk(&Post::new()).project().unwrap();
    assert_eq!((progress.facts, progress.unread), (0, 0));
    for citizen in [INGER, SVEND] {
        assert_eq!(town.read(|tx| day(tx, citizen, today()).unwrap()), Default::default());
    }
}

#[test]
fn a_correction_signed_for_another_citizen_changes_nothing() {
    let town = Town::new();
    town.publish(visit(1, INGER, &[GARDEN], ""));
    town.publish(correction(2, 1, SVEND, &[]));
    town.clerk(&Post::new()).project().unwrap();
    assert_eq!(told(&town), [GARDEN]);
}

#[test]
fn a_page_that_somebody_else_kept_is_not_kept_again() {
    let town = Town::new();
    town.publish(visit(1, INGER, &[GARDEN], ""));
    let page = town.read(|tx| pages::next(tx).unwrap()).remove(0);
    let again = page.clone();
    assert!(town.write(move |tx, _| pages::keep(tx, &page).unwrap()));
    assert!(!town.write(move |tx, _| pages::keep(tx, &again).unwrap()));
}

#[test]
fn that_somebody_was_there_waits_behind_log_in() {
    let town = Town::new();
    town.publish(visit(1, INGER, &[], "Noget andet."));
    town.clerk(&Post::new()).project().unwrap();
    let facts = town.read(|tx| day(tx, INGER, today()).unwrap());
    assert!(facts.phrases.is_empty());
    assert_eq!(Vec::from_iter(facts.other), [Topic::Visits]);
}
