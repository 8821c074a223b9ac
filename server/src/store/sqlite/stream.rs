//! SQL of streams, buckets and blobs.

use doegnrytme_core::ids::{CitizenId, DeviceNumber, StreamId};
use doegnrytme_core::wire::digest::Digest;
use doegnrytme_core::wire::row::Content;
use doegnrytme_core::wire::scope::Bucket;
use rusqlite::{Row, params};

use super::entry_row::{ENTRY_COLUMNS, entry_columns, read_entry};
use super::{SqliteTx, count, damaged, int};
use crate::store::StoreError;
use crate::store::certificate::CertificateNumber;
use crate::store::entry::{EntryKey, StoredEntry};
use crate::store::stream::{BucketCount, BucketKey, Head, KeptBlob, StreamRow, StreamTx};

const BUCKET: &str = "SELECT stream, citizen, bucket, count, sum, first, last FROM buckets";

fn citizen_column(citizen: Option<CitizenId>) -> Vec<u8> {
    citizen.map_or_else(Vec::new, |citizen| citizen.0.to_vec())
}

fn bucket_count(row: &Row<'_>) -> rusqlite::Result<BucketCount> {
    let citizen = row.get_ref(1)?.as_blob()?;
    let citizen = match citizen {
        [] => None,
        bytes => Some(CitizenId::from_slice(bytes).map_err(|_| damaged(1))?),
    };
    Ok(BucketCount {
        key: BucketKey {
            stream: StreamId(row.get(0)?),
            citizen,
            bucket: Bucket::from_number(row.get(2)?).ok_or_else(|| damaged(2))?,
        },
        digest: Digest { count: count(row, 3)?, sum: row.get(4)? },
        first: count(row, 5)?,
        last: count(row, 6)?,
    })
}

fn size(content: &Content) -> usize {
    match content {
        Content::Change(chunk) => chunk.len(),
        Content::Record { payload, .. } => payload.len(),
        Content::Withheld => 32,
    }
}

impl StreamTx for SqliteTx<'_> {
    fn head(&mut self, stream: StreamId) -> Result<Option<Head>, StoreError> {
        self.one("SELECT head, running FROM streams WHERE stream = ?1", [stream.0], |row| {
            Ok(Head { seq: count(row, 0)?, running: row.get(1)? })
        })
    }

    fn set_head(&mut self, stream: StreamId, head: Head) -> Result<(), StoreError> {
        self.run(
            "UPDATE streams SET head = ?2, running = ?3 WHERE stream = ?1",
            params![stream.0, int(head.seq), head.running],
        )
        .map(|_| ())
    }

    fn append(&mut self, stream: StreamId, head: Head, entry: EntryKey) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO stream_rows (stream, seq, entry, running) VALUES (?1, ?2, ?3, ?4)",
            params![stream.0, int(head.seq), entry.0, head.running],
        )
        .map(|_| ())
    }

    fn running_at(&mut self, stream: StreamId, seq: u64) -> Result<Option<[u8; 16]>, StoreError> {
        if seq == 0 {
            return Ok(Some([0; 16]));
        }
        self.one(
            "SELECT running FROM stream_rows WHERE stream = ?1 AND seq = ?2",
            params![stream.0, int(seq)],
            |row| row.get(0),
        )
    }

    fn rows_after(
        &mut self,
        stream: StreamId,
        from: u64,
        rows: usize,
        bytes: usize,
    ) -> Result<Vec<StreamRow>, StoreError> {
        let mut statement = self.connection.prepare_cached(concat!(
            "SELECT ",
            entry_columns!(),
            ", r.running FROM stream_rows r JOIN entries e ON e.key = r.entry
             JOIN certificates c ON c.number = e.certificate
             WHERE r.stream = ?1 AND r.seq > ?2 ORDER BY r.seq"
        ))?;
        let mut found = statement.query(params![stream.0, int(from)])?;
        let mut taken = Vec::new();
        let mut sum = 0;
        while let Some(row) = found.next()? {
            let row = StreamRow { running: row.get(ENTRY_COLUMNS)?, entry: read_entry(row)? };
            sum += size(&row.entry.row.content);
            taken.push(row);
            if taken.len() >= rows || sum >= bytes {
                break;
            }
        }
        Ok(taken)
    }

    fn batch_rows_in(
        &mut self,
        stream: StreamId,
        device: DeviceNumber,
        number: u64,
        upto: u64,
    ) -> Result<Vec<(u64, Option<CitizenId>)>, StoreError> {
        self.all(
            "SELECT seq, citizen FROM entries
             WHERE device = ?2 AND number = ?3 AND stream = ?1 AND state = 4 AND seq <= ?4
             ORDER BY seq",
            params![stream.0, device.0, int(number), int(upto)],
            |row| {
                let citizen: Option<[u8; 16]> = row.get(1)?;
                Ok((count(row, 0)?, citizen.map(CitizenId)))
            },
        )
    }

    fn bucket_rows(&mut self, key: BucketKey) -> Result<Vec<StoredEntry>, StoreError> {
        self.all(
            concat!(
                "SELECT ",
                entry_columns!(),
                " FROM entries e JOIN certificates c ON c.number = e.certificate
                  WHERE e.state = 4 AND e.stream = ?1 AND e.citizen IS ?2 AND e.bucket = ?3
                  ORDER BY e.seq"
            ),
            params![key.stream.0, key.citizen.map(|citizen| citizen.0), key.bucket.number()],
            read_entry,
        )
    }

    fn bucket(&mut self, key: BucketKey) -> Result<Option<BucketCount>, StoreError> {
        self.one(
            "SELECT stream, citizen, bucket, count, sum, first, last FROM buckets
             WHERE stream = ?1 AND citizen = ?2 AND bucket = ?3",
            params![key.stream.0, citizen_column(key.citizen), key.bucket.number()],
            bucket_count,
        )
    }

    fn buckets(&mut self, stream: StreamId) -> Result<Vec<BucketCount>, StoreError> {
        self.all(
            &format!("{BUCKET} WHERE stream = ?1 ORDER BY citizen, bucket"),
            [stream.0],
            bucket_count,
        )
    }

    fn put_bucket(&mut self, count: &BucketCount) -> Result<(), StoreError> {
        self.run(
            "INSERT OR REPLACE INTO buckets (stream, citizen, bucket, count, sum, first, last)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                count.key.stream.0,
                citizen_column(count.key.citizen),
                count.key.bucket.number(),
                int(count.digest.count),
                count.digest.sum,
                int(count.first),
                int(count.last)
            ],
        )
        .map(|_| ())
    }

    fn blob(&mut self, key: BucketKey, part: u16) -> Result<Option<KeptBlob>, StoreError> {
        self.one(
            "SELECT parts, upto, frame, certificates FROM blobs
             WHERE stream = ?1 AND citizen = ?2 AND bucket = ?3 AND part = ?4",
            params![key.stream.0, citizen_column(key.citizen), key.bucket.number(), part],
            |row| {
                let numbers = row.get_ref(3)?.as_blob()?;
                let (numbers, _) = numbers.as_chunks::<8>();
                Ok(KeptBlob {
                    parts: row.get(0)?,
                    upto: count(row, 1)?,
                    frame: row.get(2)?,
                    certificates: numbers
                        .iter()
                        .map(|number| CertificateNumber(i64::from_be_bytes(*number)))
                        .collect(),
                })
            },
        )
    }

    fn put_blob(&mut self, key: BucketKey, part: u16, blob: &KeptBlob) -> Result<(), StoreError> {
        let certificates: Vec<u8> =
            blob.certificates.iter().flat_map(|number| number.0.to_be_bytes()).collect();
        self.run(
            "INSERT OR REPLACE INTO blobs
                 (stream, citizen, bucket, part, parts, upto, frame, certificates)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                key.stream.0,
                citizen_column(key.citizen),
                key.bucket.number(),
                part,
                blob.parts,
                int(blob.upto),
                blob.frame,
                certificates
            ],
        )
        .map(|_| ())
    }
}
