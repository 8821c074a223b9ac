//! SQL that changes the change log.

use rusqlite::params;

use super::cells::{number_of, signed};
use crate::ids::DocId;
use crate::store::logged::{Fresh, Standing, State, bucket, form};
use crate::store::{StoreError, Tx};
use crate::wire::row::{Origin, Placed};

impl Tx<'_> {
    pub(in crate::store) fn insert_change(&mut self, fresh: &Fresh<'_>) -> Result<i64, StoreError> {
        const SQL: &str = "INSERT INTO changes (doc, form, hash, citizen, content, schema, \
            certificate, written, raw_clock, clock_mark, replaces, actor, seq, max_op, device, \
            number, position, state, standing, stream, stream_seq, received, bucket) VALUES \
            (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, \
            ?20, ?21, ?22, ?23)";
        let (entry, facts) = (fresh.entry, &fresh.facts);
        let (origin, placed) = (fresh.origin.as_ref(), fresh.placed.as_ref());
        self.run(
            SQL,
            params![
                entry.doc.to_bytes(),
                form(&entry.doc),
                entry.hash.0,
                entry.citizen.map(|citizen| citizen.0),
                fresh.content,
                entry.schema,
                entry.certificate.0,
                entry.written.0,
                entry.raw_clock.0,
                number_of(entry.clock_mark),
                entry.replaces.map(|hash| hash.0),
                facts.actor.map(|actor| actor.0),
                signed(facts.seq),
                signed(facts.max_op),
                origin.map(|origin| origin.device.0),
                origin.map(|origin| signed(origin.number)),
                origin.map(|origin| origin.position),
                fresh.state as u8,
                fresh.standing as u8,
                placed.map(|placed| placed.stream.0),
                placed.map(|placed| signed(placed.seq)),
                placed.map(|placed| placed.received.0),
                placed.map(|placed| bucket(&entry.doc, placed.received).number()),
            ],
        )?;
        Ok(self.last_id())
    }

    pub(in crate::store) fn set_state(&mut self, id: i64, state: State) -> Result<(), StoreError> {
        self.run("UPDATE changes SET state = ?2 WHERE id = ?1", params![id, state as u8]).map(drop)
    }

    pub(in crate::store) fn set_standing(
        &mut self,
        id: i64,
        standing: Standing,
    ) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE changes SET standing = ?2 WHERE id = ?1";
        self.run(SQL, params![id, standing as u8]).map(drop)
    }

    /// Every row of a plan that counts waits again: the plan is rebuilt from nothing.
    pub(in crate::store) fn unapply_plan(&mut self, doc: &DocId) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE changes SET standing = 1 \
            WHERE doc = ?1 AND state IN (0, 1) AND standing IN (0, 1, 2, 3) AND content IS NOT NULL";
        self.run(SQL, [doc.to_bytes()]).map(drop)
    }

    pub(in crate::store) fn set_place(
        &mut self,
        id: i64,
        doc: &DocId,
        placed: Placed,
    ) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE changes SET stream = ?2, stream_seq = ?3, received = ?4, \
            bucket = ?5 WHERE id = ?1";
        let bucket = bucket(doc, placed.received).number();
        let values = params![id, placed.stream.0, signed(placed.seq), placed.received.0, bucket];
        self.run(SQL, values).map(drop)
    }

    pub(in crate::store) fn set_origin(
        &mut self,
        id: i64,
        origin: Option<Origin>,
    ) -> Result<(), StoreError> {
        const SQL: &str =
            "UPDATE changes SET device = ?2, number = ?3, position = ?4 WHERE id = ?1";
        let values = params![
            id,
            origin.map(|origin| origin.device.0),
            origin.map(|origin| signed(origin.number)),
            origin.map(|origin| origin.position)
        ];
        self.run(SQL, values).map(drop)
    }

    /// Content leaves the tablet, names stay.
    pub(in crate::store) fn withhold(&mut self, doc: &DocId) -> Result<(), StoreError> {
        const SQL: &str =
            "UPDATE changes SET content = NULL, state = 4, standing = 4 WHERE doc = ?1";
        self.run(SQL, [doc.to_bytes()]).map(drop)
    }

    pub(in crate::store) fn clear_projections(&mut self) -> Result<(), StoreError> {
        for sql in [
            "DELETE FROM plan_values",
            "DELETE FROM plan_entries",
            "DELETE FROM notes",
            "DELETE FROM records",
            "DELETE FROM visits",
            "DELETE FROM snapshots",
        ] {
            self.run(sql, [])?;
        }
        Ok(())
    }
}
