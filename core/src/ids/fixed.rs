//! Ids that are so many bytes: of people, devices and their keys, and hashes of what was signed.

use std::fmt;

use minicbor::{Decode, Encode};

use super::{BadId, DeviceNumber, from_hex, hex};

macro_rules! byte_id {
    ($(#[$doc:meta])* $name:ident, $length:literal, $word:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
        #[cbor(transparent)]
        pub struct $name(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; $length]);

        impl $name {
            /// Takes exactly the bytes of an id.
            ///
            /// # Errors
            /// [`BadId`] when the length is wrong.
            pub fn from_slice(bytes: &[u8]) -> Result<Self, BadId> {
                bytes.try_into().map(Self).map_err(|_| BadId($word))
            }

            /// The id as raw bytes.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), hex(&self.0))
            }
        }

        impl std::str::FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                from_hex(text).ok_or(BadId($word)).and_then(|bytes| Self::from_slice(&bytes))
            }
        }
    };
}

byte_id!(
    /// A citizen: a UUID of our own, stable for exports (L9).
    CitizenId, 16, "citizen id"
);
byte_id!(
    /// A carer in the directory.
    CarerId, 16, "carer id"
);
byte_id!(
    /// A relative, known to the server only.
    RelativeId, 16, "relative id"
);
byte_id!(
    /// The automerge actor: device number (big endian) + 12 bytes minted at each app start and
    /// never stored, so that a restored tablet cannot reuse (doc, actor, seq).
    ActorId, 16, "actor id"
);
byte_id!(
    /// SHA-256 of an automerge change, or of a record's random bytes ‖ payload. Together with the
    /// document it identifies a change everywhere.
    ChangeHash, 32, "change hash"
);
byte_id!(
    /// SHA-256 of the signed bytes of a batch.
    BatchHash, 32, "batch hash"
);
byte_id!(
    /// SHA-256 of a certificate's signed bytes.
    CertificateId, 32, "certificate id"
);
byte_id!(
    /// SHA-256 of an identity public key (SEC1, uncompressed). The hash of the municipality's
    /// *first* key is the municipality's id.
    IdentityHash, 32, "identity hash"
);
byte_id!(
    /// Minted when an installation of the app is enrolled; a copy that enrols anew gets another.
    InstallEpoch, 8, "install epoch"
);
byte_id!(
    /// A stretch of the server's life; a roll-back opens a new one.
    ServerEpoch, 8, "server epoch"
);
byte_id!(
    /// A nonce that the server handed out; one request spends it.
    Nonce, 16, "nonce"
);

impl CarerId {
    /// The reserved author of what the server writes as device 1: imports and the directory.
    /// Nobody in a directory ever has this id.
    pub const MUNICIPALITY: Self = Self([0; 16]);
}

impl ActorId {
    /// The device whose number leads the actor.
    #[must_use]
    pub fn device(&self) -> DeviceNumber {
        let [a, b, c, d, ..] = self.0;
        DeviceNumber(u32::from_be_bytes([a, b, c, d]))
    }

    /// An actor of `device` with twelve fresh random bytes.
    #[must_use]
    pub fn new(device: DeviceNumber, random: [u8; 12]) -> Self {
        let mut bytes = [0; 16];
        let (head, tail) = bytes.split_at_mut(4);
        head.copy_from_slice(&device.0.to_be_bytes());
        tail.copy_from_slice(&random);
        Self(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_names_its_device() {
        assert_eq!(
            ActorId::new(DeviceNumber(0xdead_beef), [7; 12]).device(),
            DeviceNumber(0xdead_beef)
        );
    }
}
