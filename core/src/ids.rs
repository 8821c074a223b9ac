//! The names of things: newtypes for every id, so that one can never stand in for another.
//!
//! Ids are bytes inside and Crockford base-32 or hex outside. None of them says anything about a
//! person: a citizen's id is our own UUID and never a CPR number (L7).

use std::fmt;

use minicbor::{Decode, Encode};

/// Why a text is not an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {0}")]
pub struct BadId(pub &'static str);

const BASE32: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

fn base32_value(character: u8) -> Option<u8> {
    let lower = character.to_ascii_lowercase();
    let at = BASE32.iter().position(|candidate| *candidate == lower)?;
    u8::try_from(at).ok()
}

/// `length` base-32 characters of `value`, most significant first.
fn base32(value: u128, length: u32) -> String {
    (0..length)
        .rev()
        .filter_map(|place| {
            let digit = (value >> (5 * place)) & 31;
            BASE32.get(usize::try_from(digit).ok()?).map(|byte| char::from(*byte))
        })
        .collect()
}

fn from_base32(text: &str, length: usize) -> Option<u128> {
    if text.len() != length {
        return None;
    }
    text.bytes()
        .try_fold(0_u128, |value, byte| Some((value << 5) | u128::from(base32_value(byte)?)))
}

/// Lower-case hex of `bytes`.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The bytes that `text` spells in hex, or `None`.
#[must_use]
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
        .collect()
}

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

/// The number of a device, random, unique in a municipality. Number 1 is the server itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub struct DeviceNumber(#[n(0)] pub u32);

impl DeviceNumber {
    /// The server writes as device 1 with its own key (imports, migrations).
    pub const SERVER: Self = Self(1);
}

impl fmt::Display for DeviceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

/// A stream of published rows. Every team has one; stream 0 is read by every device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub struct StreamId(#[n(0)] pub u32);

impl StreamId {
    /// Directory, settings, word lists: what every device reads.
    pub const COMMON: Self = Self(0);
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
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

/// An operation of a plan, and the map that it makes when it makes one: unique in its document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OpId {
    /// Later than that of every operation that its author knew, from 1.
    pub counter: u64,
    /// Who wrote it.
    pub actor: ActorId,
}

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

/// What a record is about; the number is the wire's and is for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum RecordKind {
    /// A team or carer of the directory (stream 0).
    Directory = 1,
    /// A setting of the municipality (stream 0).
    Setting = 2,
    /// A word list: approved phrases, plain words (stream 0).
    WordList = 3,
    /// A relative of a citizen (the citizen's stream).
    Relative = 4,
    /// A consent or its withdrawal; append-only (the citizen's stream).
    Consent = 5,
    /// A planned shift (the team's stream).
    Shift = 6,
    /// A citizen's name and address (the citizen's stream).
    Citizen = 7,
}

impl RecordKind {
    /// The kind that a wire number means, when this version knows it.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            1 => Self::Directory,
            2 => Self::Setting,
            3 => Self::WordList,
            4 => Self::Relative,
            5 => Self::Consent,
            6 => Self::Shift,
            7 => Self::Citizen,
            _ => return None,
        })
    }
}

/// What a change belongs to.
///
/// As bytes (the wire, SQL, digests): one tag byte, then the fixed-size id. Plan: `0 ‖ citizen ‖
/// generation (u16 BE)`; note: `1 ‖ ulid`; record: `2 ‖ kind ‖ 16-byte id`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DocId {
    /// A citizen's day-rhythm plan; generation 0 until a field had to be erased.
    Plan(CitizenId, u16),
    /// One visit's note by one author.
    Note(NoteId),
    /// A record; the number is a [`RecordKind`], or one that a newer version knows.
    Record(u8, [u8; 16]),
}

impl DocId {
    /// The document's bytes, 17 to 19 of them.
    #[must_use]
    pub fn to_bytes(self) -> Vec<u8> {
        match self {
            Self::Plan(citizen, generation) => {
                let mut bytes = vec![0];
                bytes.extend_from_slice(&citizen.0);
                bytes.extend_from_slice(&generation.to_be_bytes());
                bytes
            }
            Self::Note(note) => {
                let mut bytes = vec![1];
                bytes.extend_from_slice(&note.0);
                bytes
            }
            Self::Record(kind, id) => {
                let mut bytes = vec![2, kind];
                bytes.extend_from_slice(&id);
                bytes
            }
        }
    }

    /// Reads what [`DocId::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`BadId`] for any other bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadId> {
        let bad = BadId("document id");
        let (tag, rest) = bytes.split_first().ok_or(bad)?;
        match tag {
            0 => {
                let (citizen, generation) = rest.split_at_checked(16).ok_or(bad)?;
                let generation = generation.try_into().map_err(|_| bad)?;
                Ok(Self::Plan(CitizenId::from_slice(citizen)?, u16::from_be_bytes(generation)))
            }
            1 => rest.try_into().map(|id| Self::Note(NoteId(id))).map_err(|_| bad),
            2 => {
                let (kind, id) = rest.split_first().ok_or(bad)?;
                id.try_into().map(|id| Self::Record(*kind, id)).map_err(|_| bad)
            }
            _ => Err(bad),
        }
    }
}

impl fmt::Display for DocId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plan(citizen, 0) => write!(f, "plan:{citizen}"),
            Self::Plan(citizen, generation) => write!(f, "plan:{citizen}:{generation}"),
            Self::Note(note) => write!(f, "note:{note}"),
            Self::Record(kind, id) => write!(f, "record:{kind}:{}", hex(id)),
        }
    }
}

impl std::str::FromStr for DocId {
    type Err = BadId;

    /// Reads what [`fmt::Display`] writes.
    fn from_str(text: &str) -> Result<Self, BadId> {
        let bad = BadId("document id");
        let (kind, id) = text.split_once(':').ok_or(bad)?;
        match (kind, id.split_once(':')) {
            ("note", None) => id.parse().map(Self::Note),
            ("plan", None) => id.parse().map(|citizen| Self::Plan(citizen, 0)),
            ("plan", Some((citizen, generation))) => {
                Ok(Self::Plan(citizen.parse()?, generation.parse().map_err(|_| bad)?))
            }
            ("record", Some((kind, id))) => {
                let id = from_hex(id).and_then(|id| id.try_into().ok()).ok_or(bad)?;
                Ok(Self::Record(kind.parse().map_err(|_| bad)?, id))
            }
            _ => Err(bad),
        }
    }
}

impl fmt::Debug for DocId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<C> Encode<C> for DocId {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.to_bytes())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for DocId {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let at = d.position();
        Self::from_bytes(d.bytes()?)
            .map_err(|_| minicbor::decode::Error::message("document id").at(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_document_id_reads_back(tag in 0_u8..3, id: [u8; 16], generation: u16, kind: u8) {
            let doc = match tag {
                0 => DocId::Plan(CitizenId(id), generation),
                1 => DocId::Note(NoteId(id)),
                _ => DocId::Record(kind, id),
            };
            prop_assert_eq!(DocId::from_bytes(&doc.to_bytes()), Ok(doc));
            prop_assert_eq!(minicbor::decode::<DocId>(&minicbor::to_vec(doc)?).ok(), Some(doc));
        }

        #[test]
        fn short_ids_read_back_from_their_text(item: [u8; 5], note: [u8; 16]) {
            prop_assert_eq!(ItemId(item).to_string().parse(), Ok(ItemId(item)));
            prop_assert_eq!(NoteId(note).to_string().parse(), Ok(NoteId(note)));
            prop_assert_eq!(ItemId(item).to_string().len(), 8);
        }

        #[test]
        fn any_text_is_an_id_or_an_error(text: String) {
            let _ = text.parse::<ItemId>();
            let _ = text.parse::<NoteId>();
            let _ = text.parse::<CitizenId>();
            let _ = DocId::from_bytes(text.as_bytes());
        }
    }

    #[test]
    fn an_actor_names_its_device() {
        assert_eq!(
            ActorId::new(DeviceNumber(0xdead_beef), [7; 12]).device(),
            DeviceNumber(0xdead_beef)
        );
    }
}
