//! Nonces: a request spends one, an answer tops the device up to four.

use doegnrytme_core::ids::{DeviceNumber, Nonce};
use doegnrytme_core::port::{Entropy, random};

use crate::store::{StoreError, Tx};

/// Unused nonces that a device may have.
const FULL: usize = 4;

/// A device's unused nonces while a request is answered.
pub(super) struct Nonces {
    device: DeviceNumber,
    /// Oldest first.
    unused: Vec<Nonce>,
}

impl Nonces {
    /// Reads a device's nonces.
    pub(super) fn load(tx: &mut dyn Tx, device: DeviceNumber) -> Result<Self, StoreError> {
        Ok(Self { device, unused: tx.nonces(device)? })
    }

    /// Spends a nonce; false when it was spent before or never given.
    pub(super) fn spend(&mut self, nonce: &Nonce) -> bool {
        let Some(at) = self.unused.iter().position(|unused| unused == nonce) else { return false };
        self.unused.remove(at);
        true
    }

    /// Forgets those that were read before the server knew that it was rolled back.
    pub(super) fn forget(&mut self) {
        self.unused.clear();
    }

    /// Makes new ones until there are four; hands out the new ones.
    pub(super) fn top_up(&mut self, rng: &mut dyn Entropy) -> Vec<Nonce> {
        let known = self.unused.len();
        while self.unused.len() < FULL {
            self.unused.push(Nonce(random(rng)));
        }
        self.unused.split_at(known).1.to_vec()
    }

    /// All four, for a device that came with a spent one: the answers that brought the others may
    /// have been lost. New ones instead would void those that the device has whenever somebody
    /// doubled or replayed one of its requests.
    pub(super) fn all(&mut self, rng: &mut dyn Entropy) -> Vec<Nonce> {
        self.top_up(rng);
        self.unused.clone()
    }

    /// Writes them down.
    pub(super) fn save(&self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        tx.put_nonces(self.device, &self.unused)
    }
}
