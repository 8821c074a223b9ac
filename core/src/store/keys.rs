//! The keys that the store derives from the one it is given, and the small plain file that tells
//! a wrong key from a damaged store.

use std::fs;
use std::path::Path;

use ring::{aead, hkdf, hmac};

use super::faults::Faults;
use super::{OpenError, files};
use crate::wire::sha256;

const SALT: &[u8] = b"doegnrytme store 1";
const MAGIC: &[u8; 8] = b"DRkeychk";
pub(super) const FILE: &str = "key-check";

/// Subkeys of the database key; the key itself goes to SQLCipher and is not kept.
pub(super) struct Keys {
    root: hkdf::Prk,
}

impl Keys {
    pub(super) fn of(key: &[u8; 32]) -> Self {
        Self { root: hkdf::Salt::new(hkdf::HKDF_SHA256, SALT).extract(key) }
    }

    /// The key of one session's records in the outbox file (RFC 5869, RFC 8439).
    pub(super) fn outbox(&self, session: &[u8; 16]) -> Option<aead::LessSafeKey> {
        let info: [&[u8]; 2] = [b"outbox", session];
        let okm = self.root.expand(&info, &aead::CHACHA20_POLY1305).ok()?;
        Some(aead::LessSafeKey::new(okm.into()))
    }

    /// The key of the passports that one session writes.
    pub(super) fn passport(&self, session: &[u8; 16]) -> Option<aead::LessSafeKey> {
        let info: [&[u8]; 2] = [b"passport", session];
        let okm = self.root.expand(&info, &aead::CHACHA20_POLY1305).ok()?;
        Some(aead::LessSafeKey::new(okm.into()))
    }

    fn check(&self) -> Option<hmac::Key> {
        self.root.expand(&[b"key check"], hmac::HMAC_SHA256).ok().map(hmac::Key::from)
    }
}

/// What the plain file says of a key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum KeyCheck {
    /// There is no file, or it is damaged itself: the pages must tell.
    Unknown,
    /// The key is another one.
    Wrong,
    /// The key is right; the store has, or is about to have, this version.
    Right(u32),
}

/// magic ‖ version ‖ HMAC(magic ‖ version) ‖ first half of SHA-256 over all that.
fn compose(keys: &Keys, version: u32) -> Option<Vec<u8>> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&version.to_be_bytes());
    let tag = hmac::sign(&keys.check()?, &bytes);
    bytes.extend_from_slice(tag.as_ref());
    let [sum @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = sha256(&[&bytes]);
    bytes.extend_from_slice(&sum);
    Some(bytes)
}

/// Reads the file beside the store.
pub(super) fn read_check(dir: &Path, keys: &Keys) -> Result<KeyCheck, OpenError> {
    let bytes = match fs::read(dir.join(FILE)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(KeyCheck::Unknown),
        Err(error) => return Err(error.into()),
    };
    Ok(judge(&bytes, keys).unwrap_or(KeyCheck::Unknown))
}

fn judge(bytes: &[u8], keys: &Keys) -> Option<KeyCheck> {
    let (tagged, sum) = bytes.split_at_checked(8 + 4 + 32)?;
    if !sha256(&[tagged]).starts_with(sum) || sum.len() != 16 {
        return None;
    }
    let (said, tag) = tagged.split_at_checked(8 + 4)?;
    let version = u32::from_be_bytes(said.strip_prefix(MAGIC)?.try_into().ok()?);
    let right = hmac::verify(&keys.check()?, said, tag).is_ok();
    Some(if right { KeyCheck::Right(version) } else { KeyCheck::Wrong })
}

/// Writes the file anew, whole or not at all.
pub(super) fn write_check(
    dir: &Path,
    keys: &Keys,
    version: u32,
    faults: &Faults,
) -> Result<(), OpenError> {
    let bytes = compose(keys, version).ok_or(OpenError::Damaged)?;
    Ok(files::write_whole(&dir.join(FILE), &bytes, true, faults)?)
}
