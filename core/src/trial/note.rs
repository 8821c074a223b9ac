//! A note on trial.

use super::{Asked, Reason};
use crate::care::authority::actions;
use crate::care::command::Command;
use crate::care::note::{Author, Note};
use crate::care::role::Roles;
use crate::document::{NoteUnread, ReadNote, read_note, schema, survives};
use crate::gate::{Contents, GatedChange, Value};
use crate::ids::{DocId, NoteId};

/// Tries a note: it stands as a document of its own, reads as a note of this schema about this
/// citizen, keeps the rules, and its author may write it.
///
/// # Errors
/// [`Reason`], the first that was found.
pub fn note(change: &GatedChange, asked: &Asked<'_>) -> Result<(), Reason> {
    let DocId::Note(id) = change.doc() else { return Err(Reason::NotANote) };
    survives(change)?;
    let note = read(id, change, asked)?;
    if note.citizen != asked.citizen {
        return Err(Reason::OtherCitizen);
    }
    note.check().map_err(|_| Reason::NotValid)?;
    match asked.roles {
        None => Ok(()),
        Some(roles) => may_write(note, roles, asked),
    }
}

fn read(id: NoteId, change: &GatedChange, asked: &Asked<'_>) -> Result<Note, Reason> {
    let contents = Contents::read(change.bytes()).map_err(|_| Reason::NotANote)?;
    let said = contents.operations.iter().find_map(|operation| match operation.put {
        Some(Value::Unsigned(number))
            if operation.object.is_none() && operation.key == schema::note::SCHEMA =>
        {
            Some(number)
        }
        _ => None,
    });
    if said != Some(u64::from(asked.schema)) {
        return Err(Reason::Schema);
    }
    match read_note(id, Author::Municipality, change.bytes()) {
        Ok(ReadNote { note, newer }) if newer.is_empty() => Ok(note),
        Ok(_) => Err(Reason::UnknownKey),
        Err(NoteUnread::Newer) => Err(Reason::Kind),
        Err(NoteUnread::Unreadable) => Err(Reason::NotANote),
    }
}

fn may_write(note: Note, roles: Roles, asked: &Asked<'_>) -> Result<(), Reason> {
    // A name from another system is the importing server's to give.
    if matches!(note.author, Author::Outside(_)) {
        return Err(Reason::NotAllowed);
    }
    let for_others = note.ticks.iter().any(|tick| {
        let item = asked.items.iter().find(|(item, _)| *item == tick.item);
        item.is_some_and(|(_, allowed)| !allowed.meets(roles))
    });
    if for_others {
        return Err(Reason::ItemForOthers);
    }
    let command = Command::SaveNote(Box::new(note));
    let mut needed = actions(&command).into_iter();
    needed
        .try_for_each(|action| asked.authority.check(action, roles))
        .map_err(|_| Reason::NotAllowed)
}
