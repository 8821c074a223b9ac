//! A change chunk with and without the eight bytes that every reader can put back.

use ring::digest;

use super::{Reason, limit, reader::Reader};
use crate::ids::ChangeHash;

/// What every Automerge chunk begins with.
const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
/// Magic and checksum.
const PREFIX: usize = 8;
/// The chunk type of a plain change.
const CHANGE: u8 = 1;

/// A chunk whose frame is right: its hash and what lies inside.
pub(super) struct Framed<'a> {
    pub(super) hash: ChangeHash,
    pub(super) body: Reader<'a>,
}

/// The SHA-256 over type, length and body: the change's hash, whose first four bytes are the
/// checksum.
pub(super) fn hash(stripped: &[u8]) -> ChangeHash {
    let digest = digest::digest(&digest::SHA256, stripped);
    // SHA-256 is 32 bytes; the fallback is never taken.
    ChangeHash(digest.as_ref().try_into().unwrap_or([0; 32]))
}

/// Checks magic, checksum, type and length.
pub(super) fn frame(bytes: &[u8]) -> Result<Framed<'_>, Reason> {
    if bytes.len() > limit::BYTES {
        return Err(Reason::TooLarge);
    }
    let mut reader = Reader::new(bytes);
    if reader.array()? != MAGIC {
        return Err(Reason::NotAChunk);
    }
    let checksum: [u8; 4] = reader.array()?;
    let hash = hash(bytes.get(PREFIX..).unwrap_or_default());
    if !hash.0.starts_with(&checksum) {
        return Err(Reason::Checksum);
    }
    if reader.array()? != [CHANGE] {
        return Err(Reason::ChunkType);
    }
    let length = reader.length()?;
    match reader.len().cmp(&length) {
        std::cmp::Ordering::Less => Err(Reason::Truncated),
        std::cmp::Ordering::Greater => Err(Reason::Trailing),
        std::cmp::Ordering::Equal => Ok(Framed { hash, body: reader }),
    }
}

/// The wire form of a chunk: without magic and checksum, which [`restore`] puts back.
///
/// `None` when `chunk` is not what `restore` would make again.
#[must_use]
pub fn strip(chunk: &[u8]) -> Option<&[u8]> {
    let (prefix, stripped) = chunk.split_at_checked(PREFIX)?;
    let checksum = prefix.strip_prefix(&MAGIC)?;
    hash(stripped).0.starts_with(checksum).then_some(stripped)
}

/// The chunk whose wire form is `stripped`. Judges nothing: any bytes get a prefix that fits them.
#[must_use]
pub fn restore(stripped: &[u8]) -> Vec<u8> {
    let ChangeHash([a, b, c, d, ..]) = hash(stripped);
    let mut chunk = Vec::with_capacity(PREFIX + stripped.len());
    chunk.extend_from_slice(&MAGIC);
    chunk.extend_from_slice(&[a, b, c, d]);
    chunk.extend_from_slice(stripped);
    chunk
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_was_stripped_is_restored_byte_for_byte(stripped: Vec<u8>) {
            let chunk = restore(&stripped);
            prop_assert_eq!(strip(&chunk), Some(&stripped[..]));
        }
    }

    #[test]
    fn a_chunk_that_could_not_be_restored_is_not_stripped() {
        let mut chunk = restore(b"1");
        assert!(strip(&chunk).is_some());
        chunk[5] ^= 1;
        assert_eq!(strip(&chunk), None);
        assert_eq!(strip(&MAGIC), None);
        assert_eq!(strip(b"AUTOMERGE"), None);
    }
}
