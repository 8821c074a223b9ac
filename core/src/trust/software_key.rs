//! A P-256 key in memory: for headless tablets, the simulator and the server's identity.
//!
//! Signatures are deterministic (RFC 6979), so that a seed replays exactly.

use std::sync::atomic::{AtomicBool, Ordering};

use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use ring::{aead, hkdf, hmac};

use crate::port::{KeyStore, KeyStoreError};

/// A key whose secret the process itself holds.
pub struct SoftwareKey {
    signing: Option<SigningKey>,
    wrapping: [u8; 32],
    forgotten: AtomicBool,
}

impl SoftwareKey {
    /// The key of 32 secret bytes. About one in 2³² secrets is not a key; using it gives
    /// [`KeyStoreError::Gone`].
    #[must_use]
    pub fn from_secret(secret: [u8; 32]) -> Self {
        Self {
            signing: SigningKey::from_slice(&secret).ok(),
            wrapping: derive(&secret, b"doegnrytme wrap"),
            forgotten: AtomicBool::new(false),
        }
    }

    fn signing(&self) -> Result<&SigningKey, KeyStoreError> {
        if self.forgotten.load(Ordering::Relaxed) {
            return Err(KeyStoreError::Gone);
        }
        self.signing.as_ref().ok_or(KeyStoreError::Gone)
    }

    fn aead(&self) -> Result<aead::LessSafeKey, KeyStoreError> {
        self.signing()?;
        let key = aead::UnboundKey::new(&aead::CHACHA20_POLY1305, &self.wrapping)
            .map_err(|_| KeyStoreError::Gone)?;
        Ok(aead::LessSafeKey::new(key))
    }
}

/// A 32-byte subkey of `secret` for one use (HKDF-SHA256, RFC 5869).
#[must_use]
pub fn derive(secret: &[u8], purpose: &[u8]) -> [u8; 32] {
    let pseudorandom = hkdf::Salt::new(hkdf::HKDF_SHA256, b"doegnrytme").extract(secret);
    let mut key = [0; 32];
    // Expanding to one hash length cannot fail.
    if let Ok(okm) = pseudorandom.expand(&[purpose], hkdf::HKDF_SHA256) {
        let _ = okm.fill(&mut key);
    }
    key
}

impl KeyStore for SoftwareKey {
    fn public_key(&self) -> Result<[u8; 65], KeyStoreError> {
        let point = self.signing()?.verifying_key().to_sec1_point(false);
        point.as_bytes().try_into().map_err(|_| KeyStoreError::Gone)
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], KeyStoreError> {
        let signature: Signature = self.signing()?.sign(message);
        Ok(signature.to_bytes().into())
    }

    fn wrap(&self, secret: &[u8]) -> Result<Vec<u8>, KeyStoreError> {
        let key = self.aead()?;
        // The nonce is a MAC of the secret: equal secrets wrap equally, different ones never share.
        let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &self.wrapping), secret);
        let mut nonce = [0; 12];
        nonce.iter_mut().zip(mac.as_ref()).for_each(|(to, from)| *to = *from);
        let mut bytes = secret.to_vec();
        key.seal_in_place_append_tag(
            aead::Nonce::assume_unique_for_key(nonce),
            aead::Aad::empty(),
            &mut bytes,
        )
        .map_err(|_| KeyStoreError::Gone)?;
        Ok([nonce.as_slice(), &bytes].concat())
    }

    fn unwrap(&self, wrapped: &[u8]) -> Result<Vec<u8>, KeyStoreError> {
        let key = self.aead()?;
        let (nonce, sealed) = wrapped.split_at_checked(12).ok_or(KeyStoreError::NotOurs)?;
        let nonce = nonce.try_into().map_err(|_| KeyStoreError::NotOurs)?;
        let mut bytes = sealed.to_vec();
        let secret = key
            .open_in_place(
                aead::Nonce::assume_unique_for_key(nonce),
                aead::Aad::empty(),
                &mut bytes,
            )
            .map_err(|_| KeyStoreError::NotOurs)?;
        Ok(secret.to_vec())
    }

    fn forget(&self) -> Result<(), KeyStoreError> {
        self.forgotten.store(true, Ordering::Relaxed);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrapped_secret_is_read_by_its_own_key_only() {
        let (key, other) = (SoftwareKey::from_secret([1; 32]), SoftwareKey::from_secret([2; 32]));
        let wrapped = key.wrap(b"database key").unwrap();
        assert_eq!(key.unwrap(&wrapped).unwrap(), b"database key");
        assert_eq!(other.unwrap(&wrapped), Err(KeyStoreError::NotOurs));
        assert_eq!(key.unwrap(b"short"), Err(KeyStoreError::NotOurs));
    }

    #[test]
    fn a_forgotten_key_signs_and_opens_nothing() {
        let key = SoftwareKey::from_secret([1; 32]);
        let wrapped = key.wrap(b"database key").unwrap();
        key.forget().unwrap();
        assert_eq!(key.sign(b"x"), Err(KeyStoreError::Gone));
        assert_eq!(key.unwrap(&wrapped), Err(KeyStoreError::Gone));
    }
}
