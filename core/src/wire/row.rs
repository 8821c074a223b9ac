//! How entries and their contents travel: packed rows, grouped under their batch.
//!
//! A [`Row`] is what both sides work with; a [`Pack`] is the compact form on the wire. Ids that
//! repeat stand once in a table, times are offsets from the pack's base, an automerge change
//! travels without its magic and checksum, and its hash is computed by the reader.

use minicbor::{Decode, Encode, data::Type};

use super::{WireError, batch::Header, entry::*, sha256};
use crate::ids::{CertificateId, ChangeHash, CitizenId, DeviceNumber, DocId, NoteId, StreamId};
use crate::time::UnixSeconds;

/// The bytes behind an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A whole automerge chunk, magic and checksum included.
    Change(Vec<u8>),
    /// A record version.
    Record {
        /// Random bytes that keep the hash from being guessed.
        salt: [u8; 16],
        /// CBOR of the record.
        payload: Vec<u8>,
    },
    /// Restricted, erased or purged: only the entry is left.
    Withheld,
}

impl Content {
    /// The hash that an entry must name for this content; none when it is withheld.
    #[must_use]
    pub fn hash(&self) -> Option<ChangeHash> {
        match self {
            Self::Change(chunk) => chunk.get(8..).map(|hashed| ChangeHash(sha256(&[hashed]))),
            Self::Record { salt, payload } => Some(ChangeHash(sha256(&[salt, payload]))),
            Self::Withheld => None,
        }
    }
}

/// Where an entry was signed: the batch and the place in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin {
    /// The signing device.
    pub device: DeviceNumber,
    /// The batch's number.
    pub number: u64,
    /// Position in the batch, from 0.
    pub position: u16,
}

/// Where the server published a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// The stream.
    pub stream: StreamId,
    /// Place in the stream.
    pub seq: u64,
    /// When the server first had it.
    pub received: UnixSeconds,
}

/// An entry with its content, its origin and, once published, its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The signed entry.
    pub entry: Entry,
    /// What it stands for.
    pub content: Content,
    /// Who signed it and where.
    pub origin: Origin,
    /// Its place; none in a push.
    pub placed: Option<Placed>,
}

/// Rows of one batch that follow each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The batch's device.
    pub device: DeviceNumber,
    /// The batch's number.
    pub number: u64,
    /// The batch header, when the reader does not have it yet.
    pub header: Option<Header>,
    /// The rows, in the order of their seq (of their position in a push).
    pub rows: Vec<Row>,
}

/// The packed form of groups.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Default)]
#[cbor(array)]
pub struct Pack {
    #[n(0)]
    base: i64,
    #[n(1)]
    certificates: Vec<CertificateId>,
    #[n(2)]
    citizens: Vec<CitizenId>,
    #[n(3)]
    streams: Vec<StreamId>,
    #[n(4)]
    groups: Vec<PackedGroup>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct PackedGroup {
    #[n(0)]
    device: DeviceNumber,
    #[n(1)]
    number: u64,
    #[n(2)]
    header: Option<Header>,
    #[n(3)]
    rows: Vec<PackedRow>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct PackedRow {
    /// Position less that of the row before (+1), so that neighbours cost 0.
    #[n(0)]
    position: i32,
    #[n(1)]
    citizen: Option<u32>,
    #[n(2)]
    doc: PackedDoc,
    #[n(3)]
    schema: u16,
    #[n(4)]
    certificate: u32,
    /// `written` less the pack's base.
    #[n(5)]
    written: i64,
    /// The raw clock less `written`.
    #[n(6)]
    raw_clock: i64,
    #[n(7)]
    clock_mark: ClockMark,
    #[n(8)]
    content: PackedContent,
    #[n(9)]
    replaces: Option<ChangeHash>,
    #[n(10)]
    place: Option<PackedPlace>,
    /// Only when the content is withheld: the hash cannot be computed then.
    #[n(11)]
    hash: Option<ChangeHash>,
    /// Only when the content is withheld: its kind cannot be seen then.
    #[n(12)]
    kind: Option<EntryKind>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct PackedPlace {
    #[n(0)]
    stream: u32,
    /// `seq` less that of the row before it in the pack, less 1.
    #[n(1)]
    seq: i64,
    /// `received` less the pack's base.
    #[n(2)]
    received: i64,
}

/// A document as a row names it: a note by its 16 bytes, a plan by its generation (the row's
/// citizen says whose), a record as [kind, id].
#[derive(Debug, Clone, PartialEq, Eq)]
enum PackedDoc {
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
enum PackedContent {
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

/// Automerge's magic, which does not travel.
const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];

fn strip(chunk: &[u8]) -> Vec<u8> {
    chunk.get(8..).unwrap_or_default().to_vec()
}

fn restore(stripped: &[u8]) -> (Vec<u8>, ChangeHash) {
    let hash = sha256(&[stripped]);
    let [a, b, c, d, ..] = hash;
    let mut chunk = Vec::with_capacity(stripped.len() + 8);
    chunk.extend_from_slice(&MAGIC);
    chunk.extend_from_slice(&[a, b, c, d]);
    chunk.extend_from_slice(stripped);
    (chunk, ChangeHash(hash))
}

/// A table of ids that repeat.
struct Table<T>(Vec<T>, std::collections::HashMap<T, u32>);

impl<T: Copy + Eq + std::hash::Hash> Table<T> {
    fn new() -> Self {
        Self(Vec::new(), std::collections::HashMap::new())
    }

    fn index(&mut self, id: T) -> u32 {
        let next = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        *self.1.entry(id).or_insert_with(|| {
            self.0.push(id);
            next
        })
    }
}

fn look_up<T: Copy>(table: &[T], index: u32) -> Result<T, WireError> {
    let index = usize::try_from(index).map_err(|_| WireError::Dangling)?;
    table.get(index).copied().ok_or(WireError::Dangling)
}

fn difference(later: u64, earlier: i64) -> i64 {
    i64::try_from(later).unwrap_or(i64::MAX).saturating_sub(earlier)
}

impl Pack {
    /// Packs groups for the wire.
    #[must_use]
    pub fn from_groups(groups: &[Group]) -> Self {
        let times = groups.iter().flat_map(|group| &group.rows).map(|row| row.entry.written.0);
        let base = times.min().unwrap_or(0);
        let mut packer = Packer {
            base,
            certificates: Table::new(),
            citizens: Table::new(),
            streams: Table::new(),
            seq: -1,
        };
        let groups = groups.iter().map(|group| packer.group(group)).collect();
        Self {
            base,
            certificates: packer.certificates.0,
            citizens: packer.citizens.0,
            streams: packer.streams.0,
            groups,
        }
    }

    /// Unpacks the groups, computing each content's hash.
    ///
    /// # Errors
    /// [`WireError::Dangling`] when an index or a position points outside.
    pub fn into_groups(self) -> Result<Vec<Group>, WireError> {
        let mut seq = -1;
        let Self { base, certificates, citizens, streams, groups } = self;
        let reader = Unpacker { base, certificates, citizens, streams };
        groups.into_iter().map(|group| reader.group(group, &mut seq)).collect()
    }

    /// How many rows the pack holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.groups.iter().map(|group| group.rows.len()).sum()
    }

    /// Whether the pack holds no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

struct Packer {
    base: i64,
    certificates: Table<CertificateId>,
    citizens: Table<CitizenId>,
    streams: Table<StreamId>,
    seq: i64,
}

impl Packer {
    fn group(&mut self, group: &Group) -> PackedGroup {
        let mut last = -1;
        let rows = group.rows.iter().map(|row| self.row(row, &mut last)).collect();
        PackedGroup {
            device: group.device,
            number: group.number,
            header: group.header.clone(),
            rows,
        }
    }

    fn row(&mut self, row: &Row, last: &mut i32) -> PackedRow {
        let entry = &row.entry;
        let position = i32::from(row.origin.position);
        let step = position - *last - 1;
        *last = position;
        let withheld = row.content == Content::Withheld;
        PackedRow {
            position: step,
            citizen: entry.citizen.map(|citizen| self.citizens.index(citizen)),
            doc: match entry.doc {
                DocId::Note(NoteId(id)) => PackedDoc::Note(id),
                DocId::Plan(_, generation) => PackedDoc::Plan(generation),
                DocId::Record(kind, id) => PackedDoc::Record(kind, id),
            },
            schema: entry.schema,
            certificate: self.certificates.index(entry.certificate),
            written: entry.written.0.saturating_sub(self.base),
            raw_clock: entry.raw_clock.0.saturating_sub(entry.written.0),
            clock_mark: entry.clock_mark,
            content: match &row.content {
                Content::Change(chunk) => PackedContent::Change(strip(chunk)),
                Content::Record { salt, payload } => PackedContent::Record(*salt, payload.clone()),
                Content::Withheld => PackedContent::Withheld,
            },
            replaces: entry.replaces,
            place: row.placed.map(|placed| self.place(placed)),
            hash: withheld.then_some(entry.hash),
            kind: withheld.then_some(entry.kind),
        }
    }

    fn place(&mut self, placed: Placed) -> PackedPlace {
        let seq = difference(placed.seq, self.seq).saturating_sub(1);
        self.seq = i64::try_from(placed.seq).unwrap_or(i64::MAX);
        PackedPlace {
            stream: self.streams.index(placed.stream),
            seq,
            received: placed.received.0.saturating_sub(self.base),
        }
    }
}

struct Unpacker {
    base: i64,
    certificates: Vec<CertificateId>,
    citizens: Vec<CitizenId>,
    streams: Vec<StreamId>,
}

impl Unpacker {
    fn group(&self, group: PackedGroup, seq: &mut i64) -> Result<Group, WireError> {
        let (device, number) = (group.device, group.number);
        let mut last = -1_i32;
        let mut rows = Vec::with_capacity(group.rows.len());
        for packed in group.rows {
            last = last
                .checked_add(packed.position)
                .and_then(|at| at.checked_add(1))
                .ok_or(WireError::Dangling)?;
            let position = u16::try_from(last).map_err(|_| WireError::Dangling)?;
            rows.push(self.row(packed, Origin { device, number, position }, seq)?);
        }
        Ok(Group { device, number, header: group.header, rows })
    }

    fn row(&self, packed: PackedRow, origin: Origin, seq: &mut i64) -> Result<Row, WireError> {
        let citizen = packed.citizen.map(|at| look_up(&self.citizens, at)).transpose()?;
        let doc = match packed.doc {
            PackedDoc::Note(id) => DocId::Note(NoteId(id)),
            PackedDoc::Plan(generation) => {
                DocId::Plan(citizen.ok_or(WireError::Dangling)?, generation)
            }
            PackedDoc::Record(kind, id) => DocId::Record(kind, id),
        };
        let (content, hash, kind) = unpack_content(packed.content, packed.hash, packed.kind)?;
        let written = self.base.checked_add(packed.written).ok_or(WireError::Dangling)?;
        let raw_clock = written.checked_add(packed.raw_clock).ok_or(WireError::Dangling)?;
        let entry = Entry {
            doc,
            kind,
            citizen,
            hash,
            schema: packed.schema,
            certificate: look_up(&self.certificates, packed.certificate)?,
            written: UnixSeconds(written),
            raw_clock: UnixSeconds(raw_clock),
            clock_mark: packed.clock_mark,
            replaces: packed.replaces,
        };
        let placed = packed.place.map(|place| self.place(&place, seq)).transpose()?;
        Ok(Row { entry, content, origin, placed })
    }

    fn place(&self, place: &PackedPlace, seq: &mut i64) -> Result<Placed, WireError> {
        *seq = seq
            .checked_add(place.seq)
            .and_then(|at| at.checked_add(1))
            .ok_or(WireError::Dangling)?;
        let received = self.base.checked_add(place.received).ok_or(WireError::Dangling)?;
        Ok(Placed {
            stream: look_up(&self.streams, place.stream)?,
            seq: u64::try_from(*seq).map_err(|_| WireError::Dangling)?,
            received: UnixSeconds(received),
        })
    }
}

fn unpack_content(
    packed: PackedContent,
    hash: Option<ChangeHash>,
    kind: Option<EntryKind>,
) -> Result<(Content, ChangeHash, EntryKind), WireError> {
    Ok(match packed {
        PackedContent::Change(stripped) => {
            let (chunk, hash) = restore(&stripped);
            (Content::Change(chunk), hash, EntryKind::Change)
        }
        PackedContent::Record(salt, payload) => {
            let content = Content::Record { salt, payload };
            let hash = content.hash().ok_or(WireError::Dangling)?;
            (content, hash, EntryKind::Record)
        }
        PackedContent::Withheld => {
            (Content::Withheld, hash.ok_or(WireError::Dangling)?, kind.ok_or(WireError::Dangling)?)
        }
    })
}
