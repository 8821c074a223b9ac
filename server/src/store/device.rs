//! Devices, the streams they read, and their unused nonces.

use doegnrytme_core::ids::{CertificateId, DeviceNumber, InstallEpoch, Nonce, StreamId};
use doegnrytme_core::time::UnixSeconds;

use super::StoreError;

/// What the server lets a device do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceStatus {
    /// Everything its scope allows.
    Active,
    /// Upload only, everything held, wiped when receipted.
    Retired,
    /// Upload only, everything held; told to wipe itself at once.
    Stolen,
    /// It has handed in everything and wiped itself. It is not known any more.
    Wiped,
}

/// A device that was enrolled. A device number belongs to one installation: whoever enrols anew
/// gets a new number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Its number.
    pub number: DeviceNumber,
    /// Its key, SEC1 uncompressed.
    pub key: [u8; 65],
    /// The installation.
    pub install: InstallEpoch,
    /// What it may do.
    pub status: DeviceStatus,
    /// Its certificate.
    pub certificate: CertificateId,
    /// When it was enrolled.
    pub enrolled: UnixSeconds,
}

/// A stream that a device reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceStream {
    /// The stream.
    pub stream: StreamId,
    /// The stream's head when the device began to read it: earlier rows come by bucket.
    pub since: u64,
}

/// Devices and nonces.
pub trait DeviceTx {
    /// A device.
    ///
    /// # Errors
    /// [`StoreError`]; so for every method here.
    fn device(&mut self, number: DeviceNumber) -> Result<Option<Device>, StoreError>;

    /// All devices, by number.
    ///
    /// # Errors
    /// [`StoreError`].
    fn devices(&mut self) -> Result<Vec<Device>, StoreError>;

    /// Adds a device or changes it.
    ///
    /// # Errors
    /// [`StoreError`].
    fn put_device(&mut self, device: &Device) -> Result<(), StoreError>;

    /// The team streams that a device reads, by number.
    ///
    /// # Errors
    /// [`StoreError`].
    fn device_streams(&mut self, number: DeviceNumber) -> Result<Vec<DeviceStream>, StoreError>;

    /// Lets a device read a stream from its head on. Again changes nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    fn join_stream(&mut self, number: DeviceNumber, stream: StreamId) -> Result<(), StoreError>;

    /// A number that rises with every change of what the device may read, also over roll-backs.
    ///
    /// # Errors
    /// [`StoreError`].
    fn scope_serial(&mut self, number: DeviceNumber) -> Result<u64, StoreError>;

    /// The device's unused nonces, oldest first, at most four.
    ///
    /// # Errors
    /// [`StoreError`].
    fn nonces(&mut self, number: DeviceNumber) -> Result<Vec<Nonce>, StoreError>;

    /// Replaces the device's unused nonces.
    ///
    /// # Errors
    /// [`StoreError`].
    fn put_nonces(&mut self, number: DeviceNumber, nonces: &[Nonce]) -> Result<(), StoreError>;

    /// Takes all unused nonces of all devices back: some of them were spent in a future that is
    /// lost, and a request that was logged then must not be worth anything now.
    ///
    /// # Errors
    /// [`StoreError`].
    fn forget_nonces(&mut self) -> Result<(), StoreError>;
}
