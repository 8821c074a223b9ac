//! A citizen's day-rhythm plan, read from the scalar fields of its document.
//!
//! Reading is tolerant: what a newer version wrote is kept and listed ("nyere felt"), and an
//! entry that lacks something is listed as incomplete. Nothing is dropped.

use super::day_part::DayPart;
use super::field::{ContactPlace, Field, Scalar, Section, Status};
use super::legal_basis::LegalBasis;
use super::minutes::Minutes;
use super::note::Author;
use super::role::Roles;
use super::weekdays::Weekdays;
use crate::ids::{CarerId, ItemId};
use crate::time::{LocalDay, UnixSeconds};

pub use super::plan_reading::{Problem, RawField};

/// A value and who put it there when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldValue {
    /// The value.
    pub value: Scalar,
    /// Who wrote it.
    pub author: Author,
    /// When, as the tablet's lease time says.
    pub written: UnixSeconds,
}

/// Who wrote last and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// Who.
    pub author: Author,
    /// When.
    pub written: UnixSeconds,
}

/// What entries of all sections have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id, unique in the plan.
    pub id: ItemId,
    /// Whether it holds.
    pub status: Status,
    /// Where it stands; empty sorts first.
    pub rank: String,
    /// Another system's id.
    pub outside_id: Option<String>,
    /// The latest of its fields' stamps.
    pub changed: Stamp,
}

/// Something that is done for the citizen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanItem {
    /// Id, status, rank.
    pub entry: Entry,
    /// What it is called.
    pub title: String,
    /// How it is done.
    pub text: String,
    /// How long it is planned to take.
    pub minutes: Minutes,
    /// In which part of the day.
    pub part: DayPart,
    /// On which days.
    pub days: Weekdays,
    /// Under which law (M13).
    pub law: LegalBasis,
    /// Who may do it (M14).
    pub roles: Roles,
    /// The goal it serves (M06); an item without one is marked.
    pub goal: Option<ItemId>,
    /// "Hver for sig": not ticked by "som aftalt". Items under health law unless said otherwise.
    pub each_on_its_own: bool,
}

impl PlanItem {
    /// Whether the item is to be done on that day: it holds, and the weekday is one of its own.
    #[must_use]
    pub fn is_for(&self, day: LocalDay) -> bool {
        self.entry.status != Status::Ended && self.days.on(day)
    }
}

/// Something with a title and words: a goal, a thing to know for safety.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// Id, status, rank.
    pub entry: Entry,
    /// What it is called; an agreement may go without.
    pub title: Option<String>,
    /// The words.
    pub text: String,
}

/// A paragraph of the life story with the one who wrote it (M04).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paragraph {
    /// Id, status, rank.
    pub entry: Entry,
    /// The words.
    pub text: String,
    /// Who wrote the words when.
    pub by: Stamp,
}

/// An answer to "hvad er vigtigt for dig" (M05). Two carers who asked without seeing each other
/// give two answers, and both are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Id, status, rank.
    pub entry: Entry,
    /// 1 to 4, or 0 for free text.
    pub prompt: u8,
    /// The citizen's words.
    pub text: String,
}

/// A contact person among the carers (M34).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Id, status, rank.
    pub entry: Entry,
    /// First or second.
    pub place: ContactPlace,
    /// Readable without net.
    pub name: String,
    /// In the directory, when known there.
    pub carer: Option<CarerId>,
    /// Work phone.
    pub phone: Option<String>,
}

/// A field with more than one value: two people wrote without seeing each other. One put by a
/// person settles it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// Where.
    pub section: Section,
    /// Which entry.
    pub entry: ItemId,
    /// Which field.
    pub field: Field,
    /// The different values, the one that the plan shows first. Values that agree stand once.
    pub values: Vec<FieldValue>,
}

/// An entry that cannot be shown as what it should be: something it needs is missing or does not
/// read. Its fields are kept as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incomplete {
    /// Where.
    pub section: Section,
    /// Which entry.
    pub entry: ItemId,
    /// What is wrong, field by field.
    pub problems: Vec<(Field, Problem)>,
    /// What is there, the shown value of each field.
    pub fields: Vec<(Field, FieldValue)>,
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// By rank, then id.
    pub items: Vec<PlanItem>,
    /// By rank, then id.
    pub goals: Vec<Point>,
    /// By rank, then id.
    pub agreements: Vec<Point>,
    /// By rank, then id.
    pub life_story: Vec<Paragraph>,
    /// By prompt, then rank, then id; free text last.
    pub what_matters: Vec<Answer>,
    /// First the first, then the second.
    pub contacts: Vec<Contact>,
    /// By rank, then id.
    pub safety: Vec<Point>,
    /// Fields with more than one value.
    pub conflicts: Vec<Conflict>,
    /// Entries that lack something, listed for the contact person.
    pub incomplete: Vec<Incomplete>,
    /// "Nyere felt": what this version does not know, kept and shown.
    pub newer: Vec<RawField>,
}

impl Plan {
    /// The item with that id, if it is complete.
    #[must_use]
    pub fn item(&self, id: ItemId) -> Option<&PlanItem> {
        self.items.iter().find(|item| item.entry.id == id)
    }

    /// The goal that an item serves, unless it names none or one that is not there.
    #[must_use]
    pub fn goal_of(&self, item: &PlanItem) -> Option<&Point> {
        self.goals.iter().find(|goal| Some(goal.entry.id) == item.goal)
    }

    /// The items that hold and serve no goal that holds: they are marked (M06).
    pub fn items_without_goal(&self) -> impl Iterator<Item = &PlanItem> {
        let holds = |entry: &Entry| entry.status != Status::Ended;
        self.items.iter().filter(move |item| {
            holds(&item.entry) && !self.goal_of(item).is_some_and(|goal| holds(&goal.entry))
        })
    }

    /// Whether anybody has written what matters to the citizen; a plan without is listed for the
    /// contact person (M05).
    #[must_use]
    pub fn says_what_matters(&self) -> bool {
        self.what_matters
            .iter()
            .any(|answer| answer.entry.status != Status::Ended && !answer.text.trim().is_empty())
    }

    /// The contact person to ask: the first place that is filled (M34, M23).
    #[must_use]
    pub fn contact_person(&self) -> Option<&Contact> {
        self.contacts.iter().find(|contact| contact.entry.status != Status::Ended)
    }
}
