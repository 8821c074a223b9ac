//! Whether anything was lost or is not equal, as a function of what was seen: the day's verdict.

use std::collections::BTreeSet;

use doegnrytme_core::ids::{DocId, NoteId};

use super::reading::{Holding, notes_among};

/// What is known of one carer and the tablet at the end of the day.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Who.
    pub carer: &'static str,
    /// What the tablet said was saved, in order.
    pub saved: Vec<DocId>,
    /// Orders that it did not carry out.
    pub not_saved: Vec<String>,
    /// Edits of plans that the carer made.
    pub edits: usize,
    /// The notes that the tablet holds.
    pub notes: BTreeSet<NoteId>,
    /// All that it holds.
    pub holding: Holding,
    /// Rows without a verdict.
    pub unsent: u64,
    /// Rows that the server holds back.
    pub held: u64,
    /// Whether it said that it holds what the server holds.
    pub is_equal: bool,
}

/// Looks for everything that was saved on every tablet; what is wrong, in words.
#[must_use]
pub fn losses(before: &Holding, outcomes: &[Outcome]) -> Vec<String> {
    let saved: Vec<DocId> = outcomes.iter().flat_map(|one| one.saved.clone()).collect();
    let notes: BTreeSet<NoteId> = saved
        .iter()
        .filter_map(|doc| match doc {
            DocId::Note(note) => Some(*note),
            _ => None,
        })
        .collect();
    let edits = saved.len() - notes_among(&saved);
    let edits_made: usize = outcomes.iter().map(|one| one.edits).sum();
    let plan_changes = before.plan_changes + edits;
    let first = outcomes.first().map(|one| &one.holding);
    let mut wrong = Vec::new();
    for one in outcomes {
        let name = one.carer;
        wrong.extend(one.not_saved.iter().map(|why| format!("{name}: not saved, {why}")));
        let missing = notes.difference(&one.notes).count();
        if missing > 0 {
            wrong.push(format!("{name}'s tablet lacks {missing} notes"));
        }
        if one.holding.plan_changes != plan_changes || edits != edits_made {
            wrong.push(format!("{name}'s tablet lacks edits of plans"));
        }
        if first.is_some_and(|first| *first != one.holding) {
            wrong.push(format!("{name}'s tablet does not hold what the first one holds"));
        }
        if one.unsent + one.held > 0 {
            let (unsent, held) = (one.unsent, one.held);
            wrong.push(format!("{name}'s tablet has {unsent} unsent and {held} held rows"));
        }
        if !one.is_equal {
            wrong.push(format!("{name}'s tablet is not equal"));
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use doegnrytme_core::ids::CitizenId;

    use super::*;
    use crate::demo::report::Report;

    const BEFORE: Holding = Holding { plans: 60, plan_changes: 100, notes: 0, content: [0; 32] };

    fn note(number: u8) -> NoteId {
        NoteId([number; 16])
    }

    /// A day on which three carers wrote two notes each and two of them edited a plan.
    fn good_day() -> Vec<Outcome> {
        let notes: BTreeSet<NoteId> = (0..6).map(note).collect();
        let holding = Holding { plan_changes: 102, notes: notes.len(), content: [7; 32], ..BEFORE };
        let outcome = |(carer, first, edits): (&'static str, u8, usize)| {
            let mut saved = vec![DocId::Note(note(first)), DocId::Note(note(first + 1))];
            saved.extend(vec![DocId::Plan(CitizenId([1; 16]), 0); edits]);
            Outcome {
                carer,
                saved,
                not_saved: Vec::new(),
                edits,
                notes: notes.clone(),
                holding: holding.clone(),
                unsent: 0,
                held: 0,
                is_equal: true,
            }
        };
        [("Anna", 0, 1), ("Bo", 2, 1), ("Carl", 4, 0)].map(outcome).to_vec()
    }

    fn status(outcomes: &[Outcome]) -> u8 {
        let wrong = losses(&BEFORE, outcomes);
        Report { wrong, ..Report::default() }.exit_status()
    }

    #[test]
    fn a_day_on_which_nothing_was_lost_ends_well() {
        assert_eq!(losses(&BEFORE, &good_day()), [""; 0]);
        assert_eq!(status(&good_day()), 0);
    }

    /// The negative control: each thing that may go wrong, alone, on the last tablet.
    #[test]
    fn whatever_is_lost_or_unequal_is_named_and_ends_with_another_status() {
        type Breaks = fn(&mut Outcome);
        let broken: [(&str, Breaks); 9] = [
            ("a note is missing", |last| {
                last.notes.remove(&note(1));
            }),
            ("its own note is missing", |last| {
                last.notes.remove(&note(4));
            }),
            ("a change of a plan is missing", |last| last.holding.plan_changes -= 1),
            ("it shows another value", |last| last.holding.content = [8; 32]),
            ("a row was not sent", |last| last.unsent = 1),
            ("a row is held", |last| last.held = 1),
            ("it never was equal", |last| last.is_equal = false),
            ("an order was not carried out", |last| last.not_saved.push("full".to_owned())),
            ("an edit was made and never saved", |last| last.edits += 1),
        ];
        for (what, breaks) in broken {
            let mut day = good_day();
            breaks(day.last_mut().unwrap());
            let wrong = losses(&BEFORE, &day);
            assert!(wrong.iter().any(|line| line.starts_with("Carl")), "{what}: {wrong:?}");
            assert_eq!(status(&day), 1, "{what}");
        }
    }

    #[test]
    fn a_note_that_is_nowhere_but_was_said_to_be_saved_is_missed_on_every_tablet() {
        let mut day = good_day();
        for one in &mut day {
            assert!(one.notes.remove(&note(3)));
        }
        let wrong = losses(&BEFORE, &day);
        assert_eq!(wrong.iter().filter(|line| line.ends_with("lacks 1 notes")).count(), 3);
        assert_eq!(status(&day), 1);
    }
}
