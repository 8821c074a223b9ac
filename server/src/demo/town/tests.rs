use std::collections::BTreeSet;

use doegnrytme_core::care::command::PlanCommand;
use doegnrytme_core::ids::ItemId;

use super::carers::{CARERS, Watch};
use super::relatives::RELATIVES;
use super::*;
use crate::import::citizen::CitizenRow as Imported;
use crate::import::json::rows as cut;
use crate::import::shift::ShiftRow as ImportedShift;

fn monday() -> LocalDay {
    "2026-03-02".parse().unwrap()
}

/// Each weekday, in several towns.
fn week() -> impl Iterator<Item = Town> {
    (0_i32..35)
        .map(|later| Town::of(u64::from(later.unsigned_abs()), monday().plus(later)).unwrap())
}

#[test]
fn the_import_takes_every_citizen_and_every_shift_on_each_weekday() {
    for town in week() {
        let file = town.citizen_file().unwrap();
        for row in cut(&file, "citizens").unwrap() {
            Imported::read(row.text).unwrap_or_else(|problem| panic!("{problem}: {}", row.text));
        }
        let file = town.shift_file().unwrap();
        for row in cut(&file, "shifts").unwrap() {
            ImportedShift::read(row.text).unwrap_or_else(|problem| panic!("{problem}"));
        }
    }
}

#[test]
fn every_entry_of_every_plan_may_be_written_by_a_carer_too() {
    let town = Town::of(1, monday()).unwrap();
    let file = town.citizen_file().unwrap();
    let id = ItemId([7; 5]);
    for row in cut(&file, "citizens").unwrap() {
        let citizen = Imported::read(row.text).unwrap();
        for entry in &citizen.entries {
            let command: PlanCommand = entry.command(id, entry.goal.as_ref().map(|_| id));
            assert_eq!(command.validate(), Ok(()), "{} {}", citizen.outside_id, entry.place);
        }
    }
}

#[test]
fn sixty_citizens_live_there_and_nobody_twice() {
    let town = Town::of(1, monday()).unwrap();
    let names: BTreeSet<&str> = town.citizens.iter().map(|row| row.name.as_str()).collect();
    let ids: BTreeSet<&str> = town.citizens.iter().map(|row| row.id.as_str()).collect();
    assert_eq!((town.citizens.len(), names.len(), ids.len()), (60, 60, 60));
    assert_eq!(written(monday()).unwrap().len(), 18);
}

#[test]
fn the_same_seed_gives_the_same_town_and_another_seed_another() {
    let town = |seed| Town::of(seed, monday()).unwrap();
    assert_eq!(town(3), town(3));
    assert_ne!(town(3), town(4));
}

#[test]
fn every_visit_that_a_plan_asks_for_is_somebodys_who_may_make_it() {
    for town in week() {
        let asked: usize = town
            .citizens
            .iter()
            .map(|row| {
                let due = row.items.values().filter(|item| item.is_for(town.day));
                due.map(|item| item.slot.as_str()).collect::<BTreeSet<_>>().len()
            })
            .sum();
        let given: usize = town.shifts.iter().map(|shift| shift.visits.len()).sum();
        assert_eq!(given, asked, "{}", town.day);
        assert!((120..=200).contains(&given), "{given}");
    }
}

#[test]
fn everybody_has_work_and_nobody_beyond_the_watch() {
    for town in week() {
        for (carer, shift) in CARERS.iter().zip(&town.shifts) {
            let first = shift.visits.first().unwrap_or_else(|| panic!("{} is idle", carer.name));
            let last = shift.visits.last().unwrap();
            let (from, to) = match carer.watch {
                Watch::Day => ("07:00", "15:30"),
                Watch::Evening => ("17:00", "23:00"),
                Watch::Night => ("23:00", "23:59"),
            };
            assert!(first.from.as_str() >= from, "{} begins at {}", carer.name, first.from);
            if carer.watch != Watch::Night {
                assert!(last.to.as_str() <= to, "{} {}: {}", town.day, carer.name, last.to);
            }
        }
    }
}

#[test]
fn relatives_belong_to_citizens_and_have_numbers_of_nobody() {
    let town = Town::of(1, monday()).unwrap();
    let numbers: BTreeSet<String> = RELATIVES.iter().map(|relative| relative.phone()).collect();
    assert_eq!(numbers.len(), RELATIVES.len());
    for relative in RELATIVES {
        assert!(town.citizens.iter().any(|row| row.id == relative.citizen));
        assert!(relative.phone().starts_with("+45000000") && relative.phone().len() == 11);
    }
}
