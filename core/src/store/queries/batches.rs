//! SQL of the batches.

use rusqlite::params;

use super::cells::{bytes, signed, time, unsigned};
use crate::ids::BatchHash;
use crate::store::{StoreError, Tx};
use crate::time::UnixSeconds;

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

    /// Whether the batches from a number on are here to be sent again. A store that was made anew does
    /// not have all that it ever sent.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn can_resend_from(&self, from: u64) -> Result<bool, StoreError> {
        let last = self.single(&crate::store::LAST_BATCH)?.map_or(0, |last| last.number);
        let first = self.batches_from(from)?.into_iter().next();
        Ok(from > last || first.is_some_and(|batch| batch.number == from))
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
}
