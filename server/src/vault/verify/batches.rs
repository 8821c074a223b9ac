//! Batches: each one's signature, its receipt, its place in its device's chain, and whether its
//! entries have rows.

use std::collections::BTreeSet;

use doegnrytme_core::ids::DeviceNumber;
use doegnrytme_core::trust::durable::{open, peek};
use doegnrytme_core::wire::batch::Batch;
use doegnrytme_core::wire::certificate::Receipt;

use super::{Missing, Walk};
use crate::store::batch::{BatchState, StoredBatch};
use crate::store::walk::Table;
use crate::store::{StoreError, Tx};

impl Walk<'_> {
    pub(super) fn batches(&mut self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        let total = tx.count_rows(Table::Batches)?;
        let (mut after, mut done) = (0, 0);
        loop {
            let rows = tx.walk_batches(after)?;
            let Some((last, _)) = rows.last() else { break };
            after = *last;
            for (key, batch) in rows {
                done += 1;
                let what = match batch {
                    None => Some("it cannot be read"),
                    Some(batch) => self.batch(tx, &batch)?,
                };
                if let Some(what) = what {
                    self.bad("batches", key.to_string(), what);
                }
            }
            (self.watch)("batches", done, total);
        }
        self.report.proved("batches", done);
        Ok(())
    }

    fn batch(
        &mut self,
        tx: &mut dyn Tx,
        stored: &StoredBatch,
    ) -> Result<Option<&'static str>, StoreError> {
        let Some(key) = self.signer(tx, stored.device)? else {
            return Ok(Some("nobody knows its device"));
        };
        let municipality = &self.keys.municipality;
        let Ok(batch) = open::<Batch>(&stored.signed, &key, municipality) else {
            return Ok(Some("its signature does not hold"));
        };
        let said = (batch.device, batch.number, batch.hash());
        if said != (stored.device, stored.number, stored.hash) {
            return Ok(Some("what stands beside it is not what it says"));
        }
        if let Some(receipt) = &stored.receipt {
            let receipt = open::<Receipt>(receipt, &self.keys.identity_key, municipality);
            let said = receipt.map(|receipt| (receipt.device, receipt.number, receipt.batch));
            if said != Ok((stored.device, stored.number, stored.hash)) {
                return Ok(Some("its receipt is not its own"));
            }
        }
        // Of a carried batch only what a colleague had is here; a replaced one's entries are the
        // next one's.
        if stored.state == BatchState::Chained {
            self.note_missing(tx, &batch)?;
        }
        Ok(None)
    }

    fn note_missing(&mut self, tx: &mut dyn Tx, batch: &Batch) -> Result<(), StoreError> {
        let there: BTreeSet<u16> = tx
            .entries_of(batch.device, batch.number)?
            .into_iter()
            .map(|(position, _)| position)
            .collect();
        let own = batch.device == DeviceNumber::SERVER;
        let digests = batch.entry_digests().unwrap_or_default();
        if !own {
            self.told.insert((batch.device, batch.number), vec![false; digests.len()]);
        }
        for (position, digest) in (0_u16..).zip(digests) {
            if !there.contains(&position) {
                let spot = (batch.device, batch.number, position);
                self.missing.insert(spot, Missing { digest, kept: own });
            }
        }
        Ok(())
    }

    /// 1, 2, 3… and each names the hash of the one before.
    pub(super) fn chains(&mut self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        let devices = tx.chains()?;
        self.report.proved("batch chains", u64::try_from(devices.len()).unwrap_or(u64::MAX));
        for device in devices {
            let (mut last, mut before) = (0, None);
            loop {
                let piece = tx.walk_chain(device, last)?;
                if piece.is_empty() {
                    break;
                }
                for (number, hash, signed) in piece {
                    let previous = peek::<Batch>(&signed).ok().map(|batch| batch.previous);
                    if number != last + 1 || previous != Some(before) {
                        let key = format!("device {}, number {number}", device.0);
                        self.bad("batches", key, "it does not follow the one before");
                    }
                    (last, before) = (number, Some(hash));
                }
            }
        }
        Ok(())
    }
}
