//! The identity key in ring's hands: a signature in a fifth of the time [20 µs against 110].
//!
//! Its signatures are random, so it signs only what nobody names by its bytes. The simulator, which
//! replays a seed byte by byte, takes the [`QuickKey::repeatable`] one.

use doegnrytme_core::port::{KeyStore, KeyStoreError};
use doegnrytme_core::trust::TrustError;
use doegnrytme_core::trust::software_key::SoftwareKey;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};

/// A P-256 key that signs quickly and does nothing else.
pub struct QuickKey {
    signer: Signer,
    public: [u8; 65],
}

enum Signer {
    Quick { pair: EcdsaKeyPair, random: SystemRandom },
    Repeatable(SoftwareKey),
}

impl QuickKey {
    /// The key of 32 secret bytes and its public half.
    ///
    /// # Errors
    /// [`TrustError::Key`] when the two do not belong together.
    pub fn new(secret: &[u8; 32], public: &[u8; 65]) -> Result<Self, TrustError> {
        let random = SystemRandom::new();
        let pair = EcdsaKeyPair::from_private_key_and_public_key(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            secret,
            public,
            &random,
        )
        .map_err(|_| TrustError::Key(KeyStoreError::Gone))?;
        Ok(Self { signer: Signer::Quick { pair, random }, public: *public })
    }

    /// A slower key that signs the same text always alike.
    ///
    /// # Errors
    /// [`TrustError::Key`] when the bytes are no secret.
    pub fn repeatable(secret: [u8; 32]) -> Result<Self, TrustError> {
        let key = SoftwareKey::from_secret(secret);
        let public = key.public_key()?;
        Ok(Self { signer: Signer::Repeatable(key), public })
    }
}

impl KeyStore for QuickKey {
    fn public_key(&self) -> Result<[u8; 65], KeyStoreError> {
        Ok(self.public)
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], KeyStoreError> {
        let (pair, random) = match &self.signer {
            Signer::Quick { pair, random } => (pair, random),
            Signer::Repeatable(key) => return key.sign(message),
        };
        let unavailable = |_| KeyStoreError::Unavailable(String::from("signing failed"));
        let signature = pair.sign(random, message).map_err(unavailable)?;
        signature.as_ref().try_into().map_err(|_| KeyStoreError::Gone)
    }

    fn wrap(&self, _: &[u8]) -> Result<Vec<u8>, KeyStoreError> {
        Err(KeyStoreError::NotOurs)
    }

    fn unwrap(&self, _: &[u8]) -> Result<Vec<u8>, KeyStoreError> {
        Err(KeyStoreError::NotOurs)
    }

    fn forget(&self) -> Result<(), KeyStoreError> {
        Err(KeyStoreError::NotOurs)
    }
}
