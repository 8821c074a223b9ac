//! Enrolment codes: what the operator shows, what the tablet proves (design §5).

use std::fmt;

use ring::hmac;

use super::{TrustError, identity_hash};
use crate::ids::{IdentityHash, InstallEpoch, from_hex, hex};
use crate::wire::{enrol::CodeKind, sha256, to_bytes};

/// A text is not an enrolment code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an enrolment code")]
pub struct NotACode;

/// Characters that are hard to mistake for each other.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Characters of a code from random bytes.
pub(super) fn drawn<const N: usize>(random: [u8; N]) -> [u8; N] {
    random.map(|byte| ALPHABET.get(usize::from(byte & 31)).copied().unwrap_or(b'0'))
}

/// A code's characters as a person types them: any case, spaces and dashes anywhere, `o` for `0`,
/// `i` and `l` for `1`.
pub(super) fn read_characters<const N: usize>(text: &str) -> Result<[u8; N], NotACode> {
    let characters: Result<Vec<u8>, NotACode> = text
        .bytes()
        .filter(|byte| !matches!(byte, b' ' | b'-'))
        .map(|byte| match byte.to_ascii_lowercase() {
            b'o' => Ok(b'0'),
            b'i' | b'l' => Ok(b'1'),
            byte if ALPHABET.contains(&byte) => Ok(byte),
            _ => Err(NotACode),
        })
        .collect();
    characters?.try_into().map_err(|_| NotACode)
}

/// What an operator hands out, single use, usually good for 15 minutes.
#[derive(Clone, PartialEq, Eq)]
pub enum Code {
    /// 128 bits, scanned.
    Scanned([u8; 16]),
    /// 13 characters, typed.
    Typed([u8; 13]),
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(…)")
    }
}

impl Code {
    /// A code to scan from 16 random bytes.
    #[must_use]
    pub fn scanned(random: [u8; 16]) -> Self {
        Self::Scanned(random)
    }

    /// A code to type from 13 random bytes.
    #[must_use]
    pub fn typed(random: [u8; 13]) -> Self {
        Self::Typed(drawn(random))
    }

    /// Reads 13 characters as a person types them: any case, spaces and dashes anywhere, `o` for
    /// `0`, `i` and `l` for `1`.
    ///
    /// # Errors
    /// [`NotACode`].
    pub fn read_typed(text: &str) -> Result<Self, NotACode> {
        read_characters(text).map(Self::Typed)
    }

    /// The code as a person reads it: `abc-defgh-jkmnp`. None for a scanned one.
    #[must_use]
    pub fn to_typed(&self) -> Option<String> {
        let Self::Typed(characters) = self else { return None };
        let text: String = characters.iter().map(|byte| char::from(*byte)).collect();
        let (id, rest) = text.split_at_checked(3)?;
        let (first, second) = rest.split_at_checked(5)?;
        Some(format!("{id}-{first}-{second}"))
    }

    /// How the code comes to the tablet.
    #[must_use]
    pub fn kind(&self) -> CodeKind {
        match self {
            Self::Scanned(_) => CodeKind::Scanned,
            Self::Typed(_) => CodeKind::Typed,
        }
    }

    /// What names the code without giving it away.
    #[must_use]
    pub fn name(&self) -> Vec<u8> {
        match self {
            Self::Scanned(secret) => sha256(&[secret]).iter().take(8).copied().collect(),
            Self::Typed(characters) => characters.iter().take(3).copied().collect(),
        }
    }

    /// The key of the MACs. For a typed code Argon2id (RFC 9106) with 19 MiB, 2 passes, so that
    /// fifty bits are not found by trying; the identity key is its salt.
    ///
    /// # Errors
    /// [`TrustError::CodeDiffers`] when Argon2 has no memory.
    pub fn mac_key(&self, identity: &IdentityHash) -> Result<[u8; 32], TrustError> {
        match self {
            Self::Scanned(secret) => Ok(super::software_key::derive(secret, b"doegnrytme enrol")),
            Self::Typed(characters) => {
                let mut key = [0; 32];
                let salt = sha256(&[b"doegnrytme enrol", &identity.0]);
                argon2::Argon2::default()
                    .hash_password_into(characters, &salt, &mut key)
                    .map_err(|_| TrustError::CodeDiffers)?;
                Ok(key)
            }
        }
    }
}

/// Which side made a MAC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The tablet, in the request.
    Tablet,
    /// The server, in the answer.
    Server,
}

/// What both sides must have seen alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transcript {
    /// The device's key, SEC1 uncompressed.
    pub device_key: [u8; 65],
    /// The server's identity key, SEC1 uncompressed.
    pub identity_key: [u8; 65],
    /// SHA-256 of the SubjectPublicKeyInfo of the TLS connection.
    pub tls: [u8; 32],
    /// The installation.
    pub install: InstallEpoch,
}

impl Transcript {
    fn message(&self, side: Side) -> Vec<u8> {
        let word = match side {
            Side::Tablet => "tablet",
            Side::Server => "server",
        };
        to_bytes(&(
            "enrol",
            word,
            minicbor::bytes::ByteArray::from(self.device_key),
            minicbor::bytes::ByteArray::from(self.identity_key),
            minicbor::bytes::ByteArray::from(self.tls),
            self.install,
        ))
    }

    /// The MAC that `side` sends.
    #[must_use]
    pub fn mac(&self, key: &[u8; 32], side: Side) -> [u8; 32] {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), &self.message(side));
        let mut mac = [0; 32];
        mac.copy_from_slice(tag.as_ref());
        mac
    }

    /// Checks the MAC that came from `side`.
    ///
    /// # Errors
    /// [`TrustError::CodeDiffers`].
    pub fn check(&self, key: &[u8; 32], side: Side, mac: &[u8; 32]) -> Result<(), TrustError> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key);
        hmac::verify(&key, &self.message(side), mac).map_err(|_| TrustError::CodeDiffers)
    }
}

/// The text behind a QR code: where, who, and the secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Invitation {
    /// The server's address, `host:port`.
    pub address: String,
    /// The municipality's identity key.
    pub identity: IdentityHash,
    /// The code's 128 bits.
    pub code: [u8; 16],
}

impl Invitation {
    /// `doegnrytme://HOST:PORT/1/IDENTITY/CODE`, the last two in hex.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("doegnrytme://{}/1/{}/{}", self.address, self.identity, hex(&self.code))
    }

    /// Reads what a camera saw.
    ///
    /// # Errors
    /// [`NotACode`] for the QR code of another system.
    pub fn read(text: &str) -> Result<Self, NotACode> {
        let rest = text.trim().strip_prefix("doegnrytme://").ok_or(NotACode)?;
        let mut parts = rest.split('/');
        let (Some(address), Some("1"), Some(identity), Some(code), None) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(NotACode);
        };
        let code = from_hex(code).and_then(|bytes| bytes.try_into().ok()).ok_or(NotACode)?;
        let identity = identity.parse().map_err(|_| NotACode)?;
        Ok(Self { address: address.to_owned(), identity, code })
    }
}

/// Whether the key that a server showed is the one that the invitation names.
#[must_use]
pub fn is_invited_by(invitation: &Invitation, first_key: &[u8; 65]) -> bool {
    identity_hash(first_key) == invitation.identity
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn transcript() -> Transcript {
        Transcript {
            device_key: [4; 65],
            identity_key: [5; 65],
            tls: [6; 32],
            install: InstallEpoch([7; 8]),
        }
    }

    #[test]
    fn a_typed_code_reads_back_however_it_is_typed() {
        let code = Code::typed(*b"abcdefghijklm");
        let shown = code.to_typed().unwrap();
        assert_eq!(shown.len(), 15);
        for typed in [shown.clone(), shown.to_uppercase(), shown.replace('-', " ")] {
            assert_eq!(Code::read_typed(&typed), Ok(code.clone()));
        }
        assert_eq!(Code::read_typed("O1l 23456 789ab"), Code::read_typed("011-23456-789ab"));
        assert_eq!(Code::read_typed("too short"), Err(NotACode));
    }

    #[test]
    fn somebody_in_between_is_noticed_by_both_sides() {
        let identity = IdentityHash([1; 32]);
        let key = Code::typed([3; 13]).mac_key(&identity).unwrap();
        let seen = transcript();
        let mac = seen.mac(&key, Side::Tablet);
        assert_eq!(seen.check(&key, Side::Tablet, &mac), Ok(()));
        assert!(seen.check(&key, Side::Server, &mac).is_err(), "a reflected MAC is no answer");
        for other in [
            Transcript { device_key: [9; 65], ..transcript() },
            Transcript { identity_key: [9; 65], ..transcript() },
            Transcript { tls: [9; 32], ..transcript() },
            Transcript { install: InstallEpoch([9; 8]), ..transcript() },
        ] {
            assert!(other.check(&key, Side::Tablet, &mac).is_err());
        }
    }

    #[test]
    fn another_systems_qr_code_is_refused() {
        for text in ["", "https://kommune.invalid", "doegnrytme://a/1/b/c", "doegnrytme://a/2"] {
            assert!(Invitation::read(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn an_invitation_reads_back(identity: [u8; 32], code: [u8; 16], port: u16) {
            let address = format!("omsorg.kommune.invalid:{port}");
            let invitation = Invitation { address, identity: IdentityHash(identity), code };
            prop_assert!(Invitation::read(&invitation.to_text()) == Ok(invitation));
        }
    }
}
