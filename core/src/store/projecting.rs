//! From a row of the log to what the screens read.

use std::collections::{BTreeMap, BTreeSet};

use super::logged::Logged;
use super::queries::notes::NoteCells;
use super::queries::plans::{ValueCell, ValueKey};
use super::{StoreError, Tx};
use crate::care::field::Scalar;
use crate::care::note::Author;
use crate::care::plan::{FieldValue, Plan, RawField};
use crate::document::{PlanContents, PlanField, Put, read_note};
use crate::gate::GatedChange;
use crate::ids::{ChangeHash, CitizenId, DocId, NoteId, RecordKind};
use crate::wire::entry::Entry;
use crate::wire::record::{Payload as _, Shift};
use crate::wire::row::Content;

/// The values of a plan as the projection holds them.
pub(super) fn value_cells(fields: Vec<PlanField>) -> BTreeMap<ValueKey, ValueCell> {
    let mut cells = BTreeMap::new();
    for PlanField { section, entry, field, values, newer } in fields {
        // Two people who put the same value are of one mind: the first of them stands for it.
        let mut different: Vec<ValueCell> = Vec::new();
        for (value, put) in values {
            match different.iter_mut().find(|seen| seen.value.as_ref() == Some(&value)) {
                Some(seen) => seen.op = None,
                None => different.push(cell(Some(value), put)),
            }
        }
        different.extend(newer.into_iter().map(|put| cell(None, put)));
        for (place, cell) in (0_u16..).zip(different) {
            cells.insert((section.clone(), entry.clone(), field.clone(), place), cell);
        }
    }
    cells
}

fn cell(value: Option<Scalar>, Put { hash, op }: Put) -> ValueCell {
    ValueCell { value, hash, op: Some(op) }
}

impl Tx<'_> {
    /// A citizen's plan as screens show it, out of the projection.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn plan(&self, citizen: CitizenId) -> Result<Plan, StoreError> {
        let mut fields: Vec<RawField> = Vec::new();
        for cell in self.plan_values(citizen)? {
            let author = cell.carer.map_or(Author::Municipality, Author::Carer);
            let value = cell.value.map(|value| FieldValue { value, author, written: cell.written });
            match fields.last_mut() {
                Some(field)
                    if (&field.section, &field.entry, &field.field)
                        == (&cell.section, &cell.entry, &cell.field) =>
                {
                    field.values.extend(value);
                }
                _ => fields.push(RawField {
                    section: cell.section,
                    entry: cell.entry,
                    field: cell.field,
                    values: value.into_iter().collect(),
                }),
            }
        }
        Ok(Plan::from_fields(fields))
    }

    /// Writes the difference between what a plan says and what its projection says.
    pub(super) fn project_plan(
        &mut self,
        doc: &DocId,
        contents: PlanContents,
    ) -> Result<(), StoreError> {
        let DocId::Plan(citizen, generation) = *doc else { return Ok(()) };
        let PlanContents { fields, entries } = contents;
        if self.stored_entries(citizen, generation)? != entries {
            self.put_entries(citizen, generation, &entries)?;
        }
        let now = value_cells(fields);
        let before: BTreeMap<ValueKey, ValueCell> =
            self.stored_values(citizen, generation)?.into_iter().collect();
        for key in before.keys().filter(|key| !now.contains_key(*key)) {
            self.delete_value(citizen, generation, key)?;
        }
        for (key, cell) in now.iter().filter(|(key, cell)| before.get(*key) != Some(*cell)) {
            self.put_value(citizen, generation, key, cell)?;
        }
        Ok(())
    }

    /// Writes the fields that some changes wrote: a field whose values changed has one of them
    /// among its writers, because nothing is ever deleted.
    pub(super) fn project_changes(
        &mut self,
        doc: &DocId,
        mut fields: Vec<PlanField>,
        changes: &BTreeSet<ChangeHash>,
    ) -> Result<(), StoreError> {
        let DocId::Plan(citizen, generation) = *doc else { return Ok(()) };
        fields.retain(|field| field.writers().any(|hash| changes.contains(&hash)));
        for PlanField { section, entry, field, .. } in &fields {
            self.delete_field(citizen, generation, [section, entry, field])?;
        }
        for (key, cell) in value_cells(fields) {
            self.put_value(citizen, generation, &key, &cell)?;
        }
        Ok(())
    }

    /// False when the change does not read as a note, or names another citizen than its manifest.
    pub(super) fn project_note(
        &mut self,
        id: i64,
        note: NoteId,
        entry: &Entry,
        change: &GatedChange,
    ) -> Result<bool, StoreError> {
        // The author is left blank: the row's certificate names him.
        let Ok(read) = read_note(note, Author::Municipality, change.bytes()) else {
            return Ok(false);
        };
        if Some(read.note.citizen) != entry.citizen {
            return Ok(false);
        }
        self.put_note(&NoteCells { change: id, note: read.note, newer: !read.newer.is_empty() })?;
        Ok(true)
    }

    pub(super) fn project_note_again(&mut self, id: i64, note: NoteId) -> Result<bool, StoreError> {
        let Some(Logged { entry, content: Content::Change(chunk), .. }) = self.logged_by_id(id)?
        else {
            return Ok(false);
        };
        let Some(citizen) = entry.citizen else { return Ok(false) };
        match GatedChange::from_log(entry.doc, citizen, entry.hash, chunk) {
            Ok(change) => self.project_note(id, note, &entry, &change),
            Err(_) => Ok(false),
        }
    }

    /// A version of a record takes the place of an earlier one: a later place in the stream beats
    /// an earlier one, and what was written here beats both until it is published itself.
    pub(super) fn project_record(
        &mut self,
        id: i64,
        kind: u8,
        record: [u8; 16],
        entry: &Entry,
        content: &Content,
    ) -> Result<(), StoreError> {
        let Content::Record { payload, .. } = content else { return Ok(()) };
        if self.newest_version(&entry.doc)? != Some(id) {
            return Ok(());
        }
        self.put_record(kind, record, id, entry.citizen, payload)?;
        if RecordKind::from_number(kind) == Some(RecordKind::Shift) {
            self.clear_visits(record)?;
            // A payload of another form (a newer version's) stands in the records all the same.
            let visits = Shift::read(payload).map(|shift| shift.visits).unwrap_or_default();
            for planned in &visits {
                self.put_visit(record, planned)?;
            }
        }
        Ok(())
    }

    /// Which version counts may change when one is published or moved.
    pub(super) fn project_record_again(&mut self, doc: &DocId) -> Result<(), StoreError> {
        let DocId::Record(kind, record) = *doc else { return Ok(()) };
        let Some(id) = self.newest_version(doc)? else {
            return self.unproject_record(kind, record);
        };
        match self.logged_by_id(id)? {
            Some(row) => self.project_record(id, kind, record, &row.entry, &row.content),
            None => Ok(()),
        }
    }

    pub(super) fn unproject_record(
        &mut self,
        kind: u8,
        record: [u8; 16],
    ) -> Result<(), StoreError> {
        self.delete_record(kind, record)?;
        self.clear_visits(record)
    }
}
