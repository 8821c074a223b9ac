//! Singletons by name, and the epochs of the server's life.

use doegnrytme_core::ids::{ServerEpoch, StreamId};
use doegnrytme_core::time::UnixSeconds;

use super::StoreError;

/// Names of singletons.
pub mod name {
    /// The secret scalar of the identity key.
    pub const IDENTITY_SECRET: &str = "identity secret";
    /// The municipality's first identity key, SEC1 uncompressed.
    pub const FIRST_KEY: &str = "first identity key";
    /// The secret of the server's own device key (device 1).
    pub const DEVICE_SECRET: &str = "device secret";
    /// The secret behind cursors.
    pub const CURSOR_SECRET: &str = "cursor secret";
    /// The signed TLS pins.
    pub const PINS: &str = "pins";
    /// Up to where the journal is contained: CBOR of a `journal::file::Mark`.
    pub const JOURNAL: &str = "journal";
    /// What the journal has to be told, when it cannot be used: a CBOR list of records.
    pub const JOURNAL_DUE: &str = "journal due";
    /// Why the operator has to confirm before anything is published or sent: one byte of
    /// `journal::doubt::Doubt`; empty when nothing is in doubt.
    pub const DOUBT: &str = "doubt";
    /// Not empty when the next start opens a new epoch: the store was restored or taught again.
    pub const EPOCH_DUE: &str = "epoch due";
    /// What each team handed in today: CBOR of `limits::daily`.
    pub const INTAKE_TODAY: &str = "intake today";
}

/// A stretch of the server's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Epoch {
    /// Counts from 1.
    pub number: u32,
    /// Its name in cursors.
    pub epoch: ServerEpoch,
    /// Whether the server no longer holds it: a cursor told of it after a roll-back.
    pub lost: bool,
}

/// Singletons and epochs.
pub trait MetaTx {
    /// A singleton's bytes.
    ///
    /// # Errors
    /// [`StoreError`]; so for every method here.
    fn meta(&mut self, name: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// Sets a singleton.
    ///
    /// # Errors
    /// [`StoreError`].
    fn put_meta(&mut self, name: &str, value: &[u8]) -> Result<(), StoreError>;

    /// All epochs, oldest first; the last that is not lost is the present one.
    ///
    /// # Errors
    /// [`StoreError`].
    fn epochs(&mut self) -> Result<Vec<Epoch>, StoreError>;

    /// Opens an epoch: it becomes the present one, and begins in every stream behind its head.
    ///
    /// # Errors
    /// [`StoreError`].
    fn open_epoch(
        &mut self,
        epoch: ServerEpoch,
        now: UnixSeconds,
        lost: bool,
    ) -> Result<u32, StoreError>;

    /// Where the first epoch after number `after` that began in this stream begins: the last seq
    /// before it.
    ///
    /// # Errors
    /// [`StoreError`].
    fn epoch_begin(&mut self, after: u32, stream: StreamId) -> Result<Option<u64>, StoreError>;
}
