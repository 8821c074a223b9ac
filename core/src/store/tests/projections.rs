//! Projections kept step by step are those that the log gives.

use proptest::prelude::*;

use super::*;
use crate::care::visit::PlannedVisit;
use crate::ids::RecordKind;
use crate::wire::record::{Payload as _, Shift};

#[derive(Debug, Clone)]
enum Step {
    Note { tablet: usize, citizen: bool },
    Correct { tablet: usize },
    Add { tablet: usize, item: u8, citizen: bool },
    Put { tablet: usize, item: u8, field: u8, value: u8, citizen: bool },
    Meet { from: usize, to: usize },
}

fn step() -> impl Strategy<Value = Step> {
    let tablet = 0..2_usize;
    prop_oneof![
        2 => (tablet.clone(), any::<bool>()).prop_map(|(tablet, citizen)| Step::Note { tablet, citizen }),
        1 => tablet.clone().prop_map(|tablet| Step::Correct { tablet }),
        2 => (tablet.clone(), 1..4_u8, any::<bool>())
            .prop_map(|(tablet, item, citizen)| Step::Add { tablet, item, citizen }),
        5 => (tablet.clone(), 1..4_u8, 0..3_u8, 0..4_u8, any::<bool>()).prop_map(
            |(tablet, item, field, value, citizen)| Step::Put { tablet, item, field, value, citizen }
        ),
        2 => (tablet.clone(), tablet).prop_map(|(from, to)| Step::Meet { from, to }),
    ]
}

fn whose(citizen: bool) -> CitizenId {
    if citizen { KAREN } else { POUL }
}

/// Two tablets that write and now and then see each other's work.
struct Team {
    tablets: [Tablet; 2],
    rows: Vec<(usize, OwnRow)>,
    seen: [usize; 2],
    last: Option<crate::ids::NoteId>,
}

impl Team {
    fn take(&mut self, step: &Step) {
        match step {
            Step::Note { tablet, citizen } => {
                let row = self.tablets[*tablet].note(whose(*citizen), "x");
                if let DocId::Note(note) = row.entry.doc {
                    self.last = Some(note);
                }
                self.save(*tablet, row);
            }
            Step::Correct { tablet } => {
                let Some(original) = self.last else { return };
                let id = self.tablets[*tablet].mint();
                let note = Note::correction(head(id, KAREN), original, "ret".into(), vec![]);
                let row = self.tablets[*tablet].note_of(note.unwrap());
                self.save(*tablet, row);
            }
            Step::Add { tablet, item, citizen } => {
                self.edit(*tablet, whose(*citizen), add(*item, "Bad"));
            }
            Step::Put { tablet, item, field, value, citizen } => {
                let field = [Field::Title, Field::Text, Field::Slot][usize::from(*field)];
                let value = ["morgen", "aften", "nat", "middag"][usize::from(*value)];
                self.edit(*tablet, whose(*citizen), put(*item, field, value));
            }
            Step::Meet { from, to } if from != to => self.meet(*from, *to),
            Step::Meet { .. } => {}
        }
    }

    /// An edit that the plan does not allow here (no such item, nothing changed) is left out.
    fn edit(&mut self, tablet: usize, citizen: CitizenId, edit: PlanCommand) {
        let plan = self.tablets[tablet].read(|tx| tx.plan_doc(citizen)).1;
        let mut copy = plan.clone();
        let actor = self.tablets[tablet].actor;
        if copy.edit(std::slice::from_ref(&edit), actor, MORNING).is_ok() {
            let row = self.tablets[tablet].edit(citizen, edit);
            self.save(tablet, row);
        }
    }

    fn save(&mut self, tablet: usize, row: OwnRow) {
        self.tablets[tablet].save(&row);
        self.rows.push((tablet, row));
    }

    fn meet(&mut self, from: usize, to: usize) {
        let rows: Vec<(usize, Row)> = self.published();
        let seen = self.seen[to];
        self.seen[to] = rows.len();
        self.tablets[to].write(|tx| {
            for (by, row) in rows.iter().skip(seen) {
                if *by == from {
                    tx.take_row(row)?;
                }
            }
            Ok(())
        });
    }

    fn published(&self) -> Vec<(usize, Row)> {
        let mut stream = Stream::default();
        self.rows.iter().map(|(by, row)| (*by, stream.publish(row))).collect()
    }
}

type Screens = (Vec<PlanValue>, Vec<NoteRow>, Digests);

fn screens(tablet: &mut Tablet) -> Screens {
    tablet.read(|tx| {
        let mut values = tx.plan_values(KAREN)?;
        values.extend(tx.plan_values(POUL)?);
        Ok((values, tx.all_notes()?, tx.recount_digests()?))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_is_written_and_however_it_comes_all_tablets_show_the_same(
        steps in prop::collection::vec(step(), 1..30),
        orders in prop::collection::vec(any::<prop::sample::Index>(), 60),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut team = Team {
            tablets: [Tablet::new(1), Tablet::new(2)],
            rows: Vec::new(),
            seen: [0, 0],
            last: None,
        };
        for step in &steps {
            team.take(step);
        }
        let rows: Vec<Row> = team.published().into_iter().map(|(_, row)| row).collect();
        prop_assume!(!rows.is_empty());
        // One reader gets everything in order, the other shuffled, doubled and in two transactions.
        let (mut one, mut other) = (Tablet::new(3), Tablet::new(4));
        for reader in [&mut one, &mut other] {
            reader.meets(team.tablets[0].number);
            reader.meets(team.tablets[1].number);
        }
        one.write(|tx| rows.iter().try_for_each(|row| tx.take_row(row).map(drop)));
        let mut shuffled = rows.clone();
        for (at, to) in orders.iter().enumerate().take(rows.len()) {
            shuffled.swap(at % rows.len(), to.index(rows.len()));
        }
        let (early, late) = shuffled.split_at(cut.index(rows.len()));
        other.write(|tx| early.iter().try_for_each(|row| tx.take_row(row).map(drop)));
        prop_assert_eq!(other.differences(), vec![]);
        other.reopen();
        other.write(|tx| late.iter().chain(early).try_for_each(|row| tx.take_row(row).map(drop)));
        prop_assert_eq!(screens(&mut one), screens(&mut other));
        for tablet in [&mut one, &mut other] {
            super::delivery::assert_recounts(tablet);
            prop_assert_eq!(tablet.differences(), vec![]);
        }
        for tablet in &mut team.tablets {
            prop_assert_eq!(tablet.differences(), vec![]);
        }
    }
}

#[test]
fn two_values_of_one_field_are_a_conflict_with_both_authors() {
    let (mut one, mut two) = (Tablet::new(1), Tablet::new(2));
    let mut stream = Stream::default();
    let base = one.edit(KAREN, add(1, "Bad"));
    one.save(&base);
    let base = stream.publish(&base);
    two.meets(one.number);
    two.write(|tx| tx.take_row(&base));
    let eight = one.edit(KAREN, put(1, Field::Text, "på kl 8"));
    let nine = two.edit(KAREN, put(1, Field::Text, "på kl 9"));
    one.save(&eight);
    two.save(&nine);
    two.write(|tx| tx.take_row(&stream.publish(&eight)));
    let conflict = two.read(|tx| tx.plan(KAREN)).conflicts.remove(0);
    let authors: Vec<&Author> = conflict.values.iter().map(|value| &value.author).collect();
    let [a, b] = [one.number, two.number].map(|number| Author::Carer(carer(number.0)));
    assert_eq!(authors, [&a, &b]);
    assert_eq!(two.read(|tx| tx.conflict_counts()), [(KAREN, 1)]);
    let settled = two.edit(KAREN, put(1, Field::Text, "på kl 8:30"));
    two.save(&settled);
    assert_eq!(two.read(|tx| tx.conflict_counts()), []);
}

#[test]
fn a_correction_stands_beside_the_original_and_questions_stay_open_until_answered() {
    use crate::care::note::{Function, Recipient};
    let mut tablet = Tablet::new(1);
    let original = tablet.note(KAREN, "Sov godt");
    tablet.save(&original);
    let DocId::Note(note) = original.entry.doc else { panic!() };
    let id = tablet.mint();
    let correction = Note::correction(head(id, KAREN), note, "Sov dårligt".into(), vec![]);
    let row = tablet.note_of(correction.unwrap());
    tablet.save(&row);
    assert_eq!(tablet.read(|tx| tx.note(note)).unwrap().note.text, "Sov godt");
    assert_eq!(tablet.read(|tx| tx.notes_about(note))[0].note.text, "Sov dårligt");

    let ask = tablet.mint();
    let to = Recipient::Function(Function::Nurse);
    let handover = Note::handover(head(ask, KAREN), to, None, "Rødme på hælen".into());
    let row = tablet.note_of(handover.unwrap());
    tablet.save(&row);
    let open = |tablet: &mut Tablet| tablet.read(|tx| tx.open_questions()).len();
    let taken = Note::taken(head(tablet.mint(), KAREN), ask).unwrap();
    let row = tablet.note_of(taken);
    tablet.save(&row);
    assert_eq!(open(&mut tablet), 1);
    let answer = Note::answer(head(tablet.mint(), KAREN), ask, "Set til".into()).unwrap();
    let row = tablet.note_of(answer);
    tablet.save(&row);
    assert_eq!(open(&mut tablet), 0);
    assert_eq!(tablet.differences(), []);
}

fn shift(minutes: i64, day: i32) -> Shift {
    let mut key = visit(KAREN);
    key.day = key.day.plus(day);
    let planned = PlannedVisit {
        key,
        course: Some("plejepakke 2".into()),
        minutes: Minutes::new(minutes).unwrap(),
        span: None,
        carer: Some(carer(1)),
    };
    Shift { carer: carer(1), day: key.day, team: TEAM, visits: vec![planned] }
}

fn record(shift: &Shift, salt: u8, seq: u64) -> Row {
    let content = Content::Record { salt: [salt; 16], payload: shift.bytes() };
    Row {
        entry: Entry {
            doc: shift.doc(),
            kind: EntryKind::Record,
            citizen: None,
            hash: content.hash().unwrap(),
            schema: 1,
            certificate: crate::ids::CertificateId([0; 32]),
            written: MORNING,
            raw_clock: MORNING,
            clock_mark: ClockMark::Sound,
            replaces: None,
        },
        content,
        origin: Origin { device: DeviceNumber::SERVER, number: seq, position: 0 },
        placed: Some(Placed { stream: TEAM, seq, received: MORNING }),
    }
}

#[test]
fn the_later_version_of_a_record_counts_however_they_come() {
    let (early, late) = (record(&shift(20, 0), 1, 1), record(&shift(30, 0), 2, 2));
    for rows in [[&early, &late], [&late, &early]] {
        let mut tablet = Tablet::new(1);
        for row in rows {
            assert_eq!(tablet.write(|tx| tx.take_row(row)), Taken::New);
        }
        let day = MORNING.local_day().unwrap();
        let visits = tablet.read(|tx| tx.planned_visits(day));
        assert_eq!(visits.len(), 1);
        assert_eq!(visits[0].minutes, Minutes::new(30).unwrap());
        assert_eq!(tablet.read(|tx| tx.records(RecordKind::Shift))[0].hash, late.entry.hash);
        assert_eq!(tablet.differences(), []);
        super::delivery::assert_recounts(&mut tablet);
    }
}

#[test]
fn a_citizen_without_a_planned_visit_has_those_that_the_plan_asks_for() {
    let mut tablet = Tablet::new(1);
    let row = tablet.edit(POUL, add(1, "Bad"));
    tablet.save(&row);
    tablet.write(|tx| tx.take_row(&record(&shift(20, 0), 1, 1)));
    let day = MORNING.local_day().unwrap();
    let visits = tablet.read(|tx| tx.visits_of_day(day));
    let found: Vec<_> = visits.iter().map(|visit| (visit.key.citizen, visit.carer)).collect();
    assert_eq!(found, [(KAREN, Some(carer(1))), (POUL, None)]);
    // Karen has no plan and tomorrow no planned visit.
    let tomorrow = tablet.read(|tx| tx.visits_of_day(day.plus(1)));
    assert_eq!(tomorrow.iter().map(|visit| visit.key.citizen).collect::<Vec<_>>(), [POUL]);
}

#[test]
fn a_note_that_the_gate_refused_stays_out_when_projections_are_made_anew() {
    let (mut liar, mut reader) = (Tablet::new(2), Tablet::new(1));
    reader.meets(liar.number);
    // Signed by one device, written under another's actor.
    liar.actor = ActorId::new(DeviceNumber(0x0100_0003), [1; 12]);
    let row = Stream::default().publish(&liar.note(KAREN, "Under en andens navn"));
    assert_eq!(reader.write(|tx| tx.take_row(&row)), Taken::Unreadable);
    assert_eq!(reader.texts(KAREN), [""; 0]);
    assert_eq!(reader.differences(), []);
    reader.write(|tx| tx.rebuild_projections());
    assert_eq!(reader.texts(KAREN), [""; 0]);
}
