//! What a tablet holds, read from its projections as its screens would read it.

use std::collections::BTreeMap;

use doegnrytme_core::care::field::{Field, Scalar, Section};
use doegnrytme_core::care::note::{Author, Note};
use doegnrytme_core::ids::{CarerId, CitizenId, ItemId, RecordKind};
use doegnrytme_core::store::{PlanValue, Store, StoreError, Tx};
use doegnrytme_core::time::UnixSeconds;
use doegnrytme_core::wire::record::{self, Payload as _};

use super::player::Ids;
use crate::workload::canonical::{CitizenContent, Content, FIELDS, ItemContent};

/// The content of a store, by outside ids where there are some.
///
/// # Errors
/// [`StoreError`].
pub fn content(store: &mut Store) -> Result<Content, StoreError> {
    store.read(|tx| Reader::new(tx)?.content())
}

/// Our ids of what a workload names by outside ids.
///
/// # Errors
/// [`StoreError`].
pub fn ids(store: &mut Store) -> Result<Ids, StoreError> {
    store.read(|tx| {
        let mut ids = Ids::default();
        for (citizen, outside) in citizens(tx)? {
            ids.citizens.insert(outside.clone(), citizen);
            let known = ids_of(&tx.plan_values(citizen)?);
            ids.items.extend(known.into_iter().filter_map(|(item, oid)| {
                let item: ItemId = item.parse().ok()?;
                Some(((outside.clone(), oid), item))
            }));
        }
        Ok(ids)
    })
}

/// Every citizen with the outside id, or our own as text.
fn citizens(tx: &Tx<'_>) -> Result<Vec<(CitizenId, String)>, StoreError> {
    let records = tx.records(RecordKind::Citizen)?;
    let read = records.iter().filter_map(|row| record::Citizen::read(&row.payload).ok());
    Ok(read
        .map(|citizen| {
            let outside = citizen.outside_id.unwrap_or_else(|| citizen.citizen.to_string());
            (citizen.citizen, outside)
        })
        .collect())
}

/// The outside id of each item that has one, by its own.
fn ids_of(values: &[PlanValue]) -> BTreeMap<String, String> {
    let shown = values.iter().filter(|value| {
        value.section == Section::Items.key()
            && value.field == Field::OutsideId.key()
            && value.place == 0
    });
    shown.map(|value| (value.entry.clone(), word(value.value.as_ref()))).collect()
}

fn word(value: Option<&Scalar>) -> String {
    match value {
        Some(Scalar::Text(text)) => text.clone(),
        Some(Scalar::Int(number)) => number.to_string(),
        Some(Scalar::Bool(flag)) => flag.to_string(),
        None => String::new(),
    }
}

struct Reader<'t, 's> {
    tx: &'t Tx<'s>,
    carers: BTreeMap<CarerId, String>,
}

impl<'t, 's> Reader<'t, 's> {
    fn new(tx: &'t Tx<'s>) -> Result<Self, StoreError> {
        let records = tx.records(RecordKind::Directory)?;
        let carers = records
            .iter()
            .filter_map(|row| match record::Directory::read(&row.payload).ok()? {
                record::Directory::Carer { carer, name, .. } => Some((carer, name)),
                record::Directory::Team { .. } => None,
            })
            .collect();
        Ok(Self { tx, carers })
    }

    fn content(&self) -> Result<Content, StoreError> {
        let mut names = BTreeMap::new();
        let mut content = Content::default();
        for (citizen, outside) in citizens(self.tx)? {
            let (items, ids) = plan(&self.tx.plan_values(citizen)?);
            let notes = BTreeMap::new();
            content.citizens.insert(outside.clone(), CitizenContent { items, notes });
            names.insert(citizen, (outside, ids));
        }
        for row in self.tx.all_notes()? {
            if let Some((outside, ids)) = names.get(&row.note.citizen)
                && let Some(citizen) = content.citizens.get_mut(outside)
            {
                self.add_note(citizen, ids, &row.note);
            }
        }
        Ok(content)
    }

    fn add_note(&self, citizen: &mut CitizenContent, ids: &BTreeMap<String, String>, note: &Note) {
        let by = match &note.author {
            Author::Carer(carer) => {
                self.carers.get(carer).cloned().unwrap_or_else(|| carer.to_string())
            }
            Author::Outside(word) => word.clone(),
            Author::Municipality => String::new(),
        };
        for tick in &note.ticks {
            let own = tick.item.to_string();
            let id = tick.outside_id.clone().unwrap_or_else(|| format!("{}.{own}", note.id));
            let at = note.started.plus(i64::from(tick.after)).to_rfc3339();
            let item = ids.get(&own).unwrap_or(&own);
            let ticks = &mut citizen.items.entry(item.clone()).or_default().ticks;
            ticks.insert(id, [at, by.clone()]);
        }
        // A visit as agreed with nothing written is told by its ticks alone.
        if note.outside_id.is_some() || !note.text.is_empty() {
            let id = note.outside_id.clone().unwrap_or_else(|| note.id.to_string());
            citizen.notes.insert(id, [written(note.written), by, note.text.clone()]);
        }
    }
}

fn written(at: UnixSeconds) -> String {
    at.to_rfc3339()
}

/// A plan's items by outside id, and the outside id of each.
fn plan(values: &[PlanValue]) -> (BTreeMap<String, ItemContent>, BTreeMap<String, String>) {
    let ids = ids_of(values);
    let mut items: BTreeMap<String, ItemContent> = BTreeMap::new();
    for value in values.iter().filter(|value| value.section == Section::Items.key()) {
        let id = ids.get(&value.entry).unwrap_or(&value.entry);
        let item = items.entry(id.clone()).or_default();
        let words = word(value.value.as_ref());
        let shown = FIELDS.iter().position(|field| *field == value.field);
        match shown.and_then(|at| item.fields.get_mut(at)) {
            Some(field) if value.place == 0 => *field = words,
            Some(_) => {
                item.conflicts.insert((value.field.clone(), words));
            }
            None => {}
        }
    }
    (items, ids)
}
