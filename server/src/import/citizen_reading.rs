//! Reading a citizen's row, checked as far as it can be without the store.
//!
//! The format stands in `server/IMPORT.md`. What a carer could not write cannot be imported
//! either: every entry passes the rules of [`doegnrytme_core::care::command`].

use doegnrytme_core::care::field::{Field, Scalar, Section};
use doegnrytme_core::ids::{CitizenId, ItemId, NoteId};
use doegnrytme_core::time::{EARLIEST, LATEST, UnixSeconds};

use super::citizen::{CitizenRow, EntryRow, NoteRow};
use super::fields::{BadRow, Fields};
use super::json::Json;
use super::readers::{read_law, readers};

/// The longest outside id, name or address, in characters.
const MOST_LINE: usize = 200;

const KNOWN: &[&str] = &[
    "id",
    "team",
    "name",
    "address",
    "items",
    "goals",
    "agreements",
    "life_story",
    "what_matters",
    "contacts",
    "safety",
    "notes",
];

/// The sections in the order in which they are written: goals before the items that name them.
const ORDER: [Section; 7] = [
    Section::Goals,
    Section::Items,
    Section::Agreements,
    Section::LifeStory,
    Section::WhatMatters,
    Section::Contacts,
    Section::Safety,
];

impl CitizenRow {
    /// Reads a row.
    ///
    /// # Errors
    /// [`BadRow`] names the first place that is wrong.
    pub fn read(row: &str) -> Result<Self, BadRow> {
        let json: Json = serde_json::from_str(row)
            .map_err(|_| BadRow::at("", "this is not JSON, or a key stands there twice"))?;
        let mut fields = Fields::open("", json)?;
        let row = Self {
            outside_id: line(&mut fields, "id")?,
            team: line(&mut fields, "team")?,
            name: line(&mut fields, "name")?,
            address: optional_line(&mut fields, "address")?.unwrap_or_default(),
            entries: entries(&mut fields)?,
            notes: notes(&mut fields)?,
        };
        fields.done(KNOWN)?;
        row.goals_exist()?;
        Ok(row)
    }

    fn goals_exist(&self) -> Result<(), BadRow> {
        let is_goal = |id: &String| {
            self.entries.iter().any(|row| row.section == Section::Goals && row.outside_id == *id)
        };
        match self.entries.iter().find(|row| row.goal.as_ref().is_some_and(|id| !is_goal(id))) {
            Some(row) => Err(BadRow::at(&format!("{}.goal", row.place), "no such goal")),
            None => Ok(()),
        }
    }
}

fn check_line(place: &str, text: &str) -> Result<(), BadRow> {
    if text.trim().is_empty() {
        Err(BadRow::at(place, "it is empty"))
    } else if text.chars().count() > MOST_LINE || text.contains(['\n', '\r']) {
        Err(BadRow::at(place, "one line of at most 200 characters belongs here"))
    } else {
        Ok(())
    }
}

fn line(fields: &mut Fields, field: &str) -> Result<String, BadRow> {
    let text = fields.required(field)?;
    check_line(&fields.place(field), &text)?;
    Ok(text)
}

fn optional_line(fields: &mut Fields, field: &str) -> Result<Option<String>, BadRow> {
    match fields.text(field)? {
        Some(text) if !text.is_empty() => {
            check_line(&fields.place(field), &text)?;
            Ok(Some(text))
        }
        _ => Ok(None),
    }
}

fn entries(fields: &mut Fields) -> Result<Vec<EntryRow>, BadRow> {
    let mut rows = Vec::new();
    for section in ORDER {
        for (at, (id, place, value)) in fields.entries(section.key())?.into_iter().enumerate() {
            check_line(&place, &id)?;
            let rank = format!("{:04}5", at.min(9_999));
            rows.push(entry(section, id, &place, value, &rank)?);
        }
    }
    Ok(rows)
}

fn entry(
    section: Section,
    outside_id: String,
    place: &str,
    value: Json,
    rank: &str,
) -> Result<EntryRow, BadRow> {
    // `"life_story": {"l1": "words"}` is as good as `{"l1": {"text": "words"}}`.
    let value = match value {
        Json::Text(_) => Json::Object(vec![("text".to_owned(), value)]),
        other => other,
    };
    let mut fields = Fields::open(place, value)?;
    let mut puts: Vec<(Field, Scalar)> = Vec::new();
    let mut known = vec!["status", "rank"];
    for (field, read) in readers(section) {
        known.push(field.key());
        puts.extend(read(&mut fields, *field)?.map(|value| (*field, value)));
    }
    for field in [Field::Status, Field::Rank] {
        puts.extend(fields.text(field.key())?.map(|text| (field, Scalar::Text(text))));
    }
    let goal = match section {
        Section::Items => {
            known.push("goal");
            fields.text("goal")?
        }
        _ => None,
    };
    fields.done(&known)?;
    let own_rank = puts.iter().any(|(field, _)| *field == Field::Rank);
    if !own_rank {
        puts.push((Field::Rank, Scalar::Text(rank.to_owned())));
    }
    puts.push((Field::OutsideId, Scalar::Text(outside_id.clone())));
    let place_in_row = place.to_owned();
    let row = EntryRow { place: place_in_row, section, outside_id, fields: puts, own_rank, goal };
    // The ids are minted later; the rules ask only whether they are ids.
    let some_id = ItemId([0; 5]);
    let goal = row.goal.as_ref().map(|_| some_id);
    row.command(some_id, goal)
        .validate()
        .map_err(|problem| BadRow::at(place, problem.to_string()))?;
    Ok(row)
}

const KNOWN_OF_NOTES: &[&str] = &["id", "at", "by", "text", "law"];

fn notes(fields: &mut Fields) -> Result<Vec<NoteRow>, BadRow> {
    let mut ids = std::collections::HashSet::new();
    let mut rows = Vec::new();
    for (at, value) in fields.list("notes")?.into_iter().enumerate() {
        let place = format!("notes[{}]", at + 1);
        let row = note(value, &place)?;
        if !ids.insert(row.outside_id.clone()) {
            return Err(BadRow::at(&place, "an earlier note has the same id"));
        }
        rows.push(row);
    }
    Ok(rows)
}

fn note(value: Json, place: &str) -> Result<NoteRow, BadRow> {
    let mut fields = Fields::open(place, value)?;
    let row = NoteRow {
        place: place.to_owned(),
        outside_id: line(&mut fields, "id")?,
        at: time(&mut fields, "at")?,
        by: line(&mut fields, "by")?,
        text: fields.required("text")?,
        law: read_law(&mut fields, "law")?,
    };
    fields.done(KNOWN_OF_NOTES)?;
    row.note(NoteId([0; 16]), CitizenId([0; 16]))?;
    Ok(row)
}

fn time(fields: &mut Fields, field: &str) -> Result<UnixSeconds, BadRow> {
    let text = fields.required(field)?;
    match UnixSeconds::from_rfc3339(&text) {
        Ok(at) if (EARLIEST..LATEST).contains(&at) => Ok(at),
        _ => {
            let problem = "a time such as 2026-03-02T06:05:09Z, from 2020 on, belongs here";
            Err(BadRow::at(&fields.place(field), problem))
        }
    }
}

#[cfg(test)]
#[path = "citizen_reading_tests.rs"]
mod tests;
