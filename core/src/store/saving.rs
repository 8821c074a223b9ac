//! Saving what a carer wrote: into the outbox file first, then into the database, then "gemt".

use minicbor::{Decode, Encode, bytes::ByteVec};

use super::logged::{content_column, content_of};
use super::{SaveError, Store, StoreError, Tx};
use crate::care::visit::VisitKey;
use crate::ids::{CarerId, ChangeHash, DeviceNumber};
use crate::wire::entry::Entry;
use crate::wire::row::Content;
use crate::wire::{from_bytes, to_bytes};

/// One row that is written here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnRow {
    /// The manifest entry, as it will be signed.
    pub entry: Entry,
    /// What it stands for.
    pub content: Content,
    /// This device.
    pub device: DeviceNumber,
    /// Who writes.
    pub author: CarerId,
    /// The typed command, CBOR of a `care::command::Command`.
    pub command: Vec<u8>,
    /// The heads that it was written on.
    pub heads: Vec<ChangeHash>,
    /// The draft that it completes.
    pub draft: Option<VisitKey>,
}

#[derive(Encode, Decode)]
#[cbor(array)]
struct SealedRow {
    #[n(0)]
    entry: Entry,
    #[n(1)]
    content: Option<ByteVec>,
    #[n(2)]
    device: DeviceNumber,
    #[n(3)]
    author: CarerId,
    #[n(4)]
    command: ByteVec,
    #[n(5)]
    heads: Vec<ChangeHash>,
    #[n(6)]
    draft: Option<VisitKey>,
}

fn seal(row: &OwnRow) -> SealedRow {
    SealedRow {
        entry: row.entry.clone(),
        content: content_column(&row.content).map(ByteVec::from),
        device: row.device,
        author: row.author,
        command: row.command.clone().into(),
        heads: row.heads.clone(),
        draft: row.draft,
    }
}

fn unseal(sealed: SealedRow) -> OwnRow {
    let content = content_of(sealed.entry.kind, sealed.content.map(Vec::from));
    OwnRow {
        content,
        entry: sealed.entry,
        device: sealed.device,
        author: sealed.author,
        command: sealed.command.into(),
        heads: sealed.heads,
        draft: sealed.draft,
    }
}

/// The rows of a record of the outbox file. One of a newer version that does not read here stays in
/// the file.
pub(super) fn rows_of_record(record: &[u8]) -> Vec<OwnRow> {
    let sealed: Vec<SealedRow> = from_bytes(record).unwrap_or_default();
    sealed.into_iter().map(unseal).collect()
}

impl Store {
    /// Saves rows together, all or none: one append to the outbox file, one commit. When this
    /// returns `Ok`, "gemt" may be said. On a full disk the reserve is let go and it is tried once
    /// more.
    ///
    /// # Errors
    /// [`SaveError::NotWritten`]: nothing was written, author the command anew.
    /// [`SaveError::InFile`]: the rows are safe in the outbox file; [`Store::finish_saving`].
    pub fn save(&mut self, rows: &[OwnRow]) -> Result<(), SaveError> {
        self.append_outbox(rows).map_err(SaveError::NotWritten)?;
        match self.commit(rows) {
            Err(StoreError::Crashed) => Err(SaveError::InFile(StoreError::Crashed)),
            Err(_) => {
                // Full, or nobody knows: the same bytes again, with all the room there is.
                self.release_reserve();
                self.finish_saving().map(drop).map_err(SaveError::InFile)
            }
            Ok(()) => Ok(()),
        }
    }

    /// The first half of [`Store::save`]: the rows are durable in the outbox file when this
    /// returns. [`Tx::insert_own`] must follow, now or at the next opening.
    ///
    /// # Errors
    /// [`StoreError`]; the file ends with its last whole record then.
    pub fn append_outbox(&mut self, rows: &[OwnRow]) -> Result<(), StoreError> {
        let record = to_bytes(&rows.iter().map(seal).collect::<Vec<_>>());
        match self.outbox_file.append(&record, &self.faults) {
            Err(StoreError::DiskFull) => {
                self.release_reserve();
                self.outbox_file.append(&record, &self.faults)
            }
            done => done,
        }
    }

    fn commit(&mut self, rows: &[OwnRow]) -> Result<(), StoreError> {
        if self.faults.outbox_outside_transaction {
            self.write(|tx| rows.iter().try_for_each(|row| tx.save_row(row).map(drop)))?;
            return self.write(|tx| rows.iter().try_for_each(|row| tx.put_in_outbox(row)));
        }
        self.write(|tx| rows.iter().try_for_each(|row| tx.insert_own(row).map(drop)))
    }

    /// Commits what lies in the outbox file and not in the database: the same bytes, the same
    /// hash. Says how many rows were missing.
    ///
    /// # Errors
    /// [`StoreError`]; they stay in the file.
    pub fn finish_saving(&mut self) -> Result<usize, StoreError> {
        let records = self.outbox_file.records(&self.keys)?;
        self.replay(&records)
    }

    pub(super) fn replay(&mut self, records: &[Vec<u8>]) -> Result<usize, StoreError> {
        let mut rows = Vec::new();
        for record in records {
            rows.extend(rows_of_record(record));
        }
        if rows.is_empty() {
            return Ok(0);
        }
        self.write(|tx| {
            let mut missing = 0;
            for row in &rows {
                missing += usize::from(tx.insert_own(row)?);
            }
            Ok(missing)
        })
    }

    /// Cuts the outbox file when all of it is in the database and nothing is open any more.
    pub(super) fn cut_outbox_file(&mut self) -> Result<(), StoreError> {
        if self.read(|tx| tx.open_count())? > 0 {
            return Ok(());
        }
        for record in self.outbox_file.records(&self.keys)? {
            // Neither a newer version's record nor one whose commit failed may be cut.
            let Ok(rows) = from_bytes::<Vec<SealedRow>>(&record) else { return Ok(()) };
            for SealedRow { entry, .. } in rows {
                if self.read(|tx| tx.name(&entry.doc, &entry.hash))?.is_none() {
                    return Ok(());
                }
            }
        }
        self.outbox_file.cut(&self.faults)
    }
}

impl Tx<'_> {
    /// Stores what was written here: log, outbox row and projections, and removes the draft that
    /// it completes. False when the log has it already; then nothing else was done.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn insert_own(&mut self, row: &OwnRow) -> Result<bool, StoreError> {
        let fresh = self.save_row(row)?;
        if fresh {
            self.put_in_outbox(row)?;
        }
        Ok(fresh)
    }

    /// Stores the row in the log; false when it lies there already.
    fn save_row(&mut self, row: &OwnRow) -> Result<bool, StoreError> {
        if self.name(&row.entry.doc, &row.entry.hash)?.is_some() {
            // Its draft went with it; one of the same visit is newer, and must stay.
            return Ok(false);
        }
        if let Some(visit) = &row.draft {
            self.drop_draft(visit, row.author)?;
        }
        self.log_own(&row.entry, &row.content, row.device)?;
        Ok(true)
    }

    fn put_in_outbox(&mut self, row: &OwnRow) -> Result<(), StoreError> {
        let named = self.name(&row.entry.doc, &row.entry.hash)?;
        let id = named.ok_or(StoreError::Unfitting("an outbox row"))?.id;
        if self.outbox_has(id)? {
            return Ok(());
        }
        self.put_outgoing(id, &row.command, &row.heads, row.author)
    }
}
