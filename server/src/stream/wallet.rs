//! Which device has which certificate, so that each travels once.
//!
//! An answer may be lost. So what it carried is written down only when a nonce that came with it
//! is spent; until then it may travel again. And a tablet may lose what it had: one that reads from
//! the beginning, or spends a nonce again, counts as having nothing.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use doegnrytme_core::ids::{DeviceNumber, Nonce};

use crate::store::certificate::CertificateNumber;
use crate::store::{StoreError, Tx};

/// Answers whose arrival is not proved yet, a device.
const PENDING: usize = 8;
/// Certificates that are kept in memory.
const KEEP: usize = 4_096;

/// Certificates with their bytes.
pub type Lacking = Vec<(CertificateNumber, Arc<Vec<u8>>)>;

struct Sent {
    nonces: Vec<Nonce>,
    certificates: Vec<CertificateNumber>,
}

/// What is known of devices' certificates.
#[derive(Default)]
pub struct Wallet {
    bytes: HashMap<CertificateNumber, Arc<Vec<u8>>>,
    held: HashMap<DeviceNumber, HashSet<CertificateNumber>>,
    sent: HashMap<DeviceNumber, Vec<Sent>>,
}

impl Wallet {
    /// Of the certificates that rows need, those that the device is not known to have.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn lacking(
        &mut self,
        tx: &mut dyn Tx,
        device: DeviceNumber,
        needs: &BTreeSet<CertificateNumber>,
    ) -> Result<Lacking, StoreError> {
        let mut lacking = Vec::new();
        for number in needs {
            let held = self.held.entry(device).or_default();
            if held.contains(number) {
                continue;
            }
            if tx.has_certificate(device, *number)? {
                held.insert(*number);
                continue;
            }
            if let Some(bytes) = self.bytes(tx, *number)? {
                lacking.push((*number, bytes));
            }
        }
        Ok(lacking)
    }

    fn bytes(
        &mut self,
        tx: &mut dyn Tx,
        number: CertificateNumber,
    ) -> Result<Option<Arc<Vec<u8>>>, StoreError> {
        if let Some(bytes) = self.bytes.get(&number) {
            return Ok(Some(Arc::clone(bytes)));
        }
        let Some(certificate) = tx.certificate(number)? else { return Ok(None) };
        if self.bytes.len() >= KEEP {
            self.bytes.clear();
        }
        let bytes = Arc::new(certificate.bytes);
        self.bytes.insert(number, Arc::clone(&bytes));
        Ok(Some(bytes))
    }

    /// An answer with these nonces carries these certificates.
    pub fn sent(
        &mut self,
        device: DeviceNumber,
        nonces: &[Nonce],
        certificates: Vec<CertificateNumber>,
    ) {
        if certificates.is_empty() || nonces.is_empty() {
            return;
        }
        let pending = self.sent.entry(device).or_default();
        if pending.len() >= PENDING {
            pending.remove(0);
        }
        pending.push(Sent { nonces: nonces.to_vec(), certificates });
    }

    /// The device spent a nonce: it has what the answer carried that brought it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn spent(
        &mut self,
        tx: &mut dyn Tx,
        device: DeviceNumber,
        nonce: &Nonce,
    ) -> Result<(), StoreError> {
        let Some(pending) = self.sent.get_mut(&device) else { return Ok(()) };
        let Some(at) = pending.iter().position(|sent| sent.nonces.contains(nonce)) else {
            return Ok(());
        };
        for number in pending.remove(at).certificates {
            tx.note_certificate(device, number)?;
            self.held.entry(device).or_default().insert(number);
        }
        Ok(())
    }

    /// Nobody knows any more what the device has: all may travel again.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn emptied(&mut self, tx: &mut dyn Tx, device: DeviceNumber) -> Result<(), StoreError> {
        self.held.remove(&device);
        self.sent.remove(&device);
        tx.forget_certificates(device)
    }

    /// Forgets what was read in a transaction that left nothing behind.
    pub fn forget(&mut self) {
        self.held.clear();
        self.bytes.clear();
    }
}
