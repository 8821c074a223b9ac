//! A citizen's plan, read from its projection.

use crate::care::note::Author;
use crate::care::plan::{FieldValue, Plan, RawField};
use crate::ids::CitizenId;
use crate::store::{StoreError, Tx};

/// The plan as screens and rules see it; empty when there is none here.
///
/// # Errors
/// What the store says.
pub fn read_plan(tx: &Tx<'_>, citizen: CitizenId) -> Result<Plan, StoreError> {
    let mut fields: Vec<RawField> = Vec::new();
    for value in tx.plan_values(citizen)? {
        let author = value.carer.map_or(Author::Municipality, Author::Carer);
        let written = value.written;
        let shown = value.value.map(|value| FieldValue { value, author, written });
        match fields.last_mut() {
            Some(last)
                if last.section == value.section
                    && last.entry == value.entry
                    && last.field == value.field =>
            {
                last.values.extend(shown);
            }
            _ => fields.push(RawField {
                section: value.section,
                entry: value.entry,
                field: value.field,
                values: shown.into_iter().collect(),
            }),
        }
    }
    Ok(Plan::from_fields(fields))
}
