//! From the packed form back to rows.

use super::Pack;
use super::form::{PackedContent, PackedDoc, PackedGroup, PackedPlace, PackedRow};
use crate::ids::{CertificateId, ChangeHash, CitizenId, DocId, NoteId, StreamId};
use crate::time::UnixSeconds;
use crate::wire::entry::{Entry, EntryKind};
use crate::wire::row::{Content, Group, Origin, Placed, Row};
use crate::wire::{WireError, sha256};

/// Automerge's magic, which does not travel.
const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];

fn restore(stripped: &[u8]) -> (Vec<u8>, ChangeHash) {
    let hash = sha256(&[stripped]);
    let [a, b, c, d, ..] = hash;
    let mut chunk = Vec::with_capacity(stripped.len() + 8);
    chunk.extend_from_slice(&MAGIC);
    chunk.extend_from_slice(&[a, b, c, d]);
    chunk.extend_from_slice(stripped);
    (chunk, ChangeHash(hash))
}

fn look_up<T: Copy>(table: &[T], index: u32) -> Result<T, WireError> {
    let index = usize::try_from(index).map_err(|_| WireError::Dangling)?;
    table.get(index).copied().ok_or(WireError::Dangling)
}

impl Pack {
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
