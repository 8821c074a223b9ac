//! A visit: its key, how it was planned, and how it is derived from the plan when nobody planned.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};

use super::day_part::DayPart;
use super::minutes::Minutes;
use super::note::{Author, Note, NoteKind};
use super::plan::PlanItem;
use crate::ids::{CarerId, CitizenId, NoteId};
use crate::time::LocalDay;

/// Which visit: a citizen's nth in a part of a day. No id is minted, so that two tablets mean the
/// same visit without having spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
pub struct VisitKey {
    /// Whose.
    #[n(0)]
    pub citizen: CitizenId,
    /// The day in Copenhagen on which it begins.
    #[n(1)]
    pub day: LocalDay,
    /// The part of the day.
    #[n(2)]
    pub part: DayPart,
    /// 1 for the first visit in that part.
    #[n(3)]
    pub number: u8,
}

/// From when to when, minutes after midnight in Copenhagen; `to` before `from` ends the day after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
pub struct Span {
    /// When it begins.
    #[n(0)]
    pub from: u16,
    /// When it ends.
    #[n(1)]
    pub to: u16,
}

/// A visit on the driving list: course and minutes, no tasks (M02). Opening it opens the plan.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PlannedVisit {
    /// Which.
    #[n(0)]
    pub key: VisitKey,
    /// The course in the municipality's words, "plejepakke 2"; unknown when derived.
    #[n(1)]
    pub course: Option<String>,
    /// How long.
    #[n(2)]
    pub minutes: Minutes,
    /// When; unknown when derived.
    #[n(3)]
    pub span: Option<Span>,
    /// Who; nobody yet when `None`.
    #[n(4)]
    pub carer: Option<CarerId>,
}

/// The day's visits as the items' days and parts of the day give them, when no shift was
/// imported: one for each part in which something is to be done, in the order of the day.
#[must_use]
pub fn derive<'plan>(
    citizen: CitizenId,
    day: LocalDay,
    items: impl IntoIterator<Item = &'plan PlanItem>,
) -> Vec<PlannedVisit> {
    let mut minutes: BTreeMap<DayPart, Vec<Minutes>> = BTreeMap::new();
    for item in items.into_iter().filter(|item| item.is_for(day)) {
        minutes.entry(item.part).or_default().push(item.minutes);
    }
    minutes
        .into_iter()
        .filter_map(|(part, minutes)| {
            Some(PlannedVisit {
                key: VisitKey { citizen, day, part, number: 1 },
                course: None,
                minutes: Minutes::sum(minutes)?,
                span: None,
                carer: None,
            })
        })
        .collect()
}

/// Notes by different carers under one key: "måske dobbelt". Both are kept; a person decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaybeDouble {
    /// The visit.
    pub key: VisitKey,
    /// Its notes, in the order of their ids.
    pub notes: Vec<NoteId>,
}

/// The visits that may have been noted twice, in the order of their keys.
#[must_use]
pub fn maybe_doubles<'note>(notes: impl IntoIterator<Item = &'note Note>) -> Vec<MaybeDouble> {
    let mut by_key: BTreeMap<VisitKey, BTreeMap<NoteId, &Author>> = BTreeMap::new();
    for note in notes.into_iter().filter(|note| note.kind == NoteKind::Visit) {
        if let Some(key) = note.visit {
            by_key.entry(key).or_default().insert(note.id, &note.author);
        }
    }
    by_key
        .into_iter()
        .filter(|(_, notes)| {
            let mut authors = notes.values();
            let first = authors.next();
            authors.any(|author| Some(author) != first)
        })
        .map(|(key, notes)| MaybeDouble { key, notes: notes.into_keys().collect() })
        .collect()
}

#[cfg(test)]
mod tests;
