//! An invented municipality's team: what the demo and the tests of others play with.
//!
//! Eighteen plans were written by hand after situations that municipalities told of
//! (`written.json`); the others are put together from `words` by a seed. Nobody here exists.
//! Read [`carers`], [`rows`], then [`rounds`], which deals the day's visits out.

pub mod carers;
pub mod dice;
mod others;
pub mod relatives;
pub mod rounds;
pub mod rows;
#[cfg(test)]
mod tests;
mod words;

use doegnrytme_core::time::LocalDay;

use dice::Dice;
use rows::{CitizenFile, CitizenRow, ShiftFile, ShiftRow};

/// The municipality's name.
pub const MUNICIPALITY: &str = "Lillekær Kommune";
/// The team's name.
pub const TEAM: &str = "Team Åkanden";

/// The hand-written rows. `{team}` is the team, `{i dag}` the weekday that is played, `{-3}` the
/// date three days before it, so that the day's scenes work on any weekday.
const WRITTEN: &str = include_str!("written.json");

const WEEKDAYS: [&str; 7] = ["ma", "ti", "on", "to", "fr", "lø", "sø"];

/// A town on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Town {
    /// The day that is played.
    pub day: LocalDay,
    /// The citizens with their plans, the hand-written first.
    pub citizens: Vec<CitizenRow>,
    /// Each carer's planned visits.
    pub shifts: Vec<ShiftRow>,
}

impl Town {
    /// The town of a seed on a day.
    ///
    /// # Errors
    /// When the hand-written rows cannot be read; a test proves that they can.
    pub fn of(seed: u64, day: LocalDay) -> Result<Self, serde_json::Error> {
        let mut citizens = written(day)?;
        let mut dice = Dice::new(seed);
        citizens.extend(others::citizens(TEAM, citizens.len() + 1, day, &mut dice));
        let shifts = rounds::deal(TEAM, &citizens, day);
        Ok(Self { day, citizens, shifts })
    }

    /// The file that `citizen import` reads.
    ///
    /// # Errors
    /// Never in fact: the rows are plain.
    pub fn citizen_file(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(&CitizenFile { citizens: self.citizens.clone() })
    }

    /// The file that `shift import` reads.
    ///
    /// # Errors
    /// Never in fact: the rows are plain.
    pub fn shift_file(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(&ShiftFile { shifts: self.shifts.clone() })
    }
}

fn written(day: LocalDay) -> Result<Vec<CitizenRow>, serde_json::Error> {
    let today = WEEKDAYS.get(usize::from(day.weekday())).copied().unwrap_or_default();
    let text = WRITTEN.replace("{team}", TEAM).replace("{i dag}", today);
    let text = (1..10)
        .fold(text, |text, ago| text.replace(&format!("{{-{ago}}}"), &day.plus(-ago).to_string()));
    serde_json::from_str::<CitizenFile>(&text).map(|file| file.citizens)
}
