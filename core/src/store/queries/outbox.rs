//! SQL of the outbox and of the batches.

use rusqlite::params;

use super::cells::{bytes, maybe_cbor, unsigned};
use crate::ids::{CarerId, ChangeHash};
use crate::store::logged::Logged;
use crate::store::{StoreError, Tx};
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
        self.after.closed |= touched > 0 && !open;
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

    /// Whether a row lies in the outbox, open or closed.
    pub(in crate::store) fn outbox_has(&self, change: i64) -> Result<bool, StoreError> {
        const SQL: &str = "SELECT 1 FROM outbox WHERE change = ?1";
        Ok(self.one(SQL, [change], |_| Ok(()))?.is_some())
    }
}
