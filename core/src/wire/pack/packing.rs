//! From rows to their packed form.

use super::Pack;
use super::form::{PackedContent, PackedDoc, PackedGroup, PackedPlace, PackedRow};
use crate::ids::{CertificateId, CitizenId, DocId, NoteId, StreamId};
use crate::wire::row::{Content, Group, Placed, Row};

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

fn strip(chunk: &[u8]) -> Vec<u8> {
    chunk.get(8..).unwrap_or_default().to_vec()
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
