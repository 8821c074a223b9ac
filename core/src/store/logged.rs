//! One row of the change log, as the rest of the store reads it.

use crate::ids::{ActorId, CitizenId, DocId};
use crate::time::{LocalDay, Month, UnixSeconds};
use crate::wire::entry::{Entry, EntryKind};
use crate::wire::row::{Content, Origin, Placed, Row};
use crate::wire::scope::Bucket;

/// What the server made of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum State {
    /// Written here; no verdict closed it yet.
    Own = 0,
    /// In a stream.
    Published = 1,
    /// A person of the team must look at it.
    Held = 2,
    /// No version would take it.
    Refused = 3,
    /// Its content is gone for good: restricted, erased or purged.
    Restricted = 4,
    /// Another row took its place before it was published.
    SetAside = 5,
}

impl State {
    pub(super) fn from_number(number: u8) -> Option<Self> {
        [Self::Own, Self::Published, Self::Held, Self::Refused, Self::Restricted, Self::SetAside]
            .into_iter()
            .find(|state| *state as u8 == number)
    }
}

/// What this tablet made of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Standing {
    /// Its content is in the documents and projections.
    Applied = 0,
    /// It waits for a change that has not come yet.
    Waiting = 1,
    /// "Kan ikke vises her": a newer version's, or nothing that a document takes.
    Unreadable = 2,
    /// Taken out of the documents, because the server held or refused it or it was replaced.
    Aside = 3,
    /// There is no content.
    Withheld = 4,
}

impl Standing {
    pub(super) fn from_number(number: u8) -> Option<Self> {
        [Self::Applied, Self::Waiting, Self::Unreadable, Self::Aside, Self::Withheld]
            .into_iter()
            .find(|standing| *standing as u8 == number)
    }
}

/// What the log keeps of one change or record version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// The row's number in the log, in the order of arrival here.
    pub id: i64,
    /// What was signed.
    pub entry: Entry,
    /// What it stands for.
    pub content: Content,
    /// Where it was signed; none until an own row is cut into a batch.
    pub origin: Option<Origin>,
    /// Where it was published.
    pub placed: Option<Placed>,
    /// What the server made of it.
    pub state: State,
    /// What this tablet made of it.
    pub standing: Standing,
}

impl Logged {
    /// The row as it travels, once it was signed.
    #[must_use]
    pub fn into_row(self) -> Option<Row> {
        let Self { entry, content, origin, placed, .. } = self;
        Some(Row { entry, content, origin: origin?, placed })
    }
}

/// What G0 said of a change; zeros for a record and for withheld content.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Facts {
    pub(super) actor: Option<ActorId>,
    pub(super) seq: u64,
    pub(super) max_op: u64,
}

/// A row about to be stored.
pub(super) struct Fresh<'r> {
    pub(super) entry: &'r Entry,
    pub(super) content: Option<Vec<u8>>,
    pub(super) origin: Option<Origin>,
    pub(super) placed: Option<Placed>,
    pub(super) facts: Facts,
    pub(super) state: State,
    pub(super) standing: Standing,
}

/// The first byte of the document's bytes: 0 plan, 1 note, 2 record.
pub(super) fn form(doc: &DocId) -> u8 {
    match doc {
        DocId::Plan(..) => 0,
        DocId::Note(_) => 1,
        DocId::Record(..) => 2,
    }
}

/// The bucket of a published row: follows from what it is and when the server first had it.
pub(super) fn bucket(doc: &DocId, received: UnixSeconds) -> Bucket {
    match doc {
        DocId::Plan(..) => Bucket::Plan,
        DocId::Note(_) => Bucket::Month(received.local_day().map_or(Month(0), LocalDay::month)),
        DocId::Record(..) => Bucket::Records,
    }
}

/// Content as the log's column holds it.
pub(super) fn content_column(content: &Content) -> Option<Vec<u8>> {
    match content {
        Content::Change(chunk) => Some(chunk.clone()),
        Content::Record { salt, payload } => Some([salt.as_slice(), payload].concat()),
        Content::Withheld => None,
    }
}

/// Reads [`content_column`] back.
pub(super) fn content_of(kind: EntryKind, column: Option<Vec<u8>>) -> Content {
    match (kind, column) {
        (_, None) => Content::Withheld,
        (EntryKind::Change, Some(chunk)) => Content::Change(chunk),
        (EntryKind::Record, Some(bytes)) => match bytes.split_first_chunk() {
            Some((salt, payload)) => Content::Record { salt: *salt, payload: payload.to_vec() },
            None => Content::Withheld,
        },
    }
}

/// The name of a row for those who only need that.
pub(super) struct Named {
    pub(super) id: i64,
    pub(super) citizen: Option<CitizenId>,
    pub(super) state: State,
    pub(super) standing: Standing,
    pub(super) placed: Option<Placed>,
}
