//! Objects that are kept and passed on as they were signed: batches, certificates, receipts, pins.

use minicbor::{Decode, Encode};

use super::{TrustError, purpose::Durable, sign1};
use crate::ids::{CertificateId, IdentityHash};
use crate::port::KeyStore;
use crate::wire::{
    batch::{Batch, Header},
    certificate::{CarerCertificate, DeviceCertificate, Order, Pins, Receipt, Successor},
    from_bytes, sha256, to_bytes,
};

/// A payload that is signed for one durable purpose.
pub trait Signed: Encode<()> + for<'b> Decode<'b, ()> {
    /// What the signature stands for.
    const PURPOSE: Durable;
}

impl Signed for Batch {
    const PURPOSE: Durable = Durable::Batch;
}
impl Signed for DeviceCertificate {
    const PURPOSE: Durable = Durable::Device;
}
impl Signed for CarerCertificate {
    const PURPOSE: Durable = Durable::Carer;
}
impl Signed for Receipt {
    const PURPOSE: Durable = Durable::Receipt;
}
impl Signed for Pins {
    const PURPOSE: Durable = Durable::Pins;
}
impl Signed for Order {
    const PURPOSE: Durable = Durable::Order;
}
impl Signed for Successor {
    const PURPOSE: Durable = Durable::Successor;
}

/// Signs a durable object for a municipality.
///
/// # Errors
/// What the key store says.
pub fn seal<T: Signed>(
    key: &dyn KeyStore,
    municipality: &IdentityHash,
    object: &T,
) -> Result<Vec<u8>, TrustError> {
    sign1::sign(key, &to_bytes(object), &T::PURPOSE.aad(municipality))
}

/// Checks and reads a durable object.
///
/// # Errors
/// [`TrustError::BadSignature`] or [`TrustError::Wire`].
pub fn open<T: Signed>(
    signed: &[u8],
    key: &[u8; 65],
    municipality: &IdentityHash,
) -> Result<T, TrustError> {
    Ok(from_bytes(&sign1::verify(signed, key, &T::PURPOSE.aad(municipality))?)?)
}

/// A durable object before anybody vouched for it: to find whose key to ask for.
///
/// # Errors
/// [`TrustError::Wire`].
pub fn peek<T: Signed>(signed: &[u8]) -> Result<T, TrustError> {
    Ok(from_bytes(&sign1::unverified_payload(signed)?)?)
}

/// A certificate's id: SHA-256 of its signed bytes.
#[must_use]
pub fn certificate_id(signed: &[u8]) -> CertificateId {
    CertificateId(sha256(&[signed]))
}

/// The header of a signed batch for readers that get the entries at `present` beside it.
///
/// # Errors
/// [`TrustError::Wire`].
pub fn header(
    signed: &[u8],
    batch: &Batch,
    present: impl Fn(u16) -> bool,
) -> Result<Header, TrustError> {
    let digests = batch.entry_digests()?;
    let count = u16::try_from(digests.len()).map_err(|_| crate::wire::WireError::TooLarge)?;
    let absent = (0..count)
        .zip(digests)
        .filter(|(position, _)| !present(*position))
        .map(|(position, digest)| crate::wire::batch::Absent { position, digest })
        .collect();
    Ok(Header {
        previous: batch.previous,
        install: batch.install,
        made: batch.made,
        replaces: batch.replaces,
        signature: sign1::signature(signed)?,
        count,
        absent,
    })
}

/// Checks a batch that was put together from a header; hands out its COSE_Sign1.
///
/// # Errors
/// [`TrustError::BadSignature`] when the device did not sign exactly this.
pub fn verify_reassembled(
    batch: &Batch,
    header: &Header,
    device_key: &[u8; 65],
    municipality: &IdentityHash,
) -> Result<Vec<u8>, TrustError> {
    let signed = sign1::assemble(&to_bytes(batch), &header.signature, device_key)?;
    sign1::verify(&signed, device_key, &Durable::Batch.aad(municipality))?;
    Ok(signed)
}
