//! SQL of records' present versions.

use doegnrytme_core::ids::{CitizenId, StreamId};
use rusqlite::{Row, params};

use super::{SqliteTx, count};
use crate::store::StoreError;
use crate::store::entry::EntryKey;
use crate::store::record::{CurrentRecord, RecordTx};

const RECORD: &str = "SELECT r.kind, r.id, r.version, e.citizen, r.stream, r.entry, e.content
                      FROM records r JOIN entries e ON e.key = r.entry";

fn record(row: &Row<'_>) -> rusqlite::Result<CurrentRecord> {
    let citizen: Option<[u8; 16]> = row.get(3)?;
    let content: Option<Vec<u8>> = row.get(6)?;
    Ok(CurrentRecord {
        kind: row.get(0)?,
        id: row.get(1)?,
        version: count(row, 2)?,
        citizen: citizen.map(CitizenId),
        stream: StreamId(row.get(4)?),
        entry: EntryKey(row.get(5)?),
        // Sixteen random bytes lead the payload.
        payload: content.map(|content| content.get(16..).unwrap_or_default().to_vec()),
    })
}

impl RecordTx for SqliteTx<'_> {
    fn record(&mut self, kind: u8, id: [u8; 16]) -> Result<Option<CurrentRecord>, StoreError> {
        self.one(&format!("{RECORD} WHERE r.kind = ?1 AND r.id = ?2"), params![kind, id], record)
    }

    fn records(&mut self, kind: u8, stream: StreamId) -> Result<Vec<CurrentRecord>, StoreError> {
        self.all(
            &format!("{RECORD} WHERE r.kind = ?1 AND r.stream = ?2 ORDER BY r.id"),
            params![kind, stream.0],
            record,
        )
    }

    fn set_record(&mut self, kind: u8, id: [u8; 16], entry: EntryKey) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO records (kind, id, version, stream, entry)
             SELECT ?1, ?2, 1, stream, key FROM entries WHERE key = ?3
             ON CONFLICT (kind, id) DO UPDATE SET version = version + 1,
                 stream = excluded.stream, entry = excluded.entry",
            params![kind, id, entry.0],
        )
        .map(|_| ())
    }
}
