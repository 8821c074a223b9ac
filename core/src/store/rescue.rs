//! A new store out of a damaged one.
//!
//! What the server has is fetched from it again. Only what it cannot give back is carried over: who
//! the tablet is (from the database, or else from its passport), the end of its chain of batches, and
//! what was written here and not published yet (from the database as far as its pages verify, and
//! from the outbox file). The new store is made whole in a folder beside the old one; then the
//! damaged files are set aside ([`super::aside`] says for how long), and the new ones take their
//! names. Power may go at any moment of it: the next opening begins again while the new store is not
//! whole, and goes on where it stood from then on.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::faults::Faults;
use super::keys::{FILE as KEY_CHECK, Keys};
use super::opening::{DATABASE, LOG, Options, RESERVE, connect};
use super::plans::PlanCache;
use super::salvage::{Salvage, read_left};
use super::seal::{FILE as OUTBOX, scan};
use super::{OpenError, OwnRow, Store, StoreError, Tx, aside, files, passport};
use crate::ids::{ChangeHash, DocId};
use crate::wire::row::Origin;
use crate::wire::sha256;

/// Where the new store is made.
const NEW: &str = "rescue";
/// Stands in there when the new store is whole; says where the damaged files go.
const WHOLE: &str = "whole";
/// Behind that: something that a carer wrote may not have been read.
const UNREAD: &str = " unread";
/// Stands in the folder when a page did not verify, or the disk refused, while the store was used.
const SUSPECT: &str = "suspect";

/// What a rescue carried over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rescued {
    /// Whether the tablet still knows who it is. If not, it must be enrolled anew, under another
    /// number; what it had not sent stays visible here.
    pub knows_itself: bool,
    /// Changes that no server had closed.
    pub rows: usize,
    /// Unfinished notes.
    pub drafts: usize,
    /// Damaged stretches of the outbox file; an operator must know.
    pub damaged: usize,
}

impl Store {
    /// Makes a new store of a damaged one, with the same key and, where that can be read anywhere,
    /// the same device. The damaged files lie in a folder `damaged-N` afterwards.
    ///
    /// # Errors
    /// [`OpenError`]; then the damaged store is as it was, or opening goes on with the rescue.
    pub fn rescue(
        dir: &Path,
        key: &[u8; 32],
        options: Options,
    ) -> Result<(Self, Rescued), OpenError> {
        if finish(dir, &options.faults)? {
            // The power went in the midst of a rescue. What it carried over was counted then.
            let store = Self::open(dir, key, options)?;
            return Ok((store, Rescued { knows_itself: true, ..Rescued::default() }));
        }
        let keys = Keys::of(key);
        // Room for the new store; the next opening takes it again.
        let _ = fs::remove_file(dir.join(RESERVE));
        let mut left = match connect(dir, key, rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE) {
            Ok(connection) => read_left(connection),
            Err(_) => Salvage::of_nothing(),
        };
        let outbox = scan(dir, &keys)?;
        left.add_records(&outbox.records);
        left.unread |= outbox.damaged > 0;
        left.add_passport(passport::read(dir, &keys));
        left.add_chain(passport::read_end(dir, &keys));
        let rescued = Rescued {
            knows_itself: left.knows_itself(),
            rows: left.rows.len(),
            drafts: left.drafts.len(),
            damaged: outbox.damaged,
        };
        make(dir, key, &options, &left)?;
        finish(dir, &options.faults)?;
        Ok((Self::open(dir, key, options)?, rescued))
    }
}

/// Makes the new store in its folder, whole or not at all.
fn make(dir: &Path, key: &[u8; 32], options: &Options, left: &Salvage) -> Result<(), OpenError> {
    let faults = options.faults.only_watched();
    let new = dir.join(NEW);
    files::remove_folder(&new, &faults)?;
    let mut session = [0; 16];
    // Another session than the one that opens the store next: its records are sealed, too.
    session
        .iter_mut()
        .zip(sha256(&[b"rescue", &options.session]))
        .for_each(|(to, from)| *to = from);
    let options = Options { session, reserve_bytes: 0, faults: faults.clone() };
    let mut store = Store::create(&new, key, options)?;
    if !left.rows.is_empty() {
        store.append_outbox(&left.rows)?;
    }
    store.write(|tx| fill(tx, left))?;
    store.keep_passport();
    // Closing brings the log into the database.
    drop(store);
    files::sync(&new.join(DATABASE), &faults)?;
    let mut says = aside::free_name(dir);
    if left.unread {
        says.push_str(UNREAD);
    }
    files::sync_folder(dir, &faults)?;
    Ok(files::write_whole(&new.join(WHOLE), says.as_bytes(), true, &faults)?)
}

fn fill(tx: &mut Tx<'_>, left: &Salvage) -> Result<(), StoreError> {
    left.put_singles(tx)?;
    let mut ids = BTreeMap::new();
    for row in &left.rows {
        tx.insert_own(row)?;
        let named = tx.name(&row.entry.doc, &row.entry.hash)?;
        let named = named.ok_or(StoreError::Unfitting("a row that was carried over"))?;
        ids.insert(row.entry.digest(), named.id);
    }
    for (batch, digests) in &left.batches {
        let whole = digests.iter().all(|digest| ids.contains_key(digest));
        if batch.receipt.is_none() && !whole {
            // It cannot be sent again; its rows that are left go into the next one.
            continue;
        }
        tx.put_batch(batch)?;
        if let Some(receipt) = &batch.receipt {
            tx.store_receipt(batch.number, &batch.hash, receipt)?;
        }
        let Some(device) = left.device else { continue };
        for (position, digest) in (0_u16..).zip(digests) {
            if let Some(id) = ids.get(digest) {
                let origin = Origin { device, number: batch.number, position };
                tx.set_origin(*id, Some(origin))?;
                tx.set_cut(*id, true)?;
            }
        }
    }
    for draft in &left.drafts {
        tx.put_draft(&draft.visit, draft.carer, &draft.body, draft.saved)?;
    }
    Ok(())
}

/// Puts a new store that is whole in the damaged one's place. False when there is none.
pub(super) fn finish(dir: &Path, faults: &Faults) -> Result<bool, OpenError> {
    let new = dir.join(NEW);
    let says = match fs::read_to_string(new.join(WHOLE)) {
        Ok(says) => says,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    let (name, unread) = match says.strip_suffix(UNREAD) {
        Some(name) => (name, true),
        None => (says.as_str(), false),
    };
    if !aside::is_name(name) {
        return Ok(false);
    }
    let aside = dir.join(name);
    fs::create_dir_all(&aside)?;
    if unread {
        aside::mark_unread(&aside, faults)?;
    }
    files::sync_folder(dir, faults)?;
    // The old log must be gone before the new database comes: SQLite would play it into that.
    files::rename_if_there(&dir.join(LOG), &aside.join(LOG), faults)?;
    for name in [DATABASE, OUTBOX, passport::FILE, passport::CHAIN_FILE, KEY_CHECK] {
        if !new.join(name).exists() {
            // It took its place already, or the new store has none.
            continue;
        }
        files::rename_if_there(&dir.join(name), &aside.join(name), faults)?;
        files::sync_folder(&aside, faults)?;
        files::sync_folder(dir, faults)?;
        files::rename(&new.join(name), &dir.join(name), faults)?;
        files::sync_folder(dir, faults)?;
    }
    // Each file has its new name for good before what says so goes.
    files::sync_folder(&new, faults)?;
    let _ = fs::remove_file(dir.join(SUSPECT));
    files::remove_folder(&new, faults)?;
    files::sync_folder(dir, faults)?;
    Ok(true)
}

/// A page did not verify, or the disk refused: the next opening looks at every page. Checking them at
/// each opening would take a second for 100 MB.
pub(super) fn suspect(dir: &Path) {
    let _ = fs::write(dir.join(SUSPECT), b"");
}

/// Whether the store of a folder is suspected with reason. One that was suspected without, because
/// the disk only stammered, is not any more.
pub(super) fn is_damaged(
    dir: &Path,
    connection: &mut rusqlite::Connection,
) -> Result<bool, StoreError> {
    if !dir.join(SUSPECT).exists() {
        return Ok(false);
    }
    let (calm, loaded) = (Faults::default(), Cell::new(0));
    let tx = Tx::new(connection.transaction()?, &calm, &loaded, PlanCache::default());
    let sound = tx.integrity_errors().is_ok_and(|errors| errors == 0) && tx.reads_whole();
    if sound {
        let _ = fs::remove_file(dir.join(SUSPECT));
    }
    Ok(!sound)
}

/// Rows that are the same are carried over once.
pub(super) fn is_new(rows: &[OwnRow], doc: &DocId, hash: &ChangeHash) -> bool {
    rows.iter().all(|row| row.entry.doc != *doc || row.entry.hash != *hash)
}
