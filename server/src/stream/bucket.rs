//! Buckets as frames for bootstrap, rows by name for repair, and headers on request.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use doegnrytme_core::wire::digest::RowName;
use doegnrytme_core::wire::frame::deflate;
use doegnrytme_core::wire::request::HeaderAsk;
use doegnrytme_core::wire::row::{Content, Group, Pack, Row};
use doegnrytme_core::wire::scope::{Blob, BucketAsk};
use doegnrytme_core::wire::to_bytes;

use super::group::{groups, headed};
use super::reach::Reach;
use super::shelf::{Shelf, Shelved};
use crate::store::certificate::CertificateNumber;
use crate::store::entry::{EntryState, StoredEntry};
use crate::store::stream::{BucketKey, KeptBlob};
use crate::store::{StoreError, Tx};

/// Content of one part of a bucket, before compression.
const PART: usize = 512 * 1024;

/// A part of a bucket with every row up to the grant's `covered`, from the cache when it holds
/// them; a bucket without rows is one empty part, so that nobody wants it for ever. None when the
/// device may not read it or there is no such part.
///
/// # Errors
/// [`StoreError`].
pub fn blob(
    tx: &mut dyn Tx,
    shelf: &mut Shelf,
    reach: &Reach,
    ask: BucketAsk,
    needs: &mut BTreeSet<CertificateNumber>,
) -> Result<Option<Blob>, StoreError> {
    let Some(key) = reach.bucket(ask.owner, ask.bucket) else { return Ok(None) };
    let Some(count) = tx.bucket(key)? else { return empty(ask).map(Some) };
    // Rows that came after `covered` reach the device by cursor; that they are in the frame too
    // does no harm, that one were missing would.
    let enough = |kept: &KeptBlob| kept.upto >= count.last.min(reach.covered(key));
    let kept = match tx.blob(key, ask.part)? {
        Some(kept) if enough(&kept) => Some(kept),
        _ => {
            make(tx, shelf, key, count.last)?;
            tx.blob(key, ask.part)?.filter(enough)
        }
    };
    Ok(kept.map(|kept| {
        needs.extend(&kept.certificates);
        Blob { ask, parts: kept.parts, frame: kept.frame }
    }))
}

fn empty(ask: BucketAsk) -> Result<Blob, StoreError> {
    let pack = Pack::from_groups(&[]);
    let frame = deflate(&to_bytes(&pack)).map_err(|_| StoreError::Damaged("a bucket"))?;
    Ok(Blob { ask, parts: 1, frame })
}

fn make(tx: &mut dyn Tx, shelf: &mut Shelf, key: BucketKey, upto: u64) -> Result<(), StoreError> {
    let rows = tx.bucket_rows(key)?;
    let mut parts: Vec<Vec<StoredEntry>> = vec![Vec::new()];
    let mut bytes = 0;
    for row in rows {
        let size = match &row.row.content {
            Content::Change(bytes) | Content::Record { payload: bytes, .. } => bytes.len(),
            Content::Withheld => 0,
        };
        if bytes > 0 && bytes + size > PART {
            parts.push(Vec::new());
            bytes = 0;
        }
        bytes += size;
        if let Some(part) = parts.last_mut() {
            part.push(row);
        }
    }
    let number = u16::try_from(parts.len()).map_err(|_| StoreError::Damaged("a bucket"))?;
    for (part, rows) in (0..number).zip(parts) {
        let mut certificates = BTreeSet::new();
        for row in &rows {
            certificates.insert(row.certificate);
            certificates.extend(shelf.batch(tx, row.batch)?.certificate);
        }
        let rows: Vec<Row> = rows.into_iter().map(|row| row.row).collect();
        let pack = Pack::from_groups(&without_headers(rows));
        let frame = deflate(&to_bytes(&pack)).map_err(|_| StoreError::Damaged("a bucket"))?;
        let certificates = certificates.into_iter().collect();
        tx.put_blob(key, part, &KeptBlob { parts: number, upto, frame, certificates })?;
    }
    Ok(())
}

fn without_headers(rows: Vec<Row>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for row in rows {
        let (device, number) = (row.origin.device, row.origin.number);
        match groups.last_mut() {
            Some(group) if (group.device, group.number) == (device, number) => group.rows.push(row),
            _ => groups.push(Group { device, number, header: None, rows: vec![row] }),
        }
    }
    groups
}

/// Rows by name, each batch with its header. What the device may not see is left out like what is
/// not there.
///
/// # Errors
/// [`StoreError`].
pub fn rows(
    tx: &mut dyn Tx,
    shelf: &mut Shelf,
    reach: &Reach,
    names: &[RowName],
    budget: &mut usize,
    needs: &mut BTreeSet<CertificateNumber>,
) -> Result<Pack, StoreError> {
    let mut found: BTreeMap<_, Arc<Shelved>> = BTreeMap::new();
    for name in names {
        let Some(standing) = tx.standing(name.doc, name.hash)? else { continue };
        let EntryState::Published { stream, seq, .. } = standing.state else { continue };
        let Some(entry) = tx.entry(standing.key)? else { continue };
        if *budget == 0 || !reach.sees(stream, entry.row.entry.citizen) {
            continue;
        }
        let batch = shelf.batch(tx, entry.batch)?;
        needs.insert(entry.certificate);
        needs.extend(batch.certificate);
        let size = match &entry.row.content {
            Content::Change(bytes) | Content::Record { payload: bytes, .. } => bytes.len(),
            Content::Withheld => 32,
        };
        *budget = budget.saturating_sub(size);
        let row = Shelved {
            seq,
            running: [0; 16],
            certificate: entry.certificate,
            batch_first: 0,
            size,
            row: entry.row,
            batch,
        };
        found.insert((row.batch.key, row.row.origin.position), Arc::new(row));
    }
    let found: Vec<Arc<Shelved>> = found.into_values().collect();
    Ok(Pack::from_groups(&groups(&found, |_| Ok(true))?))
}

/// Headers of batches of which the device may see a row: groups without rows, until `budget` bytes
/// are used up; the device asks again for what it still lacks.
///
/// # Errors
/// [`StoreError`].
pub fn headers(
    tx: &mut dyn Tx,
    shelf: &mut Shelf,
    reach: &Reach,
    asks: &[HeaderAsk],
    budget: &mut usize,
    needs: &mut BTreeSet<CertificateNumber>,
) -> Result<Pack, StoreError> {
    let mut groups = Vec::new();
    for ask in asks {
        if *budget == 0 {
            break;
        }
        let Some(stored) = tx.batch(ask.device, ask.number)? else { continue };
        if ask.hash.is_some_and(|hash| hash != stored.hash) {
            continue;
        }
        let mut visible = ask.device == reach.device;
        for (_, key) in tx.entries_of(ask.device, ask.number)? {
            let Some(entry) = tx.entry(key)? else { continue };
            if let EntryState::Published { stream, .. } = entry.state
                && reach.sees(stream, entry.row.entry.citizen)
            {
                needs.insert(entry.certificate);
                visible = true;
            }
        }
        if visible {
            let batch = shelf.batch(tx, stored.key)?;
            needs.extend(batch.certificate);
            *budget = budget.saturating_sub(batch.batch.digests.len());
            groups.push(headed(&batch, |_| false)?);
        }
    }
    Ok(Pack::from_groups(&groups))
}
