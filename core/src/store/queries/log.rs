//! SQL of the change log.

use rusqlite::{Row as SqlRow, params};

use super::cells::{
    bytes, citizen, doc, hash, maybe_bytes, maybe_unsigned, of_number, signed, time, unsigned,
};
use crate::ids::{CertificateId, ChangeHash, CitizenId, DeviceNumber, DocId, StreamId};
use crate::store::logged::{Logged, Named, Standing, State, content_of};
use crate::store::{StoreError, Tx};
use crate::time::UnixSeconds;
use crate::wire::digest::RowName;
use crate::wire::entry::{Entry, EntryKind};
use crate::wire::row::{Origin, Placed, Row};
use crate::wire::scope::{Bucket, Owner};

const COLUMNS: &str = "id, doc, form, hash, citizen, content, schema, certificate, written, \
    raw_clock, clock_mark, replaces, device, number, position, state, standing, stream, \
    stream_seq, received";

impl Tx<'_> {
    /// The plans of which a change was held or refused.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn held_plans(&self) -> Result<Vec<DocId>, StoreError> {
        const SQL: &str =
            "SELECT DISTINCT doc FROM changes WHERE state IN (2, 3) AND form = 0 ORDER BY doc";
        self.all(SQL, [], |row| doc(row, 0))
    }
}

fn placed_at(row: &SqlRow<'_>, column: usize) -> rusqlite::Result<Option<Placed>> {
    let stream = maybe_unsigned(row, column)?;
    let seq = maybe_unsigned(row, column + 1)?;
    let received: Option<i64> = row.get(column + 2)?;
    Ok(stream.zip(seq).zip(received).map(|((stream, seq), received)| Placed {
        stream: StreamId(stream),
        seq,
        received: UnixSeconds(received),
    }))
}

fn state_at(row: &SqlRow<'_>, column: usize) -> rusqlite::Result<(State, Standing)> {
    let (state, standing) = (unsigned(row, column)?, unsigned(row, column + 1)?);
    let states = State::from_number(state).zip(Standing::from_number(standing));
    states.ok_or(rusqlite::Error::IntegralValueOutOfRange(column, i64::from(state)))
}

fn origin_at(row: &SqlRow<'_>, column: usize) -> rusqlite::Result<Option<Origin>> {
    let device = maybe_unsigned(row, column)?;
    let number = maybe_unsigned(row, column + 1)?;
    let position = maybe_unsigned(row, column + 2)?;
    Ok(device.zip(number).zip(position).map(|((device, number), position)| Origin {
        device: DeviceNumber(device),
        number,
        position,
    }))
}

fn logged(row: &SqlRow<'_>) -> rusqlite::Result<Logged> {
    let form: u8 = unsigned(row, 2)?;
    let kind = if form == 2 { EntryKind::Record } else { EntryKind::Change };
    let (state, standing) = state_at(row, 15)?;
    Ok(Logged {
        id: row.get(0)?,
        entry: Entry {
            doc: doc(row, 1)?,
            kind,
            citizen: citizen(row, 4)?,
            hash: hash(row, 3)?,
            schema: unsigned(row, 6)?,
            certificate: CertificateId(bytes(row, 7)?),
            written: time(row, 8)?,
            raw_clock: time(row, 9)?,
            clock_mark: of_number(row, 10)?,
            replaces: maybe_bytes(row, 11)?.map(ChangeHash),
        },
        content: content_of(kind, row.get(5)?),
        origin: origin_at(row, 12)?,
        placed: placed_at(row, 17)?,
        state,
        standing,
    })
}

fn named(row: &SqlRow<'_>) -> rusqlite::Result<Named> {
    let (state, standing) = state_at(row, 2)?;
    Ok(Named {
        id: row.get(0)?,
        citizen: citizen(row, 1)?,
        state,
        standing,
        placed: placed_at(row, 4)?,
    })
}

impl Tx<'_> {
    pub(in crate::store) fn name(
        &self,
        doc: &DocId,
        hash: &ChangeHash,
    ) -> Result<Option<Named>, StoreError> {
        const SQL: &str = "SELECT id, citizen, state, standing, stream, stream_seq, received \
            FROM changes WHERE doc = ?1 AND hash = ?2";
        self.one(SQL, params![doc.to_bytes(), hash.0], named)
    }

    /// A row of the log, in whatever state it is.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn logged(&self, doc: &DocId, hash: &ChangeHash) -> Result<Option<Logged>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM changes WHERE doc = ?1 AND hash = ?2");
        self.one(&sql, params![doc.to_bytes(), hash.0], logged)
    }

    pub(in crate::store) fn logged_by_id(&self, id: i64) -> Result<Option<Logged>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM changes WHERE id = ?1");
        self.one(&sql, [id], logged)
    }

    /// The rows that were signed in one batch, in the order of their positions.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn rows_of_batch(
        &self,
        device: DeviceNumber,
        number: u64,
    ) -> Result<Vec<Logged>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM changes WHERE device = ?1 AND number = ?2 ORDER BY position"
        );
        self.all(&sql, params![device.0, signed(number)], logged)
    }

    pub(in crate::store) fn row_at(
        &self,
        origin: Origin,
    ) -> Result<Option<(i64, DocId, ChangeHash)>, StoreError> {
        const SQL: &str = "SELECT id, doc, hash FROM changes \
            WHERE device = ?1 AND number = ?2 AND position = ?3";
        let key = params![origin.device.0, signed(origin.number), origin.position];
        self.one(SQL, key, |row| Ok((row.get(0)?, doc(row, 1)?, hash(row, 2)?)))
    }

    /// All rows of a document, in the order of arrival.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn log_of(&self, doc: &DocId) -> Result<Vec<Logged>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM changes WHERE doc = ?1 ORDER BY id");
        self.all(&sql, [doc.to_bytes()], logged)
    }

    pub(in crate::store) fn applied_after(
        &self,
        doc: &DocId,
        through: i64,
    ) -> Result<Vec<Logged>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM changes WHERE doc = ?1 AND id > ?2 AND standing = 0 ORDER BY id"
        );
        self.all(&sql, params![doc.to_bytes(), through], logged)
    }

    pub(in crate::store) fn waiting(&self, doc: &DocId) -> Result<Vec<Logged>, StoreError> {
        let sql =
            format!("SELECT {COLUMNS} FROM changes WHERE doc = ?1 AND standing = 1 ORDER BY id");
        self.all(&sql, [doc.to_bytes()], logged)
    }

    /// The published rows of a bucket, by name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn bucket_rows(&self, owner: Owner, bucket: Bucket) -> Result<Vec<RowName>, StoreError> {
        const CITIZEN: &str = "SELECT doc, hash FROM changes \
            WHERE citizen = ?1 AND bucket = ?2 AND stream IS NOT NULL ORDER BY doc, hash";
        const STREAM: &str = "SELECT doc, hash FROM changes WHERE citizen IS NULL \
            AND stream = ?1 AND bucket = ?2 AND stream IS NOT NULL ORDER BY doc, hash";
        match owner {
            Owner::Citizen(citizen) => {
                self.all(CITIZEN, params![citizen.0, bucket.number()], row_name)
            }
            Owner::Stream(stream) => self.all(STREAM, params![stream.0, bucket.number()], row_name),
        }
    }

    /// A row that was signed, by its name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn row_by_name(&self, name: &RowName) -> Result<Option<Row>, StoreError> {
        Ok(self.logged(&name.doc, &name.hash)?.and_then(Logged::into_row))
    }

    /// Position and digest of each entry of a batch that the log holds.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn entry_digests_of(
        &self,
        device: DeviceNumber,
        number: u64,
    ) -> Result<Vec<(u16, [u8; 32])>, StoreError> {
        let rows = self.rows_of_batch(device, number)?.into_iter();
        Ok(rows.filter_map(|row| Some((row.origin?.position, row.entry.digest()))).collect())
    }

    /// Name and place of every published row, for the recount of the digests.
    pub(in crate::store) fn published(
        &self,
    ) -> Result<Vec<(RowName, Option<CitizenId>, Placed)>, StoreError> {
        const SQL: &str = "SELECT doc, hash, citizen, stream, stream_seq, received FROM changes \
            WHERE stream IS NOT NULL";
        let read = |row: &SqlRow<'_>| Ok((row_name(row)?, citizen(row, 2)?, placed_at(row, 3)?));
        let rows = self.all(SQL, [], read)?;
        Ok(rows
            .into_iter()
            .filter_map(|(name, citizen, placed)| Some((name, citizen, placed?)))
            .collect())
    }

    /// Every note and record version that is to be shown if it reads, in the order of arrival.
    pub(in crate::store) fn notes_and_records(&self) -> Result<Vec<i64>, StoreError> {
        const SQL: &str = "SELECT id FROM changes WHERE form IN (1, 2) AND standing IN (0, 2) \
            AND state NOT IN (4, 5) ORDER BY id";
        self.all(SQL, [], |row| row.get(0))
    }

    /// How many pages do not carry the HMAC that was written with them.
    pub(in crate::store) fn integrity_errors(&self) -> Result<usize, StoreError> {
        Ok(self.all("PRAGMA cipher_integrity_check", [], |_| Ok(()))?.len())
    }

    /// Every plan of which the log holds a change.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn plans(&self) -> Result<Vec<DocId>, StoreError> {
        const SQL: &str = "SELECT DISTINCT doc FROM changes WHERE form = 0 ORDER BY doc";
        self.all(SQL, [], |row| doc(row, 0))
    }
}

fn row_name(row: &SqlRow<'_>) -> rusqlite::Result<RowName> {
    Ok(RowName { doc: doc(row, 0)?, hash: hash(row, 1)? })
}
