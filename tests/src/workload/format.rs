//! The file `end-of-shift/1`: teams, their citizens before the shift, and what each tablet does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};

/// The only format that is read.
pub const FORMAT: &str = "end-of-shift/1";

/// A whole workload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workload {
    /// [`FORMAT`].
    pub format: String,
    /// The teams.
    pub teams: Vec<Team>,
    /// All teams' citizens.
    pub citizens: Vec<Citizen>,
    /// All teams' tablets.
    pub tablets: Vec<Shift>,
}

/// A team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// Its id, which is its name.
    pub id: String,
    /// Its tablets' ids.
    pub tablets: Vec<String>,
    /// Its citizens' ids.
    pub citizens: Vec<String>,
}

/// A citizen before the shift.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Citizen {
    /// The outside id.
    pub id: String,
    /// The team.
    pub team: String,
    /// The invented name.
    pub name: String,
    /// The invented address.
    pub address: String,
    /// The plan's items by outside id.
    pub items: BTreeMap<String, Item>,
    /// Notes of before.
    pub notes: Vec<EarlierNote>,
}

/// An item of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What it is called.
    pub title: String,
    /// The instruction.
    pub text: String,
    /// Planned minutes.
    pub minutes: i64,
    /// Part of the day, the Danish word.
    pub slot: String,
    /// Weekdays, Danish words.
    pub days: String,
}

/// A note of before the shift.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierNote {
    /// The outside id.
    pub id: String,
    /// When, RFC 3339.
    pub at: String,
    /// The outside word for who wrote it.
    pub by: String,
    /// What it says.
    pub text: String,
}

/// What one tablet does, in the order in which the carer did it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shift {
    /// The tablet.
    pub id: String,
    /// Its team.
    #[serde(default)]
    pub team: String,
    /// What the carer did.
    pub ops: Vec<Op>,
}

/// One thing done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Op {
    /// The citizen.
    pub c: String,
    /// The tablet, which also names the carer.
    pub by: String,
    /// When, RFC 3339.
    pub at: String,
    /// The visit: what one tablet does under one number is one visit.
    pub visit: u64,
    /// What.
    #[serde(flatten)]
    pub act: Act,
    /// Marks the two halves of a deliberate concurrent pair.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pair: Option<u64>,
    /// What kind of pair.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Act {
    /// An item was done.
    Tick {
        /// Which.
        item: String,
        /// The tick's outside id.
        id: String,
    },
    /// The visit's note was saved.
    Note {
        /// The note's outside id.
        id: String,
        /// What it says.
        text: String,
    },
    /// An item's instruction was edited; positions are UTF-16 units of the text before the shift.
    Splice {
        /// Which item.
        item: String,
        /// Where.
        pos: usize,
        /// How many units go.
        del: usize,
        /// What comes.
        ins: String,
    },
    /// An item's minutes or part of the day was set.
    Set {
        /// Which item.
        item: String,
        /// `minutes` or `slot`.
        field: String,
        /// The value.
        value: Value,
    },
}

/// A value of [`Act::Set`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// Minutes.
    Number(i64),
    /// A part of the day.
    Word(String),
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Word(word) => f.write_str(word),
        }
    }
}

/// One team cut out of a workload: what a process that plays it needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamFile {
    /// The team's id, which is its name.
    pub team: String,
    /// Its citizens.
    pub citizens: Vec<Citizen>,
    /// Its tablets.
    pub tablets: Vec<Shift>,
}

/// Why a workload cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum WorkloadError {
    /// The file cannot be read.
    #[error("cannot read the workload: {0}")]
    File(#[from] std::io::Error),
    /// It is not what it must be.
    #[error("cannot read the workload: {0}")]
    Json(#[from] serde_json::Error),
    /// It is another format.
    #[error("cannot read the workload: its format is not {FORMAT}")]
    Format,
    /// The team is not in it.
    #[error("the workload has no team {0}")]
    NoTeam(String),
}

impl Workload {
    /// Reads a file.
    ///
    /// # Errors
    /// [`WorkloadError`] when it is not there or not of this format.
    pub fn read(path: &Path) -> Result<Self, WorkloadError> {
        let workload: Self = serde_json::from_slice(&std::fs::read(path)?)?;
        if workload.format == FORMAT { Ok(workload) } else { Err(WorkloadError::Format) }
    }

    /// One team of it.
    ///
    /// # Errors
    /// [`WorkloadError::NoTeam`].
    pub fn cut(&self, team: &str) -> Result<TeamFile, WorkloadError> {
        let found = self.teams.iter().find(|known| known.id == team);
        let found = found.ok_or_else(|| WorkloadError::NoTeam(team.to_owned()))?;
        let citizens: BTreeSet<&String> = found.citizens.iter().collect();
        let tablets: BTreeSet<&String> = found.tablets.iter().collect();
        Ok(TeamFile {
            team: found.id.clone(),
            citizens: self.citizens.iter().filter(|c| citizens.contains(&c.id)).cloned().collect(),
            tablets: self.tablets.iter().filter(|t| tablets.contains(&t.id)).cloned().collect(),
        })
    }
}

impl TeamFile {
    /// Reads a file.
    ///
    /// # Errors
    /// [`WorkloadError`] when it is not there or not a team's.
    pub fn read(path: &Path) -> Result<Self, WorkloadError> {
        Ok(serde_json::from_slice(&std::fs::read(path)?)?)
    }

    /// Writes a file.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn write(&self, path: &Path) -> Result<(), WorkloadError> {
        Ok(std::fs::write(path, serde_json::to_vec(self)?)?)
    }

    /// The citizen with that outside id.
    #[must_use]
    pub fn citizen(&self, id: &str) -> Option<&Citizen> {
        self.citizens.iter().find(|citizen| citizen.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_op_reads_as_the_format_writes_it() {
        let json = r##"{"op":"splice","c":"c1","item":"p1","pos":3,"del":0,"ins":"x","pair":3,
            "kind":"far","at":"2026-03-02T06:59:52Z","by":"t1","visit":1}"##;
        let op: Op = serde_json::from_str(json).unwrap();
        assert_eq!((op.pair, op.visit), (Some(3), 1));
        let Act::Splice { pos: 3, del: 0, .. } = &op.act else { panic!("{op:?}") };
        let again: Op = serde_json::from_str(&serde_json::to_string(&op).unwrap()).unwrap();
        assert_eq!(again, op);
    }

    #[test]
    fn both_kinds_of_set_values_are_read() {
        for (json, value) in [("75", Value::Number(75)), ("\"aften\"", Value::Word("aften".into()))]
        {
            let read: Value = serde_json::from_str(json).unwrap();
            assert_eq!(read, value);
            assert_eq!(read.to_string(), json.replace('"', ""));
        }
    }
}
