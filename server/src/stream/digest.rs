//! Digests and lists: what the server holds of a device's scope, to be compared and repaired.

use std::collections::{HashMap, HashSet};

use doegnrytme_core::wire::digest::{
    BucketDigest, BucketOf, Digest, DigestAnswer, DigestAsk, HashList, RowName,
};
use doegnrytme_core::wire::scope::{Bucket, Owner};
use doegnrytme_core::wire::{sha256, to_bytes};

use super::reach::Reach;
use crate::store::stream::{BucketCount, Head};
use crate::store::{StoreError, Tx};

/// Roots that are remembered.
const KEEP: usize = 256;

/// Roots of a moment ago: at a shift's end fourteen tablets ask the same.
#[derive(Default)]
pub struct Roots(HashMap<[u8; 32], Digest>);

impl Roots {
    /// Answers a digest question. The caller has brought the device to the heads.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn answer(
        &mut self,
        tx: &mut dyn Tx,
        reach: &Reach,
        ask: &DigestAsk,
    ) -> Result<DigestAnswer, StoreError> {
        let scope_serial = reach.serial;
        if ask.each {
            let each = counted(tx, reach, ask)?;
            let root = sum(&each);
            let each = each.into_iter().map(|(of, digest)| BucketDigest { of, digest }).collect();
            return Ok(DigestAnswer { scope_serial, root, each });
        }
        let name = name(tx, reach, ask)?;
        if let Some(root) = self.0.get(&name) {
            return Ok(DigestAnswer { scope_serial, root: *root, each: Vec::new() });
        }
        let root = sum(&counted(tx, reach, ask)?);
        if self.0.len() >= KEEP {
            self.0.clear();
        }
        self.0.insert(name, root);
        Ok(DigestAnswer { scope_serial, root, each: Vec::new() })
    }
}

/// What a root depends on: who reads, what is asked, and the very rows in the streams.
fn name(tx: &mut dyn Tx, reach: &Reach, ask: &DigestAsk) -> Result<[u8; 32], StoreError> {
    let mut bytes = reach.fingerprint.to_vec();
    bytes.extend(to_bytes(&(ask.window, &ask.less)));
    for reads in &reach.streams {
        let Head { running, .. } =
            tx.head(reads.stream)?.ok_or(StoreError::Damaged("a stream is not there"))?;
        bytes.extend(running);
    }
    Ok(sha256(&[&bytes]))
}

fn sum(each: &[(BucketOf, Digest)]) -> Digest {
    each.iter().fold(Digest::default(), |root, (_, digest)| root.plus(digest))
}

fn counted(
    tx: &mut dyn Tx,
    reach: &Reach,
    ask: &DigestAsk,
) -> Result<Vec<(BucketOf, Digest)>, StoreError> {
    let less: HashSet<&BucketOf> = ask.less.iter().collect();
    let mut each = Vec::new();
    for reads in &reach.streams {
        for BucketCount { key, digest, .. } in tx.buckets(reads.stream)? {
            let owner = key.citizen.map_or(Owner::Stream(key.stream), Owner::Citizen);
            let of = BucketOf { owner, bucket: key.bucket };
            let in_window = match key.bucket {
                Bucket::Month(month) => month >= ask.window,
                Bucket::Plan | Bucket::Records => true,
            };
            if in_window && !less.contains(&of) && reach.bucket(owner, key.bucket) == Some(key) {
                each.push((of, digest));
            }
        }
    }
    Ok(each)
}

/// The rows of a bucket by name; empty when the device may not read it or it is not there.
///
/// # Errors
/// [`StoreError`].
pub fn list(tx: &mut dyn Tx, reach: &Reach, of: BucketOf) -> Result<HashList, StoreError> {
    let rows = match reach.bucket(of.owner, of.bucket) {
        None => Vec::new(),
        Some(key) => {
            let rows = tx.bucket_rows(key)?;
            let name = |entry: &crate::store::entry::StoredEntry| RowName {
                doc: entry.row.entry.doc,
                hash: entry.row.entry.hash,
            };
            rows.iter().map(name).collect()
        }
    };
    Ok(HashList { of, rows })
}
