//! What a change belongs to: a plan, a note, a record.

use std::fmt;

use minicbor::{Decode, Encode};

use super::{BadId, CitizenId, NoteId, from_hex, hex};

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
    }
}
