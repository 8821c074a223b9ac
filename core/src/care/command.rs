//! What a person orders: an edit of a plan or a note to be saved. Checked before anything is
//! written, and kept as typed words in the outbox, so that a held change can be written anew.

use minicbor::{Decode, Encode};

use super::field::{Field, FieldProblem, Scalar, Section, required, rule};
use super::note::{Note, NoteError};
use crate::ids::{CitizenId, ItemId};

/// One edit of a plan. Each becomes one change; each field in it one scalar put.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum PlanCommand {
    /// A new entry with all its fields at once.
    #[n(0)]
    AddEntry {
        /// Where.
        #[n(0)]
        section: Section,
        /// Its id, freshly minted and unique in the plan.
        #[n(1)]
        entry: ItemId,
        /// Its fields, each once.
        #[n(2)]
        fields: Vec<(Field, Scalar)>,
    },
    /// A new value for one field of an entry.
    #[n(1)]
    Put {
        /// Where.
        #[n(0)]
        section: Section,
        /// Which entry.
        #[n(1)]
        entry: ItemId,
        /// Which field.
        #[n(2)]
        field: Field,
        /// The value.
        #[n(3)]
        value: Scalar,
    },
    /// The value on which a person settles a conflict. Written like a put, on heads that hold all
    /// the conflicting values.
    #[n(2)]
    Resolve {
        /// Where.
        #[n(0)]
        section: Section,
        /// Which entry.
        #[n(1)]
        entry: ItemId,
        /// Which field.
        #[n(2)]
        field: Field,
        /// The value that was chosen.
        #[n(3)]
        value: Scalar,
    },
}

/// The most bytes of text in one edit: well below the 64 KiB that the gate lets through.
pub const MOST_COMMAND_BYTES: usize = 32 * 1024;

/// Why an edit cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// The section has no such field.
    #[error("{} has no field {}", .0.key(), .1.key())]
    NoSuchField(Section, Field),
    /// An item without legal basis (M13).
    #[error("an item needs a legal basis")]
    NoLegalBasis,
    /// A field that the entry cannot be without.
    #[error("{} needs {}", .0.key(), .1.key())]
    Missing(Section, Field),
    /// One field twice in one entry.
    #[error("{} stands there twice", .0.key())]
    Twice(Field),
    /// A value that does not fit its field.
    #[error("{}: {problem}", .field.key())]
    Value {
        /// Which field.
        field: Field,
        /// What is wrong.
        problem: FieldProblem,
    },
    /// More text than one edit may hold.
    #[error("the edit is too long")]
    TooLong,
}

impl PlanCommand {
    /// The section, the entry and the puts that the command consists of.
    #[must_use]
    pub fn puts(&self) -> (Section, ItemId, Vec<(Field, &Scalar)>) {
        match self {
            Self::AddEntry { section, entry, fields } => {
                let puts = fields.iter().map(|(field, value)| (*field, value)).collect();
                (*section, *entry, puts)
            }
            Self::Put { section, entry, field, value }
            | Self::Resolve { section, entry, field, value } => {
                (*section, *entry, vec![(*field, value)])
            }
        }
    }

    /// Whether the edit may be written.
    ///
    /// # Errors
    /// [`CommandError`] says why not; what the law demands is asked for first.
    pub fn validate(&self) -> Result<(), CommandError> {
        let (section, _, puts) = self.puts();
        if matches!(self, Self::AddEntry { .. }) {
            nothing_missing(section, &puts)?;
        }
        let mut bytes = 0_usize;
        for (at, (field, value)) in puts.iter().enumerate() {
            let rule = rule(section, *field).ok_or(CommandError::NoSuchField(section, *field))?;
            rule.kind
                .check(value)
                .map_err(|problem| CommandError::Value { field: *field, problem })?;
            if puts.iter().skip(at + 1).any(|(other, _)| other == field) {
                return Err(CommandError::Twice(*field));
            }
            if let Scalar::Text(text) = value {
                bytes = bytes.saturating_add(text.len());
            }
        }
        if bytes > MOST_COMMAND_BYTES { Err(CommandError::TooLong) } else { Ok(()) }
    }
}

fn nothing_missing(section: Section, puts: &[(Field, &Scalar)]) -> Result<(), CommandError> {
    let has = |wanted: Field| puts.iter().any(|(field, _)| *field == wanted);
    if section == Section::Items && !has(Field::Law) {
        return Err(CommandError::NoLegalBasis);
    }
    match required(section).find(|field| !has(*field)) {
        Some(field) => Err(CommandError::Missing(section, field)),
        None => Ok(()),
    }
}

/// What the outbox keeps beside each change.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Command {
    /// An edit of a citizen's plan.
    #[n(0)]
    Plan {
        /// Whose plan.
        #[n(0)]
        citizen: CitizenId,
        /// The edit.
        #[n(1)]
        edit: PlanCommand,
    },
    /// A note, sealed when saved.
    #[n(1)]
    SaveNote(#[n(0)] Box<Note>),
    /// A record, whose payload its own kind reads.
    #[n(2)]
    Record {
        /// The number of a [`crate::ids::RecordKind`].
        #[n(0)]
        kind: u8,
        /// The record's id.
        #[cbor(n(1), with = "minicbor::bytes")]
        id: [u8; 16],
        /// What it holds, as the kind encodes it.
        #[cbor(n(2), with = "minicbor::bytes")]
        payload: Vec<u8>,
    },
}

/// Why a command cannot be carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The edit of a plan.
    #[error("the plan: {0}")]
    Plan(#[from] CommandError),
    /// The note.
    #[error("the note: {0}")]
    Note(#[from] NoteError),
}

impl Command {
    /// Whether the command may be carried out, as far as its own words tell.
    ///
    /// # Errors
    /// [`Refusal`] says why not.
    pub fn validate(&self) -> Result<(), Refusal> {
        match self {
            Self::Plan { edit, .. } => Ok(edit.validate()?),
            Self::SaveNote(note) => Ok(note.check()?),
            Self::Record { .. } => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
