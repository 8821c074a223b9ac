//! SQL that reads what is left of a damaged database: each question alone, and of each table what
//! comes before the damage and what comes behind it.

use std::collections::BTreeMap;

use rusqlite::Row as SqlRow;

use super::batches::StoredBatch;
use super::cells::{bytes, cbor, time, unsigned};
use super::drafts::Draft;
use crate::ids::{BatchHash, CarerId, DeviceNumber, Nonce};
use crate::store::{StoreError, Tx};
use crate::trust::pin::{Tries, Verifier};

impl Tx<'_> {
    /// Rows of a table in the order of a column, as far as they read from both ends.
    fn readable<T>(
        &self,
        select: &str,
        order: &str,
        read: impl Fn(&SqlRow<'_>) -> rusqlite::Result<T> + Copy,
    ) -> (Vec<T>, Vec<T>) {
        let one_way =
            |way: &str| self.until_damage(&format!("{select} ORDER BY {order} {way}"), read);
        let (begin, whole) = one_way("ASC");
        if whole {
            return (begin, Vec::new());
        }
        let (mut end, _) = one_way("DESC");
        end.reverse();
        (begin, end)
    }

    /// Whether the table of single values was ever made.
    pub(in crate::store) fn has_singles(&self) -> Result<bool, StoreError> {
        const SQL: &str = "SELECT 1 FROM sqlite_schema WHERE name = 'singles'";
        Ok(self.one(SQL, [], |_| Ok(()))?.is_some())
    }

    /// Whether every table and index reads, also where the file was cut off.
    pub(in crate::store) fn reads_whole(&self) -> bool {
        let said = self.one("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
        said.is_ok_and(|said| said.as_deref() == Some("ok"))
    }

    /// The outbox rows that can be named, in the order of writing.
    pub(in crate::store) fn readable_outbox(&self) -> Vec<i64> {
        let (mut ids, end) =
            self.readable("SELECT id FROM outbox NOT INDEXED", "id", |row| row.get::<_, i64>(0));
        ids.extend(end);
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// The drafts that can be read, and whether those are all.
    pub(in crate::store) fn readable_drafts(&self) -> (Vec<Draft>, bool) {
        const SQL: &str = "SELECT visit, carer, body, saved FROM drafts";
        let read = |row: &SqlRow<'_>| {
            Ok(Draft {
                visit: cbor(row, 0)?,
                carer: CarerId(bytes(row, 1)?),
                body: row.get(2)?,
                saved: time(row, 3)?,
            })
        };
        let (mut drafts, whole) = self.until_damage(&format!("{SQL} ORDER BY visit"), read);
        if !whole {
            let (end, _) = self.until_damage(&format!("{SQL} ORDER BY visit DESC"), read);
            drafts.extend(end);
        }
        (drafts, whole)
    }

    /// The batches that count and can be read, in order.
    pub(in crate::store) fn readable_batches(&self) -> Vec<StoredBatch> {
        let (begin, end) = self.readable(
            "SELECT number, hash, cose, made, receipt, replaced FROM batches",
            "number",
            |row| {
                let batch = StoredBatch {
                    number: unsigned(row, 0)?,
                    hash: BatchHash(bytes(row, 1)?),
                    cose: row.get(2)?,
                    made: time(row, 3)?,
                    receipt: row.get(4)?,
                };
                Ok((batch, row.get::<_, bool>(5)?))
            },
        );
        let all = begin.into_iter().chain(end).filter(|(_, replaced)| !replaced);
        let by_number: BTreeMap<u64, StoredBatch> =
            all.map(|(batch, _)| (batch.number, batch)).collect();
        by_number.into_values().collect()
    }

    /// The carers' PINs that can be read, as they are kept.
    pub(in crate::store) fn readable_pins(&self) -> Vec<(CarerId, Verifier, Tries)> {
        let select = "SELECT carer, verifier, tries FROM carers_here";
        let (mut begin, end) = self.readable(select, "carer", |row| {
            Ok((CarerId(bytes(row, 0)?), cbor(row, 1)?, cbor(row, 2)?))
        });
        begin.extend(end);
        begin
    }

    /// The nonces that can be read, oldest first.
    pub(in crate::store) fn readable_nonces(&self) -> Vec<Nonce> {
        let (mut begin, end) =
            self.readable("SELECT nonce FROM nonces", "id", |row| Ok(Nonce(bytes(row, 0)?)));
        begin.extend(end);
        begin
    }

    /// The certificates of carers on a device that can be read, as they were signed.
    pub(in crate::store) fn readable_certificates(&self, device: DeviceNumber) -> Vec<Vec<u8>> {
        let select = "SELECT signed, device FROM certificates";
        let (begin, end) = self.readable(select, "id", |row| {
            Ok((row.get::<_, Vec<u8>>(0)?, DeviceNumber(unsigned(row, 1)?)))
        });
        let all = begin.into_iter().chain(end);
        all.filter(|(_, of)| *of == device).map(|(signed, _)| signed).collect()
    }
}
