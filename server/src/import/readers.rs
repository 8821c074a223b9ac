//! How the fields of a plan's entries are read from a file: section by section, with defaults.

use doegnrytme_core::care::day_part::DayPart;
use doegnrytme_core::care::field::{Field, Scalar, Section};
use doegnrytme_core::care::legal_basis::LegalBasis;
use doegnrytme_core::care::role::{Role, Roles};

use super::fields::{BadRow, Fields};
use super::json::Json;

/// Reads one field of an entry, with its default.
type Read = fn(&mut Fields, Field) -> Result<Option<Scalar>, BadRow>;

/// Which fields a section's entries have in a file, and how each is read.
pub(super) fn readers(section: Section) -> &'static [(Field, Read)] {
    match section {
        Section::Items => &[
            (Field::Title, text),
            (Field::Text, text),
            (Field::Minutes, number),
            (Field::Slot, slot),
            (Field::Days, text),
            (Field::Law, law),
            (Field::Roles, roles),
            (Field::EachOnItsOwn, flag),
        ],
        Section::Goals | Section::Safety | Section::Agreements => {
            &[(Field::Title, text), (Field::Text, text)]
        }
        Section::LifeStory => &[(Field::Text, text)],
        Section::WhatMatters => &[(Field::Prompt, prompt), (Field::Text, text)],
        Section::Contacts => {
            &[(Field::Place, text), (Field::Name, text), (Field::Carer, text), (Field::Phone, text)]
        }
    }
}

fn text(fields: &mut Fields, field: Field) -> Result<Option<Scalar>, BadRow> {
    Ok(fields.text(field.key())?.map(Scalar::Text))
}

fn number(fields: &mut Fields, field: Field) -> Result<Option<Scalar>, BadRow> {
    Ok(fields.number(field.key())?.map(Scalar::Int))
}

fn flag(fields: &mut Fields, field: Field) -> Result<Option<Scalar>, BadRow> {
    Ok(fields.flag(field.key())?.map(Scalar::Bool))
}

/// Free text when no prompt is named.
fn prompt(fields: &mut Fields, field: Field) -> Result<Option<Scalar>, BadRow> {
    Ok(Some(Scalar::Int(fields.number(field.key())?.unwrap_or(0))))
}

/// The six Danish words, and no other.
fn slot(fields: &mut Fields, field: Field) -> Result<Option<Scalar>, BadRow> {
    let slot = fields.required(field.key())?;
    match DayPart::from_key(&slot) {
        Some(part) => Ok(Some(part.key().into())),
        None => Err(BadRow::at(&fields.place(field.key()), "no part of the day")),
    }
}

/// SEL § 83 when nothing is said.
fn law(fields: &mut Fields, field: Field) -> Result<Option<Scalar>, BadRow> {
    read_law(fields, field.key()).map(|law| Some(law.key().into()))
}

/// A legal basis; SEL § 83 when nothing is said.
pub(super) fn read_law(fields: &mut Fields, field: &str) -> Result<LegalBasis, BadRow> {
    match fields.text(field)? {
        None => Ok(LegalBasis::Sel83),
        Some(key) => LegalBasis::from_key(&key)
            .ok_or_else(|| BadRow::at(&fields.place(field), "no legal basis of those known")),
    }
}

/// All roles when nothing is said.
fn roles(fields: &mut Fields, field: Field) -> Result<Option<Scalar>, BadRow> {
    let place = fields.place(field.key());
    let named = fields.list(field.key())?;
    if named.is_empty() {
        return Ok(Some(Scalar::Int(i64::from(Roles::ALL.bits()))));
    }
    let roles: Option<Roles> = named
        .into_iter()
        .map(|role| match role {
            Json::Text(key) => Role::from_key(&key),
            _ => None,
        })
        .collect();
    match roles {
        Some(roles) => Ok(Some(Scalar::Int(i64::from(roles.bits())))),
        None => Err(BadRow::at(&place, "a role that is not known")),
    }
}
