//! The bytes of a packed row: field by field, as short as they can be.

use minicbor::{Decode, Encode, data::Type};

use crate::ids::{ChangeHash, DeviceNumber};
use crate::wire::batch::Header;
use crate::wire::entry::{ClockMark, EntryKind};

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct PackedGroup {
    #[n(0)]
    pub(super) device: DeviceNumber,
    #[n(1)]
    pub(super) number: u64,
    #[n(2)]
    pub(super) header: Option<Header>,
    #[n(3)]
    pub(super) rows: Vec<PackedRow>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct PackedRow {
    /// Position less that of the row before (+1), so that neighbours cost 0.
    #[n(0)]
    pub(super) position: i32,
    #[n(1)]
    pub(super) citizen: Option<u32>,
    #[n(2)]
    pub(super) doc: PackedDoc,
    #[n(3)]
    pub(super) schema: u16,
    #[n(4)]
    pub(super) certificate: u32,
    /// `written` less the pack's base.
    #[n(5)]
    pub(super) written: i64,
    /// The raw clock less `written`.
    #[n(6)]
    pub(super) raw_clock: i64,
    #[n(7)]
    pub(super) clock_mark: ClockMark,
    #[n(8)]
    pub(super) content: PackedContent,
    #[n(9)]
    pub(super) replaces: Option<ChangeHash>,
    #[n(10)]
    pub(super) place: Option<PackedPlace>,
    /// Only when the content is withheld: the hash cannot be computed then.
    #[n(11)]
    pub(super) hash: Option<ChangeHash>,
    /// Only when the content is withheld: its kind cannot be seen then.
    #[n(12)]
    pub(super) kind: Option<EntryKind>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct PackedPlace {
    #[n(0)]
    pub(super) stream: u32,
    /// `seq` less that of the row before it in the pack, less 1.
    #[n(1)]
    pub(super) seq: i64,
    /// `received` less the pack's base.
    #[n(2)]
    pub(super) received: i64,
}

/// A document as a row names it: a note by its 16 bytes, a plan by its generation (the row's
/// citizen says whose), a record as [kind, id].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PackedDoc {
    Note([u8; 16]),
    Plan(u16),
    Record(u8, [u8; 16]),
}

impl<C> Encode<C> for PackedDoc {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        match self {
            Self::Note(id) => e.bytes(id)?.ok(),
            Self::Plan(generation) => e.u16(*generation)?.ok(),
            Self::Record(kind, id) => e.array(2)?.u8(*kind)?.bytes(id)?.ok(),
        }
    }
}

fn sixteen(bytes: &[u8]) -> Result<[u8; 16], minicbor::decode::Error> {
    bytes.try_into().map_err(|_| minicbor::decode::Error::message("sixteen bytes expected"))
}

impl<'b, C> Decode<'b, C> for PackedDoc {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        match d.datatype()? {
            Type::Bytes => Ok(Self::Note(sixteen(d.bytes()?)?)),
            Type::Array => {
                if d.array()? != Some(2) {
                    return Err(minicbor::decode::Error::message("record id"));
                }
                Ok(Self::Record(d.u8()?, sixteen(d.bytes()?)?))
            }
            _ => Ok(Self::Plan(d.u16()?)),
        }
    }
}

/// Content as it travels: a change's stripped bytes, a record as [salt, payload], or null.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PackedContent {
    Change(Vec<u8>),
    Record([u8; 16], Vec<u8>),
    Withheld,
}

impl<C> Encode<C> for PackedContent {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        match self {
            Self::Change(bytes) => e.bytes(bytes)?.ok(),
            Self::Record(salt, payload) => e.array(2)?.bytes(salt)?.bytes(payload)?.ok(),
            Self::Withheld => e.null()?.ok(),
        }
    }
}

impl<'b, C> Decode<'b, C> for PackedContent {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        match d.datatype()? {
            Type::Bytes => Ok(Self::Change(d.bytes()?.to_vec())),
            Type::Array => {
                if d.array()? != Some(2) {
                    return Err(minicbor::decode::Error::message("record"));
                }
                Ok(Self::Record(sixteen(d.bytes()?)?, d.bytes()?.to_vec()))
            }
            _ => d.null().map(|()| Self::Withheld),
        }
    }
}
