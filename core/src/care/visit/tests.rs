//! Tests of planned and doubled visits.

use super::*;
use crate::care::example::{KAREN, anna, day, item, note_id, viggo, visit_note};
use crate::care::field::Status;
use crate::care::note::Outcome;

const MONDAY: &str = "2026-03-02";

fn at(id: u8, part: DayPart, minutes: i64) -> PlanItem {
    PlanItem { part, minutes: Minutes::new(minutes).unwrap(), ..item(id) }
}

#[test]
fn the_days_visits_follow_from_days_and_parts_of_the_day() {
    let mut ended = at(4, DayPart::Night, 10);
    ended.entry.status = Status::Ended;
    let mut fridays = at(5, DayPart::Noon, 10);
    fridays.days = "fr".parse().unwrap();
    let mut draft = at(6, DayPart::Evening, 15);
    draft.entry.status = Status::Draft;
    let items = [
        draft,
        at(1, DayPart::Morning, 20),
        at(2, DayPart::Evening, 10),
        at(3, DayPart::Morning, 5),
        ended,
        fridays,
    ];
    let visits: Vec<(DayPart, u16)> = derive(KAREN, day(MONDAY), &items)
        .iter()
        .map(|visit| (visit.key.part, visit.minutes.get()))
        .collect();
    assert_eq!(visits, [(DayPart::Morning, 25), (DayPart::Evening, 25)]);
}

#[test]
fn a_derived_visit_is_nobodys_yet_and_the_first_of_its_part() {
    let [visit] = derive(KAREN, day(MONDAY), &[item(1)]).try_into().unwrap();
    assert_eq!(
        visit.key,
        VisitKey { citizen: KAREN, day: day(MONDAY), part: DayPart::Morning, number: 1 }
    );
    assert_eq!((visit.carer, visit.span, visit.course), (None, None, None));
    assert!(derive(KAREN, day(MONDAY), &[]).is_empty());
}

#[test]
fn a_day_with_very_much_to_do_is_still_a_day() {
    let items: Vec<PlanItem> = (0..4).map(|id| at(id, DayPart::Morning, 1_000)).collect();
    assert_eq!(derive(KAREN, day(MONDAY), &items)[0].minutes.get(), Minutes::MOST);
}

#[test]
fn two_notes_of_one_visit_by_two_carers_may_be_double() {
    let notes = [visit_note(2, viggo()), visit_note(1, anna())];
    let [double] = maybe_doubles(&notes).try_into().unwrap();
    assert_eq!(double.notes, [note_id(1), note_id(2)]);
    assert_eq!(Some(double.key), notes[0].visit);
}

#[test]
fn one_carer_or_two_visits_are_no_double() {
    let mut second = visit_note(3, viggo());
    if let Some(key) = &mut second.visit {
        key.number = 2;
    }
    assert!(maybe_doubles(&[visit_note(1, anna()), visit_note(2, anna()), second]).is_empty());
}

#[test]
fn a_correction_by_a_colleague_is_no_double() {
    let mut correction = visit_note(2, viggo());
    correction.kind = NoteKind::Correction;
    correction.outcome = Some(Outcome::AsAgreed);
    assert!(maybe_doubles(&[visit_note(1, anna()), correction]).is_empty());
}

#[test]
fn a_planned_visit_reads_back_from_its_bytes() -> Result<(), minicbor::decode::Error> {
    let visit = PlannedVisit {
        key: crate::care::example::visit_key(),
        course: Some("plejepakke 2".to_owned()),
        minutes: Minutes::new(20).unwrap(),
        span: Some(Span { from: 480, to: 500 }),
        carer: Some(CarerId([4; 16])),
    };
    assert_eq!(minicbor::decode::<PlannedVisit>(&minicbor::to_vec(&visit).unwrap())?, visit);
    Ok(())
}
