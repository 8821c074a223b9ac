//! Pages: what is new in a stream for one device.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use doegnrytme_core::trust::cursor::Owner;
use doegnrytme_core::wire::answer::Page;
use doegnrytme_core::wire::row::Pack;

use super::cursor::{Place, issue};
use super::group::groups;
use super::reach::Reach;
use super::shelf::{Shelf, Shelved};
use crate::node::context::Context;
use crate::store::certificate::CertificateNumber;
use crate::store::stream::Head;
use crate::store::{StoreError, Tx};

/// A composed page.
pub struct Composed {
    /// The page; none when the cursor is at the stream's head already.
    pub page: Option<Page>,
    /// How many rows it holds.
    pub rows: usize,
    /// Whether the stream goes on behind it.
    pub more: bool,
}

/// Composes the next page of a stream: rows after the device's place, until `budget` bytes are
/// used up. Rows that the device signed itself are left out: its verdicts say where they are.
/// The certificates that the rows need are added to `needs`.
///
/// # Errors
/// [`StoreError`].
pub fn page(
    tx: &mut dyn Tx,
    context: &Context<'_>,
    shelf: &mut Shelf,
    reach: &Reach,
    place: &Place,
    budget: &mut usize,
    needs: &mut BTreeSet<CertificateNumber>,
) -> Result<Composed, StoreError> {
    let Place { stream, cursor } = *place;
    let head = tx.head(stream)?.ok_or(StoreError::Damaged("a stream is not there"))?;
    let mut at = Head { seq: cursor.seq, running: cursor.running };
    let mut taken: Vec<Arc<Shelved>> = Vec::new();
    let mut batches = HashSet::new();
    'read: while at.seq < head.seq {
        let rows = shelf.after(tx, stream, at.seq)?;
        if rows.is_empty() {
            return Err(StoreError::Damaged("a stream's rows"));
        }
        for row in rows {
            let visible = row.row.origin.device != reach.device
                && reach.comes_by_cursor(stream, row.seq, row.row.entry.citizen);
            if visible {
                let header = if batches.insert(row.batch.key) { header_size(&row) } else { 0 };
                // One row at least, however large, so that every page goes on.
                if row.size + header > *budget && !taken.is_empty() {
                    *budget = 0;
                    break 'read;
                }
                *budget = budget.saturating_sub(row.size + header);
            }
            at = Head { seq: row.seq, running: row.running };
            if visible {
                taken.push(row);
            }
        }
    }
    if at.seq == cursor.seq {
        return Ok(Composed { page: None, rows: 0, more: false });
    }
    let packed = pack(tx, reach, place, &taken)?;
    for row in &taken {
        needs.insert(row.certificate);
        needs.extend(row.batch.certificate);
    }
    let to = issue(context, Owner::Stream(stream), at);
    Ok(Composed {
        page: Some(Page { stream, from: cursor, to, rows: packed, events: None }),
        rows: taken.len(),
        more: at.seq < head.seq,
    })
}

/// What a batch's header takes at most: the signature, and each digest that travels.
fn header_size(row: &Shelved) -> usize {
    120 + row.batch.batch.digests.len()
}

fn pack(
    tx: &mut dyn Tx,
    reach: &Reach,
    place: &Place,
    rows: &[Arc<Shelved>],
) -> Result<Pack, StoreError> {
    let Place { stream, cursor } = *place;
    let grouped = groups(rows, |first| {
        if first.batch_first > cursor.seq {
            return Ok(true);
        }
        // The batch reaches back before this page: its header came with an earlier row that this
        // device saw, if there is one.
        let batch = &first.batch.batch;
        let earlier = tx.batch_rows_in(stream, batch.device, batch.number, cursor.seq)?;
        Ok(!earlier.iter().any(|(seq, citizen)| reach.comes_by_cursor(stream, *seq, *citizen)))
    })?;
    Ok(Pack::from_groups(&grouped))
}
