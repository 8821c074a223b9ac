//! COSE_Sign1 with ES256 (RFC 9052, RFC 9053): made through a key store, checked with ring.

use coset::{CborSerializable, CoseSign1, CoseSign1Builder, HeaderBuilder, iana};
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

use super::TrustError;
use crate::port::KeyStore;
use crate::wire::{WireError, sha256};

/// The key id in protected headers: the first 8 bytes of the key's SHA-256.
#[must_use]
pub fn key_id(key: &[u8; 65]) -> [u8; 8] {
    let [a, b, c, d, e, f, g, h, ..] = sha256(&[key]);
    [a, b, c, d, e, f, g, h]
}

fn builder(payload: &[u8], key: &[u8; 65]) -> CoseSign1Builder {
    let protected =
        HeaderBuilder::new().algorithm(iana::Algorithm::ES256).key_id(key_id(key).to_vec()).build();
    CoseSign1Builder::new().protected(protected).payload(payload.to_vec())
}

fn bytes(object: CoseSign1) -> Result<Vec<u8>, TrustError> {
    object.to_vec().map_err(|_| TrustError::Wire(WireError::Malformed))
}

/// Signs `payload` for the purpose that `aad` names.
///
/// # Errors
/// What the key store says.
pub fn sign(key: &dyn KeyStore, payload: &[u8], aad: &[u8]) -> Result<Vec<u8>, TrustError> {
    let public = key.public_key()?;
    let signed = builder(payload, &public)
        .try_create_signature(aad, |message| key.sign(message).map(|raw| raw.to_vec()))?;
    bytes(signed.build())
}

/// Checks a signed object against `key` and `aad` and hands out its payload.
///
/// # Errors
/// [`TrustError::BadSignature`] or [`TrustError::Wire`].
pub fn verify(signed: &[u8], key: &[u8; 65], aad: &[u8]) -> Result<Vec<u8>, TrustError> {
    let object = parse(signed)?;
    let es256 = coset::RegisteredLabelWithPrivate::Assigned(iana::Algorithm::ES256);
    if object.protected.header.alg != Some(es256) {
        return Err(TrustError::BadSignature);
    }
    object.verify_signature(aad, |signature, message| {
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key)
            .verify(message, signature)
            .map_err(|_| TrustError::BadSignature)
    })?;
    object.payload.ok_or(TrustError::Wire(WireError::Malformed))
}

fn parse(signed: &[u8]) -> Result<CoseSign1, TrustError> {
    CoseSign1::from_slice(signed).map_err(|_| TrustError::Wire(WireError::Malformed))
}

/// The payload of a signed object, before anybody vouched for it: to find whose key to ask for.
///
/// # Errors
/// [`TrustError::Wire`].
pub fn unverified_payload(signed: &[u8]) -> Result<Vec<u8>, TrustError> {
    parse(signed)?.payload.ok_or(TrustError::Wire(WireError::Malformed))
}

/// The signature of a signed object, r ‖ s.
///
/// # Errors
/// [`TrustError::Wire`] when it is not 64 bytes.
pub fn signature(signed: &[u8]) -> Result<[u8; 64], TrustError> {
    let signature = parse(signed)?.signature;
    signature.try_into().map_err(|_| TrustError::Wire(WireError::Malformed))
}

/// Puts a signed object together again from its parts, byte for byte.
///
/// # Errors
/// [`TrustError::Wire`].
pub fn assemble(
    payload: &[u8],
    signature: &[u8; 64],
    key: &[u8; 65],
) -> Result<Vec<u8>, TrustError> {
    bytes(builder(payload, key).signature(signature.to_vec()).build())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::software_key::SoftwareKey;

    #[test]
    fn a_signature_holds_for_its_key_and_purpose_only() {
        let (key, other) = (SoftwareKey::from_secret([7; 32]), SoftwareKey::from_secret([8; 32]));
        let public = key.public_key().unwrap();
        let signed = sign(&key, b"payload", b"batch").unwrap();
        assert_eq!(verify(&signed, &public, b"batch").unwrap(), b"payload");
        assert_eq!(verify(&signed, &public, b"receipt"), Err(TrustError::BadSignature));
        assert!(verify(&signed, &other.public_key().unwrap(), b"batch").is_err());
        for at in 0..signed.len() {
            let mut bent = signed.clone();
            bent[at] ^= 1;
            assert!(verify(&bent, &public, b"batch").is_err(), "byte {at}");
        }
    }

    #[test]
    fn a_signed_object_is_put_together_again_byte_for_byte() {
        let key = SoftwareKey::from_secret([7; 32]);
        let signed = sign(&key, b"payload", b"batch").unwrap();
        let again =
            assemble(b"payload", &signature(&signed).unwrap(), &key.public_key().unwrap()).unwrap();
        assert_eq!(again, signed);
    }
}
