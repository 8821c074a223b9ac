//! SQL of walks.

use doegnrytme_core::ids::{
    BatchHash, CertificateId, ChangeHash, CitizenId, DeviceNumber, DocId, StreamId,
};
use doegnrytme_core::time::UnixSeconds;
use doegnrytme_core::wire::from_bytes;
use doegnrytme_core::wire::scope::Bucket;
use rusqlite::{Row, params};

use super::batch::{BATCH, batch};
use super::entry_row::{ENTRY_COLUMNS, entry_columns, read_entry};
use super::loose::LOOSE;
use super::{SqliteTx, count, damaged, int};
use crate::store::StoreError;
use crate::store::batch::StoredBatch;
use crate::store::entry::StoredEntry;
use crate::store::stream::{BucketKey, Head};
use crate::store::walk::{
    Loose, Table, WalkTx, Walked, WalkedCertificate, WalkedPlace, WalkedRecord, WalkedRow,
    WalkedVerdict,
};

/// Rows of one piece.
const PIECE: i64 = 1_000;

impl SqliteTx<'_> {
    /// A row each, read or not: one that cannot be read still has a key.
    fn walk<K, T>(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
        key: impl Fn(&Row<'_>) -> rusqlite::Result<K>,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<Walked<K, T>>, StoreError> {
        self.all(sql, params, |row| Ok((key(row)?, read(row).ok())))
    }
}

fn certificate(row: &Row<'_>) -> rusqlite::Result<WalkedCertificate> {
    let time: (Option<i64>, Option<i64>) = (row.get(4)?, row.get(5)?);
    Ok(WalkedCertificate {
        id: CertificateId(row.get(1)?),
        device: row.get(2)?,
        carer: row.get(3)?,
        time: time.0.zip(time.1),
        bytes: row.get(6)?,
    })
}

fn place(row: &Row<'_>, stream: StreamId) -> rusqlite::Result<WalkedPlace> {
    let seq: i64 = row.get(0)?;
    let (of, at): (Option<u32>, Option<i64>) = (row.get(5)?, row.get(6)?);
    let citizen: Option<[u8; 16]> = row.get(7)?;
    let bucket: Option<u32> = row.get(8)?;
    let state: u8 = row.get(9)?;
    let here = state == 4 && of == Some(stream.0) && at == Some(seq);
    let bucket = bucket.and_then(Bucket::from_number).filter(|_| here);
    Ok(WalkedPlace {
        doc: DocId::from_bytes(row.get_ref(2)?.as_blob()?).map_err(|_| damaged(2))?,
        hash: ChangeHash(row.get(3)?),
        received: UnixSeconds(row.get(4)?),
        bucket: bucket.map(|bucket| BucketKey { stream, citizen: citizen.map(CitizenId), bucket }),
    })
}

fn verdict(row: &Row<'_>) -> rusqlite::Result<WalkedVerdict> {
    let bytes: Vec<u8> = row.get(2)?;
    let run = from_bytes(&bytes).map_err(|_| damaged(2))?;
    Ok(WalkedVerdict { number: count(row, 1)?, run, bytes, running: row.get(3)? })
}

impl WalkTx for SqliteTx<'_> {
    fn damaged_page(&mut self, pages: bool) -> Result<Option<String>, StoreError> {
        if pages {
            let sql = "PRAGMA cipher_integrity_check";
            let found: Option<String> = self.one(sql, [], |row| row.get(0))?;
            if found.is_some() {
                return Ok(found);
            }
        }
        // Its words name pages, tables and indexes, never values.
        let found: Option<String> = self.one("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
        Ok(found.filter(|found| found != "ok"))
    }

    fn count_rows(&mut self, of: Table) -> Result<u64, StoreError> {
        let sql = match of {
            Table::Certificates => "SELECT count(*) FROM certificates",
            Table::Batches => "SELECT count(*) FROM batches",
            Table::Entries => "SELECT count(*) FROM entries",
            Table::Rows => "SELECT count(*) FROM stream_rows",
            Table::Verdicts => "SELECT count(*) FROM verdicts",
        };
        Ok(self.one(sql, [], |row| count(row, 0))?.unwrap_or(0))
    }

    fn walk_certificates(
        &mut self,
        after: i64,
    ) -> Result<Vec<Walked<i64, WalkedCertificate>>, StoreError> {
        self.walk(
            "SELECT number, id, device, carer, from_, until, bytes FROM certificates
             WHERE number > ?1 ORDER BY number LIMIT ?2",
            [after, PIECE],
            |row| row.get(0),
            certificate,
        )
    }

    fn walk_batches(&mut self, after: i64) -> Result<Vec<Walked<i64, StoredBatch>>, StoreError> {
        let sql = format!("{BATCH} WHERE key > ?1 ORDER BY key LIMIT ?2");
        self.walk(&sql, [after, PIECE], |row| row.get(0), batch)
    }

    fn walk_chain(
        &mut self,
        device: DeviceNumber,
        after: u64,
    ) -> Result<Vec<(u64, BatchHash, Vec<u8>)>, StoreError> {
        self.all(
            "SELECT number, hash, signed FROM batches
             WHERE device = ?1 AND number > ?2 AND state = 0 ORDER BY number LIMIT ?3",
            params![device.0, int(after), PIECE],
            |row| Ok((count(row, 0)?, BatchHash(row.get(1)?), row.get(2)?)),
        )
    }

    fn chains(&mut self) -> Result<Vec<DeviceNumber>, StoreError> {
        let sql = "SELECT DISTINCT device FROM batches WHERE state = 0 ORDER BY device";
        self.all(sql, [], |row| row.get(0).map(DeviceNumber))
    }

    fn walk_entries(&mut self, after: i64) -> Result<Vec<Walked<i64, StoredEntry>>, StoreError> {
        self.walk(
            concat!(
                "SELECT ",
                entry_columns!(),
                ", e.key FROM entries e LEFT JOIN certificates c ON c.number = e.certificate
                 WHERE e.key > ?1 ORDER BY e.key LIMIT ?2"
            ),
            [after, PIECE],
            |row| row.get(ENTRY_COLUMNS),
            read_entry,
        )
    }

    fn walk_streams(&mut self) -> Result<Vec<StreamId>, StoreError> {
        self.all(
            "SELECT stream FROM streams UNION SELECT DISTINCT stream FROM stream_rows
             UNION SELECT DISTINCT stream FROM buckets ORDER BY 1",
            [],
            |row| row.get(0).map(StreamId),
        )
    }

    fn walk_rows(
        &mut self,
        stream: StreamId,
        after: u64,
    ) -> Result<Vec<Walked<u64, WalkedRow>>, StoreError> {
        self.walk(
            "SELECT r.seq, r.running, e.doc, e.hash, e.received, e.stream, e.seq, e.citizen,
                 e.bucket, e.state
             FROM stream_rows r LEFT JOIN entries e ON e.key = r.entry
             WHERE r.stream = ?1 AND r.seq > ?2 ORDER BY r.seq LIMIT ?3",
            params![stream.0, int(after), PIECE],
            |row| count(row, 0),
            |row| Ok(WalkedRow { running: row.get(1)?, entry: place(row, stream).ok() }),
        )
    }

    fn verdict_logs(&mut self) -> Result<Vec<(DeviceNumber, Head)>, StoreError> {
        self.all(
            "SELECT device, max(seq), running FROM verdicts GROUP BY device ORDER BY device",
            [],
            |row| {
                let running = row.get(2).unwrap_or_default();
                Ok((DeviceNumber(row.get(0)?), Head { seq: count(row, 1)?, running }))
            },
        )
    }

    fn walk_verdicts(
        &mut self,
        device: DeviceNumber,
        after: u64,
    ) -> Result<Vec<Walked<u64, WalkedVerdict>>, StoreError> {
        self.walk(
            "SELECT seq, number, run, running FROM verdicts
             WHERE device = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
            params![device.0, int(after), PIECE],
            |row| count(row, 0),
            verdict,
        )
    }

    fn walk_records(&mut self) -> Result<Vec<WalkedRecord>, StoreError> {
        let sql = "SELECT kind, id, version, stream, entry FROM records ORDER BY kind, id";
        self.all(sql, [], |row| {
            Ok(WalkedRecord {
                kind: row.get(0)?,
                id: row.get(1)?,
                version: count(row, 2)?,
                stream: StreamId(row.get(3)?),
                entry: row.get(4)?,
            })
        })
    }

    fn walk_blobs(&mut self) -> Result<Vec<BucketKey>, StoreError> {
        let sql = "SELECT DISTINCT stream, citizen, bucket FROM blobs ORDER BY 1, 2, 3";
        self.all(sql, [], |row| {
            let citizen = match row.get_ref(1)?.as_blob()? {
                [] => None,
                bytes => Some(CitizenId::from_slice(bytes).map_err(|_| damaged(1))?),
            };
            let bucket = Bucket::from_number(row.get(2)?).ok_or_else(|| damaged(2))?;
            Ok(BucketKey { stream: StreamId(row.get(0)?), citizen, bucket })
        })
    }

    fn loose(&mut self) -> Result<Vec<Loose>, StoreError> {
        let mut found = Vec::new();
        for (table, what, sql) in LOOSE {
            let sql = format!("SELECT min(key), count(*) FROM ({sql})");
            let row = self.one(&sql, [], |row| Ok((row.get(0)?, count(row, 1)?)))?;
            if let Some((Some(key), count)) = row {
                found.push(Loose { table, key, what, count });
            }
        }
        Ok(found)
    }
}
