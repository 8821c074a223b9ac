//! What the core asks of the platform it runs on: plain synchronous traits.
//!
//! Foreign implementations (Kotlin, Swift) come through uniffi and stay synchronous on purpose:
//! async ones break Swift 6 and run on the caller's thread (design §8).

use std::time::Duration;

use crate::time::UnixSeconds;

/// Why a key could not be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyStoreError {
    /// The key was forgotten (wipe) or the hardware lost it.
    #[error("the key is gone")]
    Gone,
    /// The platform is locked or refused; trying again later may work.
    #[error("the key store is not available: {0}")]
    Unavailable(String),
    /// Wrapped bytes were not made by this key.
    #[error("the wrapped bytes do not belong to this key")]
    NotOurs,
}

/// The device's P-256 key, in hardware where there is some.
pub trait KeyStore: Send {
    /// The public key, SEC1 uncompressed (65 bytes), made at the first call.
    ///
    /// # Errors
    /// [`KeyStoreError`] as the platform says.
    fn public_key(&self) -> Result<[u8; 65], KeyStoreError>;

    /// ECDSA over SHA-256 of `message` (ES256), r ‖ s.
    ///
    /// # Errors
    /// [`KeyStoreError`] as the platform says.
    fn sign(&self, message: &[u8]) -> Result<[u8; 64], KeyStoreError>;

    /// Encrypts a small secret so that only this device's hardware reads it again.
    ///
    /// # Errors
    /// [`KeyStoreError`] as the platform says.
    fn wrap(&self, secret: &[u8]) -> Result<Vec<u8>, KeyStoreError>;

    /// Decrypts what [`KeyStore::wrap`] made.
    ///
    /// # Errors
    /// [`KeyStoreError::NotOurs`] for other bytes.
    fn unwrap(&self, wrapped: &[u8]) -> Result<Vec<u8>, KeyStoreError>;

    /// Destroys the key for good; everything wrapped by it is unreadable from then on.
    ///
    /// # Errors
    /// [`KeyStoreError`] as the platform says.
    fn forget(&self) -> Result<(), KeyStoreError>;
}

/// One look at the platform's clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// The wall clock, which may be wrong by years.
    pub wall: UnixSeconds,
    /// Time since some fixed moment of this boot, counting sleep.
    pub monotonic: Duration,
    /// Changes at each boot, so that two monotonic times can be told apart.
    pub boot: u64,
}

/// The only source of `now`.
pub trait Clock: Send {
    /// Reads both clocks.
    fn read(&self) -> Reading;
}

/// The only source of randomness.
pub trait Entropy: Send {
    /// Fills `bytes` with unpredictable ones (in the simulator: with the seed's).
    fn fill(&mut self, bytes: &mut [u8]);
}

/// How much a log line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Ordinary progress.
    Info,
    /// Something that was handled but should not be usual.
    Warning,
    /// Something that an operator must look at.
    Error,
}

/// Where log lines go. `what` is a fixed phrase and `numbers` are counts, sizes, sequence numbers:
/// no name, CPR number, note text, phone number or token can be passed.
pub trait Log: Send {
    /// Writes one line.
    fn write(&self, level: Level, what: &'static str, numbers: &[(&'static str, i64)]);
}

/// `N` fresh random bytes.
pub fn random<const N: usize>(entropy: &mut dyn Entropy) -> [u8; N] {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes);
    bytes
}
