//! SQL of verdict logs.

use doegnrytme_core::ids::DeviceNumber;
use doegnrytme_core::wire::{from_bytes, to_bytes, verdict::VerdictRun};
use rusqlite::{Row, params};

use super::{SqliteTx, count, damaged, int};
use crate::store::StoreError;
use crate::store::stream::Head;
use crate::store::verdict::VerdictTx;

const START: Head = Head { seq: 0, running: [0; 16] };

fn head(row: &Row<'_>) -> rusqlite::Result<Head> {
    Ok(Head { seq: count(row, 0)?, running: row.get(1)? })
}

impl VerdictTx for SqliteTx<'_> {
    fn verdict_head(&mut self, device: DeviceNumber) -> Result<Head, StoreError> {
        let last = self.one(
            "SELECT seq, running FROM verdicts WHERE device = ?1 ORDER BY seq DESC LIMIT 1",
            [device.0],
            head,
        )?;
        Ok(last.unwrap_or(START))
    }

    fn append_verdict(
        &mut self,
        device: DeviceNumber,
        head: Head,
        epoch: u32,
        run: &VerdictRun,
    ) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO verdicts (device, seq, epoch, number, run, running)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![device.0, int(head.seq), epoch, int(run.number), to_bytes(run), head.running],
        )
        .map(|_| ())
    }

    fn verdict_running_at(
        &mut self,
        device: DeviceNumber,
        seq: u64,
    ) -> Result<Option<[u8; 16]>, StoreError> {
        if seq == 0 {
            return Ok(Some(START.running));
        }
        self.one(
            "SELECT running FROM verdicts WHERE device = ?1 AND seq = ?2",
            params![device.0, int(seq)],
            |row| row.get(0),
        )
    }

    fn verdicts_after(
        &mut self,
        device: DeviceNumber,
        from: u64,
        limit: usize,
    ) -> Result<(Vec<VerdictRun>, Head), StoreError> {
        let mut end = None;
        let runs = self.all(
            "SELECT seq, running, run FROM verdicts WHERE device = ?1 AND seq > ?2
             ORDER BY seq LIMIT ?3",
            params![device.0, int(from), i64::try_from(limit).unwrap_or(i64::MAX)],
            |row| {
                end = Some(head(row)?);
                let run: Vec<u8> = row.get(2)?;
                from_bytes(&run).map_err(|_| damaged(2))
            },
        )?;
        let end = match end {
            Some(end) => end,
            None => {
                let running = self.verdict_running_at(device, from)?;
                Head { seq: from, running: running.ok_or(StoreError::Damaged("verdicts"))? }
            }
        };
        Ok((runs, end))
    }

    fn verdicts_before_epoch(
        &mut self,
        device: DeviceNumber,
        epoch: u32,
    ) -> Result<Head, StoreError> {
        let last = self.one(
            "SELECT seq, running FROM verdicts WHERE device = ?1 AND epoch < ?2
             ORDER BY seq DESC LIMIT 1",
            [device.0, epoch],
            head,
        )?;
        Ok(last.unwrap_or(START))
    }

    fn verdicts_tell_of(
        &mut self,
        device: DeviceNumber,
        number: u64,
        from: u64,
    ) -> Result<bool, StoreError> {
        let found = self.one(
            "SELECT 1 FROM verdicts WHERE device = ?1 AND seq > ?2 AND number = ?3 LIMIT 1",
            params![device.0, int(from), int(number)],
            |_| Ok(()),
        )?;
        Ok(found.is_some())
    }
}
