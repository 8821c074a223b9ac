//! Rows grouped under their batches, with headers where a reader lacks them.

use std::collections::HashSet;
use std::sync::Arc;

use doegnrytme_core::trust::durable::header;
use doegnrytme_core::wire::row::Group;

use super::shelf::{Shelved, ShelvedBatch};
use crate::store::StoreError;
use crate::store::batch::BatchKey;

/// Groups rows that follow each other in one batch. `lacks` says of a batch whether the reader
/// lacks its header; asked at the first row of each batch only.
pub(super) fn groups(
    rows: &[Arc<Shelved>],
    mut lacks: impl FnMut(&Shelved) -> Result<bool, StoreError>,
) -> Result<Vec<Group>, StoreError> {
    let mut seen: HashSet<BatchKey> = HashSet::new();
    let mut groups = Vec::new();
    for chunk in rows.chunk_by(|one, next| one.batch.key == next.batch.key) {
        let Some(first) = chunk.first() else { continue };
        let with_header = seen.insert(first.batch.key) && lacks(first)?;
        let mut group = bare(&first.batch);
        if with_header {
            let there: HashSet<u16> = chunk.iter().map(|row| row.row.origin.position).collect();
            group = headed(&first.batch, |position| there.contains(&position))?;
        }
        group.rows = chunk.iter().map(|row| row.row.clone()).collect();
        groups.push(group);
    }
    Ok(groups)
}

fn bare(batch: &ShelvedBatch) -> Group {
    let (device, number) = (batch.batch.device, batch.batch.number);
    Group { device, number, header: None, rows: Vec::new() }
}

/// A group without rows, with the batch's header for a reader that gets the entries at `present`.
pub(super) fn headed(
    batch: &ShelvedBatch,
    present: impl Fn(u16) -> bool,
) -> Result<Group, StoreError> {
    let header = header(&batch.signed, &batch.batch, present)
        .map_err(|_| StoreError::Damaged("a batch cannot be read"))?;
    Ok(Group { header: Some(header), ..bare(batch) })
}
