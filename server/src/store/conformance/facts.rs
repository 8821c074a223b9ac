//! Facts: how far streams were read, and what belongs to a day.

use doegnrytme_core::care::note::{NoteKind, PhraseId};
use doegnrytme_core::ids::{CitizenId, NoteId, StreamId};
use doegnrytme_core::time::LocalDay;

use super::kept;
use crate::store::fact::Fact;
use crate::store::{Store, StoreError, Tx};

const DAY: LocalDay = LocalDay(20_514);
const KARLA: CitizenId = CitizenId([1; 16]);

fn note(number: u8) -> NoteId {
    NoteId([number; 16])
}

fn fact(number: u8, kind: NoteKind, points_at: Option<u8>) -> Fact {
    Fact {
        note: note(number),
        citizen: KARLA,
        kind,
        day: DAY,
        points_at: points_at.map(note),
        phrases: Vec::new(),
        as_agreed: None,
    }
}

fn told(tx: &mut dyn Tx, citizen: CitizenId, day: LocalDay) -> Result<Vec<u8>, StoreError> {
    Ok(tx.facts_of(citizen, day)?.iter().map(|fact| fact.note.0[0]).collect())
}

pub(crate) fn a_fact_reads_back_whole_and_one_of_the_same_note_takes_its_place(
    store: &mut dyn Store,
) {
    kept(store, |tx| {
        let kinds = [NoteKind::Visit, NoteKind::Correction, NoteKind::HandoverTaken];
        let mut facts = Vec::new();
        for (number, kind) in [3, 1, 2].into_iter().zip(kinds) {
            for as_agreed in [Some(true), Some(false), None] {
                let fact = Fact {
                    day: LocalDay(-3),
                    phrases: vec![PhraseId(u16::MAX), PhraseId(0), PhraseId(256)],
                    as_agreed,
                    ..fact(number, kind, Some(9))
                };
                tx.put_fact(&fact)?;
                assert_eq!(tx.facts()?.iter().find(|it| it.note == fact.note), Some(&fact));
                facts.retain(|earlier: &Fact| earlier.note != fact.note);
                facts.push(fact);
            }
        }
        facts.sort();
        assert_eq!(tx.facts()?, facts, "by note");
        Ok(())
    });
}

pub(crate) fn a_days_facts_are_its_visits_and_what_points_at_them_however_far(
    store: &mut dyn Store,
) {
    kept(store, |tx| {
        let later = LocalDay(DAY.0 + 4);
        let someone = CitizenId([2; 16]);
        for fact in [
            fact(5, NoteKind::Visit, None),
            Fact { day: later, ..fact(4, NoteKind::Correction, Some(5)) },
            Fact { day: later, ..fact(3, NoteKind::Correction, Some(4)) },
            fact(6, NoteKind::Handover, None),
            Fact { day: later, ..fact(7, NoteKind::Visit, None) },
            Fact { citizen: someone, ..fact(8, NoteKind::Visit, None) },
            Fact { citizen: someone, ..fact(9, NoteKind::Correction, Some(5)) },
        ] {
            tx.put_fact(&fact)?;
        }
        assert_eq!(told(tx, KARLA, DAY)?, [3, 4, 5], "by note; no handover of its own, no other's");
        assert_eq!(told(tx, KARLA, later)?, [7]);
        assert_eq!(told(tx, someone, DAY)?, [8]);
        assert_eq!(told(tx, CitizenId([3; 16]), DAY)?, [0_u8; 0]);
        Ok(())
    });
}

pub(crate) fn notes_that_point_at_each_other_come_once(store: &mut dyn Store) {
    kept(store, |tx| {
        tx.put_fact(&fact(1, NoteKind::Visit, Some(2)))?;
        tx.put_fact(&fact(2, NoteKind::Correction, Some(1)))?;
        tx.put_fact(&fact(3, NoteKind::Correction, Some(3)))?;
        assert_eq!(told(tx, KARLA, DAY)?, [1, 2]);
        Ok(())
    });
}

pub(crate) fn forgotten_facts_are_read_anew_from_the_first_row(store: &mut dyn Store) {
    kept(store, |tx| {
        assert_eq!(tx.projected(StreamId(1))?, 0);
        for seq in [7, u64::from(u32::MAX) + 1] {
            tx.set_projected(StreamId(1), seq)?;
            assert_eq!(tx.projected(StreamId(1))?, seq);
        }
        assert_eq!(tx.projected(StreamId(2))?, 0, "of one stream");
        tx.put_fact(&fact(1, NoteKind::Visit, None))?;
        tx.forget_facts()?;
        assert_eq!((tx.projected(StreamId(1))?, tx.facts()?), (0, Vec::new()));
        Ok(())
    });
}
