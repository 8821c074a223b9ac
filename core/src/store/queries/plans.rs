//! SQL of the plans: snapshots and the values that screens read.

use rusqlite::params;

use super::cells::{
    bytes, citizen, hash, maybe_bytes, maybe_cbor, maybe_unsigned, signed, time, unsigned,
};
use crate::care::field::Scalar;
use crate::document::PlanEntry;
use crate::ids::{ActorId, CarerId, ChangeHash, CitizenId, DocId, OpId};
use crate::store::rebuilding::Lines;
use crate::store::{StoreError, Tx};
use crate::time::UnixSeconds;

/// One value of a plan, with what the log says of the change that put it there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanValue {
    /// The key of a section, or a newer version's.
    pub section: String,
    /// The entry's id as text.
    pub entry: String,
    /// The key of a field, or a newer version's.
    pub field: String,
    /// 0 for the shown value, 1 and more for those in conflict with it.
    pub place: u16,
    /// The value; none for what this version cannot show.
    pub value: Option<Scalar>,
    /// The change that put it there.
    pub hash: ChangeHash,
    /// The carer whose certificate the change names; none for the municipality, or when the
    /// certificate has not come.
    pub carer: Option<CarerId>,
    /// When it was written.
    pub written: UnixSeconds,
}

/// Where a value stands in the projection: section, entry, field, place.
pub(in crate::store) type ValueKey = (String, String, String, u16);

/// A value as the projection holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store) struct ValueCell {
    /// None for what this version cannot show.
    pub(in crate::store) value: Option<Scalar>,
    pub(in crate::store) hash: ChangeHash,
    /// None when several operations put this value.
    pub(in crate::store) op: Option<OpId>,
}

fn maybe_op(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Option<OpId>> {
    let (counter, actor) = (maybe_unsigned(row, column)?, maybe_bytes(row, column + 1)?);
    Ok(counter.zip(actor).map(|(counter, actor)| OpId { counter, actor: ActorId(actor) }))
}

impl Tx<'_> {
    pub(in crate::store) fn snapshot(
        &self,
        doc: &DocId,
    ) -> Result<Option<(i64, Vec<u8>)>, StoreError> {
        const SQL: &str = "SELECT through, bytes FROM snapshots WHERE doc = ?1";
        self.one(SQL, [doc.to_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    pub(in crate::store) fn put_snapshot(
        &mut self,
        doc: &DocId,
        bytes: &[u8],
    ) -> Result<(), StoreError> {
        const SQL: &str = "INSERT OR REPLACE INTO snapshots (doc, through, bytes) \
            SELECT ?1, MAX(id), ?2 FROM changes WHERE doc = ?1 AND standing = 0";
        self.run(SQL, params![doc.to_bytes(), bytes]).map(drop)
    }

    pub(in crate::store) fn drop_snapshot(&mut self, doc: &DocId) -> Result<(), StoreError> {
        self.run("DELETE FROM snapshots WHERE doc = ?1", [doc.to_bytes()]).map(drop)
    }

    /// The latest generation of a citizen's plan that the log holds, 0 when it holds none.
    pub(in crate::store) fn generation(&self, citizen: CitizenId) -> Result<u16, StoreError> {
        const SQL: &str = "SELECT MAX(doc) FROM changes WHERE doc BETWEEN ?1 AND ?2";
        let (first, last) = (DocId::Plan(citizen, 0), DocId::Plan(citizen, u16::MAX));
        let found: Option<Vec<u8>> =
            self.one(SQL, params![first.to_bytes(), last.to_bytes()], |row| row.get(0))?.flatten();
        Ok(match found.as_deref().map(DocId::from_bytes) {
            Some(Ok(DocId::Plan(_, generation))) => generation,
            _ => 0,
        })
    }

    pub(in crate::store) fn stored_values(
        &self,
        citizen: CitizenId,
        generation: u16,
    ) -> Result<Vec<(ValueKey, ValueCell)>, StoreError> {
        const SQL: &str = "SELECT section, entry, field, place, value, hash, counter, actor \
            FROM plan_values WHERE citizen = ?1 AND generation = ?2 \
            ORDER BY section, entry, field, place";
        self.all(SQL, params![citizen.0, generation], |row| {
            let key = (row.get(0)?, row.get(1)?, row.get(2)?, unsigned(row, 3)?);
            let (value, hash, op) = (maybe_cbor(row, 4)?, hash(row, 5)?, maybe_op(row, 6)?);
            Ok((key, ValueCell { value, hash, op }))
        })
    }

    pub(in crate::store) fn put_value(
        &mut self,
        citizen: CitizenId,
        generation: u16,
        key: &ValueKey,
        cell: &ValueCell,
    ) -> Result<(), StoreError> {
        const SQL: &str = "INSERT OR REPLACE INTO plan_values \
            (citizen, generation, section, entry, field, place, value, hash, counter, actor) \
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
        let (section, entry, field, place) = key;
        let values = params![
            citizen.0,
            generation,
            section,
            entry,
            field,
            place,
            cell.value.as_ref().map(crate::wire::to_bytes),
            cell.hash.0,
            cell.op.map(|op| signed(op.counter)),
            cell.op.map(|op| op.actor.0),
        ];
        self.run(SQL, values).map(drop)
    }

    /// The operations whose values a field shows; one is none when several put its value.
    pub(in crate::store) fn shown_ops(
        &self,
        citizen: CitizenId,
        generation: u16,
        [section, entry, field]: [&str; 3],
    ) -> Result<Vec<Option<OpId>>, StoreError> {
        const SQL: &str = "SELECT counter, actor FROM plan_values WHERE citizen = ?1 \
            AND generation = ?2 AND section = ?3 AND entry = ?4 AND field = ?5";
        let key = params![citizen.0, generation, section, entry, field];
        self.all(SQL, key, |row| maybe_op(row, 0))
    }

    /// The section and the entry that a map is.
    pub(in crate::store) fn entry_of(
        &self,
        citizen: CitizenId,
        generation: u16,
        map: OpId,
    ) -> Result<Option<(String, String)>, StoreError> {
        const SQL: &str = "SELECT section, entry FROM plan_entries \
            WHERE citizen = ?1 AND generation = ?2 AND counter = ?3 AND actor = ?4";
        let key = params![citizen.0, generation, signed(map.counter), map.actor.0];
        self.one(SQL, key, |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// The entries of a plan, ascending.
    pub(in crate::store) fn stored_entries(
        &self,
        citizen: CitizenId,
        generation: u16,
    ) -> Result<Vec<PlanEntry>, StoreError> {
        const SQL: &str = "SELECT section, entry, counter, actor FROM plan_entries \
            WHERE citizen = ?1 AND generation = ?2 ORDER BY section, entry, counter, actor";
        self.all(SQL, params![citizen.0, generation], |row| {
            let map = OpId { counter: unsigned(row, 2)?, actor: ActorId(bytes(row, 3)?) };
            Ok(PlanEntry { section: row.get(0)?, entry: row.get(1)?, map })
        })
    }

    pub(in crate::store) fn put_entries(
        &mut self,
        citizen: CitizenId,
        generation: u16,
        entries: &[PlanEntry],
    ) -> Result<(), StoreError> {
        const CLEAR: &str = "DELETE FROM plan_entries WHERE citizen = ?1 AND generation = ?2";
        const PUT: &str = "INSERT INTO plan_entries \
            (citizen, generation, counter, actor, section, entry) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        self.run(CLEAR, params![citizen.0, generation])?;
        for PlanEntry { section, entry, map } in entries {
            let (counter, actor) = (signed(map.counter), map.actor.0);
            self.run(PUT, params![citizen.0, generation, counter, actor, section, entry])?;
        }
        Ok(())
    }

    pub(in crate::store) fn delete_value(
        &mut self,
        citizen: CitizenId,
        generation: u16,
        key: &ValueKey,
    ) -> Result<(), StoreError> {
        const SQL: &str = "DELETE FROM plan_values WHERE citizen = ?1 AND generation = ?2 \
            AND section = ?3 AND entry = ?4 AND field = ?5 AND place = ?6";
        let (section, entry, field, place) = key;
        self.run(SQL, params![citizen.0, generation, section, entry, field, place]).map(drop)
    }

    pub(in crate::store) fn delete_field(
        &mut self,
        citizen: CitizenId,
        generation: u16,
        [section, entry, field]: [&str; 3],
    ) -> Result<(), StoreError> {
        const SQL: &str = "DELETE FROM plan_values WHERE citizen = ?1 AND generation = ?2 \
            AND section = ?3 AND entry = ?4 AND field = ?5";
        self.run(SQL, params![citizen.0, generation, section, entry, field]).map(drop)
    }

    /// Every value of a citizen's plan, by section, entry and field, the shown one first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn plan_values(&self, citizen: CitizenId) -> Result<Vec<PlanValue>, StoreError> {
        const SQL: &str = "SELECT v.section, v.entry, v.field, v.place, v.value, v.hash, \
                t.carer, c.written \
            FROM plan_values v \
            LEFT JOIN changes c ON c.doc = ?3 AND c.hash = v.hash \
            LEFT JOIN certificates t ON t.id = c.certificate \
            WHERE v.citizen = ?1 AND v.generation = ?2 \
            ORDER BY v.section, v.entry, v.field, v.place";
        let generation = self.generation(citizen)?;
        let doc = DocId::Plan(citizen, generation).to_bytes();
        self.all(SQL, params![citizen.0, generation, doc], |row| {
            let written: Option<i64> = row.get(7)?;
            Ok(PlanValue {
                section: row.get(0)?,
                entry: row.get(1)?,
                field: row.get(2)?,
                place: unsigned(row, 3)?,
                value: maybe_cbor(row, 4)?,
                hash: hash(row, 5)?,
                carer: maybe_bytes(row, 6)?.map(CarerId),
                written: UnixSeconds(written.unwrap_or(0)),
            })
        })
    }

    /// The citizens whose plans hold a conflict, and how many fields of each do.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn conflict_counts(&self) -> Result<Vec<(CitizenId, u64)>, StoreError> {
        const SQL: &str = "SELECT citizen, COUNT(*) FROM plan_values \
            WHERE place = 1 GROUP BY citizen ORDER BY citizen";
        self.all(SQL, [], |row| Ok((CitizenId(bytes(row, 0)?), unsigned(row, 1)?)))
    }

    /// The citizens of whom the tablet has a plan.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn planned_citizens(&self) -> Result<Vec<CitizenId>, StoreError> {
        const SQL: &str = "SELECT DISTINCT citizen FROM plan_values ORDER BY citizen";
        let found = self.all(SQL, [], |row| citizen(row, 0))?;
        Ok(found.into_iter().flatten().collect())
    }

    /// When a row of a plan was written, for readers that have only its hash.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn author_of(
        &self,
        doc: &DocId,
        hash: &ChangeHash,
    ) -> Result<Option<(Option<CarerId>, UnixSeconds)>, StoreError> {
        const SQL: &str = "SELECT t.carer, c.written FROM changes c \
            LEFT JOIN certificates t ON t.id = c.certificate WHERE c.doc = ?1 AND c.hash = ?2";
        self.one(SQL, params![doc.to_bytes(), hash.0], |row| {
            Ok((maybe_bytes(row, 0)?.map(CarerId), time(row, 1)?))
        })
    }

    pub(in crate::store) fn value_lines(&self) -> Result<Lines, StoreError> {
        const SQL: &str = "SELECT citizen, generation || ' ' || section || ' ' || entry || ' ' || \
            field || ' ' || place || ' ' || COALESCE(hex(value), '-') || ' ' || hex(hash) || ' ' || \
            COALESCE(counter || ' ' || hex(actor), '-') FROM plan_values ORDER BY citizen, generation, section, entry, field, place";
        self.all(SQL, [], |row| {
            let line: String = row.get(1)?;
            Ok((bytes::<16>(row, 0)?.to_vec(), line.into_bytes()))
        })
    }

    pub(in crate::store) fn entry_lines(&self) -> Result<Lines, StoreError> {
        const SQL: &str = "SELECT citizen, generation || ' ' || counter || ' ' || hex(actor) || \
            ' ' || section || ' ' || entry FROM plan_entries \
            ORDER BY citizen, generation, counter, actor";
        self.all(SQL, [], |row| {
            let line: String = row.get(1)?;
            Ok((bytes::<16>(row, 0)?.to_vec(), line.into_bytes()))
        })
    }
}
