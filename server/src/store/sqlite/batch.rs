//! SQL of batches.

use doegnrytme_core::ids::{BatchHash, DeviceNumber};
use doegnrytme_core::time::UnixSeconds;
use rusqlite::{Row, params};

use super::{SqliteTx, count, damaged, int};
use crate::store::StoreError;
use crate::store::batch::{Aside, BatchKey, BatchState, BatchTx, StoredBatch};

/// How many pushes of a device may lie beside its chain.
const MOST_ASIDE: i64 = 16;

pub(super) const BATCH: &str =
    "SELECT key, device, number, hash, state, received, signed, receipt FROM batches";

fn state_number(state: BatchState) -> u8 {
    match state {
        BatchState::Chained => 0,
        BatchState::Carried => 1,
        BatchState::Replaced => 2,
    }
}

pub(super) fn batch(row: &Row<'_>) -> rusqlite::Result<StoredBatch> {
    Ok(StoredBatch {
        key: BatchKey(row.get(0)?),
        device: DeviceNumber(row.get(1)?),
        number: count(row, 2)?,
        hash: BatchHash(row.get(3)?),
        state: match row.get(4)? {
            0 => BatchState::Chained,
            1 => BatchState::Carried,
            2 => BatchState::Replaced,
            _ => return Err(damaged(4)),
        },
        received: UnixSeconds(row.get(5)?),
        signed: row.get(6)?,
        receipt: row.get(7)?,
    })
}

impl BatchTx for SqliteTx<'_> {
    fn chain_end(&mut self, device: DeviceNumber) -> Result<Option<(u64, BatchHash)>, StoreError> {
        self.one(
            "SELECT number, hash FROM batches WHERE device = ?1 AND state = 0
             ORDER BY number DESC LIMIT 1",
            [device.0],
            |row| Ok((count(row, 0)?, BatchHash(row.get(1)?))),
        )
    }

    fn batch(
        &mut self,
        device: DeviceNumber,
        number: u64,
    ) -> Result<Option<StoredBatch>, StoreError> {
        self.one(
            &format!("{BATCH} WHERE device = ?1 AND number = ?2 ORDER BY state LIMIT 1"),
            params![device.0, int(number)],
            batch,
        )
    }

    fn batch_by_key(&mut self, key: BatchKey) -> Result<Option<StoredBatch>, StoreError> {
        self.one(&format!("{BATCH} WHERE key = ?1"), [key.0], batch)
    }

    fn put_batch(&mut self, batch: &StoredBatch) -> Result<BatchKey, StoreError> {
        self.one(
            "INSERT INTO batches (device, number, hash, state, received, signed, receipt)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (device, number, hash) DO UPDATE SET state = excluded.state,
                 signed = excluded.signed, receipt = coalesce(excluded.receipt, receipt)
             RETURNING key",
            params![
                batch.device.0,
                int(batch.number),
                batch.hash.0,
                state_number(batch.state),
                batch.received.0,
                batch.signed,
                batch.receipt
            ],
            |row| row.get(0).map(BatchKey),
        )?
        .ok_or(StoreError::Damaged("batches"))
    }

    fn put_aside(
        &mut self,
        device: DeviceNumber,
        number: u64,
        hash: BatchHash,
        why: Aside,
        push: &[u8],
        now: UnixSeconds,
    ) -> Result<bool, StoreError> {
        let why = match why {
            Aside::Early => 0,
            Aside::Fork => 1,
        };
        let added = self.run(
            "INSERT OR IGNORE INTO aside (device, number, hash, why, received, push)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6
             WHERE (SELECT count(*) FROM aside WHERE device = ?1) < ?7",
            params![device.0, int(number), hash.0, why, now.0, push, MOST_ASIDE],
        )?;
        Ok(added > 0)
    }

    fn take_from_aside(
        &mut self,
        device: DeviceNumber,
        number: u64,
        hash: BatchHash,
    ) -> Result<(), StoreError> {
        self.run(
            "DELETE FROM aside WHERE device = ?1 AND number = ?2 AND hash = ?3",
            params![device.0, int(number), hash.0],
        )
        .map(|_| ())
    }
}
