//! Ids that people may read out: notes and the entries of plans, in base-32.

use std::fmt;

use minicbor::{Decode, Encode};

use super::BadId;
use super::text::{base32, base32_value, from_base32};

/// A note: a ULID, its first six bytes the Unix milliseconds at which it was minted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub struct NoteId(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 16]);

impl NoteId {
    /// Mints an id from a time (Unix milliseconds) and ten random bytes.
    #[must_use]
    pub fn mint(unix_ms: u64, random: [u8; 10]) -> Self {
        let mut bytes = [0; 16];
        let (head, tail) = bytes.split_at_mut(6);
        let [_, _, time @ ..] = unix_ms.to_be_bytes();
        head.copy_from_slice(&time);
        tail.copy_from_slice(&random);
        Self(bytes)
    }
}

impl fmt::Display for NoteId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base32(u128::from_be_bytes(self.0), 26))
    }
}

impl fmt::Debug for NoteId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NoteId({self})")
    }
}

impl std::str::FromStr for NoteId {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        // 26 characters hold 130 bits; a ULID's first character is at most 7.
        if text.bytes().next().and_then(base32_value).is_none_or(|first| first > 7) {
            return Err(BadId("note id"));
        }
        from_base32(text, 26).map(|value| Self(value.to_be_bytes())).ok_or(BadId("note id"))
    }
}

/// An entry of a plan (item, goal, agreement, paragraph): eight base-32 characters, unique in its
/// plan. Short on purpose: random ids, not texts, are what fills a sync.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub struct ItemId(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 5]);

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.0.iter().fold(0_u128, |value, byte| (value << 8) | u128::from(*byte));
        f.write_str(&base32(value, 8))
    }
}

impl fmt::Debug for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ItemId({self})")
    }
}

impl std::str::FromStr for ItemId {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        let value = from_base32(text, 8).ok_or(BadId("item id"))?;
        let [.., a, b, c, d, e] = value.to_be_bytes();
        Ok(Self([a, b, c, d, e]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn short_ids_read_back_from_their_text(item: [u8; 5], note: [u8; 16]) {
            prop_assert_eq!(ItemId(item).to_string().parse(), Ok(ItemId(item)));
            prop_assert_eq!(NoteId(note).to_string().parse(), Ok(NoteId(note)));
            prop_assert_eq!(ItemId(item).to_string().len(), 8);
        }
    }
}
