//! An entry as the columns of its row, there and back.

use doegnrytme_core::ids::{
    ActorId, CertificateId, ChangeHash, CitizenId, DeviceNumber, DocId, StreamId,
};
use doegnrytme_core::time::UnixSeconds;
use doegnrytme_core::wire::entry::{ClockMark, Entry, EntryKind};
use doegnrytme_core::wire::row::{Content, Origin, Placed, Row};
use doegnrytme_core::wire::scope::Bucket;

use super::{count, damaged, int};
use crate::store::batch::BatchKey;
use crate::store::certificate::CertificateNumber;
use crate::store::entry::{Authorship, EntryState, StoredEntry};

/// The columns that [`read_entry`] reads, from `entries e` joined with `certificates c`.
macro_rules! entry_columns {
    () => {
        "e.doc, e.hash, e.kind, e.citizen, e.schema, e.certificate, c.id, e.written, e.raw_clock,
         e.clock_mark, e.replaces, e.content, e.device, e.number, e.position, e.batch, e.received,
         e.state, e.reason, e.stream, e.seq, e.bucket, e.actor, e.actor_seq, e.max_op"
    };
}
pub(super) use entry_columns;

/// How many columns [`entry_columns`] has.
pub(super) const ENTRY_COLUMNS: usize = 25;

const PARKED: u8 = 0;
pub(super) const HELD: u8 = 1;
pub(super) const REFUSED: u8 = 2;
const SET_ASIDE: u8 = 3;
pub(super) const PUBLISHED: u8 = 4;
const RECEIVED: u8 = 5;

fn doc(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<DocId> {
    DocId::from_bytes(row.get_ref(column)?.as_blob()?).map_err(|_| damaged(column))
}

fn clock_mark(number: u8) -> Option<ClockMark> {
    [ClockMark::Sound, ClockMark::Off, ClockMark::Unproved, ClockMark::Cut]
        .into_iter()
        .find(|mark| *mark as u8 == number)
}

pub(super) fn read_state(row: &rusqlite::Row<'_>, first: usize) -> rusqlite::Result<EntryState> {
    Ok(match row.get::<_, u8>(first)? {
        PARKED => EntryState::Parked,
        RECEIVED => EntryState::Received,
        HELD => EntryState::Held { reason: row.get(first + 1)? },
        REFUSED => EntryState::Refused { reason: row.get(first + 1)? },
        SET_ASIDE => EntryState::SetAside,
        PUBLISHED => EntryState::Published {
            stream: StreamId(row.get(first + 2)?),
            seq: count(row, first + 3)?,
            bucket: Bucket::from_number(row.get(first + 4)?).ok_or_else(|| damaged(first))?,
        },
        _ => return Err(damaged(first)),
    })
}

fn read_content(
    kind: EntryKind,
    content: Option<Vec<u8>>,
    column: usize,
) -> rusqlite::Result<Content> {
    Ok(match (kind, content) {
        (_, None) => Content::Withheld,
        (EntryKind::Change, Some(chunk)) => Content::Change(chunk),
        (EntryKind::Record, Some(bytes)) => {
            let (salt, payload) = bytes.split_first_chunk().ok_or_else(|| damaged(column))?;
            Content::Record { salt: *salt, payload: payload.to_vec() }
        }
    })
}

/// Reads an entry from [`entry_columns`].
pub(super) fn read_entry(row: &rusqlite::Row<'_>) -> rusqlite::Result<StoredEntry> {
    let kind = if row.get::<_, u8>(2)? == 0 { EntryKind::Change } else { EntryKind::Record };
    let citizen: Option<[u8; 16]> = row.get(3)?;
    let replaces: Option<[u8; 32]> = row.get(10)?;
    let entry = Entry {
        doc: doc(row, 0)?,
        kind,
        citizen: citizen.map(CitizenId),
        hash: ChangeHash(row.get(1)?),
        schema: row.get(4)?,
        certificate: CertificateId(row.get(6)?),
        written: UnixSeconds(row.get(7)?),
        raw_clock: UnixSeconds(row.get(8)?),
        clock_mark: clock_mark(row.get(9)?).ok_or_else(|| damaged(9))?,
        replaces: replaces.map(ChangeHash),
    };
    let received = UnixSeconds(row.get(16)?);
    let state = read_state(row, 17)?;
    let placed = match state {
        EntryState::Published { stream, seq, .. } => Some(Placed { stream, seq, received }),
        _ => None,
    };
    let actor: Option<[u8; 16]> = row.get(22)?;
    let authorship = match actor {
        None => None,
        Some(actor) => Some(Authorship {
            actor: ActorId(actor),
            seq: count(row, 23)?,
            max_op: count(row, 24)?,
        }),
    };
    Ok(StoredEntry {
        row: Row {
            entry,
            content: read_content(kind, row.get(11)?, 11)?,
            origin: Origin {
                device: DeviceNumber(row.get(12)?),
                number: count(row, 13)?,
                position: row.get(14)?,
            },
            placed,
        },
        batch: BatchKey(row.get(15)?),
        certificate: CertificateNumber(row.get(5)?),
        received,
        state,
        authorship,
    })
}

pub(super) type StateColumns = (u8, Option<u8>, Option<u32>, Option<i64>, Option<u32>);

pub(super) fn state_columns(state: EntryState) -> StateColumns {
    match state {
        EntryState::Parked => (PARKED, None, None, None, None),
        EntryState::Received => (RECEIVED, None, None, None, None),
        EntryState::Held { reason } => (HELD, Some(reason), None, None, None),
        EntryState::Refused { reason } => (REFUSED, Some(reason), None, None, None),
        EntryState::SetAside => (SET_ASIDE, None, None, None, None),
        EntryState::Published { stream, seq, bucket } => {
            (PUBLISHED, None, Some(stream.0), Some(int(seq)), Some(bucket.number()))
        }
    }
}
