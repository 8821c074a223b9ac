//! Changes that replace what a plan shows: the projection takes them without the document.
//!
//! A field of a plan holds the values that nothing has replaced yet. A put that replaces exactly
//! those leaves one value, its own, whoever else wrote elsewhere in the plan. So the projection
//! knows the outcome; loading a document of a year's edits to learn it took most of an evening's
//! sync. Everything else, such as a new entry, a conflict, or a value that several people put, goes
//! through the document.

use super::plans::Touched;
use super::queries::plans::ValueCell;
use super::{StoreError, Tx};
use crate::care::field::Scalar;
use crate::document::scalar;
use crate::gate::{Contents, GatedChange, Operation};
use crate::ids::{DocId, OpId};

/// A value that takes the place of all that a field shows.
pub(super) struct DirectPut {
    section: String,
    entry: String,
    field: String,
    value: Scalar,
    op: OpId,
}

impl Tx<'_> {
    /// The puts of a change when each replaces exactly what its field shows; none otherwise.
    pub(super) fn replaced(
        &self,
        change: &GatedChange,
    ) -> Result<Option<Vec<DirectPut>>, StoreError> {
        let DocId::Plan(citizen, generation) = change.doc() else { return Ok(None) };
        let Ok(contents) = Contents::read(change.bytes()) else { return Ok(None) };
        let mut puts = Vec::with_capacity(contents.operations.len());
        for Operation { id, object, key, put, mut replaces } in contents.operations {
            let (Some(map), Some(value)) = (object, put.and_then(scalar)) else { return Ok(None) };
            let Some((section, entry)) = self.entry_of(citizen, generation, map)? else {
                return Ok(None);
            };
            let shown = self.shown_ops(citizen, generation, [&section, &entry, key])?;
            let shown: Option<Vec<OpId>> = shown.into_iter().collect();
            let Some(mut shown) = shown else { return Ok(None) };
            shown.sort_unstable();
            replaces.sort_unstable();
            if shown != replaces {
                return Ok(None);
            }
            puts.push(DirectPut { section, entry, field: key.to_owned(), value, op: id });
        }
        Ok(Some(puts))
    }

    pub(super) fn put_directly(
        &mut self,
        change: &GatedChange,
        puts: Vec<DirectPut>,
    ) -> Result<(), StoreError> {
        let DocId::Plan(citizen, generation) = change.doc() else { return Ok(()) };
        for DirectPut { section, entry, field, value, op } in puts {
            self.delete_field(citizen, generation, [&section, &entry, &field])?;
            let cell = ValueCell { value: Some(value), hash: change.hash(), op: Some(op) };
            self.put_value(citizen, generation, &(section, entry, field, 0), &cell)?;
        }
        Ok(())
    }
}

/// What a change that goes through the document touches: a new map may be a new entry, or make an
/// entry that was one map into several.
pub(super) fn touched(change: &GatedChange) -> Touched {
    let puts_only = Contents::read(change.bytes())
        .is_ok_and(|contents| contents.operations.iter().all(|one| one.put.is_some()));
    if puts_only { Touched::By([change.hash()].into()) } else { Touched::Whole }
}
