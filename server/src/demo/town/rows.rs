//! Rows of the import files as the town writes them; the formats stand in `server/IMPORT.md`.

use std::collections::BTreeMap;

use doegnrytme_core::care::day_part::DayPart;
use doegnrytme_core::care::role::{Role, Roles};
use doegnrytme_core::care::weekdays::Weekdays;
use doegnrytme_core::time::LocalDay;
use serde::{Deserialize, Serialize};

/// A file of citizens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CitizenFile {
    /// One row a citizen.
    pub citizens: Vec<CitizenRow>,
}

/// A citizen and the plan. Entries are keyed by outside ids and stand in their order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CitizenRow {
    /// Outside id.
    pub id: String,
    /// The team's name.
    pub team: String,
    /// The name.
    pub name: String,
    /// The address.
    pub address: String,
    /// What is done.
    pub items: BTreeMap<String, ItemRow>,
    /// What the citizen hopes for.
    pub goals: BTreeMap<String, PointRow>,
    /// What was agreed.
    pub agreements: BTreeMap<String, PointRow>,
    /// The life story.
    pub life_story: BTreeMap<String, PointRow>,
    /// Answers to the prompts.
    pub what_matters: BTreeMap<String, AnswerRow>,
    /// Contact persons.
    pub contacts: BTreeMap<String, ContactRow>,
    /// What to know for safety.
    pub safety: BTreeMap<String, PointRow>,
    /// Earlier notes.
    pub notes: Vec<NoteRow>,
}

/// Something that is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemRow {
    /// What it is called.
    pub title: String,
    /// How it is done.
    pub text: String,
    /// How long it takes.
    pub minutes: u16,
    /// The part of the day, the Danish word.
    pub slot: String,
    /// Weekdays, Danish words.
    pub days: String,
    /// The legal basis.
    pub law: String,
    /// Who may do it; all when nothing is said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// The goal it serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goal: Option<String>,
    /// "Hver for sig".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<bool>,
    /// `draft` for a first guess.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

/// A goal, an agreement, a paragraph, a thing to know.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PointRow {
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// An answer to "hvad er vigtigt for dig".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerRow {
    /// Which prompt, 1 to 4.
    pub prompt: u8,
    /// The citizen's words.
    pub text: String,
}

/// A contact person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactRow {
    /// `primary` or `secondary`.
    pub place: String,
    /// The carer's name.
    pub name: String,
    /// Work phone.
    pub phone: String,
}

/// An earlier note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoteRow {
    /// Outside id.
    pub id: String,
    /// When, RFC 3339.
    pub at: String,
    /// Who.
    pub by: String,
    /// What.
    pub text: String,
    /// Under which law.
    pub law: String,
}

/// A file of shifts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShiftFile {
    /// One row a carer and day.
    pub shifts: Vec<ShiftRow>,
}

/// A carer's planned day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShiftRow {
    /// The carer's name.
    pub carer: String,
    /// The team's name.
    pub team: String,
    /// The day.
    pub day: String,
    /// The visits.
    pub visits: Vec<VisitRow>,
}

/// A planned visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitRow {
    /// The citizen's outside id.
    pub citizen: String,
    /// The part of the day, the Danish word.
    pub slot: String,
    /// `07:45`.
    pub from: String,
    /// `08:10`.
    pub to: String,
    /// The course in the municipality's words.
    pub course: String,
    /// How long.
    pub minutes: u16,
}

impl ItemRow {
    /// The part of the day that the row names.
    #[must_use]
    pub fn part(&self) -> Option<DayPart> {
        DayPart::from_key(&self.slot)
    }

    /// Whether it is to be done on that day.
    #[must_use]
    pub fn is_for(&self, day: LocalDay) -> bool {
        self.days.parse::<Weekdays>().is_ok_and(|days| days.on(day))
    }

    /// Who may do it.
    #[must_use]
    pub fn allowed(&self) -> Roles {
        if self.roles.is_empty() {
            return Roles::ALL;
        }
        self.roles.iter().filter_map(|role| Role::from_key(role)).collect()
    }
}

impl PointRow {
    /// Words under a title.
    #[must_use]
    pub fn titled(title: impl Into<String>, text: impl Into<String>) -> Self {
        Self { title: Some(title.into()), text: Some(text.into()) }
    }

    /// Words alone.
    #[must_use]
    pub fn words(text: impl Into<String>) -> Self {
        Self { title: None, text: Some(text.into()) }
    }
}
