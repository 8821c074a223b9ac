//! Entries: each stands in the batch that signed it, and its content has the hash that it names.

use std::collections::{BTreeSet, HashMap};

use doegnrytme_core::gate::examine;
use doegnrytme_core::trust::durable::peek;
use doegnrytme_core::wire::batch::Batch;
use doegnrytme_core::wire::row::Content;

use super::Walk;
use crate::store::batch::BatchKey;
use crate::store::entry::{Authorship, EntryState, StoredEntry};
use crate::store::walk::Table;
use crate::store::{StoreError, Tx};

/// Batches that are remembered: entries of one follow each other.
const KEEP: usize = 64;

/// The digests that batches sign.
#[derive(Default)]
struct Signed(HashMap<BatchKey, Option<Batch>>);

impl Signed {
    fn batch(&mut self, tx: &mut dyn Tx, key: BatchKey) -> Result<Option<&Batch>, StoreError> {
        if !self.0.contains_key(&key) {
            if self.0.len() >= KEEP {
                self.0.clear();
            }
            let stored = tx.batch_by_key(key)?;
            let batch = stored.and_then(|stored| peek::<Batch>(&stored.signed).ok());
            self.0.insert(key, batch);
        }
        Ok(self.0.get(&key).and_then(Option::as_ref))
    }
}

impl Walk<'_> {
    pub(super) fn entries(&mut self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        let total = tx.count_rows(Table::Entries)?;
        let (mut after, mut done) = (i64::MIN, 0);
        let mut signed = Signed::default();
        let mut lost: BTreeSet<[u8; 32]> =
            self.missing.values().filter(|missing| missing.kept).map(|lost| lost.digest).collect();
        loop {
            let rows = tx.walk_entries(after)?;
            let Some((last, _)) = rows.last() else { break };
            after = *last;
            for (key, entry) in rows {
                done += 1;
                let what = match entry {
                    None => Some("it cannot be read"),
                    Some(entry) => {
                        lost.remove(&entry.row.entry.digest());
                        doubt_of(tx, &mut signed, &entry)?
                    }
                };
                if let Some(what) = what {
                    self.bad("entries", key.to_string(), what);
                }
            }
            (self.watch)("entries", done, total);
        }
        self.report.proved("entries", done);
        let lost: Vec<String> = self
            .missing
            .iter()
            .filter(|(_, missing)| lost.contains(&missing.digest))
            .map(|((device, number, position), _)| {
                format!("device {}, number {number}, position {position}", device.0)
            })
            .collect();
        for key in lost {
            self.bad("entries", key, "its author was told that it is kept, and it is not there");
        }
        Ok(())
    }
}

fn doubt_of(
    tx: &mut dyn Tx,
    signed: &mut Signed,
    stored: &StoredEntry,
) -> Result<Option<&'static str>, StoreError> {
    let (entry, origin) = (&stored.row.entry, stored.row.origin);
    let Some(batch) = signed.batch(tx, stored.batch)? else {
        return Ok(Some("its batch is not there"));
    };
    if (batch.device, batch.number) != (origin.device, origin.number) {
        return Ok(Some("its batch is another one's"));
    }
    let digests = batch.entry_digests().unwrap_or_default();
    if digests.get(usize::from(origin.position)) != Some(&entry.digest()) {
        return Ok(Some("its batch does not sign it"));
    }
    let refused = matches!(stored.state, EntryState::Refused { .. });
    match stored.row.content.hash() {
        // What is refused is kept as it came, also when that is the reason.
        Some(hash) if hash != entry.hash && !refused => {
            return Ok(Some("its content has not the hash that it names"));
        }
        _ => {}
    }
    if let Content::Change(chunk) = &stored.row.content
        && let Ok(shape) = examine(chunk)
    {
        let said = Authorship { actor: shape.actor, seq: shape.seq, max_op: shape.max_op() };
        if stored.authorship != Some(said) && !refused {
            return Ok(Some("what was read of its content is not what it says"));
        }
    }
    Ok(None)
}
