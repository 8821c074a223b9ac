//! A citizen's row as the file says it, and what it becomes under ids of our own.
//! `citizen_reading` reads it.

use doegnrytme_core::care::command::PlanCommand;
use doegnrytme_core::care::field::{Field, Scalar, Section};
use doegnrytme_core::care::legal_basis::LegalBasis;
use doegnrytme_core::care::note::{Author, Note, NoteHead};
use doegnrytme_core::ids::{CitizenId, ItemId, NoteId};
use doegnrytme_core::time::UnixSeconds;

use super::fields::BadRow;

/// One citizen of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CitizenRow {
    /// The id in the other system.
    pub outside_id: String,
    /// The team, by name or number.
    pub team: String,
    /// The name.
    pub name: String,
    /// The address.
    pub address: String,
    /// The plan, section by section in the order of [`Section::ALL`], goals first.
    pub entries: Vec<EntryRow>,
    /// Earlier notes.
    pub notes: Vec<NoteRow>,
}

/// One entry of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryRow {
    /// Where in the row, for problems found later.
    pub place: String,
    /// Where in the plan.
    pub section: Section,
    /// The id in the other system, unique in the section.
    pub outside_id: String,
    /// Its fields, but for the goal.
    pub fields: Vec<(Field, Scalar)>,
    /// Whether the file gave it its rank; else the rank is the place in the file.
    pub own_rank: bool,
    /// Outside id of the goal that an item serves.
    pub goal: Option<String>,
}

/// An earlier note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteRow {
    /// Where in the row.
    pub place: String,
    /// The id in the other system, unique for the citizen.
    pub outside_id: String,
    /// When it was written.
    pub at: UnixSeconds,
    /// Who wrote it, as the other system says.
    pub by: String,
    /// What it says.
    pub text: String,
    /// Under which law it is kept.
    pub law: LegalBasis,
}

impl EntryRow {
    /// The command that writes the entry under an id; `goal` is the goal's id in the plan.
    #[must_use]
    pub fn command(&self, entry: ItemId, goal: Option<ItemId>) -> PlanCommand {
        let mut fields = self.fields.clone();
        fields.extend(goal.map(|goal| (Field::Goal, Scalar::Text(goal.to_string()))));
        PlanCommand::AddEntry { section: self.section, entry, fields }
    }
}

impl NoteRow {
    /// The note under an id.
    ///
    /// # Errors
    /// [`BadRow`] when no such note may be written.
    pub fn note(&self, id: NoteId, citizen: CitizenId) -> Result<Note, BadRow> {
        let author = Author::Outside(self.by.clone());
        let head = NoteHead { id, citizen, author, written: self.at, law: self.law };
        Note::import(head, Some(self.outside_id.clone()), self.text.clone())
            .map_err(|error| BadRow::at(&self.place, error.to_string()))
    }
}
