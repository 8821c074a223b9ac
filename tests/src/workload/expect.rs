//! What a shift must have left on every tablet: each note, each tick, and each edit either as the
//! value or as a further value of a field in conflict.

use std::collections::BTreeMap;

use super::canonical::{Content, FIELDS, ItemContent};
use super::format::{Act, Citizen, Op, TeamFile};
use super::rebase::Rebased;

/// Something that should be there and is not, or is there with other words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing(pub String);

/// What of the team's shift `content` lacks: a citizen, an item, a note of before, a note or a
/// tick of the shift, or what some tablet left in a field.
#[must_use]
pub fn missing(team: &TeamFile, content: &Content) -> Vec<Missing> {
    let mut gaps = Gaps { content, missing: Vec::new() };
    for citizen in &team.citizens {
        gaps.before(citizen);
    }
    for shift in &team.tablets {
        for op in &shift.ops {
            gaps.done(op);
        }
        for ((citizen, item, field), value) in left_by(team, &shift.ops) {
            gaps.field(citizen, item, field, &value);
        }
    }
    gaps.missing
}

/// How many fields two or more tablets left with different values: as many further values at least
/// must be shown, whatever else was lost.
#[must_use]
pub fn conflicts(team: &TeamFile) -> usize {
    let mut values: BTreeMap<(&str, &str, &str), Vec<String>> = BTreeMap::new();
    for shift in &team.tablets {
        for (place, value) in left_by(team, &shift.ops) {
            let known = values.entry(place).or_default();
            if !known.contains(&value) {
                known.push(value);
            }
        }
    }
    values.values().map(|values| values.len() - 1).sum()
}

type Place<'a> = (&'a str, &'a str, &'a str);

/// The last value that one tablet's edits leave in each field they touch.
fn left_by<'a>(team: &'a TeamFile, ops: &'a [Op]) -> BTreeMap<Place<'a>, String> {
    let mut texts: BTreeMap<(&str, &str), Rebased> = BTreeMap::new();
    let mut left = BTreeMap::new();
    for op in ops {
        match &op.act {
            Act::Splice { item, pos, del, ins } => {
                let before = || team.citizen(&op.c).and_then(|citizen| citizen.items.get(item));
                let text = texts
                    .entry((&op.c, item))
                    .or_insert_with(|| Rebased::new(before().map_or("", |item| &item.text)));
                text.splice(*pos, *del, ins);
                left.insert((op.c.as_str(), item.as_str(), "text"), text.text());
            }
            Act::Set { item, field, value } => {
                left.insert((op.c.as_str(), item.as_str(), field.as_str()), value.to_string());
            }
            Act::Tick { .. } | Act::Note { .. } => {}
        }
    }
    left
}

struct Gaps<'a> {
    content: &'a Content,
    missing: Vec<Missing>,
}

impl Gaps<'_> {
    fn check(&mut self, there: bool, what: impl FnOnce() -> String) {
        if !there {
            self.missing.push(Missing(what()));
        }
    }

    fn item(&self, citizen: &str, item: &str) -> Option<&ItemContent> {
        self.content.citizens.get(citizen)?.items.get(item)
    }

    fn before(&mut self, citizen: &Citizen) {
        for item in citizen.items.keys() {
            let there = self.item(&citizen.id, item).is_some();
            self.check(there, || format!("item {item} of {}", citizen.id));
        }
        for note in &citizen.notes {
            self.note(&citizen.id, &note.id, [&note.at, &note.by, &note.text]);
        }
    }

    fn note(&mut self, citizen: &str, id: &str, says: [&String; 3]) {
        let there = self
            .content
            .citizens
            .get(citizen)
            .and_then(|citizen| citizen.notes.get(id))
            .is_some_and(|note| note.iter().eq(says));
        self.check(there, || format!("note {id} of {citizen}"));
    }

    fn done(&mut self, op: &Op) {
        match &op.act {
            Act::Note { id, text } => self.note(&op.c, id, [&op.at, &op.by, text]),
            Act::Tick { item, id } => {
                let there = self
                    .item(&op.c, item)
                    .and_then(|item| item.ticks.get(id))
                    .is_some_and(|tick| tick.iter().eq([&op.at, &op.by]));
                self.check(there, || format!("tick {id} of {}", op.c));
            }
            Act::Splice { .. } | Act::Set { .. } => {}
        }
    }

    fn field(&mut self, citizen: &str, item: &str, field: &str, value: &str) {
        let there = self.item(citizen, item).is_some_and(|item| {
            let shown = FIELDS.iter().zip(&item.fields);
            shown.into_iter().any(|(name, shown)| *name == field && shown == value)
                || item.conflicts.contains(&(field.to_owned(), value.to_owned()))
        });
        self.check(there, || format!("an edit of {field} of {item} of {citizen}"));
    }
}
