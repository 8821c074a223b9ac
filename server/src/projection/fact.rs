//! From a published row to what is kept of its note.

use doegnrytme_core::care::note::{Author, Note, Outcome};
use doegnrytme_core::document::read_note;
use doegnrytme_core::ids::{CitizenId, DocId};
use doegnrytme_core::time::UnixSeconds;
use doegnrytme_core::wire::row::Content;

use crate::store::entry::StoredEntry;
use crate::store::fact::Fact;

/// What a row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// A note.
    Fact(Fact),
    /// Nothing for facts: a plan's change, a record, or bytes that nobody may read any more.
    Other,
    /// A note that this version cannot read, or one that speaks of another citizen than its row
    /// was signed for: nobody is told anything of it.
    Unread,
}

/// Reads a published row. Decodes the note's change [10 µs, 2026-11-25].
#[must_use]
pub fn told(entry: &StoredEntry) -> Told {
    let row = &entry.row;
    let (DocId::Note(id), Content::Change(chunk)) = (row.entry.doc, &row.content) else {
        return Told::Other;
    };
    // Who wrote it is no part of a fact; the row knows.
    let fact = row.entry.citizen.and_then(|citizen| {
        let note = read_note(id, Author::Municipality, chunk).ok()?.note;
        fact(citizen, &note, entry.received)
    });
    fact.map_or(Told::Unread, Told::Fact)
}

fn fact(citizen: CitizenId, note: &Note, received: UnixSeconds) -> Option<Fact> {
    if note.citizen != citizen {
        return None;
    }
    let written = || note.written.local_day().or_else(|_| received.local_day()).ok();
    Some(Fact {
        note: note.id,
        citizen,
        kind: note.kind,
        day: note.visit.map(|visit| visit.day).or_else(written)?,
        points_at: note.points_at,
        phrases: note.phrases.clone(),
        as_agreed: note.outcome.map(|outcome| outcome == Outcome::AsAgreed),
    })
}
