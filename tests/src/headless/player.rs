//! A recorded shift as events: ticks and the note of a visit, and edits as one put each.

use std::collections::BTreeMap;

use doegnrytme_core::care::command::PlanCommand;
use doegnrytme_core::care::day_part::DayPart;
use doegnrytme_core::care::field::{Field, Scalar, Section};
use doegnrytme_core::care::note::Outcome;
use doegnrytme_core::care::visit::VisitKey;
use doegnrytme_core::ids::{CitizenId, ItemId};
use doegnrytme_core::tablet::event::{Closing, Event};
use doegnrytme_core::time::UnixSeconds;

use super::Problem;
use crate::workload::format::{Act, Op, Shift, TeamFile, Value};
use crate::workload::rebase::Rebased;

/// Our ids of what the workload names by outside ids.
#[derive(Debug, Clone, Default)]
pub struct Ids {
    /// Citizens.
    pub citizens: BTreeMap<String, CitizenId>,
    /// Items by citizen and item.
    pub items: BTreeMap<(String, String), ItemId>,
}

/// The events that a tablet's shift consists of, in order.
///
/// # Errors
/// [`Problem`] when the shift names what is not on the tablet, or a time or value cannot be read.
pub fn events(team: &TeamFile, shift: &Shift, ids: &Ids) -> Result<Vec<Event>, Problem> {
    let (visits, texts, values) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    let mut player = Player { team, ids, visits, texts, values };
    let mut events = Vec::new();
    for op in &shift.ops {
        events.extend(player.event(op)?);
    }
    // A visit that nobody wrote about went as agreed; without this its ticks would stay a draft.
    let unclosed = player.visits.into_values().filter(|visit| visit.ticked);
    events.extend(unclosed.map(|visit| {
        let at = Some(visit.last);
        Event::CloseVisit(Closing { at, ..Closing::as_agreed(visit.key) })
    }));
    Ok(events)
}

struct Player<'a> {
    team: &'a TeamFile,
    ids: &'a Ids,
    visits: BTreeMap<u64, Open>,
    texts: BTreeMap<(&'a str, &'a str), Rebased>,
    /// What this tablet put last in a field.
    values: BTreeMap<(&'a str, &'a str, Field), Scalar>,
}

#[derive(Clone, Copy)]
struct Open {
    key: VisitKey,
    ticked: bool,
    last: UnixSeconds,
}

impl<'a> Player<'a> {
    /// The op's event; none for an edit that changes nothing.
    fn event(&mut self, op: &'a Op) -> Result<Option<Event>, Problem> {
        let at = UnixSeconds::from_rfc3339(&op.at)
            .map_err(|_| Problem::wrong(format!("not a time: {}", op.at)))?;
        match &op.act {
            Act::Tick { item, id } => {
                let item = self.item(op, item)?;
                let visit = self.visit(op, at)?;
                (visit.ticked, visit.last) = (true, at);
                let (visit, outside_id) = (visit.key, Some(id.clone()));
                Ok(Some(Event::Tick { visit, item, at: Some(at), outside_id }))
            }
            Act::Note { id, text } => {
                let visit = self.visit(op, at)?;
                visit.ticked = false;
                Ok(Some(Event::CloseVisit(Closing {
                    at: Some(at),
                    outcome: Outcome::Deviation { needs_action: false },
                    text: text.clone(),
                    outside_id: Some(id.clone()),
                    ..Closing::as_agreed(visit.key)
                })))
            }
            Act::Splice { item, pos, del, ins } => {
                let text = self.text(op, item);
                text.splice(*pos, *del, ins);
                let text = Scalar::Text(text.text());
                self.put(op, item, Field::Text, text)
            }
            Act::Set { item, field, value } => {
                let field = Field::from_key(field)
                    .ok_or_else(|| Problem::wrong(format!("no field {field}")))?;
                let value = match value {
                    Value::Number(number) => Scalar::Int(*number),
                    Value::Word(word) => Scalar::Text(word.clone()),
                };
                self.put(op, item, field, value)
            }
        }
    }

    fn citizen(&self, op: &Op) -> Result<CitizenId, Problem> {
        let found = self.ids.citizens.get(&op.c).copied();
        found.ok_or_else(|| Problem::wrong(format!("citizen {} is not on the tablet", op.c)))
    }

    fn item(&self, op: &Op, item: &str) -> Result<ItemId, Problem> {
        let found = self.ids.items.get(&(op.c.clone(), item.to_owned())).copied();
        found.ok_or_else(|| Problem::wrong(format!("item {item} of {} is not there", op.c)))
    }

    fn text(&mut self, op: &'a Op, item: &'a str) -> &mut Rebased {
        let team = self.team;
        self.texts.entry((&op.c, item)).or_insert_with(|| {
            let before = team.citizen(&op.c).and_then(|citizen| citizen.items.get(item));
            Rebased::new(before.map_or("", |item| &item.text))
        })
    }

    fn put(
        &mut self,
        op: &'a Op,
        item: &'a str,
        field: Field,
        value: Scalar,
    ) -> Result<Option<Event>, Problem> {
        let (section, entry) = (Section::Items, self.item(op, item)?);
        let last = self.values.insert((&op.c, item, field), value.clone());
        let last = last.or_else(|| {
            let item = self.team.citizen(&op.c)?.items.get(item)?;
            Some(match field {
                Field::Text => Scalar::Text(item.text.clone()),
                Field::Minutes => Scalar::Int(item.minutes),
                _ => Scalar::Text(item.slot.clone()),
            })
        });
        if last.as_ref() == Some(&value) {
            return Ok(None);
        }
        let command = PlanCommand::Put { section, entry, field, value };
        Ok(Some(Event::EditPlan { citizen: self.citizen(op)?, command }))
    }

    /// The op's visit; a new one gets its key from when it begins, and a running number when the
    /// carer was there before in the same part of the day.
    fn visit(&mut self, op: &Op, at: UnixSeconds) -> Result<&mut Open, Problem> {
        let citizen = self.citizen(op)?;
        if !self.visits.contains_key(&op.visit) {
            let mut key = visit_key(citizen, at)
                .ok_or_else(|| Problem::wrong(format!("not a time: {}", op.at)))?;
            while self.visits.values().any(|other| other.key == key) {
                key.number = key.number.saturating_add(1);
            }
            self.visits.insert(op.visit, Open { key, ticked: false, last: at });
        }
        self.visits.get_mut(&op.visit).ok_or_else(|| Problem::wrong("no visit"))
    }
}

/// The first visit of a citizen in the part of the day that a time lies in. What lies before 6 in
/// the morning belongs to the night that began the day before.
#[must_use]
pub fn visit_key(citizen: CitizenId, at: UnixSeconds) -> Option<VisitKey> {
    let (day, minute) = (at.local_day().ok()?, at.local_minute().ok()?);
    let day = if minute < DayPart::Morning.begins() { day.plus(-1) } else { day };
    Some(VisitKey { citizen, day, part: DayPart::of_minute(minute), number: 1 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::generate::{Size, generate};

    fn ids(team: &TeamFile) -> Ids {
        let mut ids = Ids::default();
        for (at, citizen) in (1..).zip(&team.citizens) {
            ids.citizens.insert(citizen.id.clone(), CitizenId([at; 16]));
            for (number, item) in (1..).zip(citizen.items.keys()) {
                let item = (citizen.id.clone(), item.clone());
                ids.items.insert(item, ItemId([at, number, 0, 0, 0]));
            }
        }
        ids
    }

    #[test]
    fn every_op_becomes_one_event_and_no_visit_stays_open() {
        let team = generate(&Size::TEAM).cut("team00").unwrap();
        let ids = ids(&team);
        for shift in &team.tablets {
            let events = events(&team, shift, &ids).unwrap();
            let edits = |op: &&Op| matches!(op.act, Act::Splice { .. } | Act::Set { .. });
            let least = shift.ops.len() - shift.ops.iter().filter(edits).count();
            assert!((least..=shift.ops.len()).contains(&events.len()));
            let ticks = events.iter().filter(|event| matches!(event, Event::Tick { .. })).count();
            let notes = events.iter().filter(|event| matches!(event, Event::CloseVisit(_)));
            assert_eq!((ticks, notes.count()), (60, 12));
        }
    }

    #[test]
    fn a_visit_without_a_note_closes_as_agreed() {
        let mut team = generate(&Size::SMALL).cut("team00").unwrap();
        let ids = ids(&team);
        team.tablets[0].ops.retain(|op| matches!(op.act, Act::Tick { .. }));
        let events = events(&team, &team.tablets[0], &ids).unwrap();
        let closed: Vec<&Closing> = events
            .iter()
            .filter_map(|event| match event {
                Event::CloseVisit(closing) => Some(closing),
                _ => None,
            })
            .collect();
        assert_eq!(closed.len(), 3);
        assert!(closed.iter().all(|closing| closing.outcome == Outcome::AsAgreed));
    }

    #[test]
    fn an_edit_that_changes_nothing_is_no_event() {
        let mut team = generate(&Size { edits: 100, ..Size::SMALL }).cut("team00").unwrap();
        let ids = ids(&team);
        let edit = |op: &&Op| matches!(op.act, Act::Splice { .. } | Act::Set { .. });
        let first = team.tablets[0].ops.iter().find(edit).unwrap().clone();
        let (Act::Splice { item, .. } | Act::Set { item, .. }) = &first.act else { panic!() };
        let before = team.citizen(&first.c).unwrap().items[item].minutes;
        let set = |value| Op {
            act: Act::Set { item: item.clone(), field: "minutes".into(), value },
            ..first.clone()
        };
        team.tablets[0].ops = vec![set(Value::Number(before)), set(Value::Number(before + 1))];
        team.tablets[0].ops.push(set(Value::Number(before + 1)));
        assert_eq!(events(&team, &team.tablets[0], &ids).unwrap().len(), 1);
    }

    #[test]
    fn a_second_visit_in_the_same_part_of_the_day_is_another_visit() {
        let mut team = generate(&Size { citizens: 1, ..Size::SMALL }).cut("team00").unwrap();
        let ids = ids(&team);
        let first = team.tablets[0].ops.iter().find(|op| op.visit == 0).unwrap().at.clone();
        team.tablets[0].ops.retain(|op| matches!(op.act, Act::Note { .. }));
        for op in &mut team.tablets[0].ops {
            op.at.clone_from(&first);
        }
        let events = events(&team, &team.tablets[0], &ids).unwrap();
        let numbers: Vec<u8> = events
            .iter()
            .filter_map(|event| match event {
                Event::CloseVisit(closing) => Some(closing.visit.number),
                _ => None,
            })
            .collect();
        assert_eq!(numbers, [1, 2, 3]);
    }

    #[test]
    fn a_visit_before_six_belongs_to_the_night_before() {
        let at = UnixSeconds::from_rfc3339("2026-03-03T03:30:00Z").unwrap();
        let key = visit_key(CitizenId([1; 16]), at).unwrap();
        assert_eq!((key.day.to_string().as_str(), key.part), ("2026-03-02", DayPart::Night));
    }
}
