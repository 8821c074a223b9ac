//! The planned visits of one day, dealt out among the carers from what the plans say.

use std::collections::BTreeMap;

use doegnrytme_core::care::day_part::DayPart;
use doegnrytme_core::care::role::Roles;
use doegnrytme_core::time::LocalDay;

use super::carers::{CARERS, Carer, Watch};
use super::rows::{CitizenRow, ItemRow, ShiftRow, VisitRow};
use super::words::COURSES;

/// Minutes from one door to the next.
const WAY: u16 = 4;

/// A visit that somebody has to make.
struct Need {
    citizen: usize,
    part: DayPart,
    minutes: u16,
    allowed: Roles,
}

/// A carer's day as it fills up.
struct Round<'town> {
    carer: &'town Carer,
    /// Minute of the day at which the last visit ends.
    until: u16,
    visits: Vec<VisitRow>,
}

/// Deals the day's visits out: to the contact person where that can be, else to whoever is free
/// first and may do what the visit holds.
pub fn deal(team: &str, citizens: &[CitizenRow], day: LocalDay) -> Vec<ShiftRow> {
    let mut rounds: Vec<Round<'_>> =
        CARERS.iter().map(|carer| Round { carer, until: 0, visits: Vec::new() }).collect();
    for part in DayPart::ALL {
        for need in needs(citizens, *part, day) {
            if let Some(citizen) = citizens.get(need.citizen) {
                give(&mut rounds, citizen, &need);
            }
        }
    }
    rounds
        .into_iter()
        .map(|round| ShiftRow {
            carer: round.carer.name.to_owned(),
            team: team.to_owned(),
            day: day.to_string(),
            visits: round.visits,
        })
        .collect()
}

fn needs(citizens: &[CitizenRow], part: DayPart, day: LocalDay) -> Vec<Need> {
    let mut needs: Vec<Need> = citizens
        .iter()
        .enumerate()
        .filter_map(|(citizen, row)| {
            let items: Vec<&ItemRow> = row
                .items
                .values()
                .filter(|item| item.part() == Some(part) && item.is_for(day))
                .collect();
            let minutes = items.iter().map(|item| item.minutes).sum();
            let allowed =
                items.iter().fold(Roles::ALL.bits(), |so_far, item| so_far & item.allowed().bits());
            (!items.is_empty()).then_some(Need {
                citizen,
                part,
                minutes,
                allowed: Roles::from_bits(allowed),
            })
        })
        .collect();
    // Visits that few may make are dealt out first.
    needs.sort_by_key(|need| (need.allowed.bits().count_ones(), need.citizen));
    needs
}

fn give(rounds: &mut [Round<'_>], citizen: &CitizenRow, need: &Need) {
    let is_contact =
        |carer: &Carer| citizen.contacts.values().any(|contact| contact.name == carer.name);
    let may =
        |carer: &Carer| carer.watch == Watch::of(need.part) && need.allowed.contains(carer.role);
    // A contact person may be up to this much later than the carer who is free first.
    let begins = begins(need.part);
    let free = |round: &Round<'_>| {
        let head_start = if is_contact(round.carer) { 20 } else { 0 };
        round.until.max(begins) + 20 - head_start
    };
    let Some(round) =
        rounds.iter_mut().filter(|round| may(round.carer)).min_by_key(|round| free(round))
    else {
        return;
    };
    let from = round.until.max(begins) + if round.until > begins { WAY } else { 0 };
    let to = from + need.minutes;
    round.until = to;
    round.visits.push(VisitRow {
        citizen: citizen.id.clone(),
        slot: need.part.key().to_owned(),
        from: clock(from),
        to: clock(to),
        course: course(citizen),
        minutes: need.minutes,
    });
}

/// The first visit of each part.
fn begins(part: DayPart) -> u16 {
    match part {
        DayPart::Morning => 7 * 60,
        DayPart::Forenoon => 9 * 60,
        DayPart::Noon => 11 * 60 + 30,
        DayPart::Afternoon => 13 * 60 + 30,
        DayPart::Evening => 17 * 60,
        DayPart::Night => 23 * 60,
    }
}

fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60 % 24, minute % 60)
}

/// The course by how much help the citizen has in a day.
fn course(citizen: &CitizenRow) -> String {
    let minutes: u16 = citizen.items.values().map(|item| item.minutes).sum();
    let at = usize::from(minutes / 40).min(COURSES.len() - 1);
    COURSES.get(at).copied().unwrap_or_default().to_owned()
}

/// How many visits each citizen gets, by outside id; for the tests and the opening line.
#[must_use]
pub fn per_citizen(shifts: &[ShiftRow]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for visit in shifts.iter().flat_map(|shift| &shift.visits) {
        *counts.entry(visit.citizen.as_str()).or_default() += 1;
    }
    counts
}
