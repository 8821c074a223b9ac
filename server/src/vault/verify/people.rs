//! What stands in tables of its own and was published too: teams, carers, citizens, facts.

use doegnrytme_core::ids::RecordKind;
use doegnrytme_core::wire::record::{self, Directory, Payload as _};

use super::Walk;
use crate::projection::{Anew, Difference};
use crate::store::{StoreError, Tx};

/// What a directory's record says.
fn directory(tx: &mut dyn Tx, id: [u8; 16]) -> Result<Option<Directory>, StoreError> {
    let found = tx.record(RecordKind::Directory as u8, id)?;
    let payload = found.and_then(|record| record.payload);
    Ok(payload.and_then(|payload| Directory::read(&payload).ok()))
}

impl Walk<'_> {
    pub(super) fn people(&mut self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        (self.watch)("teams, carers, citizens", 0, 0);
        let teams = tx.teams()?;
        for known in &teams {
            let team = Directory::Team { team: known.stream, name: known.name.clone() };
            if directory(tx, team.id())? != Some(team) {
                let key = format!("stream {}", known.stream.0);
                self.bad("streams", key, "the directory has another name for its team");
            }
        }
        let carers = tx.carers()?;
        for known in &carers {
            let said = directory(tx, known.id.0)?;
            let same = matches!(&said, Some(Directory::Carer { name, roles, teams, .. })
                if *name == known.name && roles.bits() == u32::from(known.roles) && *teams == known.teams);
            if !same {
                self.bad("carers", known.id.to_string(), "the directory says otherwise");
            }
        }
        let mut citizens = 0;
        for team in &teams {
            for known in tx.citizens_of(team.stream)? {
                citizens += 1;
                let found = tx.record(RecordKind::Citizen as u8, known.id.0)?;
                let in_stream = found.as_ref().is_some_and(|found| found.stream == known.stream);
                let payload = found.and_then(|record| record.payload);
                let said = payload.and_then(|payload| record::Citizen::read(&payload).ok());
                let same = said.is_some_and(|said| said.outside_id == known.outside);
                if !(same && in_stream) {
                    self.bad("citizens", known.id.to_string(), "the register says otherwise");
                }
            }
        }
        let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
        self.report.proved("teams", count(teams.len()));
        self.report.proved("carers", count(carers.len()));
        self.report.proved("citizens", citizens);
        Ok(())
    }

    /// Facts are kept step by step; notes say what they must be.
    pub(super) fn facts(&mut self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        (self.watch)("facts of notes", 0, 0);
        let kept = tx.facts()?.len();
        self.report.proved("facts of notes", u64::try_from(kept).unwrap_or(u64::MAX));
        for difference in Anew::read(tx)?.compare(tx)? {
            let (note, what) = match difference {
                Difference::Missing(note) => (note, "a note has none"),
                Difference::Different(note) => (note, "its note says otherwise"),
                Difference::Surplus(note) => (note, "it has no published note"),
            };
            self.bad("facts", note.to_string(), what);
        }
        Ok(())
    }
}
