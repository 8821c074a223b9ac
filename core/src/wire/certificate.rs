//! Payloads of durable signed objects: certificates, receipts, pins. Each travels as COSE_Sign1.

use minicbor::{Decode, Encode, bytes::ByteVec};

use crate::ids::{
    BatchHash, CarerId, DeviceNumber, IdentityHash, InstallEpoch, ServerEpoch, StreamId,
};
use crate::time::UnixSeconds;

/// A device that the municipality knows; signed by the identity key.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct DeviceCertificate {
    /// The device's number.
    #[n(0)]
    pub device: DeviceNumber,
    /// Its P-256 key, SEC1 uncompressed.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub key: [u8; 65],
    /// The installation.
    #[n(2)]
    pub install: InstallEpoch,
    /// When it was enrolled.
    #[n(3)]
    pub issued: UnixSeconds,
}

/// A carer who may write on a device for a while; signed by the identity key.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct CarerCertificate {
    /// The carer.
    #[n(0)]
    pub carer: CarerId,
    /// The device.
    #[n(1)]
    pub device: DeviceNumber,
    /// The carer's roles, a bit each, see `care::Role`.
    #[n(2)]
    pub roles: u16,
    /// The carer's teams.
    #[n(3)]
    pub teams: Vec<StreamId>,
    /// From when.
    #[n(4)]
    pub from: UnixSeconds,
    /// Until when (the lease).
    #[n(5)]
    pub until: UnixSeconds,
}

/// "The server has this batch, durable"; signed by the identity key.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Receipt {
    /// The device.
    #[n(0)]
    pub device: DeviceNumber,
    /// The batch's number.
    #[n(1)]
    pub number: u64,
    /// The batch's hash.
    #[n(2)]
    pub batch: BatchHash,
    /// When it was received.
    #[n(3)]
    pub received: UnixSeconds,
    /// The server's epoch then.
    #[n(4)]
    pub epoch: ServerEpoch,
}

/// The TLS keys that a tablet may trust; signed by the identity key. The serial only rises.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Pins {
    /// Rises with every change.
    #[n(0)]
    pub serial: u64,
    /// SHA-256 of each certificate's SubjectPublicKeyInfo.
    #[n(1)]
    pub pins: Vec<ByteVec>,
}

/// What `GET /v1/pins` says: the signed pins and the identity keys that lead from the
/// municipality's first to the one that signed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct PinsAnswer {
    /// The pins as COSE_Sign1.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub pins: Vec<u8>,
    /// The identity key that signed, SEC1 uncompressed.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub key: [u8; 65],
    /// Signed successors from the first key to this one, oldest first.
    #[n(2)]
    pub successors: Vec<ByteVec>,
}

/// Takes a device out of use; signed by the identity key. It fits one installation only.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Order {
    /// The device.
    #[n(0)]
    pub device: DeviceNumber,
    /// Its installation.
    #[n(1)]
    pub install: InstallEpoch,
    /// What it shall do.
    #[n(2)]
    pub kind: OrderKind,
}

/// What a device that is taken out of use shall do. The later one counts more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum OrderKind {
    /// Hand in everything, say so, and wipe itself when that was heard.
    #[n(0)]
    Retire,
    /// Wipe itself at once.
    #[n(1)]
    Wipe,
}

/// An identity key hands over to the next; signed by the old one.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Successor {
    /// The municipality: hash of its first key.
    #[n(0)]
    pub municipality: IdentityHash,
    /// The next key, SEC1 uncompressed.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub key: [u8; 65],
    /// When it took over.
    #[n(2)]
    pub from: UnixSeconds,
}
