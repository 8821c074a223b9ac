//! Invents a workload: same parameters, same bytes.

use std::collections::BTreeMap;

use doegnrytme_core::care::day_part::DayPart;
use doegnrytme_core::care::weekdays::Weekdays;
use doegnrytme_core::time::UnixSeconds;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng as _};

use super::format::{Act, Citizen, EarlierNote, FORMAT, Item, Op, Shift, Team, Value, Workload};
use super::words::{self, below, pick};

/// What to invent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Size {
    /// Teams.
    pub teams: usize,
    /// Tablets a team.
    pub tablets: usize,
    /// Citizens a team.
    pub citizens: usize,
    /// Items a plan.
    pub items: usize,
    /// Earlier notes a citizen.
    pub history: usize,
    /// Visits a tablet.
    pub visits: usize,
    /// Ticks a visit.
    pub ticks: usize,
    /// How many visits in a hundred edit the plan.
    pub edits: usize,
    /// Deliberate concurrent pairs a team.
    pub pairs: usize,
    /// The seed.
    pub seed: u64,
}

impl Size {
    /// A team of 14 at the end of a shift: 60 citizens, 168 visits.
    pub const TEAM: Self = Self {
        teams: 1,
        tablets: 14,
        citizens: 60,
        items: 40,
        history: 20,
        visits: 12,
        ticks: 5,
        edits: 12,
        pairs: 7,
        seed: 1,
    };
    /// Three tablets and three citizens, for many short runs.
    pub const SMALL: Self = Self {
        teams: 1,
        tablets: 3,
        citizens: 3,
        items: 6,
        history: 2,
        visits: 3,
        ticks: 2,
        edits: 30,
        pairs: 2,
        seed: 1,
    };
}

/// 2026-03-02, a Monday, 7 in the morning in Copenhagen.
const BEGINS: UnixSeconds = UnixSeconds(1_772_431_200);
const DAY: i64 = 86_400;

/// Invents a workload.
#[must_use]
pub fn generate(size: &Size) -> Workload {
    let mut rng = ChaCha8Rng::seed_from_u64(size.seed);
    let mut workload = Workload {
        format: FORMAT.to_owned(),
        teams: Vec::new(),
        citizens: Vec::new(),
        tablets: Vec::new(),
    };
    for number in 0..size.teams {
        let team = Team {
            id: format!("team{number:02}"),
            tablets: (0..size.tablets).map(|at| format!("t{number:02}x{at:02}")).collect(),
            citizens: (0..size.citizens).map(|at| format!("c{number:02}x{at:03}")).collect(),
        };
        let citizens: Vec<Citizen> =
            team.citizens.iter().map(|id| citizen(&mut rng, size, &team, id)).collect();
        let mut shifts: Vec<Shift> =
            team.tablets.iter().map(|id| shift(&mut rng, size, &team, &citizens, id)).collect();
        for pair in 0..size.pairs {
            add_pair(&mut rng, &citizens, &mut shifts, pair);
        }
        workload.teams.push(team);
        workload.citizens.extend(citizens);
        workload.tablets.extend(shifts);
    }
    workload
}

fn number(at: usize) -> i64 {
    i64::try_from(at).unwrap_or(0)
}

fn citizen(rng: &mut ChaCha8Rng, size: &Size, team: &Team, id: &str) -> Citizen {
    let items = (0..size.items).map(|at| (format!("p{at:02}"), item(rng))).collect();
    let notes = (0..size.history)
        .map(|at| EarlierNote {
            id: format!("h{at:04}"),
            at: before(rng, size.history - at).to_rfc3339(),
            by: team.tablets.get(below(rng, team.tablets.len())).cloned().unwrap_or_default(),
            text: words::note(rng),
        })
        .collect();
    let (name, address) = (words::name(rng), words::address(rng));
    Citizen { id: id.to_owned(), team: team.id.clone(), name, address, items, notes }
}

/// About three visits a day, counted back from the shift.
fn before(rng: &mut ChaCha8Rng, visits_ago: usize) -> UnixSeconds {
    BEGINS.plus(-number(visits_ago) * DAY / 3 - DAY / 2 + number(below(rng, 7_200)))
}

fn item(rng: &mut ChaCha8Rng) -> Item {
    let every_day = Weekdays::every_day();
    let some = Weekdays::of((0..7).filter(|_| below(rng, 3) > 0)).unwrap_or(every_day);
    Item {
        title: pick(rng, words::ITEMS).to_owned(),
        text: words::instruction(rng),
        minutes: 5 + 5 * number(below(rng, 9)),
        slot: slot(rng),
        days: some.text().to_owned(),
    }
}

fn slot(rng: &mut ChaCha8Rng) -> String {
    let parts: Vec<&str> = DayPart::ALL.iter().map(|part| part.key()).collect();
    pick(rng, &parts).to_owned()
}

fn shift(rng: &mut ChaCha8Rng, size: &Size, team: &Team, citizens: &[Citizen], id: &str) -> Shift {
    let mut ops = Vec::new();
    let mut at = BEGINS.plus(number(below(rng, 900)));
    for visit in 0..size.visits {
        let Some(citizen) = citizens.get(below(rng, citizens.len())) else { break };
        let mut by = Hand { citizen, tablet: id, visit, ops: &mut ops };
        let mut items: Vec<&String> = citizen.items.keys().collect();
        for tick in 0..size.ticks.min(items.len()) {
            let item = items.swap_remove(below(rng, items.len())).clone();
            at = at.plus(60 + number(below(rng, 180)));
            by.does(at, Act::Tick { item, id: format!("k{id}.{visit}.{tick}") });
        }
        at = at.plus(300 + number(below(rng, 900)));
        by.does(at, Act::Note { id: format!("n{id}.{visit}"), text: words::note(rng) });
        if below(rng, 100) < size.edits
            && let Some((item, before)) = citizen.items.iter().nth(below(rng, citizen.items.len()))
        {
            at = at.plus(40);
            by.does(at, edit(rng, item, before, &format!("{id}.{visit}")));
        }
        at = at.plus(300 + number(below(rng, 600)));
    }
    Shift { id: id.to_owned(), team: team.id.clone(), ops }
}

struct Hand<'a> {
    citizen: &'a Citizen,
    tablet: &'a str,
    visit: usize,
    ops: &'a mut Vec<Op>,
}

impl Hand<'_> {
    fn does(&mut self, at: UnixSeconds, act: Act) {
        self.ops.push(Op {
            c: self.citizen.id.clone(),
            by: self.tablet.to_owned(),
            at: at.to_rfc3339(),
            visit: u64::try_from(self.visit).unwrap_or(0),
            act,
            pair: None,
            kind: None,
        });
    }
}

fn edit(rng: &mut ChaCha8Rng, item: &str, before: &Item, mark: &str) -> Act {
    match below(rng, 4) {
        0 => set(item, "minutes", Value::Number(before.minutes + 5)),
        1 => set(item, "slot", Value::Word(slot(rng))),
        2 => insert(rng, item, before, true, mark),
        _ => insert(rng, item, before, false, mark),
    }
}

fn set(item: &str, field: &str, value: Value) -> Act {
    Act::Set { item: item.to_owned(), field: field.to_owned(), value }
}

/// Words put in front of an instruction or behind it, or in place of its last ones.
fn insert(rng: &mut ChaCha8Rng, item: &str, before: &Item, front: bool, mark: &str) -> Act {
    let length = before.text.encode_utf16().count();
    let words = words::addition(rng, mark);
    let (pos, del, ins) = if front {
        (0, 0, format!("{words} "))
    } else if below(rng, 3) == 0 {
        (length.saturating_sub(6), 6.min(length), format!(" {words}"))
    } else {
        (length, 0, format!(" {words}"))
    };
    Act::Splice { item: item.to_owned(), pos, del, ins }
}

/// The kinds of pairs: what two carers do to one item without seeing each other.
const PAIRS: [&str; 5] =
    ["far-texts", "same-place", "text-and-minutes", "two-minutes", "part-and-minutes"];

fn add_pair(rng: &mut ChaCha8Rng, citizens: &[Citizen], shifts: &mut [Shift], pair: usize) {
    let Some(citizen) = citizens.get(below(rng, citizens.len())) else { return };
    let taken: Vec<&String> = shifts
        .iter()
        .flat_map(|shift| &shift.ops)
        .filter(|op| op.c == citizen.id)
        .filter_map(|op| match &op.act {
            Act::Splice { item, .. } | Act::Set { item, .. } => Some(item),
            Act::Tick { .. } | Act::Note { .. } => None,
        })
        .collect();
    let free: BTreeMap<&String, &Item> =
        citizen.items.iter().filter(|(id, _)| !taken.contains(id)).collect();
    let Some((item, before)) = free.into_iter().nth(below(rng, citizen.items.len() / 2)) else {
        return;
    };
    let first = below(rng, shifts.len());
    let second = (first + 1 + below(rng, shifts.len().saturating_sub(1))) % shifts.len();
    let kind = PAIRS.get(pair % PAIRS.len()).copied().unwrap_or_default();
    let minutes = |more| set(item, "minutes", Value::Number(before.minutes + more));
    let mut text = |front, mark: &str| insert(rng, item, before, front, mark);
    let acts = match kind {
        "far-texts" => [text(true, "a"), text(false, "b")],
        "same-place" => [text(true, "a"), text(true, "b")],
        "text-and-minutes" => [text(false, "a"), minutes(10)],
        "two-minutes" => [minutes(10), minutes(15)],
        _ => [set(item, "slot", Value::Word(slot(rng))), minutes(10)],
    };
    for (side, act) in [first, second].into_iter().zip(acts) {
        let Some(shift) = shifts.get_mut(side) else { continue };
        let Some(last) = shift.ops.last().cloned() else { continue };
        let at = UnixSeconds::from_rfc3339(&last.at).unwrap_or(BEGINS).plus(60).to_rfc3339();
        let (pair, kind) = (u64::try_from(pair).ok(), Some(kind.to_owned()));
        shift.ops.push(Op {
            c: citizen.id.clone(),
            at,
            act,
            pair,
            kind,
            visit: last.visit + 1,
            ..last
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::expect::conflicts;

    fn count(workload: &Workload, wanted: impl Fn(&Op) -> bool) -> usize {
        workload.tablets.iter().flat_map(|shift| &shift.ops).filter(|op| wanted(op)).count()
    }

    #[test]
    fn a_teams_shift_has_the_measure_of_a_real_one() {
        let workload = generate(&Size::TEAM);
        let texts: Vec<usize> = workload
            .tablets
            .iter()
            .flat_map(|shift| &shift.ops)
            .filter_map(|op| match &op.act {
                Act::Note { text, .. } => Some(text.chars().count()),
                _ => None,
            })
            .collect();
        assert_eq!(texts.len(), 168);
        let mean = texts.iter().sum::<usize>() / texts.len();
        assert!((270..=310).contains(&mean), "{mean}");
        assert_eq!(count(&workload, |op| matches!(op.act, Act::Tick { .. })), 840);
        let edits = |op: &Op| matches!(op.act, Act::Splice { .. } | Act::Set { .. });
        assert!((25..=45).contains(&count(&workload, edits)), "{}", count(&workload, edits));
        assert_eq!(count(&workload, |op| op.pair.is_some()), 14);
        assert!(conflicts(&workload.cut("team00").unwrap()) >= 4);
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes_and_another_one_others() {
        let bytes = |seed| serde_json::to_vec(&generate(&Size { seed, ..Size::SMALL })).unwrap();
        assert_eq!(bytes(7), bytes(7));
        assert_ne!(bytes(7), bytes(8));
    }

    #[test]
    fn two_teams_share_nothing() {
        let workload = generate(&Size { teams: 2, ..Size::SMALL });
        let (one, two) = (workload.cut("team00").unwrap(), workload.cut("team01").unwrap());
        assert_eq!((one.citizens.len(), two.tablets.len()), (3, 3));
        assert!(one.citizens.iter().all(|citizen| two.citizen(&citizen.id).is_none()));
        assert!(workload.cut("team02").is_err());
    }
}
