//! The file of a backup: a SQLCipher database, and behind it a sealed end.
//!
//! `database ‖ ciphertext ‖ salt (16) ‖ length of the ciphertext (4, little endian) ‖ "DGback01"`.
//! The end stands last so that the database can be written first, in place, whatever its size. It
//! is sealed with ChaCha20-Poly1305 under a key that HKDF derives from the server's key and the
//! salt, and names the database's length and hash.

use std::fs::File;
use std::io::{Read, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use doegnrytme_core::time::UnixSeconds;
use doegnrytme_core::wire::{from_bytes, to_bytes};
use minicbor::{Decode, Encode};
use ring::{aead, digest, hkdf};

use super::VaultError;

const MAGIC: &[u8; 8] = b"DGback01";
/// Salt, length and magic.
const TAIL: u64 = 16 + 4 + 8;
/// More than a certificate with its chain.
const MOST: u64 = 4 * 1024 * 1024;
/// The format that this version writes and reads.
pub const FORMAT: u16 = 1;

/// What the end says.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Contents {
    /// The format.
    #[n(0)]
    pub format: u16,
    /// When the backup was made.
    #[n(1)]
    pub made: UnixSeconds,
    /// Bytes of the database.
    #[n(2)]
    pub length: u64,
    /// SHA-256 of the database's bytes.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub hash: [u8; 32],
    /// The self-made certificate with its key, PEM: tablets know its pin.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub tls: Option<Vec<u8>>,
}

fn sealing_key(key: &[u8; 32], salt: &[u8; 16]) -> Option<aead::LessSafeKey> {
    let root = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(key);
    let okm = root.expand(&[b"doegnrytme server backup 1"], &aead::CHACHA20_POLY1305).ok()?;
    Some(aead::LessSafeKey::new(okm.into()))
}

/// Each salt makes a key of its own, so the nonce is always the same.
fn nonce() -> aead::Nonce {
    aead::Nonce::assume_unique_for_key([0; 12])
}

/// Writes the end behind a database that lies at the beginning of `file`.
pub(super) fn close(
    file: &mut File,
    key: &[u8; 32],
    salt: [u8; 16],
    contents: &Contents,
) -> std::io::Result<()> {
    let unsealable = || std::io::Error::other("the end could not be sealed");
    let sealing = sealing_key(key, &salt).ok_or_else(unsealable)?;
    let mut sealed = to_bytes(contents);
    let aad = aead::Aad::from(MAGIC);
    sealing.seal_in_place_append_tag(nonce(), aad, &mut sealed).map_err(|_| unsealable())?;
    let length = u32::try_from(sealed.len()).map_err(|_| unsealable())?;
    file.seek(SeekFrom::Start(contents.length))?;
    file.write_all(&[&sealed, salt.as_slice(), &length.to_le_bytes(), MAGIC].concat())
}

/// Reads a file's end.
///
/// # Errors
/// [`VaultError`].
pub fn read(path: &Path, key: &[u8; 32]) -> Result<Contents, VaultError> {
    let name = || path.display().to_string();
    let failed = |error: std::io::Error| VaultError::io(path, &error);
    let mut file = File::open(path).map_err(failed)?;
    let size = file.metadata().map_err(failed)?.len();
    let tail = size.checked_sub(TAIL).ok_or_else(|| VaultError::NoBackup(name()))?;
    file.seek(SeekFrom::Start(tail)).map_err(failed)?;
    let (mut salt, mut length, mut magic) = ([0; 16], [0; 4], [0; 8]);
    for part in [salt.as_mut_slice(), &mut length, &mut magic] {
        file.read_exact(part).map_err(failed)?;
    }
    let length = u64::from(u32::from_le_bytes(length));
    let begin = tail.checked_sub(length).filter(|_| magic == *MAGIC && length <= MOST);
    let begin = begin.ok_or_else(|| VaultError::NoBackup(name()))?;
    file.seek(SeekFrom::Start(begin)).map_err(failed)?;
    let mut sealed = Vec::new();
    file.take(length).read_to_end(&mut sealed).map_err(failed)?;
    let opened = sealing_key(key, &salt).and_then(|key| {
        key.open_in_place(nonce(), aead::Aad::from(MAGIC), &mut sealed).ok().map(|plain| &*plain)
    });
    let plain = opened.ok_or_else(|| VaultError::WrongKey(name()))?;
    let contents: Contents = from_bytes(plain).map_err(|_| VaultError::Newer(name()))?;
    if contents.format > FORMAT {
        return Err(VaultError::Newer(name()));
    }
    if contents.length != begin {
        return Err(VaultError::Damaged(name()));
    }
    Ok(contents)
}

/// Reads `length` bytes from `from`, hands each piece to `each`, and says their SHA-256.
pub(super) fn hash(
    from: impl Read,
    length: u64,
    mut each: impl FnMut(&[u8]) -> std::io::Result<()>,
) -> std::io::Result<[u8; 32]> {
    let (mut from, mut piece) = (from.take(length), vec![0; 1024 * 1024]);
    let mut context = digest::Context::new(&digest::SHA256);
    loop {
        let read = from.read(&mut piece)?;
        let Some(part) = piece.get(..read).filter(|part| !part.is_empty()) else { break };
        context.update(part);
        each(part)?;
    }
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    Ok(hash)
}
