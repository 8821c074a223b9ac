//! Proving a database from what it holds: signatures, chains, hashes, sums.
//!
//! [`verify`] walks in this order: the server's own keys, certificates and devices (`keys`),
//! batches and their chains (`batches`), verdict logs (`verdicts`), entries (`entries`), streams
//! with buckets, records and frames (`streams`), what stands beside the journal (`people`), what
//! points at nothing ([`crate::store::walk::WalkTx::loose`]), and the journal (`remembered`).
//! Everything is read in one transaction, so a running server is seen at one moment.
//!
//! What carries no proof beyond the page's own HMAC is named in the server's README.

mod batches;
mod entries;
mod keys;
mod people;
mod remembered;
mod report;
mod source;
mod streams;
mod verdicts;

use std::collections::{BTreeMap, HashMap};

use doegnrytme_core::ids::{DeviceNumber, StreamId};

pub use report::{Bad, Report};
pub use source::Source;

use crate::journal::Place;
use crate::node::Keys;
use crate::store::StoreError;
use crate::store::Tx;

/// Told what is being walked, how much of it is done, and how much there is.
pub type Watch<'w> = dyn FnMut(&'static str, u64, u64) + 'w;

/// A place in a batch whose entry has no row of its own: device, number, position.
type Spot = (DeviceNumber, u64, u16);

/// What later walks need of earlier ones.
struct Walk<'a> {
    keys: &'a Keys,
    report: Report,
    watch: &'a mut Watch<'a>,
    /// Keys of devices that sign.
    signers: HashMap<DeviceNumber, Option<[u8; 65]>>,
    /// Entries that a batch signs and that have no row under it.
    missing: BTreeMap<Spot, Missing>,
    /// For each chained batch, which of its entries its author was told of.
    told: BTreeMap<(DeviceNumber, u64), Vec<bool>>,
    /// Where each stream ends.
    heads: BTreeMap<StreamId, u64>,
}

/// An entry without a row.
struct Missing {
    digest: [u8; 32],
    /// Whether its author was told that it is kept.
    kept: bool,
}

/// Walks everything. `pages` says whether pages are looked at one by one; `journal` is compared
/// when there is one.
///
/// # Errors
/// [`StoreError`] when the database cannot be read at all, or lacks its keys.
pub fn verify(
    tx: &mut dyn Tx,
    pages: bool,
    journal: Option<&Place>,
    watch: &mut Watch<'_>,
) -> Result<Report, StoreError> {
    let keys = Keys::load(tx).map_err(|_| StoreError::Damaged("a key of the server's"))?;
    // Shortened to the walk's own life.
    let mut watch = |what: &'static str, done, of| watch(what, done, of);
    let mut walk = Walk {
        keys: &keys,
        report: Report::default(),
        watch: &mut watch,
        signers: HashMap::new(),
        missing: BTreeMap::new(),
        told: BTreeMap::new(),
        heads: BTreeMap::new(),
    };
    (walk.watch)("pages and indexes", 0, 0);
    if let Some(found) = tx.damaged_page(pages)? {
        walk.report.bad("pages", found.replace('\n', " "), "it is not what was written");
    }
    walk.own_keys(tx)?;
    walk.certificates(tx)?;
    walk.devices(tx)?;
    walk.batches(tx)?;
    walk.chains(tx)?;
    walk.read_heads(tx)?;
    walk.verdicts(tx)?;
    walk.entries(tx)?;
    walk.streams(tx)?;
    walk.frames(tx)?;
    walk.people(tx)?;
    walk.facts(tx)?;
    (walk.watch)("links between tables", 0, 0);
    for loose in tx.loose()? {
        walk.report.bad_rows(loose.table, loose.key, loose.what, loose.count);
    }
    if let Some(place) = journal {
        walk.remembered(tx, place)?;
    }
    Ok(walk.report)
}

impl Walk<'_> {
    fn bad(&mut self, table: &'static str, key: impl Into<String>, what: &'static str) {
        self.report.bad(table, key, what);
    }

    fn read_heads(&mut self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        for stream in tx.walk_streams()? {
            let head = tx.head(stream)?.map_or(0, |head| head.seq);
            self.heads.insert(stream, head);
        }
        Ok(())
    }
}
