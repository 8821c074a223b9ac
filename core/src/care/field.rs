//! What a plan is made of: sections, the fields of each, and what a field may hold.
//!
//! A plan document is sections → entries (by id) → scalar fields, and every edit is one scalar
//! put. [`RULES`] is the whole table: which fields a section has, of which kind, which of them an
//! entry cannot be without, and the legal ground on which each is kept (M09).

use minicbor::{Decode, Encode};

use super::keyed::keyed;

pub use super::field_rules::{
    EVERYWHERE, FieldProblem, FieldRule, Ground, Kind, MOST_LINE, MOST_TEXT, RULES, required, rule,
};

/// A part of the plan document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Section {
    /// What is done for the citizen, by day and part of the day.
    #[n(0)]
    Items,
    /// What the citizen hopes for (M06).
    #[n(1)]
    Goals,
    /// What was agreed with the citizen (M01).
    #[n(2)]
    Agreements,
    /// Paragraphs of the life story (M04).
    #[n(3)]
    LifeStory,
    /// Hvad er vigtigt for dig: answers to the prompts, and free text (M05).
    #[n(4)]
    WhatMatters,
    /// The contact persons among the carers (M34). Relatives are records and never stand in a
    /// plan, because their numbers must be erasable (L14).
    #[n(5)]
    Contacts,
    /// What a carer must know to be safe and keep the citizen safe.
    #[n(6)]
    Safety,
}

keyed!(Section {
    Items = "items",
    Goals = "goals",
    Agreements = "agreements",
    LifeStory = "life_story",
    WhatMatters = "what_matters",
    Contacts = "contacts",
    Safety = "safety",
});

/// A field of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Field {
    /// What it is called, one line.
    #[n(0)]
    Title,
    /// An item's instruction, a paragraph, an answer.
    #[n(1)]
    Text,
    /// Planned minutes.
    #[n(2)]
    Minutes,
    /// Part of the day, the Danish word.
    #[n(3)]
    Slot,
    /// Weekdays, Danish words.
    #[n(4)]
    Days,
    /// Legal basis, a key of [`super::legal_basis::LegalBasis`].
    #[n(5)]
    Law,
    /// Allowed roles, the number of a [`super::role::Roles`].
    #[n(6)]
    Roles,
    /// The goal that an item serves: the id of an entry of [`Section::Goals`].
    #[n(7)]
    Goal,
    /// A key of [`Status`]; entries are ended, never deleted.
    #[n(8)]
    Status,
    /// Where the entry stands in its section: compared as text, then by id.
    #[n(9)]
    Rank,
    /// The id that another system gave it, kept to the letter (M66).
    #[n(10)]
    OutsideId,
    /// "Hver for sig": ticked by itself and not by "som aftalt".
    #[n(11)]
    EachOnItsOwn,
    /// Which prompt an answer answers: 1 to 4, or 0 for free text.
    #[n(12)]
    Prompt,
    /// A contact person's place, a key of [`ContactPlace`].
    #[n(13)]
    Place,
    /// The contact person's id in the directory, hex.
    #[n(14)]
    Carer,
    /// The contact person's name, so that it can be read without net.
    #[n(15)]
    Name,
    /// The contact person's work phone.
    #[n(16)]
    Phone,
}

keyed!(Field {
    Title = "title",
    Text = "text",
    Minutes = "minutes",
    Slot = "slot",
    Days = "days",
    Law = "law",
    Roles = "roles",
    Goal = "goal",
    Status = "status",
    Rank = "rank",
    OutsideId = "oid",
    EachOnItsOwn = "own",
    Prompt = "prompt",
    Place = "place",
    Carer = "carer",
    Name = "name",
    Phone = "phone",
});

/// Whether an entry holds today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Encode, Decode)]
#[cbor(index_only)]
pub enum Status {
    /// It holds.
    #[default]
    #[n(0)]
    Active,
    /// Foreløbig: a first guess that holds until the start meeting (M15).
    #[n(1)]
    Draft,
    /// It no longer holds and is kept to be read.
    #[n(2)]
    Ended,
}

keyed!(Status { Active = "active", Draft = "draft", Ended = "ended" });

/// Which of the two contact persons somebody is (M34).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum ContactPlace {
    /// The one to ask first.
    #[n(0)]
    Primary,
    /// The one to ask when the first is away.
    #[n(1)]
    Secondary,
}

keyed!(ContactPlace { Primary = "primary", Secondary = "secondary" });

/// One value in a plan.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
pub enum Scalar {
    /// Text; an instruction is one scalar and never a sequence of characters, so that two edits
    /// of one sentence stay two sentences.
    #[n(0)]
    Text(#[n(0)] String),
    /// A whole number.
    #[n(1)]
    Int(#[n(0)] i64),
    /// Yes or no.
    #[n(2)]
    Bool(#[n(0)] bool),
}

impl From<&str> for Scalar {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}
