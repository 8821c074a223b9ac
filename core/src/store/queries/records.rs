//! SQL of the records and of the driving list.

use rusqlite::{Row as SqlRow, params};

use super::cells::{bytes, cbor, citizen, hash, time};
use crate::care::visit::PlannedVisit;
use crate::ids::{ChangeHash, CitizenId, DocId, RecordKind};
use crate::store::rebuilding::Lines;
use crate::store::{StoreError, Tx};
use crate::time::{LocalDay, UnixSeconds};
use crate::wire::to_bytes;

/// The version of a record that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordRow {
    /// Its id.
    pub id: [u8; 16],
    /// Whose it is; none for the directory, settings, word lists and shifts.
    pub citizen: Option<CitizenId>,
    /// What it holds, as its kind encodes it.
    pub payload: Vec<u8>,
    /// The version.
    pub hash: ChangeHash,
    /// When it was written.
    pub written: UnixSeconds,
}

const SELECT: &str = "SELECT r.id, r.citizen, r.payload, c.hash, c.written \
    FROM records r JOIN changes c ON c.id = r.change";

fn record(row: &SqlRow<'_>) -> rusqlite::Result<RecordRow> {
    Ok(RecordRow {
        id: bytes(row, 0)?,
        citizen: citizen(row, 1)?,
        payload: row.get(2)?,
        hash: hash(row, 3)?,
        written: time(row, 4)?,
    })
}

impl Tx<'_> {
    /// The version that counts: what was written here and is not published, else the last one in
    /// its stream.
    pub(in crate::store) fn newest_version(&self, doc: &DocId) -> Result<Option<i64>, StoreError> {
        const SQL: &str = "SELECT id FROM changes \
            WHERE doc = ?1 AND content IS NOT NULL AND state NOT IN (2, 3, 5) \
            ORDER BY stream_seq IS NULL DESC, received DESC, stream_seq DESC, id DESC LIMIT 1";
        self.one(SQL, [doc.to_bytes()], |row| row.get(0))
    }

    pub(in crate::store) fn put_record(
        &mut self,
        kind: u8,
        id: [u8; 16],
        change: i64,
        citizen: Option<CitizenId>,
        payload: &[u8],
    ) -> Result<(), StoreError> {
        const SQL: &str = "INSERT OR REPLACE INTO records (kind, id, change, citizen, payload) \
            VALUES (?1, ?2, ?3, ?4, ?5)";
        let citizen = citizen.map(|citizen| citizen.0);
        self.run(SQL, params![kind, id, change, citizen, payload]).map(drop)
    }

    pub(in crate::store) fn delete_record(
        &mut self,
        kind: u8,
        id: [u8; 16],
    ) -> Result<(), StoreError> {
        self.run("DELETE FROM records WHERE kind = ?1 AND id = ?2", params![kind, id]).map(drop)
    }

    /// The records of a kind, by id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn records(&self, kind: RecordKind) -> Result<Vec<RecordRow>, StoreError> {
        self.all(&format!("{SELECT} WHERE r.kind = ?1 ORDER BY r.id"), [kind as u8], record)
    }

    /// One record.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn record(&self, kind: RecordKind, id: [u8; 16]) -> Result<Option<RecordRow>, StoreError> {
        let sql = format!("{SELECT} WHERE r.kind = ?1 AND r.id = ?2");
        self.one(&sql, params![kind as u8, id], record)
    }

    /// A citizen's records of a kind, by id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn records_of(
        &self,
        citizen: CitizenId,
        kind: RecordKind,
    ) -> Result<Vec<RecordRow>, StoreError> {
        let sql = format!("{SELECT} WHERE r.citizen = ?1 AND r.kind = ?2 ORDER BY r.id");
        self.all(&sql, params![citizen.0, kind as u8], record)
    }

    pub(in crate::store) fn put_visit(
        &mut self,
        record: [u8; 16],
        planned: &PlannedVisit,
    ) -> Result<(), StoreError> {
        const SQL: &str = "INSERT OR REPLACE INTO visits \
            (citizen, day, part, number, record, carer, planned) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let key = planned.key;
        let carer = planned.carer.map(|carer| carer.0);
        let part = super::cells::number_of(key.part);
        let values =
            params![key.citizen.0, key.day.0, part, key.number, record, carer, to_bytes(planned)];
        self.run(SQL, values).map(drop)
    }

    pub(in crate::store) fn clear_visits(&mut self, record: [u8; 16]) -> Result<(), StoreError> {
        self.run("DELETE FROM visits WHERE record = ?1", [record]).map(drop)
    }

    /// The visits that the driving list has for a day, in the order of the day's parts. Where it
    /// has none for a citizen, [`crate::care::visit::derive`] says what the plan asks for.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn planned_visits(&self, day: LocalDay) -> Result<Vec<PlannedVisit>, StoreError> {
        const SQL: &str =
            "SELECT planned FROM visits WHERE day = ?1 ORDER BY part, citizen, number, record";
        self.all(SQL, [day.0], |row| cbor(row, 0))
    }

    pub(in crate::store) fn record_lines(&self) -> Result<Lines, StoreError> {
        const SQL: &str = "SELECT id, kind || ' ' || change || ' ' || \
            COALESCE(hex(citizen), '-') || ' ' || hex(payload) FROM records ORDER BY kind, id";
        self.all(SQL, [], |row| {
            let line: String = row.get(1)?;
            Ok((bytes::<16>(row, 0)?.to_vec(), line.into_bytes()))
        })
    }

    pub(in crate::store) fn visit_lines(&self) -> Result<Lines, StoreError> {
        const SQL: &str = "SELECT record, hex(citizen) || ' ' || day || ' ' || part || ' ' || \
            number || ' ' || COALESCE(hex(carer), '-') || ' ' || hex(planned) FROM visits \
            ORDER BY record, citizen, day, part, number";
        self.all(SQL, [], |row| {
            let line: String = row.get(1)?;
            Ok((bytes::<16>(row, 0)?.to_vec(), line.into_bytes()))
        })
    }
}
