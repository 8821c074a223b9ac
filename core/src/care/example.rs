//! Builders of invented people and things for the tests of this module.

use super::day_part::DayPart;
use super::field::{Field, Scalar, Status};
use super::legal_basis::LegalBasis;
use super::minutes::Minutes;
use super::note::{Advis, Author, Function, Note, NoteHead, Outcome, Recipient, Tick, VisitReport};
use super::plan::{Entry, PlanItem, Stamp};
use super::role::Roles;
use super::visit::VisitKey;
use super::weekdays::Weekdays;
use crate::ids::{CarerId, CitizenId, ItemId, NoteId};
use crate::time::{LocalDay, UnixSeconds};

pub const KAREN: CitizenId = CitizenId([1; 16]);

pub fn anna() -> Author {
    Author::Carer(CarerId([10; 16]))
}

pub fn viggo() -> Author {
    Author::Carer(CarerId([11; 16]))
}

pub fn item_id(id: u8) -> ItemId {
    ItemId([0, 0, 0, 0, id])
}

pub fn note_id(id: u8) -> NoteId {
    NoteId([id; 16])
}

pub fn day(text: &str) -> LocalDay {
    text.parse().unwrap()
}

/// 2026-03-02, a Monday, 8 o'clock in Copenhagen.
pub fn morning() -> UnixSeconds {
    UnixSeconds::from_rfc3339("2026-03-02T07:00:00Z").unwrap()
}

pub fn head(id: u8, author: Author) -> NoteHead {
    NoteHead {
        id: note_id(id),
        citizen: KAREN,
        author,
        written: morning().plus(i64::from(id)),
        law: LegalBasis::Sel83,
    }
}

pub fn visit_key() -> VisitKey {
    VisitKey { citizen: KAREN, day: day("2026-03-02"), part: DayPart::Morning, number: 1 }
}

pub fn tick(item: u8) -> Tick {
    Tick { item: item_id(item), after: u32::from(item) * 60, outside_id: None }
}

/// As agreed, one item ticked.
pub fn report() -> VisitReport {
    VisitReport {
        visit: visit_key(),
        started: morning(),
        ticks: vec![tick(1)],
        not_given: Vec::new(),
        outcome: Outcome::AsAgreed,
        text: String::new(),
        phrases: Vec::new(),
        minutes: Minutes::new(20).ok(),
        plan_heads: Vec::new(),
        dictated: false,
    }
}

pub fn visit_note(id: u8, author: Author) -> Note {
    Note::visit(head(id, author), report()).unwrap()
}

pub fn advis_words(due: LocalDay) -> Advis {
    Advis {
        observed: "Karen rejser sig tungt".to_owned(),
        tried: "Forhøjet stol".to_owned(),
        ask: "En vurdering af træning".to_owned(),
        owner: Recipient::Function(Function::Assessor),
        due,
    }
}

pub fn advis(id: u8, due: LocalDay) -> Note {
    Note::advis(head(id, anna()), advis_words(due)).unwrap()
}

pub fn entry(id: u8) -> Entry {
    Entry {
        id: item_id(id),
        status: Status::Active,
        rank: String::new(),
        outside_id: None,
        changed: Stamp { author: anna(), written: morning() },
    }
}

/// A bath of 20 minutes each morning, for every role.
pub fn item(id: u8) -> PlanItem {
    PlanItem {
        entry: entry(id),
        title: "Bad".to_owned(),
        text: "Varmt vand, og radioen tændt".to_owned(),
        minutes: Minutes::new(20).unwrap(),
        part: DayPart::Morning,
        days: Weekdays::every_day(),
        law: LegalBasis::Sel83,
        roles: Roles::ALL,
        goal: None,
        each_on_its_own: false,
    }
}

/// The fields of [`item`], as a document has them.
pub fn item_fields(law: LegalBasis) -> Vec<(Field, Scalar)> {
    vec![
        (Field::Title, "Bad".into()),
        (Field::Text, "Varmt vand, og radioen tændt".into()),
        (Field::Minutes, Scalar::Int(20)),
        (Field::Slot, "morgen".into()),
        (Field::Days, "ma ti on to fr lø sø".into()),
        (Field::Law, law.key().into()),
        (Field::Roles, Scalar::Int(i64::from(Roles::ALL.bits()))),
    ]
}
