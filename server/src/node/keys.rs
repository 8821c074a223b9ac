//! The server's keys: made once with its store, read at each start.

use doegnrytme_core::ids::{DeviceNumber, IdentityHash, InstallEpoch, ServerEpoch};
use doegnrytme_core::port::{Entropy, KeyStore as _, random};
use doegnrytme_core::time::UnixSeconds;
use doegnrytme_core::trust::cursor::CursorKey;
use doegnrytme_core::trust::durable::{certificate_id, seal};
use doegnrytme_core::trust::software_key::SoftwareKey;
use doegnrytme_core::trust::{TrustError, identity_hash};
use doegnrytme_core::wire::certificate::DeviceCertificate;

use super::quick_key::QuickKey;
use crate::store::certificate::{Certificate, Subject};
use crate::store::device::{Device, DeviceStatus};
use crate::store::meta::name;
use crate::store::{StoreError, Tx};

/// Everything secret that the server signs with. It lives in the encrypted store only.
pub struct Keys {
    /// The identity key: signs what is kept and named by its bytes (certificates, pins), and so
    /// signs the same text always alike.
    pub identity: SoftwareKey,
    /// The identity key again, for answers and receipts, of which there are many.
    pub quick: QuickKey,
    /// Its public half, SEC1 uncompressed.
    pub identity_key: [u8; 65],
    /// Its hash, which messages are bound to.
    pub identity_hash: IdentityHash,
    /// The municipality: hash of the first identity key, which durable objects are bound to.
    pub municipality: IdentityHash,
    /// The first identity key, SEC1 uncompressed.
    pub first_key: [u8; 65],
    /// The key with which the server writes as device 1.
    pub device: SoftwareKey,
    /// Authenticates cursors.
    pub cursor: CursorKey,
}

/// The keys cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// The store failed, or has no keys.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key does not sign.
    #[error(transparent)]
    Trust(#[from] TrustError),
}

impl Keys {
    /// Makes a new server's keys, its device 1 with certificate, and its first epoch.
    ///
    /// # Errors
    /// [`KeysError`].
    pub fn create(
        tx: &mut dyn Tx,
        identity_secret: [u8; 32],
        rng: &mut dyn Entropy,
        now: UnixSeconds,
    ) -> Result<Self, KeysError> {
        let first_key = public(&SoftwareKey::from_secret(identity_secret))?;
        let device_secret = loop {
            let secret = random(rng);
            // About one in 2^32 random texts is no scalar of the curve.
            if SoftwareKey::from_secret(secret).public_key().is_ok() {
                break secret;
            }
        };
        tx.put_meta(name::IDENTITY_SECRET, &identity_secret)?;
        tx.put_meta(name::FIRST_KEY, &first_key)?;
        tx.put_meta(name::DEVICE_SECRET, &device_secret)?;
        tx.put_meta(name::CURSOR_SECRET, &random::<32>(rng))?;
        tx.open_epoch(ServerEpoch(random(rng)), now, false)?;
        let keys = Self::load(tx)?;
        keys.enrol_server(tx, InstallEpoch(random(rng)), now)?;
        Ok(keys)
    }

    /// Reads the keys from the store.
    ///
    /// # Errors
    /// [`KeysError`].
    pub fn load(tx: &mut dyn Tx) -> Result<Self, KeysError> {
        let identity = SoftwareKey::from_secret(secret(tx, name::IDENTITY_SECRET)?);
        let identity_key = public(&identity)?;
        let first_key: [u8; 65] = secret(tx, name::FIRST_KEY)?;
        Ok(Self {
            quick: QuickKey::new(&secret(tx, name::IDENTITY_SECRET)?, &identity_key)?,
            identity_key,
            identity_hash: identity_hash(&identity_key),
            municipality: identity_hash(&first_key),
            first_key,
            device: SoftwareKey::from_secret(secret(tx, name::DEVICE_SECRET)?),
            cursor: CursorKey::new(&secret(tx, name::CURSOR_SECRET)?),
            identity,
        })
    }

    fn enrol_server(
        &self,
        tx: &mut dyn Tx,
        install: InstallEpoch,
        now: UnixSeconds,
    ) -> Result<(), KeysError> {
        let key = public(&self.device)?;
        let device = DeviceNumber::SERVER;
        let certificate = DeviceCertificate { device, key, install, issued: now };
        let bytes = seal(&self.identity, &self.municipality, &certificate)?;
        let id = certificate_id(&bytes);
        tx.put_certificate(&Certificate { id, device, subject: Subject::Device, bytes })?;
        tx.put_device(&Device {
            number: device,
            key,
            install,
            status: DeviceStatus::Active,
            certificate: id,
            enrolled: now,
        })?;
        Ok(())
    }
}

fn public(key: &SoftwareKey) -> Result<[u8; 65], KeysError> {
    Ok(key.public_key().map_err(TrustError::from)?)
}

fn secret<const N: usize>(tx: &mut dyn Tx, name: &str) -> Result<[u8; N], StoreError> {
    let bytes = tx.meta(name)?.ok_or(StoreError::Damaged("no keys"))?;
    bytes.try_into().map_err(|_| StoreError::Damaged("a key's length"))
}
