//! Which fields a section has, what each takes and why it is kept.

use super::day_part::DayPart;
use super::field::{ContactPlace, Field, Scalar, Section, Status};
use super::legal_basis::LegalBasis;
use super::minutes::Minutes;
use super::weekdays::Weekdays;
use crate::ids::{CarerId, ItemId};

/// What kind of value a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text of one line, not blank, at most [`MOST_LINE`] characters.
    Line,
    /// Text, at most [`MOST_TEXT`] characters.
    Text,
    /// 1 to 1,440.
    Minutes,
    /// A word of [`DayPart`].
    DayPart,
    /// What [`Weekdays`] reads.
    Weekdays,
    /// A key of [`LegalBasis`].
    Law,
    /// A number of [`super::role::Roles`] with at least one role.
    Roles,
    /// An entry's id, or nothing to take it away.
    EntryOrNothing,
    /// A key of [`Status`].
    Status,
    /// 1 to 64 letters or digits of ASCII.
    Rank,
    /// Yes or no.
    Flag,
    /// 0 to 4.
    Prompt,
    /// A key of [`ContactPlace`].
    Place,
    /// A carer's id, hex.
    Carer,
}

/// The most characters in a [`Kind::Text`]; an editor never lets more be written.
pub const MOST_TEXT: usize = 4_000;
/// The most characters in a [`Kind::Line`].
pub const MOST_LINE: usize = 200;

/// On what ground something is written down (M09). Which fields a municipality must keep is
/// still to be agreed with one; this table is what the product claims until then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ground {
    /// The legal basis of the item itself.
    ItemsOwnLaw,
    /// The running dialogue with the citizen, ældreloven § 11 (L5).
    Dialogue,
    /// The carers' safety at work.
    WorkEnvironment,
    /// No person's information: order, status, ids of other systems.
    Bookkeeping,
    /// Frivilligt: nobody has to fill it in.
    Voluntary,
}

/// One line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldRule {
    /// The section that has the field.
    pub section: Section,
    /// The field.
    pub field: Field,
    /// What it takes.
    pub kind: Kind,
    /// Whether an entry is incomplete without it.
    pub required: bool,
    /// Why it may be kept.
    pub ground: Ground,
}

const fn must(section: Section, field: Field, kind: Kind, ground: Ground) -> FieldRule {
    FieldRule { section, field, kind, required: true, ground }
}

const fn may(section: Section, field: Field, kind: Kind, ground: Ground) -> FieldRule {
    FieldRule { section, field, kind, required: false, ground }
}

/// Every field that this version knows, section by section. Status, rank and outside id belong to
/// every section and stand in [`EVERYWHERE`].
pub const RULES: &[FieldRule] = &[
    must(Section::Items, Field::Title, Kind::Line, Ground::ItemsOwnLaw),
    may(Section::Items, Field::Text, Kind::Text, Ground::ItemsOwnLaw),
    must(Section::Items, Field::Minutes, Kind::Minutes, Ground::ItemsOwnLaw),
    must(Section::Items, Field::Slot, Kind::DayPart, Ground::ItemsOwnLaw),
    must(Section::Items, Field::Days, Kind::Weekdays, Ground::ItemsOwnLaw),
    must(Section::Items, Field::Law, Kind::Law, Ground::ItemsOwnLaw),
    must(Section::Items, Field::Roles, Kind::Roles, Ground::ItemsOwnLaw),
    may(Section::Items, Field::Goal, Kind::EntryOrNothing, Ground::Dialogue),
    may(Section::Items, Field::EachOnItsOwn, Kind::Flag, Ground::ItemsOwnLaw),
    must(Section::Goals, Field::Title, Kind::Line, Ground::Dialogue),
    may(Section::Goals, Field::Text, Kind::Text, Ground::Dialogue),
    must(Section::Agreements, Field::Text, Kind::Text, Ground::Dialogue),
    may(Section::Agreements, Field::Title, Kind::Line, Ground::Dialogue),
    must(Section::LifeStory, Field::Text, Kind::Text, Ground::Voluntary),
    must(Section::WhatMatters, Field::Prompt, Kind::Prompt, Ground::Voluntary),
    must(Section::WhatMatters, Field::Text, Kind::Text, Ground::Voluntary),
    must(Section::Contacts, Field::Place, Kind::Place, Ground::Dialogue),
    must(Section::Contacts, Field::Name, Kind::Line, Ground::Dialogue),
    may(Section::Contacts, Field::Carer, Kind::Carer, Ground::Dialogue),
    may(Section::Contacts, Field::Phone, Kind::Line, Ground::Dialogue),
    must(Section::Safety, Field::Title, Kind::Line, Ground::WorkEnvironment),
    may(Section::Safety, Field::Text, Kind::Text, Ground::WorkEnvironment),
];

/// The fields that every section has, whatever else it holds: (field, kind).
pub const EVERYWHERE: &[(Field, Kind)] =
    &[(Field::Status, Kind::Status), (Field::Rank, Kind::Rank), (Field::OutsideId, Kind::Line)];

/// The rule for a field of a section, or `None` when the section has no such field.
#[must_use]
pub fn rule(section: Section, field: Field) -> Option<FieldRule> {
    let own = RULES.iter().find(|rule| rule.section == section && rule.field == field).copied();
    let common = || {
        EVERYWHERE
            .iter()
            .find(|(known, _)| *known == field)
            .map(|(_, kind)| may(section, field, *kind, Ground::Bookkeeping))
    };
    own.or_else(common)
}

/// The fields that an entry of the section cannot be without.
pub fn required(section: Section) -> impl Iterator<Item = Field> {
    RULES.iter().filter(move |rule| rule.section == section && rule.required).map(|rule| rule.field)
}

/// Why a value does not fit its field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum FieldProblem {
    /// A number where a text belongs, or the other way round.
    #[error("another type of value belongs here")]
    WrongType,
    /// A line that is blank.
    #[error("it is empty")]
    Empty,
    /// More characters than the field takes.
    #[error("it is too long")]
    TooLong,
    /// A line break in a field of one line.
    #[error("it has more than one line")]
    ManyLines,
    /// A number out of the field's range, minutes for one.
    #[error("the number is out of range")]
    OutOfRange,
    /// A word that is none of those which the field knows.
    #[error("the word is not known")]
    UnknownWord,
    /// An item that nobody may do.
    #[error("no role is named")]
    NoRole,
}

impl Kind {
    /// Whether a value fits.
    ///
    /// # Errors
    /// [`FieldProblem`] says why not.
    pub fn check(self, value: &Scalar) -> Result<(), FieldProblem> {
        match (self, value) {
            (Self::Flag, Scalar::Bool(_)) => Ok(()),
            (Self::Minutes, Scalar::Int(minutes)) => {
                Minutes::new(*minutes).map(|_| ()).map_err(|_| FieldProblem::OutOfRange)
            }
            (Self::Roles, Scalar::Int(0)) => Err(FieldProblem::NoRole),
            (Self::Roles, Scalar::Int(bits)) => {
                u32::try_from(*bits).map(|_| ()).map_err(|_| FieldProblem::OutOfRange)
            }
            (Self::Prompt, Scalar::Int(0..=4)) => Ok(()),
            (Self::Prompt, Scalar::Int(_)) => Err(FieldProblem::OutOfRange),
            (Self::Flag | Self::Minutes | Self::Roles | Self::Prompt, _) => {
                Err(FieldProblem::WrongType)
            }
            (_, Scalar::Text(text)) => self.check_text(text),
            _ => Err(FieldProblem::WrongType),
        }
    }

    fn check_text(self, text: &str) -> Result<(), FieldProblem> {
        let known = match self {
            Self::Line => return check_line(text),
            Self::Text if text.chars().count() > MOST_TEXT => return Err(FieldProblem::TooLong),
            Self::Text => true,
            Self::DayPart => DayPart::from_key(text).is_some(),
            Self::Weekdays if text.chars().count() > MOST_LINE => {
                return Err(FieldProblem::TooLong);
            }
            Self::Weekdays => text.parse::<Weekdays>().is_ok(),
            Self::Law => LegalBasis::from_key(text).is_some(),
            Self::EntryOrNothing => text.is_empty() || text.parse::<ItemId>().is_ok(),
            Self::Status => Status::from_key(text).is_some(),
            Self::Rank => is_rank(text),
            Self::Place => ContactPlace::from_key(text).is_some(),
            Self::Carer => text.parse::<CarerId>().is_ok(),
            Self::Minutes | Self::Roles | Self::Flag | Self::Prompt => false,
        };
        if known { Ok(()) } else { Err(FieldProblem::UnknownWord) }
    }
}

fn check_line(text: &str) -> Result<(), FieldProblem> {
    if text.trim().is_empty() {
        Err(FieldProblem::Empty)
    } else if text.contains(['\n', '\r']) {
        Err(FieldProblem::ManyLines)
    } else if text.chars().count() > MOST_LINE {
        Err(FieldProblem::TooLong)
    } else {
        Ok(())
    }
}

fn is_rank(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests;
