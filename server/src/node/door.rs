//! The door before the queue: only a request whose device and signature are known comes in.
//!
//! Strangers are turned away here, on the connection's own task, without SQL and without the
//! writer. What was checked is not checked again: the writer compares the key with the device's.

use std::collections::HashMap;
use std::sync::RwLock;

use axum::body::Bytes;
use doegnrytme_core::ids::{DeviceNumber, IdentityHash};
use doegnrytme_core::trust::TrustError;
use doegnrytme_core::trust::envelope::{OpenedRequest, open_request, trust_head};
use doegnrytme_core::wire::request::RequestHead;

use super::request::{NOT_KNOWN, NOT_READ};
use crate::http::Answer;
use crate::store::{StoreError, Tx};

/// A request as the engine gets it.
pub enum Arrived<'a> {
    /// Its bytes as they came.
    Bytes(&'a [u8]),
    /// Its signature and digest were checked at the door.
    Vouched(&'a Vouched),
}

impl Arrived<'_> {
    /// How long the request was.
    pub(super) fn len(&self) -> u64 {
        let bytes = match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Vouched(vouched) => vouched.bytes.len(),
        };
        u64::try_from(bytes).unwrap_or(u64::MAX)
    }
}

/// A request that was checked.
pub struct Vouched {
    pub(super) head: RequestHead,
    /// The key that it was checked with.
    pub(super) key: [u8; 65],
    bytes: Bytes,
    /// Where the compressed body begins.
    frame: usize,
}

impl Vouched {
    pub(super) fn opened(&self) -> OpenedRequest<'_> {
        let frame = self.bytes.get(self.frame..).unwrap_or_default();
        OpenedRequest::opened_before(self.head.clone(), frame)
    }
}

/// The keys of all devices, in memory; in step with the store.
pub(super) struct Door {
    identity: IdentityHash,
    keys: RwLock<HashMap<DeviceNumber, [u8; 65]>>,
}

impl Door {
    pub(super) fn new(identity: IdentityHash) -> Self {
        Self { identity, keys: RwLock::default() }
    }

    /// Reads the devices' keys; again whenever one may have joined.
    pub(super) fn learn(&self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        let devices = tx.devices()?;
        if let Ok(mut keys) = self.keys.write() {
            *keys = devices.into_iter().map(|device| (device.number, device.key)).collect();
        }
        Ok(())
    }

    fn key(&self, device: DeviceNumber) -> Option<[u8; 65]> {
        self.keys.read().ok()?.get(&device).copied()
    }

    /// Whether a request that begins so is a device's.
    pub(super) fn knows(&self, beginning: &[u8]) -> bool {
        trust_head(beginning, &self.identity, |device| self.key(device)).is_ok()
    }

    /// Checks a request.
    pub(super) fn check(&self, bytes: Bytes) -> Result<Vouched, Answer> {
        let mut key = None;
        let opened = open_request(&bytes, &self.identity, |device| {
            key = self.key(device);
            key
        });
        let (status, text) = match &opened {
            Err(TrustError::UnknownSigner | TrustError::BadSignature) => NOT_KNOWN,
            _ => NOT_READ,
        };
        let (Ok(opened), Some(key)) = (opened, key) else {
            return Err(Answer::text(status, text));
        };
        let frame = bytes.len().saturating_sub(opened.frame().len());
        let head = opened.head;
        Ok(Vouched { head, key, bytes, frame })
    }
}
