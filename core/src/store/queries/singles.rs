//! SQL of the single values: who this tablet is, and how far it has come.

use std::marker::PhantomData;

use minicbor::{Decode, Encode, bytes::ByteVec};
use rusqlite::params;

use super::cells::cbor;
use crate::ids::{BatchHash, DeviceNumber, InstallEpoch};
use crate::store::{StoreError, Tx};
use crate::time::Month;
use crate::trust::{identity::Identity, lease::Anchor};
use crate::wire::cursor::Cursor;
use crate::wire::to_bytes;

/// The name of a single value and its type.
#[derive(Debug)]
pub struct Single<T>(&'static str, PhantomData<fn() -> T>);

impl<T> Single<T> {
    /// A value that is stored under `name`, which must be used for one type only.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self(name, PhantomData)
    }
}

/// The last batch that was cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct LastBatch {
    /// Its number.
    #[n(0)]
    pub number: u64,
    /// Its hash.
    #[n(1)]
    pub hash: BatchHash,
}

/// The TLS keys that the tablet trusts.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Default)]
#[cbor(array)]
pub struct PinsKept {
    /// Only rises.
    #[n(0)]
    pub serial: u64,
    /// SHA-256 of each SubjectPublicKeyInfo.
    #[n(1)]
    pub keys: Vec<ByteVec>,
}

/// This device's number, since it was enrolled.
pub const DEVICE: Single<DeviceNumber> = Single::new("device");
/// This installation.
pub const INSTALL: Single<InstallEpoch> = Single::new("install");
/// The secret that keys PINs, wrapped as the key store gave it.
pub const WRAPPED_SECRET: Single<ByteVec> = Single::new("wrapped-secret");
/// Whom the tablet believes.
pub const IDENTITY: Single<Identity> = Single::new("identity");
/// Where the server is, `host:port`.
pub const ADDRESS: Single<String> = Single::new("address");
/// How far the verdict log was read.
pub const VERDICT_CURSOR: Single<Cursor> = Single::new("verdict-cursor");
/// Serial of the scope that the grants are of.
pub const SCOPE_SERIAL: Single<u64> = Single::new("scope-serial");
/// The team streams that this device reads, besides stream 0.
pub const SCOPE_STREAMS: Single<Vec<crate::ids::StreamId>> = Single::new("scope-streams");
/// The TLS pins and their serial.
pub const PINS: Single<PinsKept> = Single::new("pins");
/// What lease time rests on.
pub const ANCHOR: Single<Anchor> = Single::new("anchor");
/// The last batch that was cut, which the next one names.
pub const LAST_BATCH: Single<LastBatch> = Single::new("last-batch");
/// The first month that this tablet keeps.
pub const WINDOW: Single<Month> = Single::new("window");
/// What the server ordered this tablet to do.
pub const ORDER: Single<crate::wire::certificate::OrderKind> = Single::new("order");
/// When the one shift past a lease began, since the server was last heard.
pub const SHIFT: Single<crate::time::UnixSeconds> = Single::new("shift");
/// The carer who had the tablet last.
pub const CARER: Single<crate::ids::CarerId> = Single::new("carer");

impl Tx<'_> {
    /// A single value, if it was ever put.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn single<T>(&self, single: &Single<T>) -> Result<Option<T>, StoreError>
    where
        T: for<'b> Decode<'b, ()>,
    {
        self.one("SELECT value FROM singles WHERE name = ?1", [single.0], |row| cbor(row, 0))
    }

    /// Puts a single value in the place of the one before.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn put_single<T: Encode<()>>(
        &mut self,
        single: &Single<T>,
        value: &T,
    ) -> Result<(), StoreError> {
        const SQL: &str = "INSERT OR REPLACE INTO singles (name, value) VALUES (?1, ?2)";
        self.run(SQL, params![single.0, to_bytes(value)]).map(drop)
    }

    /// Removes a single value.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn clear_single<T>(&mut self, single: &Single<T>) -> Result<(), StoreError> {
        self.run("DELETE FROM singles WHERE name = ?1", [single.0]).map(drop)
    }
}
