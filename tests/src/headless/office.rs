//! What the operator does for a team before its tablets can work: through the running server's
//! socket, as the verbs do.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use doegnrytme_core::ids::CarerId;
use doegnrytme_core::trust::code::Invitation;
use doegnrytme_server::folder::Folder;
use doegnrytme_server::socket::{OperatorReply, OperatorRequest, ask};
use serde::{Deserialize, Serialize};

use super::Problem;
use crate::workload::format::TeamFile;

/// What later processes need of the seeding.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// The team's number.
    pub team: u32,
    /// The carers' ids by the tablets that name them.
    pub carers: BTreeMap<String, String>,
}

impl Index {
    /// Reads what [`Index::write`] wrote.
    ///
    /// # Errors
    /// [`Problem::File`] when nothing was seeded yet.
    pub fn read(path: &Path) -> Result<Self, Problem> {
        Ok(serde_json::from_slice(&std::fs::read(path)?)?)
    }

    /// Writes the file.
    ///
    /// # Errors
    /// [`Problem::File`].
    pub fn write(&self, path: &Path) -> Result<(), Problem> {
        Ok(std::fs::write(path, serde_json::to_vec_pretty(self)?)?)
    }

    /// The carer that a tablet names.
    ///
    /// # Errors
    /// [`Problem::Wrong`].
    pub fn carer(&self, tablet: &str) -> Result<CarerId, Problem> {
        let found = self.carers.get(tablet).and_then(|carer| carer.parse().ok());
        found.ok_or_else(|| Problem::wrong(format!("no carer was seeded for {tablet}")))
    }
}

/// The operator of a running server.
#[derive(Debug, Clone)]
pub struct Office {
    data: PathBuf,
}

impl Office {
    /// The operator of the server whose data folder this is.
    #[must_use]
    pub fn of(data: impl Into<PathBuf>) -> Self {
        Self { data: data.into() }
    }

    /// Asks for one verb.
    ///
    /// # Errors
    /// [`Problem`] when it is refused or nobody listens.
    pub fn asks(&self, request: &OperatorRequest) -> Result<OperatorReply, Problem> {
        let reply = ask(&Folder::at(&self.data), request)?;
        reply.ok_or_else(|| Problem::wrong("no server runs in the data folder"))
    }

    /// Makes the team with its carers, and takes in its citizens. A second time changes nothing
    /// but the carers, who are new ones.
    ///
    /// # Errors
    /// [`Problem`], also when a citizen's row is not taken.
    pub fn seed(&self, team: &TeamFile) -> Result<Index, Problem> {
        let add = OperatorRequest::TeamAdd { name: team.team.clone() };
        let OperatorReply::Team { team: number, .. } = self.asks(&add)? else {
            return Err(Problem::wrong("the server added no team"));
        };
        let mut index = Index { team: number, carers: BTreeMap::new() };
        for tablet in &team.tablets {
            let carer = self.add_carer(&team.team, &tablet.id)?;
            index.carers.insert(tablet.id.clone(), carer);
        }
        let json = serde_json::to_string(&team.citizens)?;
        match self.asks(&OperatorRequest::CitizenImport { json })? {
            OperatorReply::Imported(report) if report.problems.is_empty() => Ok(index),
            OperatorReply::Imported(report) => {
                let first = report.problems.first();
                let first =
                    first.map_or(String::new(), |row| format!("{}: {}", row.line, row.reason));
                let count = report.problems.len();
                Err(Problem::wrong(format!("{count} citizens were not taken; line {first}")))
            }
            other => Err(Problem::wrong(format!("an import was answered with {other:?}"))),
        }
    }

    /// Adds a carer who may do everything that a carer in the home may.
    ///
    /// # Errors
    /// [`Problem`].
    pub fn add_carer(&self, team: &str, name: &str) -> Result<String, Problem> {
        let add = OperatorRequest::CarerAdd {
            team: team.to_owned(),
            name: name.to_owned(),
            roles: vec!["assistant".to_owned()],
        };
        match self.asks(&add)? {
            OperatorReply::Carer { carer } => Ok(carer),
            other => Err(Problem::wrong(format!("a carer was answered with {other:?}"))),
        }
    }

    /// A start code for a carer.
    ///
    /// # Errors
    /// [`Problem`].
    pub fn start_code(&self, carer: CarerId) -> Result<String, Problem> {
        match self.asks(&OperatorRequest::CarerCode { carer: carer.to_string() })? {
            OperatorReply::CarerCode { code, .. } => Ok(code),
            other => Err(Problem::wrong(format!("a start code was answered with {other:?}"))),
        }
    }

    /// The text of a code that lets one tablet join through `address` (`host:port`), which may be
    /// another one than the server knows itself by.
    ///
    /// # Errors
    /// [`Problem`].
    pub fn code(&self, team: &str, address: &str) -> Result<String, Problem> {
        let ask = OperatorRequest::DeviceCode { team: team.to_owned(), typed: false };
        let OperatorReply::DeviceCode { code, .. } = self.asks(&ask)? else {
            return Err(Problem::wrong("the server made no code"));
        };
        let invitation =
            Invitation::read(&code).map_err(|_| Problem::wrong("the code cannot be read"))?;
        Ok(Invitation { address: address.to_owned(), ..invitation }.to_text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seeded_is_known_to_a_later_process() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("index.json");
        let carer = CarerId([7; 16]);
        let carers = BTreeMap::from([("t1".to_owned(), carer.to_string())]);
        Index { team: 3, carers }.write(&path).unwrap();
        let read = Index::read(&path).unwrap();
        assert_eq!((read.team, read.carer("t1").unwrap()), (3, carer));
        assert!(read.carer("t2").is_err());
    }
}
