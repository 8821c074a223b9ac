//! Cutting batches: what is open in the outbox becomes a signed, numbered, chained batch, stored
//! before it is first sent.

use super::SyncError;
use crate::port::KeyStore;
use crate::store::{Store, StoreError, Tx};
use crate::time::UnixSeconds;
use crate::trust::durable;
use crate::wire::batch::Batch;

/// Most entries of one batch.
const MOST_ENTRIES: u32 = 500;
/// Most bytes of content in one batch: a cut line costs no more than this.
const MOST_BYTES: usize = 512 * 1024;

/// Cuts the next batch, when none is in flight and something is open.
///
/// # Errors
/// [`SyncError`]; nothing is stored then.
pub fn cut(store: &mut Store, keys: &dyn KeyStore, now: UnixSeconds) -> Result<(), SyncError> {
    store.write(|tx| {
        if tx.batch_in_flight()?.is_some() {
            return Ok(());
        }
        let open = tx.uncut(MOST_ENTRIES, MOST_BYTES)?;
        if open.is_empty() {
            return Ok(());
        }
        let identity = tx.identity()?.ok_or(SyncError::NotEnrolled)?;
        let (device, install) = tx.device()?.ok_or(SyncError::NotEnrolled)?;
        let last = tx.last_batch()?;
        let batch = Batch {
            device,
            number: last.map_or(1, |(number, _)| number.saturating_add(1)),
            previous: last.map(|(_, hash)| hash),
            install,
            made: now,
            replaces: None,
            digests: open.iter().flat_map(|open| open.row.entry.digest()).collect(),
        };
        let cose = durable::seal(keys, &identity.municipality, &batch)?;
        let rows: Vec<i64> = open.iter().map(|open| open.id).collect();
        tx.cut_batch(&batch, &cose, &rows)?;
        Ok(())
    })
}

/// Whether something waits to be pushed.
pub(super) fn is_open(tx: &Tx<'_>) -> Result<bool, StoreError> {
    Ok(tx.batch_in_flight()?.is_some() || !tx.uncut(1, 0)?.is_empty())
}
