//! SQL of the outbox and of the batches.

use rusqlite::params;

use super::cells::{bytes, maybe_cbor, signed, time, unsigned};
use crate::ids::{BatchHash, CarerId, ChangeHash};
use crate::store::logged::Logged;
use crate::store::{StoreError, Tx};
use crate::time::UnixSeconds;
use crate::wire::to_bytes;
use crate::wire::verdict::Verdict;

/// What the outbox keeps of a row that was written here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Its place in the order of writing.
    pub id: i64,
    /// The row itself: entry, content, and origin once it was cut into a batch.
    pub row: Logged,
    /// The typed command, to be carried out anew if need be.
    pub command: Vec<u8>,
    /// The heads that it was written on.
    pub heads: Vec<ChangeHash>,
    /// Who wrote it.
    pub author: CarerId,
    /// The latest verdict.
    pub verdict: Option<Verdict>,
    /// Whether it is still "på vej".
    pub open: bool,
}

/// A batch as it was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredBatch {
    /// Its number.
    pub number: u64,
    /// Its hash.
    pub hash: BatchHash,
    /// Its COSE_Sign1, sent byte for byte.
    pub cose: Vec<u8>,
    /// When it was cut.
    pub made: UnixSeconds,
    /// The server's signed receipt.
    pub receipt: Option<Vec<u8>>,
}

struct OutboxRow {
    id: i64,
    change: i64,
    command: Vec<u8>,
    heads: Vec<u8>,
    author: CarerId,
    verdict: Option<Verdict>,
    open: bool,
}

const COLUMNS: &str = "id, change, command, heads, author, verdict, open";

fn outbox_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<OutboxRow> {
    Ok(OutboxRow {
        id: row.get(0)?,
        change: row.get(1)?,
        command: row.get(2)?,
        heads: row.get(3)?,
        author: CarerId(bytes(row, 4)?),
        verdict: maybe_cbor(row, 5)?,
        open: row.get(6)?,
    })
}

fn batch(row: &rusqlite::Row<'_>) -> rusqlite::Result<StoredBatch> {
    Ok(StoredBatch {
        number: unsigned(row, 0)?,
        hash: BatchHash(bytes(row, 1)?),
        cose: row.get(2)?,
        made: time(row, 3)?,
        receipt: row.get(4)?,
    })
}

impl Tx<'_> {
    pub(in crate::store) fn put_outgoing(
        &mut self,
        change: i64,
        command: &[u8],
        heads: &[ChangeHash],
        author: CarerId,
    ) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO outbox (change, command, heads, author, cut, verdict, open) \
            VALUES (?1, ?2, ?3, ?4, 0, NULL, 1)";
        let heads: Vec<u8> = heads.iter().flat_map(|head| head.0).collect();
        self.run(SQL, params![change, command, heads, author.0]).map(drop)
    }

    fn outgoing(&self, rows: Vec<OutboxRow>) -> Result<Vec<Outgoing>, StoreError> {
        rows.into_iter()
            .map(|row| {
                let (heads, _) = row.heads.as_chunks::<32>();
                Ok(Outgoing {
                    id: row.id,
                    row: self
                        .logged_by_id(row.change)?
                        .ok_or(StoreError::Unreadable("an outbox row"))?,
                    command: row.command,
                    heads: heads.iter().copied().map(ChangeHash).collect(),
                    author: row.author,
                    verdict: row.verdict,
                    open: row.open,
                })
            })
            .collect()
    }

    /// Rows that lie in no batch yet, in the order of writing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(in crate::store) fn outbox_uncut(&self, limit: u32) -> Result<Vec<Outgoing>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM outbox WHERE cut = 0 ORDER BY id LIMIT ?1");
        let rows = self.all(&sql, [limit], outbox_row)?;
        self.outgoing(rows)
    }

    /// Rows that no verdict has closed yet, in the order of writing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn outbox_open(&self) -> Result<Vec<Outgoing>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM outbox WHERE open = 1 ORDER BY id");
        let rows = self.all(&sql, [], outbox_row)?;
        self.outgoing(rows)
    }

    /// The rows that a person of the team must look at, and those that were refused, in the order
    /// of writing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn outbox_held(&self) -> Result<Vec<Outgoing>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM outbox WHERE open = 0 AND change IN \
             (SELECT id FROM changes WHERE state IN (2, 3)) ORDER BY id"
        );
        let rows = self.all(&sql, [], outbox_row)?;
        self.outgoing(rows)
    }

    pub(in crate::store) fn outgoing_at(&self, id: i64) -> Result<Option<Outgoing>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM outbox WHERE id = ?1");
        let row = self.one(&sql, [id], outbox_row)?;
        Ok(self.outgoing(row.into_iter().collect())?.pop())
    }

    /// Every row that was written here in a plan or note, in the order of writing: what a person's
    /// dependent commands are replayed from.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn outgoing_in(&self, doc: &crate::ids::DocId) -> Result<Vec<Outgoing>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM outbox WHERE change IN \
             (SELECT id FROM changes WHERE doc = ?1) ORDER BY id"
        );
        let rows = self.all(&sql, [doc.to_bytes()], outbox_row)?;
        self.outgoing(rows)
    }

    pub(in crate::store) fn set_cut(&mut self, change: i64, cut: bool) -> Result<(), StoreError> {
        self.run("UPDATE outbox SET cut = ?2 WHERE change = ?1", params![change, cut]).map(drop)
    }

    pub(in crate::store) fn set_verdict(
        &mut self,
        change: i64,
        verdict: &Verdict,
    ) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE outbox SET verdict = ?2, open = ?3 WHERE change = ?1";
        let open = !verdict.is_final();
        let touched = self.run(SQL, params![change, to_bytes(verdict), open])?;
        self.closed |= touched > 0 && !open;
        Ok(())
    }

    pub(in crate::store) fn verdict_of(&self, change: i64) -> Result<Option<Verdict>, StoreError> {
        const SQL: &str = "SELECT verdict FROM outbox WHERE change = ?1";
        Ok(self.one(SQL, [change], |row| maybe_cbor(row, 0))?.flatten())
    }

    /// How many rows no verdict has closed yet.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open_count(&self) -> Result<u64, StoreError> {
        const SQL: &str = "SELECT COUNT(*) FROM outbox WHERE open = 1";
        Ok(self.one(SQL, [], |row| unsigned(row, 0))?.unwrap_or(0))
    }

    /// How many rows lie with the team or were refused.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn held_count(&self) -> Result<u64, StoreError> {
        const SQL: &str = "SELECT COUNT(*) FROM outbox o JOIN changes c ON c.id = o.change \
            WHERE o.open = 0 AND c.state IN (2, 3)";
        Ok(self.one(SQL, [], |row| unsigned(row, 0))?.unwrap_or(0))
    }

    pub(in crate::store) fn put_batch(&mut self, batch: &StoredBatch) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO batches (number, hash, cose, made, replaced, receipt) \
            VALUES (?1, ?2, ?3, ?4, 0, NULL)";
        let values = params![signed(batch.number), batch.hash.0, batch.cose, batch.made.0];
        self.run(SQL, values).map(drop)
    }

    pub(in crate::store) fn mark_replaced(&mut self, number: u64) -> Result<(), StoreError> {
        self.run("UPDATE batches SET replaced = 1 WHERE number = ?1", [signed(number)]).map(drop)
    }

    /// The batch to send, without its rows: the first one without a receipt.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn batch_in_flight(&self) -> Result<Option<StoredBatch>, StoreError> {
        const SQL: &str = "SELECT number, hash, cose, made, receipt FROM batches \
            WHERE replaced = 0 AND receipt IS NULL ORDER BY number LIMIT 1";
        self.one(SQL, [], batch)
    }

    /// The batches that count from a number on, in order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn batches_from(&self, number: u64) -> Result<Vec<StoredBatch>, StoreError> {
        const SQL: &str = "SELECT number, hash, cose, made, receipt FROM batches \
            WHERE replaced = 0 AND number >= ?1 ORDER BY number";
        self.all(SQL, [signed(number)], batch)
    }

    /// Keeps the server's receipt of a batch; false when no batch of this number has that hash.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn store_receipt(
        &mut self,
        number: u64,
        hash: &BatchHash,
        receipt: &[u8],
    ) -> Result<bool, StoreError> {
        const SQL: &str = "UPDATE batches SET receipt = ?3 WHERE number = ?1 AND hash = ?2";
        Ok(self.run(SQL, params![signed(number), hash.0, receipt])? > 0)
    }

    /// Batches from a number on count as not received, and their rows as "på vej": the server was
    /// rolled back and lacks them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn resend_from(&mut self, from: u64) -> Result<usize, StoreError> {
        const ROWS: &str = "UPDATE outbox SET open = 1, verdict = NULL WHERE cut = 1 AND change IN \
            (SELECT id FROM changes WHERE device = ?1 AND number >= ?2)";
        const SQL: &str = "UPDATE batches SET receipt = NULL WHERE number >= ?1 AND replaced = 0";
        if let Some(device) = self.single(&crate::store::DEVICE)? {
            self.run(ROWS, params![device.0, signed(from)])?;
        }
        self.run(SQL, [signed(from)])
    }

    /// Removes received batches that were cut before a time and of which no row is open. Their
    /// rows stay in the log.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn prune_batches(&mut self, before: UnixSeconds) -> Result<usize, StoreError> {
        const SQL: &str = "DELETE FROM batches WHERE made < ?1 AND number < ?2 \
            AND (receipt IS NOT NULL OR replaced = 1) AND NOT EXISTS (\
                SELECT 1 FROM outbox o JOIN changes c ON c.id = o.change \
                WHERE o.open = 1 AND c.number = batches.number)";
        let last = self.single(&crate::store::LAST_BATCH)?.map_or(0, |last| last.number);
        self.run(SQL, params![before.0, signed(last)])
    }

    /// Whether a row lies in the outbox, open or closed.
    pub(in crate::store) fn outbox_has(&self, change: i64) -> Result<bool, StoreError> {
        const SQL: &str = "SELECT 1 FROM outbox WHERE change = ?1";
        Ok(self.one(SQL, [change], |_| Ok(()))?.is_some())
    }
}
