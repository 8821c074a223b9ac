//! From a note's one change back to the note, without Automerge.

use std::collections::BTreeMap;

use super::note_values::{bytes, flag, heads, number, outcome, spaced, visit};
use super::schema::note as key;
use crate::care::legal_basis::LegalBasis;
use crate::care::minutes::Minutes;
use crate::care::note::{Advis, Author, Note, NoteKind, PhraseId, Recipient, Tick};
use crate::gate::{Contents, Operation, Value};
use crate::ids::{CitizenId, ItemId, NoteId, OpId};
use crate::time::UnixSeconds;

/// A note as a change holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadNote {
    /// The note, as far as this version knows its words.
    pub note: Note,
    /// "Nyere felt": the keys whose value this version does not know, ascending. They stay in the
    /// change.
    pub newer: Vec<String>,
}

/// Why a change does not read as a note. It stays in the log either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteUnread {
    /// Kind, law or something else that a note cannot be without is a newer version's: "kan ikke
    /// vises her, opdatér".
    #[error("the note is a newer version's")]
    Newer,
    /// The bytes are no note.
    #[error("the bytes are no note")]
    Unreadable,
}

/// Reads a note from the bytes of its change, which have passed the gate. The change's row says
/// which note it is and who signed for it; a name from another system stands in the change itself.
///
/// # Errors
/// [`NoteUnread`]; whatever else the note says is read, however strange.
pub fn read_note(id: NoteId, author: Author, change: &[u8]) -> Result<ReadNote, NoteUnread> {
    let contents = Contents::read(change).map_err(|_| NoteUnread::Unreadable)?;
    Words::of(contents).read(id, author)
}

/// The root values of a note and its maps, both taken from as they are read.
struct Words<'a> {
    time: UnixSeconds,
    values: BTreeMap<&'a str, Value<'a>>,
    maps: BTreeMap<&'a str, Vec<(&'a str, Value<'a>)>>,
    newer: Vec<String>,
}

impl<'a> Words<'a> {
    fn of(Contents { time, operations }: Contents<'a>) -> Self {
        let (values, maps) = (BTreeMap::new(), BTreeMap::new());
        let mut words = Self { time, values, maps, newer: Vec::new() };
        let mut names: BTreeMap<OpId, &str> = BTreeMap::new();
        for Operation { id, object, key, put, replaces: _ } in operations {
            match (object, put) {
                (None, Some(value)) => drop(words.values.insert(key, value)),
                (None, None) => {
                    words.maps.insert(key, Vec::new());
                    names.insert(id, key);
                }
                (Some(map), Some(value)) => {
                    let name = names.get(&map);
                    if let Some(entries) = name.and_then(|name| words.maps.get_mut(name)) {
                        entries.push((key, value));
                    }
                }
                (Some(_), None) => words.newer.push(key.to_owned()),
            }
        }
        words
    }

    fn read(mut self, id: NoteId, author: Author) -> Result<ReadNote, NoteUnread> {
        self.values.remove(key::SCHEMA);
        let citizen = self.bytes(key::CITIZEN).and_then(|bytes| CitizenId::from_slice(&bytes).ok());
        let kind = self.word(key::KIND, NoteKind::from_key);
        let law = self.word(key::LAW, LegalBasis::from_key);
        let (Some(citizen), Some(kind), Some(law)) = (citizen, kind, law) else {
            return Err(NoteUnread::Newer);
        };
        let written = self.time;
        let note = Note {
            id,
            kind,
            citizen,
            author: self.text(key::OUTSIDE_AUTHOR).map_or(author, Author::Outside),
            written,
            law,
            visit: self.word(key::VISIT, |text| visit(citizen, text)),
            started: UnixSeconds(
                written.0.saturating_sub(self.number(key::STARTED_BEFORE).unwrap_or(0)),
            ),
            ticks: self.ticks(),
            not_given: self
                .word(key::NOT_GIVEN, |text| spaced(text, |id| id.parse().ok()))
                .unwrap_or_default(),
            outcome: self.word(key::OUTCOME, outcome),
            text: self.text(key::TEXT).unwrap_or_default(),
            minutes: self.take(key::MINUTES, |value| Minutes::new(number(value)?).ok()),
            plan_heads: self.take(key::PLAN_HEADS, heads).unwrap_or_default(),
            points_at: self
                .take(key::POINTS_AT, |value| Some(NoteId(bytes(value)?.try_into().ok()?))),
            phrases: self
                .word(key::PHRASES, |text| spaced(text, |n| n.parse().ok().map(PhraseId)))
                .unwrap_or_default(),
            dictated: self.take(key::DICTATED, flag).unwrap_or(false),
            to: self.word(key::RECIPIENT, Recipient::from_word),
            advis: self.advis(),
            outside_id: self.text(key::OUTSIDE_ID),
        };
        Ok(ReadNote { note, newer: self.left_over() })
    }

    /// Takes a value that reads; one that does not stays and is listed as newer.
    fn take<T>(&mut self, key: &str, read: impl FnOnce(Value<'a>) -> Option<T>) -> Option<T> {
        let value = read(*self.values.get(key)?)?;
        self.values.remove(key);
        Some(value)
    }

    fn text(&mut self, key: &str) -> Option<String> {
        self.word(key, |text| Some(text.to_owned()))
    }

    fn word<T>(&mut self, key: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        self.take(key, |value| match value {
            Value::Text(text) => read(text),
            _ => None,
        })
    }

    fn number(&mut self, key: &str) -> Option<i64> {
        self.take(key, number)
    }

    fn bytes(&mut self, key: &str) -> Option<Vec<u8>> {
        self.take(key, |value| bytes(value).map(<[u8]>::to_vec))
    }

    fn ticks(&mut self) -> Vec<Tick> {
        let seconds = self.map(key::TICKS, |value| u32::try_from(number(value)?).ok());
        let mut outside = self.map(key::TICK_OUTSIDE_IDS, |value| match value {
            Value::Text(text) => Some(text.to_owned()),
            _ => None,
        });
        let mut take_outside = |item| {
            let at = outside.iter().position(|(ticked, _)| *ticked == item)?;
            Some(outside.swap_remove(at).1)
        };
        seconds
            .into_iter()
            .map(|(item, after)| Tick { item, after, outside_id: take_outside(item) })
            .collect()
    }

    /// Takes what reads from a map; the map stays, and is listed as newer, when something does not.
    fn map<T>(&mut self, key: &str, read: impl Fn(Value<'a>) -> Option<T>) -> Vec<(ItemId, T)> {
        let Some(entries) = self.maps.remove(key) else { return Vec::new() };
        let mut taken = Vec::with_capacity(entries.len());
        let mut all_read = true;
        for (item, value) in entries {
            match (item.parse(), read(value)) {
                (Ok(item), Some(value)) => taken.push((item, value)),
                _ => all_read = false,
            }
        }
        if !all_read {
            self.newer.push(key.to_owned());
        }
        taken
    }

    /// An advis, when all of its parts read; parts of one are listed as newer.
    fn advis(&mut self) -> Option<Advis> {
        let text = |key: &str| match *self.values.get(key)? {
            Value::Text(text) => Some(text.to_owned()),
            _ => None,
        };
        let advis = Advis {
            observed: text(key::OBSERVED)?,
            tried: text(key::TRIED)?,
            ask: text(key::ASK)?,
            owner: Recipient::from_word(&text(key::OWNER)?)?,
            due: text(key::DUE)?.parse().ok()?,
        };
        for key in [key::OBSERVED, key::TRIED, key::ASK, key::OWNER, key::DUE] {
            self.values.remove(key);
        }
        Some(advis)
    }

    fn left_over(self) -> Vec<String> {
        let mut newer = self.newer;
        newer.extend(self.values.into_keys().map(str::to_owned));
        newer.extend(self.maps.into_keys().map(str::to_owned));
        newer.sort_unstable();
        newer.dedup();
        newer
    }
}
