//! Keys, signatures and codes: who said it, and to whom.
//!
//! [`sign1`] is the one place that makes and checks signatures; [`purpose`] says what each may
//! stand for, so that a receipt can never pass for a batch. [`envelope`] opens and seals requests
//! and answers, [`durable`] the objects that are kept for ever, [`cursor`] authenticates cursors,
//! [`code`] is what enrolment proves, [`start`] what a carer's first use of a tablet, [`pin`] what
//! lets him in afterwards, and [`software_key`] is the key store of tablets without
//! hardware and of the server.

pub mod code;
pub mod cursor;
pub mod durable;
pub mod envelope;
pub mod identity;
pub mod lease;
pub mod pin;
pub mod purpose;
pub mod sign1;
pub mod software_key;
pub mod start;

#[cfg(test)]
mod vectors;

use crate::ids::IdentityHash;
use crate::port::KeyStoreError;
use crate::wire::{WireError, sha256};

/// Why something is not trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// The bytes are not a message.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// The signature does not fit the key, the purpose or the content.
    #[error("the signature is not valid")]
    BadSignature,
    /// Nobody with that key is known.
    #[error("the signer is not known")]
    UnknownSigner,
    /// The body is not the one that was signed.
    #[error("the body is not the one that was signed")]
    BodyDiffers,
    /// The code does not fit, or somebody stands between tablet and server.
    #[error("the code does not fit")]
    CodeDiffers,
    /// The key store failed.
    #[error(transparent)]
    Key(#[from] KeyStoreError),
}

/// The hash by which an identity key (SEC1 uncompressed) is known.
#[must_use]
pub fn identity_hash(key: &[u8; 65]) -> IdentityHash {
    IdentityHash(sha256(&[key]))
}
