//! The municipality's identity: its first key, and the chain that leads to the present one.

use minicbor::{Decode, Encode};

use super::{TrustError, durable, identity_hash};
use crate::ids::IdentityHash;
use crate::wire::certificate::{Pins, Successor};

/// What a tablet believes of a municipality once it is enrolled.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Identity {
    /// The hash of the first key: the municipality's id in every durable signature.
    #[n(0)]
    pub municipality: IdentityHash,
    /// The key that signs now, SEC1 uncompressed.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub key: [u8; 65],
}

impl Identity {
    /// The identity of a municipality that never changed its key.
    #[must_use]
    pub fn first(key: [u8; 65]) -> Self {
        Self { municipality: identity_hash(&key), key }
    }

    /// Follows signed successors from the first key to the present one.
    ///
    /// # Errors
    /// [`TrustError`] at the first link that does not hold.
    pub fn follow(
        first_key: [u8; 65],
        successors: &[minicbor::bytes::ByteVec],
    ) -> Result<Self, TrustError> {
        let mut identity = Self::first(first_key);
        for signed in successors {
            let link: Successor = durable::open(signed, &identity.key, &identity.municipality)?;
            if link.municipality != identity.municipality {
                return Err(TrustError::UnknownSigner);
            }
            identity.key = link.key;
        }
        Ok(identity)
    }

    /// Reads a signed list of TLS pins.
    ///
    /// # Errors
    /// [`TrustError`] when this municipality did not sign it.
    pub fn pins(&self, signed: &[u8]) -> Result<(u64, Vec<[u8; 32]>), TrustError> {
        let pins: Pins = durable::open(signed, &self.key, &self.municipality)?;
        let keys = pins.pins.iter().map(|pin| pin.as_slice().try_into()).collect::<Result<_, _>>();
        Ok((pins.serial, keys.map_err(|_| crate::wire::WireError::Malformed)?))
    }
}
