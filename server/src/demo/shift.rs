//! How a visit goes: by a scene of the script, or as the dice fall.

use doegnrytme_core::care::day_part::DayPart;
use doegnrytme_core::care::field::{Field, Section};
use doegnrytme_core::care::note::{Function, PhraseId};

use super::scenes::{GOOD, SCENES, SMALL};
use super::town::dice::Dice;

/// Something that happens on a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scene {
    /// Outside id of the citizen.
    pub citizen: &'static str,
    /// In which part of the day.
    pub part: DayPart,
    /// What is done, in this order.
    pub deeds: &'static [Deed],
}

/// One thing that a carer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Approved phrases are chosen.
    Tell(&'static [u16]),
    /// The visit is not as agreed.
    Deviate {
        /// Titles of items that were not done.
        undone: &'static [&'static str],
        /// What is written.
        text: &'static str,
        /// Whether the next shift must act.
        needs_action: bool,
    },
    /// The plan is edited: one field of the entry with that title.
    Put {
        /// Where.
        section: Section,
        /// The entry's title.
        title: &'static str,
        /// Which field.
        field: Field,
        /// The new value.
        value: Value,
    },
    /// A paragraph is added to the life story.
    AddStory(&'static str),
    /// Something noticed is left for somebody who can take it up.
    HandOver(Function, &'static str),
    /// The carer corrects what was just written; the original stays readable.
    Correct(&'static str),
}

/// A value that is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// Words.
    Text(&'static str),
    /// Minutes.
    Minutes(i64),
}

/// A visit as the script wants it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Course {
    /// Titles of items that were not done.
    pub undone: Vec<&'static str>,
    /// What is written; a deviation when there is any.
    pub text: Option<(&'static str, bool)>,
    /// Phrases that are chosen.
    pub phrases: Vec<PhraseId>,
    /// What else is done, after the visit has closed.
    pub after: Vec<Deed>,
}

impl Course {
    /// How a citizen's visit in a part of the day goes: by its scene, or as the dice fall.
    pub fn of(citizen: &str, part: DayPart, dice: &mut Dice) -> Self {
        let scene = SCENES.iter().find(|scene| scene.citizen == citizen && scene.part == part);
        match scene {
            Some(scene) => Self::staged(scene.deeds),
            None => Self::ordinary(dice),
        }
    }

    fn staged(deeds: &[Deed]) -> Self {
        let mut course = Self::default();
        for deed in deeds {
            match deed {
                Deed::Tell(phrases) => course.phrases.extend(phrases.iter().copied().map(PhraseId)),
                Deed::Deviate { undone, text, needs_action } => {
                    course.undone.extend_from_slice(undone);
                    course.text = Some((text, *needs_action));
                }
                other => course.after.push(*other),
            }
        }
        course
    }

    /// Nine visits in ten are as agreed; on one in five there is something good to tell.
    fn ordinary(dice: &mut Dice) -> Self {
        let text = if dice.chance(1) { dice.one_of(SMALL).copied() } else { None };
        let phrase = if dice.chance(2) { dice.one_of(GOOD).copied() } else { None };
        Self {
            text: text.map(|text| (text, false)),
            phrases: phrase.map(PhraseId).into_iter().collect(),
            ..Self::default()
        }
    }
}
