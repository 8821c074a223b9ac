//! SQL of teams, citizens and carers.

use doegnrytme_core::ids::{CarerId, CitizenId, StreamId};
use rusqlite::{Row, params};

use super::{SqliteTx, count};
use crate::store::StoreError;
use crate::store::people::{Carer, Citizen, PeopleTx, Team};

const CITIZEN: &str = "SELECT citizen, stream, since, outside FROM citizens";

fn citizen(row: &Row<'_>) -> rusqlite::Result<Citizen> {
    Ok(Citizen {
        id: CitizenId(row.get(0)?),
        stream: StreamId(row.get(1)?),
        since: count(row, 2)?,
        outside: row.get(3)?,
    })
}

impl SqliteTx<'_> {
    fn teams_of(&self, carer: CarerId) -> Result<Vec<StreamId>, StoreError> {
        self.all(
            "SELECT stream FROM carer_streams WHERE carer = ?1 ORDER BY stream",
            [carer.0],
            |row| row.get(0).map(StreamId),
        )
    }
}

impl PeopleTx for SqliteTx<'_> {
    fn teams(&mut self) -> Result<Vec<Team>, StoreError> {
        self.all("SELECT stream, name FROM streams WHERE stream > 0 ORDER BY stream", [], |row| {
            Ok(Team { stream: StreamId(row.get(0)?), name: row.get(1)? })
        })
    }

    fn add_team(&mut self, name: &str) -> Result<Team, StoreError> {
        self.one(
            "INSERT INTO streams (stream, name)
             SELECT max(stream) + 1, ?1 FROM streams RETURNING stream",
            [name],
            |row| Ok(Team { stream: StreamId(row.get(0)?), name: name.to_owned() }),
        )?
        .ok_or(StoreError::Damaged("streams"))
    }

    fn citizen(&mut self, id: CitizenId) -> Result<Option<Citizen>, StoreError> {
        self.one(&format!("{CITIZEN} WHERE citizen = ?1"), [id.0], citizen)
    }

    fn citizen_by_outside(&mut self, outside: &str) -> Result<Option<Citizen>, StoreError> {
        self.one(&format!("{CITIZEN} WHERE outside = ?1"), [outside], citizen)
    }

    fn citizens_of(&mut self, stream: StreamId) -> Result<Vec<Citizen>, StoreError> {
        self.all(&format!("{CITIZEN} WHERE stream = ?1 ORDER BY citizen"), [stream.0], citizen)
    }

    fn add_citizen(
        &mut self,
        id: CitizenId,
        stream: StreamId,
        outside: Option<&str>,
    ) -> Result<(), StoreError> {
        let added = self.run(
            "INSERT INTO citizens (citizen, stream, since, outside)
             SELECT ?1, stream, head, ?3 FROM streams WHERE stream = ?2",
            params![id.0, stream.0, outside],
        )?;
        if added == 0 {
            return Err(StoreError::Damaged("a citizen's team is not there"));
        }
        self.run(
            "UPDATE devices SET scope_serial = scope_serial + 1
             WHERE number IN (SELECT device FROM device_streams WHERE stream = ?1)",
            [stream.0],
        )?;
        Ok(())
    }

    fn carer(&mut self, id: CarerId) -> Result<Option<Carer>, StoreError> {
        let teams = self.teams_of(id)?;
        self.one("SELECT name, roles FROM carers WHERE carer = ?1", [id.0], |row| {
            Ok(Carer { id, name: row.get(0)?, roles: row.get(1)?, teams })
        })
    }

    fn carers(&mut self) -> Result<Vec<Carer>, StoreError> {
        let ids: Vec<CarerId> =
            self.all("SELECT carer FROM carers ORDER BY carer", [], |row| row.get(0).map(CarerId))?;
        let mut carers = Vec::with_capacity(ids.len());
        for id in ids {
            carers.extend(self.carer(id)?);
        }
        Ok(carers)
    }

    fn put_carer(&mut self, carer: &Carer) -> Result<(), StoreError> {
        self.run(
            "INSERT OR REPLACE INTO carers (carer, name, roles) VALUES (?1, ?2, ?3)",
            params![carer.id.0, carer.name, carer.roles],
        )?;
        self.run("DELETE FROM carer_streams WHERE carer = ?1", [carer.id.0])?;
        for team in &carer.teams {
            self.run(
                "INSERT OR IGNORE INTO carer_streams (carer, stream) VALUES (?1, ?2)",
                params![carer.id.0, team.0],
            )?;
        }
        Ok(())
    }
}
