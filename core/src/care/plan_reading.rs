//! From scalar fields to a [`Plan`].

use std::collections::BTreeMap;

use super::day_part::DayPart;
use super::field::{ContactPlace, Field, FieldProblem, Scalar, Section, Status, required, rule};
use super::legal_basis::LegalBasis;
use super::minutes::Minutes;
use super::plan::{
    Answer, Conflict, Contact, Entry, FieldValue, Incomplete, Paragraph, Plan, PlanItem, Point,
    Stamp,
};
use super::role::Roles;
use crate::ids::ItemId;

/// A field as a document has it: the keys as text, and every value that it holds at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawField {
    /// The key of a [`Section`], or what a newer version put there.
    pub section: String,
    /// The entry's id as text.
    pub entry: String,
    /// The key of a [`Field`], or what a newer version put there.
    pub field: String,
    /// Its values, the shown one first. Empty when this version knows no such type of value.
    pub values: Vec<FieldValue>,
}

/// What is wrong with a field of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Problem {
    /// It is not there.
    Missing,
    /// It does not read.
    Unreadable(FieldProblem),
}

type Fields = BTreeMap<Field, FieldValue>;

impl Plan {
    /// Reads a plan from its fields, in any order.
    pub fn from_fields(fields: impl IntoIterator<Item = RawField>) -> Self {
        let mut plan = Self::default();
        let mut entries: BTreeMap<(Section, ItemId), Fields> = BTreeMap::new();
        for raw in fields {
            match known(&raw) {
                Some((section, entry, field, shown)) => {
                    plan.note_conflict(section, entry, field, &raw.values);
                    entries.entry((section, entry)).or_default().insert(field, shown);
                }
                None => plan.newer.push(raw),
            }
        }
        for ((section, entry), fields) in entries {
            plan.add(section, entry, fields);
        }
        plan.sort();
        plan
    }

    fn note_conflict(
        &mut self,
        section: Section,
        entry: ItemId,
        field: Field,
        values: &[FieldValue],
    ) {
        let mut different: Vec<FieldValue> = Vec::new();
        for value in values {
            if different.iter().all(|seen| seen.value != value.value) {
                different.push(value.clone());
            }
        }
        if different.len() > 1 {
            self.conflicts.push(Conflict { section, entry, field, values: different });
        }
    }

    fn add(&mut self, section: Section, id: ItemId, fields: Fields) {
        let reader = Reader { section, fields };
        if reader.read_into(self, id).is_none() {
            self.incomplete.push(Incomplete {
                section,
                entry: id,
                problems: reader.problems(),
                fields: reader.fields.into_iter().collect(),
            });
        }
    }

    fn sort(&mut self) {
        fn place(entry: &Entry) -> (String, ItemId) {
            (entry.rank.clone(), entry.id)
        }
        self.items.sort_by_cached_key(|item| place(&item.entry));
        self.goals.sort_by_cached_key(|goal| place(&goal.entry));
        self.agreements.sort_by_cached_key(|agreement| place(&agreement.entry));
        self.life_story.sort_by_cached_key(|paragraph| place(&paragraph.entry));
        self.what_matters
            .sort_by_cached_key(|answer| (answer.prompt == 0, answer.prompt, place(&answer.entry)));
        self.contacts.sort_by_cached_key(|contact| (contact.place, place(&contact.entry)));
        self.safety.sort_by_cached_key(|point| place(&point.entry));
        self.conflicts.sort_by_key(|conflict| (conflict.section, conflict.entry, conflict.field));
        self.newer
            .sort_by_cached_key(|raw| (raw.section.clone(), raw.entry.clone(), raw.field.clone()));
    }
}

/// The field as this version knows it, or `None`: then it is a newer one's. So is a word that we
/// do not know in a field that an entry can be read without, a status for one.
fn known(raw: &RawField) -> Option<(Section, ItemId, Field, FieldValue)> {
    let section = Section::from_key(&raw.section)?;
    let field = Field::from_key(&raw.field)?;
    let rule = rule(section, field)?;
    let shown = raw.values.first()?;
    if !rule.required && rule.kind.check(&shown.value).is_err_and(cannot_be_read) {
        return None;
    }
    Some((section, raw.entry.parse().ok()?, field, shown.clone()))
}

/// Whether a value means nothing to us; one that is merely longer than our editor allows is read.
fn cannot_be_read(problem: FieldProblem) -> bool {
    matches!(
        problem,
        FieldProblem::WrongType | FieldProblem::UnknownWord | FieldProblem::OutOfRange
    )
}

/// The fields of one entry, read by what the section needs.
struct Reader {
    section: Section,
    fields: Fields,
}

impl Reader {
    fn value(&self, field: Field) -> Option<&Scalar> {
        self.fields.get(&field).map(|found| &found.value)
    }

    /// The text of a field, `None` when it is not there or does not read.
    fn text(&self, field: Field) -> Option<&str> {
        match self.value(field)? {
            Scalar::Text(text) => Some(text),
            Scalar::Int(_) | Scalar::Bool(_) => None,
        }
    }

    fn int(&self, field: Field) -> Option<i64> {
        match self.value(field)? {
            Scalar::Int(number) => Some(*number),
            Scalar::Text(_) | Scalar::Bool(_) => None,
        }
    }

    fn words(&self) -> String {
        self.text(Field::Text).unwrap_or_default().to_owned()
    }

    fn stamp(&self, field: Field) -> Option<Stamp> {
        self.fields
            .get(&field)
            .map(|value| Stamp { author: value.author.clone(), written: value.written })
    }

    fn entry(&self, id: ItemId) -> Option<Entry> {
        let last = self.fields.values().max_by_key(|value| (value.written, &value.author))?;
        Some(Entry {
            id,
            // An entry without a status we know holds: what might have to be done is shown.
            status: self.text(Field::Status).and_then(Status::from_key).unwrap_or_default(),
            rank: self.text(Field::Rank).unwrap_or_default().to_owned(),
            outside_id: self.text(Field::OutsideId).map(str::to_owned),
            changed: Stamp { author: last.author.clone(), written: last.written },
        })
    }

    /// Puts the entry where it belongs; `None` when it lacks something.
    fn read_into(&self, plan: &mut Plan, id: ItemId) -> Option<()> {
        match self.section {
            Section::Items => plan.items.push(self.item(id)?),
            Section::Goals => plan.goals.push(self.titled(id)?),
            Section::Safety => plan.safety.push(self.titled(id)?),
            Section::Agreements => plan.agreements.push(Point {
                entry: self.entry(id)?,
                title: self.text(Field::Title).map(str::to_owned),
                text: self.text(Field::Text)?.to_owned(),
            }),
            Section::LifeStory => plan.life_story.push(Paragraph {
                entry: self.entry(id)?,
                text: self.text(Field::Text)?.to_owned(),
                by: self.stamp(Field::Text)?,
            }),
            Section::WhatMatters => plan.what_matters.push(Answer {
                entry: self.entry(id)?,
                prompt: u8::try_from(self.int(Field::Prompt)?).ok().filter(|n| *n <= 4)?,
                text: self.text(Field::Text)?.to_owned(),
            }),
            Section::Contacts => plan.contacts.push(Contact {
                entry: self.entry(id)?,
                place: self.text(Field::Place).and_then(ContactPlace::from_key)?,
                name: self.text(Field::Name)?.to_owned(),
                carer: self.text(Field::Carer).and_then(|carer| carer.parse().ok()),
                phone: self.text(Field::Phone).map(str::to_owned),
            }),
        }
        Some(())
    }

    fn titled(&self, id: ItemId) -> Option<Point> {
        Some(Point {
            entry: self.entry(id)?,
            title: Some(self.text(Field::Title)?.to_owned()),
            text: self.words(),
        })
    }

    fn item(&self, id: ItemId) -> Option<PlanItem> {
        let law = self.text(Field::Law).and_then(LegalBasis::from_key)?;
        let each_on_its_own = match self.value(Field::EachOnItsOwn) {
            Some(Scalar::Bool(own)) => *own,
            _ => law.is_health_law(),
        };
        Some(PlanItem {
            entry: self.entry(id)?,
            title: self.text(Field::Title)?.to_owned(),
            text: self.words(),
            minutes: Minutes::new(self.int(Field::Minutes)?).ok()?,
            part: self.text(Field::Slot).and_then(DayPart::from_key)?,
            days: self.text(Field::Days)?.parse().ok()?,
            law,
            roles: Roles::from_bits(u32::try_from(self.int(Field::Roles)?).ok()?),
            goal: self.text(Field::Goal).and_then(|goal| goal.parse().ok()),
            each_on_its_own,
        })
    }

    /// What keeps the entry from being read.
    fn problems(&self) -> Vec<(Field, Problem)> {
        let missing = required(self.section)
            .filter(|field| !self.fields.contains_key(field))
            .map(|field| (field, Problem::Missing));
        let unreadable = self.fields.iter().filter_map(|(field, value)| {
            let rule = rule(self.section, *field).filter(|rule| rule.required)?;
            let problem = rule.kind.check(&value.value).err().filter(|p| cannot_be_read(*p))?;
            Some((*field, Problem::Unreadable(problem)))
        });
        missing.chain(unreadable).collect()
    }
}

#[cfg(test)]
mod tests;
