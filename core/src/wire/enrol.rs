//! Enrolment: how a tablet becomes a device of a municipality (`POST /v1/enrol`).
//!
//! The code itself is never sent. Both sides prove that they know it by a MAC over the device's
//! key, the identity key and the TLS key that the tablet saw, so that nobody in between can stand
//! for either of them.

use minicbor::{Decode, Encode, bytes::ByteVec};

use super::{cursor::StreamCursor, scope::Scope};
use crate::ids::{InstallEpoch, Nonce};
use crate::time::UnixSeconds;

/// How the code came to the tablet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum CodeKind {
    /// Scanned: 128 bits, keys the MAC as they are.
    #[n(0)]
    Scanned,
    /// Typed: 3 characters name the code, 10 key the MAC through Argon2id.
    #[n(1)]
    Typed,
}

/// Signed by the device's key (COSE_Sign1, purpose `enrol`): proof that it holds it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct EnrolRequest {
    /// How the code came.
    #[n(0)]
    pub kind: CodeKind,
    /// Which code: the first 8 bytes of SHA-256 of a scanned one, the 3 characters of a typed one.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub code: Vec<u8>,
    /// The device's key, SEC1 uncompressed.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub key: [u8; 65],
    /// The installation.
    #[n(3)]
    pub install: InstallEpoch,
    /// SHA-256 of the SubjectPublicKeyInfo that the tablet saw.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub tls: [u8; 32],
    /// HMAC-SHA256 over the transcript with the word `tablet`.
    #[cbor(n(5), with = "minicbor::bytes")]
    pub mac: [u8; 32],
}

/// What the tablet gets: everything it needs to sync.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct EnrolAnswer {
    /// HMAC-SHA256 over the transcript with the word `server`.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub mac: [u8; 32],
    /// The device's certificate as COSE_Sign1.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub certificate: Vec<u8>,
    /// The TLS pins as COSE_Sign1.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub pins: Vec<u8>,
    /// First nonces.
    #[n(3)]
    pub nonces: Vec<Nonce>,
    /// The scope.
    #[n(4)]
    pub scope: Scope,
    /// Where each stream is read from.
    #[n(5)]
    pub cursors: Vec<StreamCursor>,
    /// The server's time.
    #[n(6)]
    pub time: UnixSeconds,
    /// Signed successors from the first identity key to the present one, oldest first.
    #[n(7)]
    pub successors: Vec<ByteVec>,
    /// The municipality's first identity key, SEC1 uncompressed.
    #[cbor(n(8), with = "minicbor::bytes")]
    pub first_key: [u8; 65],
}
