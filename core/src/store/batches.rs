//! Cutting batches: what was written here becomes what a device signed.

use super::queries::batches::StoredBatch;
use super::queries::outbox::Outgoing;
use super::queries::singles::{DEVICE, LAST_BATCH, LastBatch};
use super::{Logged, StoreError, Tx};
use crate::ids::{BatchHash, DeviceNumber};
use crate::time::UnixSeconds;
use crate::wire::batch::{Batch, Header};
use crate::wire::row::{Content, Origin, Row};

/// The batch to send: stored, and not yet received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InFlight {
    /// The batch as it was signed.
    pub batch: StoredBatch,
    /// Its rows, in the order of their positions.
    pub rows: Vec<Row>,
}

impl Tx<'_> {
    /// Number and hash of the last batch that was cut.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn last_batch(&self) -> Result<Option<(u64, BatchHash)>, StoreError> {
        Ok(self.single(&LAST_BATCH)?.map(|last| (last.number, last.hash)))
    }

    /// What the next batch can hold, in the order of writing: at most so many rows, and so many
    /// bytes of content, but at least one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn uncut(&self, most_rows: u32, most_bytes: usize) -> Result<Vec<Outgoing>, StoreError> {
        let mut bytes = 0_usize;
        let mut rows = self.outbox_uncut(most_rows)?;
        let fitting = rows
            .iter()
            .take_while(|row| {
                let before = bytes;
                bytes = bytes.saturating_add(content_length(&row.row.content));
                before == 0 || bytes <= most_bytes
            })
            .count();
        rows.truncate(fitting);
        Ok(rows)
    }

    /// Stores a batch before it is first sent; `rows` are the outbox ids of its entries, in the
    /// order of their positions. One with `replaces` takes the place of the batch of the same
    /// number, whose other rows can be cut again.
    ///
    /// # Errors
    /// [`StoreError::Unfitting`] when number, predecessor or entries are not the next ones.
    pub fn cut_batch(
        &mut self,
        batch: &Batch,
        cose: &[u8],
        rows: &[i64],
    ) -> Result<BatchHash, StoreError> {
        match batch.replaces {
            Some(_) => self.release(batch.number, batch.device)?,
            None => self.check_next(batch)?,
        }
        let digests = batch.entry_digests().map_err(|_| StoreError::Unfitting("the digests"))?;
        if digests.len() != rows.len() {
            return Err(StoreError::Unfitting("the number of entries"));
        }
        for ((position, outbox), digest) in (0_u16..).zip(rows).zip(digests) {
            let row = self.outgoing_at(*outbox)?.ok_or(StoreError::Unfitting("an entry"))?.row;
            if row.entry.digest() != digest {
                return Err(StoreError::Unfitting("an entry's digest"));
            }
            let origin = Origin { device: batch.device, number: batch.number, position };
            self.set_origin(row.id, Some(origin))?;
            self.set_cut(row.id, true)?;
        }
        let (number, hash) = (batch.number, batch.hash());
        let cose = cose.to_vec();
        self.put_batch(&StoredBatch { number, hash, cose, made: batch.made, receipt: None })?;
        self.put_single(&LAST_BATCH, &LastBatch { number, hash })?;
        self.after.identified = true;
        Ok(hash)
    }

    fn check_next(&self, batch: &Batch) -> Result<(), StoreError> {
        let last = self.last_batch()?;
        let number = last.map_or(1, |(number, _)| number.saturating_add(1));
        if (number, last.map(|(_, hash)| hash)) == (batch.number, batch.previous) {
            Ok(())
        } else {
            Err(StoreError::Unfitting("the batch's number or predecessor"))
        }
    }

    fn release(&mut self, number: u64, device: DeviceNumber) -> Result<(), StoreError> {
        for row in self.rows_of_batch(device, number)? {
            self.set_origin(row.id, None)?;
            self.set_cut(row.id, false)?;
        }
        self.mark_replaced(number)
    }

    /// The batch to send, if any: the first one without a receipt.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn in_flight(&self) -> Result<Option<InFlight>, StoreError> {
        let Some(batch) = self.batch_in_flight()? else { return Ok(None) };
        let device = self.single(&DEVICE)?.ok_or(StoreError::Unfitting("a batch, not enrolled"))?;
        let rows = self.rows_of_batch(device, batch.number)?;
        let rows = rows.into_iter().filter_map(Logged::into_row).collect();
        Ok(Some(InFlight { batch, rows }))
    }

    /// A colleague's batch as the header and the entries that lie in the log give it; none without
    /// a header or while entries are missing that the header does not name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn reassemble(
        &self,
        device: DeviceNumber,
        number: u64,
    ) -> Result<Option<(Batch, Header)>, StoreError> {
        let Some((mut header, _)) = self.header_of(device, number)? else { return Ok(None) };
        let present = self.entry_digests_of(device, number)?;
        // An entry that was absent when the header came may have come since.
        header.absent.retain(|absent| present.iter().all(|(at, _)| *at != absent.position));
        Ok(header.batch(device, number, &present).ok().map(|batch| (batch, header)))
    }
}

/// Batches that were cut before this may be forgotten, see [`Tx::prune_batches`].
#[must_use]
pub fn batches_kept_since(now: UnixSeconds) -> UnixSeconds {
    now.plus(-90 * 24 * 60 * 60)
}

fn content_length(content: &Content) -> usize {
    match content {
        Content::Change(chunk) => chunk.len(),
        Content::Record { payload, .. } => payload.len().saturating_add(16),
        Content::Withheld => 0,
    }
}
