//! What a tablet holds, as lines: two tablets that hold the same give the same bytes.
//!
//! Sorted by outside id at each level, fields separated by tabs:
//! `C citizen`, its `I item title text minutes slot days`, under each its `K field value` (further
//! values of a field in conflict) and `T tick at by`, then the citizen's `N note at by text`.

use std::collections::{BTreeMap, BTreeSet};

use doegnrytme_core::{ids::hex, wire::sha256};

/// What a tablet holds of its team, by outside ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Content {
    /// The citizens.
    pub citizens: BTreeMap<String, CitizenContent>,
}

/// What it holds of a citizen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CitizenContent {
    /// The plan's items.
    pub items: BTreeMap<String, ItemContent>,
    /// The notes: id → (at, by, text).
    pub notes: BTreeMap<String, [String; 3]>,
}

/// What it holds of an item.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ItemContent {
    /// Title, text, minutes, slot, days.
    pub fields: [String; 5],
    /// Further values of fields in conflict: (field, value).
    pub conflicts: BTreeSet<(String, String)>,
    /// The ticks: id → (at, by).
    pub ticks: BTreeMap<String, [String; 2]>,
}

/// The names of [`ItemContent::fields`].
pub const FIELDS: [&str; 5] = ["title", "text", "minutes", "slot", "days"];

impl Content {
    /// The lines, joined by `\n`.
    #[must_use]
    pub fn lines(&self) -> String {
        let mut lines = Vec::new();
        for (id, citizen) in &self.citizens {
            lines.push(line("C", [id.as_str()]));
            for (id, item) in &citizen.items {
                lines.push(line("I", [id].into_iter().chain(&item.fields)));
                lines.extend(item.conflicts.iter().map(|(field, value)| line("K", [field, value])));
                lines.extend(item.ticks.iter().map(|(id, [at, by])| line("T", [id, at, by])));
            }
            let notes = citizen.notes.iter();
            lines.extend(notes.map(|(id, [at, by, text])| line("N", [id, at, by, text])));
        }
        lines.join("\n")
    }

    /// SHA-256 of the lines, hex.
    #[must_use]
    pub fn hash(&self) -> String {
        hex(&sha256(&[self.lines().as_bytes()]))
    }

    /// How many further values there are.
    #[must_use]
    pub fn conflicts(&self) -> usize {
        self.citizens
            .values()
            .flat_map(|citizen| citizen.items.values())
            .map(|item| item.conflicts.len())
            .sum()
    }
}

fn line<'a, T: AsRef<str> + ?Sized + 'a>(
    kind: &str,
    fields: impl IntoIterator<Item = &'a T>,
) -> String {
    let mut line = kind.to_owned();
    for field in fields {
        line.push('\t');
        for character in field.as_ref().chars() {
            match character {
                '\\' => line.push_str("\\\\"),
                '\t' => line.push_str("\\t"),
                '\n' => line.push_str("\\n"),
                other => line.push(other),
            }
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content() -> Content {
        let item = ItemContent {
            fields: ["Bad", "a\tb\\c\nd", "20", "morgen", "ma ti"].map(str::to_owned),
            conflicts: BTreeSet::from([
                ("text".into(), "x".into()),
                ("minutes".into(), "9".into()),
            ]),
            ticks: BTreeMap::from([("k1".into(), ["t".into(), "b".into()])]),
        };
        let citizen = CitizenContent {
            items: BTreeMap::from([("p2".into(), ItemContent::default()), ("p1".into(), item)]),
            notes: BTreeMap::from([("n1".into(), ["t".into(), "b".into(), "ord".into()])]),
        };
        Content { citizens: BTreeMap::from([("c1".into(), citizen)]) }
    }

    #[test]
    fn lines_are_sorted_and_separators_inside_a_field_are_written_out() {
        assert_eq!(
            content().lines(),
            "C\tc1\nI\tp1\tBad\ta\\tb\\\\c\\nd\t20\tmorgen\tma ti\nK\tminutes\t9\nK\ttext\tx\n\
             T\tk1\tt\tb\nI\tp2\t\t\t\t\t\nN\tn1\tt\tb\tord"
        );
        assert_eq!(content().conflicts(), 2);
    }

    #[test]
    fn one_character_more_is_another_hash() {
        let mut other = content();
        other.citizens.entry("c1".into()).or_default().notes.entry("n1".into()).or_default()[2]
            .push('!');
        assert_ne!(other.hash(), content().hash());
        assert_eq!(content().hash().len(), 64);
    }
}
