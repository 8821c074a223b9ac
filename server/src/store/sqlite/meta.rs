//! SQL of singletons and epochs.

use doegnrytme_core::ids::{ServerEpoch, StreamId};
use doegnrytme_core::time::UnixSeconds;
use rusqlite::params;

use super::{SqliteTx, count};
use crate::store::StoreError;
use crate::store::meta::{Epoch, MetaTx};

impl MetaTx for SqliteTx<'_> {
    fn meta(&mut self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.one("SELECT value FROM meta WHERE name = ?1", [name], |row| row.get(0))
    }

    fn put_meta(&mut self, name: &str, value: &[u8]) -> Result<(), StoreError> {
        self.run("INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)", params![name, value])
            .map(|_| ())
    }

    fn epochs(&mut self) -> Result<Vec<Epoch>, StoreError> {
        self.all("SELECT number, epoch, lost FROM epochs ORDER BY number", [], |row| {
            Ok(Epoch { number: row.get(0)?, epoch: ServerEpoch(row.get(1)?), lost: row.get(2)? })
        })
    }

    fn open_epoch(
        &mut self,
        epoch: ServerEpoch,
        now: UnixSeconds,
        lost: bool,
    ) -> Result<u32, StoreError> {
        let number = self.one(
            "INSERT INTO epochs (epoch, opened, lost) VALUES (?1, ?2, ?3) RETURNING number",
            params![epoch.0, now.0, lost],
            |row| row.get(0),
        )?;
        let number: u32 = number.ok_or(StoreError::Damaged("epochs"))?;
        if !lost {
            self.run(
                "INSERT INTO epoch_streams (number, stream, seq)
                 SELECT ?1, stream, head FROM streams",
                [number],
            )?;
        }
        Ok(number)
    }

    fn epoch_begin(&mut self, after: u32, stream: StreamId) -> Result<Option<u64>, StoreError> {
        self.one(
            "SELECT seq FROM epoch_streams WHERE number > ?1 AND stream = ?2
             ORDER BY number LIMIT 1",
            [after, stream.0],
            |row| count(row, 0),
        )
    }
}
