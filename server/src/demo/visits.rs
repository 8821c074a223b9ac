//! A carer's round, played on the tablet from what the tablet itself knows.

use std::collections::BTreeMap;

use doegnrytme_core::care::as_agreed::AsAgreed;
use doegnrytme_core::care::command::PlanCommand;
use doegnrytme_core::care::field::{Field, Scalar, Section};
use doegnrytme_core::care::note::{Outcome, Recipient};
use doegnrytme_core::care::plan::Plan;
use doegnrytme_core::care::role::Roles;
use doegnrytme_core::care::visit::PlannedVisit;
use doegnrytme_core::ids::{CarerId, CitizenId, ItemId, RecordKind};
use doegnrytme_core::store::StoreError;
use doegnrytme_core::tablet::plan::read_plan;
use doegnrytme_core::tablet::{Closing, Event, Machine};
use doegnrytme_core::time::{LocalDay, UnixSeconds};
use doegnrytme_core::wire::record::{Citizen, Payload as _};

use super::player::Player;
use super::shift::{Course, Deed, Value};
use super::trouble::Trouble;

/// Citizens as the tablet knows them: name and outside id.
pub type Names = BTreeMap<CitizenId, (String, String)>;

/// Who the citizens on the tablet are.
///
/// # Errors
/// [`Trouble`].
pub fn names(machine: &mut Machine) -> Result<Names, Trouble> {
    let rows = machine.store().read(|tx| tx.records(RecordKind::Citizen))?;
    let citizens = rows.iter().filter_map(|row| Citizen::read(&row.payload).ok());
    Ok(citizens.map(|it| (it.citizen, (it.name, it.outside_id.unwrap_or_default()))).collect())
}

/// The carer's visits of the day, in the order of the clock.
///
/// # Errors
/// [`Trouble`].
pub fn round(
    machine: &mut Machine,
    carer: CarerId,
    day: LocalDay,
) -> Result<Vec<PlannedVisit>, Trouble> {
    let mut visits = machine.store().read(|tx| tx.planned_visits(day))?;
    visits.retain(|visit| visit.carer == Some(carer));
    visits.sort_by_key(|visit| visit.span.map(|span| span.from));
    Ok(visits)
}

/// What a visit came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Made {
    /// Whether it was not as agreed.
    pub deviation: bool,
    /// Edits of the plan.
    pub edits: usize,
    /// Notes, the visit's own and others.
    pub notes: usize,
}

/// Makes a visit: ticks, closes, and does what else the script says. Returns when all is queued.
///
/// # Errors
/// [`Trouble`].
pub fn make(player: &Player, visit: &PlannedVisit, course: Course) -> Result<Made, Trouble> {
    let mut made = Made { deviation: course.text.is_some(), edits: 0, notes: 1 };
    let (planned, roles, deeds) = (visit.clone(), player.carer.roles(), course.after.clone());
    let events = player.look(move |machine| events(machine, &planned, roles, &course))?;
    events.into_iter().for_each(|event| player.send(event));
    let citizen = visit.key.citizen;
    for deed in deeds {
        let carer = player.id;
        let event = player.look(move |machine| after(machine, citizen, carer, deed))?;
        match event {
            Event::EditPlan { .. } => made.edits += 1,
            _ => made.notes += 1,
        }
        player.send(event);
    }
    Ok(made)
}

fn plan_of(machine: &mut Machine, citizen: CitizenId) -> Result<Plan, Trouble> {
    Ok(machine.store().read(|tx| read_plan(tx, citizen))?)
}

fn events(
    machine: &mut Machine,
    visit: &PlannedVisit,
    roles: Roles,
    course: &Course,
) -> Result<Vec<Event>, Trouble> {
    let key = visit.key;
    let plan = plan_of(machine, key.citizen)?;
    let agreed = AsAgreed::of(&plan.items, key.day, key.part, roles);
    let undone = |item: &ItemId| {
        plan.item(*item).is_some_and(|item| course.undone.contains(&item.title.as_str()))
    };
    let mut done: Vec<ItemId> = agreed.ticked.into_iter().chain(agreed.each_on_its_own).collect();
    done.retain(|item| !undone(item));
    let (from, to) = times(visit)?;
    let step = (to.0 - from.0) / i64::try_from(done.len() + 1).unwrap_or(1);
    let mut events: Vec<Event> = (1..)
        .zip(done)
        .map(|(place, item)| {
            let at = Some(from.plus(step * place));
            Event::Tick { visit: key, item, at, outside_id: None }
        })
        .collect();
    let (outcome, text) = match course.text {
        Some((text, needs_action)) => (Outcome::Deviation { needs_action }, text),
        None => (Outcome::AsAgreed, ""),
    };
    events.push(Event::CloseVisit(Closing {
        at: Some(to),
        outcome,
        text: text.to_owned(),
        phrases: course.phrases.clone(),
        minutes: Some(visit.minutes),
        ..Closing::as_agreed(key)
    }));
    Ok(events)
}

/// When the visit begins and ends. A night's visit may end on the day after.
fn times(visit: &PlannedVisit) -> Result<(UnixSeconds, UnixSeconds), Trouble> {
    let from = visit.span.map_or(0, |span| span.from);
    let from = visit.key.day.at_minute(from).map_err(|error| Trouble::Wrong(error.to_string()))?;
    Ok((from, from.plus(i64::from(visit.minutes.get()) * 60)))
}

/// The event of a deed that follows the visit.
fn after(
    machine: &mut Machine,
    citizen: CitizenId,
    carer: CarerId,
    deed: Deed,
) -> Result<Event, Trouble> {
    let edit = |command| Event::EditPlan { citizen, command };
    match deed {
        Deed::Put { section, title, field, value } => {
            let plan = plan_of(machine, citizen)?;
            let entry = entry(&plan, section, title).ok_or_else(|| missing(title))?;
            let value = match value {
                Value::Text(text) => Scalar::from(text),
                Value::Minutes(minutes) => Scalar::Int(minutes),
            };
            Ok(edit(PlanCommand::Put { section, entry, field, value }))
        }
        Deed::AddStory(text) => {
            let fields = vec![(Field::Text, Scalar::from(text))];
            let section = Section::LifeStory;
            Ok(edit(PlanCommand::AddEntry { section, entry: fresh_id()?, fields }))
        }
        Deed::HandOver(function, text) => {
            let (to, text) = (Recipient::Function(function), text.to_owned());
            Ok(Event::HandOver { citizen, to, text })
        }
        Deed::Correct(text) => {
            let last = machine.store().read(|tx| tx.last_note_by(citizen, carer))?;
            let note = last.ok_or_else(|| missing("the note just written"))?.note.id;
            Ok(Event::Correct { note, text: text.to_owned() })
        }
        Deed::Tell(_) | Deed::Deviate { .. } => {
            Err(Trouble::Wrong("this belongs into the visit".to_owned()))
        }
    }
}

fn missing(what: &str) -> Trouble {
    Trouble::Wrong(format!("not on the tablet: {what}"))
}

/// The entry with a title.
fn entry(plan: &Plan, section: Section, title: &str) -> Option<ItemId> {
    match section {
        Section::Items => plan.items.iter().find(|it| it.title == title).map(|it| it.entry.id),
        Section::Goals => {
            plan.goals.iter().find(|it| it.title.as_deref() == Some(title)).map(|it| it.entry.id)
        }
        _ => None,
    }
}

fn fresh_id() -> Result<ItemId, Trouble> {
    let mut id = [0; 5];
    ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut id)
        .map_err(|_| crate::error::Failure::Randomness)?;
    Ok(ItemId(id))
}

/// The title of an entry, for the table.
#[must_use]
pub fn title_of(plan: &Plan, section: Section, id: ItemId) -> String {
    let found = match section {
        Section::Items => plan.item(id).map(|item| item.title.clone()),
        Section::Goals => {
            plan.goals.iter().find(|it| it.entry.id == id).and_then(|it| it.title.clone())
        }
        _ => None,
    };
    found.unwrap_or_else(|| section.key().to_owned())
}

/// Takes the first handover to a function that nobody has taken: its note, if there is one.
///
/// # Errors
/// [`Trouble`].
pub fn open_handover(
    machine: &mut Machine,
    to: Recipient,
) -> Result<Option<doegnrytme_core::ids::NoteId>, Trouble> {
    let open = machine.store().read(|tx| {
        let questions = tx.open_questions()?;
        Ok::<_, StoreError>(questions.into_iter().find(|row| row.note.to == Some(to)))
    })?;
    Ok(open.map(|row| row.note.id))
}
