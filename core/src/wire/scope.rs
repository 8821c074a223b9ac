//! Scope: which citizens a device may read, and which buckets it still has to fetch.

use minicbor::{Decode, Encode};

use crate::ids::{CitizenId, StreamId};
use crate::time::Month;

/// A part of a citizen's rows that is counted, fetched and kept together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Bucket {
    /// The plan, all generations.
    Plan,
    /// Notes by the month of their first server receipt.
    Month(Month),
    /// The owner's records.
    Records,
}

impl Bucket {
    /// The bucket's number on the wire and in SQL: 0 plan, 1 records, 2 + month.
    #[must_use]
    pub fn number(self) -> u32 {
        match self {
            Self::Plan => 0,
            Self::Records => 1,
            Self::Month(month) => 2 + u32::from(month.0),
        }
    }

    /// The bucket that a number means.
    #[must_use]
    pub fn from_number(number: u32) -> Option<Self> {
        match number {
            0 => Some(Self::Plan),
            1 => Some(Self::Records),
            _ => u16::try_from(number - 2).ok().map(|month| Self::Month(Month(month))),
        }
    }
}

impl<C> Encode<C> for Bucket {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.u32(self.number())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Bucket {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        Self::from_number(d.u32()?).ok_or_else(|| minicbor::decode::Error::message("bucket"))
    }
}

/// Whose rows a bucket holds: a citizen's, or a stream's own (rows that concern no citizen:
/// directory and settings in stream 0, shifts in a team's).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Owner {
    /// A citizen; on the wire its 16 bytes.
    Citizen(CitizenId),
    /// A stream; on the wire its number.
    Stream(StreamId),
}

impl<C> Encode<C> for Owner {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        c: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        match self {
            Self::Citizen(citizen) => citizen.encode(e, c),
            Self::Stream(stream) => stream.encode(e, c),
        }
    }
}

impl<'b, C> Decode<'b, C> for Owner {
    fn decode(d: &mut minicbor::Decoder<'b>, c: &mut C) -> Result<Self, minicbor::decode::Error> {
        match d.datatype()? {
            minicbor::data::Type::Bytes => CitizenId::decode(d, c).map(Self::Citizen),
            _ => StreamId::decode(d, c).map(Self::Stream),
        }
    }
}

/// Leave to read one citizen.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Grant {
    /// The citizen.
    #[n(0)]
    pub citizen: CitizenId,
    /// The stream in which the citizen's rows are published now.
    #[n(1)]
    pub stream: StreamId,
    /// Rows of that stream up to here come by bucket, later ones by cursor.
    #[n(2)]
    pub covered: u64,
    /// The buckets that hold rows up to `covered`: what a device that has nothing must want.
    #[n(3)]
    pub buckets: Vec<Bucket>,
}

/// All that a device may read. Sent whole whenever its serial differs from the device's.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Scope {
    /// Rises with every change of the scope.
    #[n(0)]
    pub serial: u64,
    /// The team streams that the device reads, besides stream 0.
    #[n(1)]
    pub streams: Vec<StreamId>,
    /// The citizens.
    #[n(2)]
    pub grants: Vec<Grant>,
}

/// Asks for a bucket's rows up to the grant's `covered`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct BucketAsk {
    /// Whose.
    #[n(0)]
    pub owner: Owner,
    /// Which bucket.
    #[n(1)]
    pub bucket: Bucket,
    /// Which part, from 0.
    #[n(2)]
    pub part: u16,
}

/// A part of a bucket: a frame of its own (see [`super::frame`]) that holds a
/// [`super::row::Pack`] without headers, made once and kept by the server.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Blob {
    /// What was asked.
    #[n(0)]
    pub ask: BucketAsk,
    /// How many parts the bucket has.
    #[n(1)]
    pub parts: u16,
    /// The compressed pack.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub frame: Vec<u8>,
}
