//! What a note must and must not hold, by its kind.

use std::collections::BTreeSet;

use super::field::MOST_TEXT;
use super::note::{Advis, Author, Note, NoteKind, Outcome};

/// The most items that one note ticks.
pub const MOST_TICKS: usize = 200;
/// The most bytes of words in one note: well below the 64 KiB that the gate lets through.
pub const MOST_NOTE_BYTES: usize = 24 * 1024;
/// The most characters of an id or name from another system.
pub const MOST_OUTSIDE: usize = 200;
/// The most heads of a plan, and the most phrases, that one note names.
pub const MOST_LISTED: usize = 32;

/// Why a note cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum NoteError {
    /// A correction, taking or answer of nothing.
    #[error("it must point at another note")]
    NoTarget,
    /// A note that corrects or answers itself.
    #[error("it points at itself")]
    PointsAtItself,
    /// A visit's note without the visit, or without how it went.
    #[error("a visit's note needs the visit and its outcome")]
    NoVisit,
    /// The visit is another citizen's.
    #[error("the visit is another citizen's")]
    AnotherCitizen,
    /// A deviation that says nothing.
    #[error("a deviation needs words or a phrase")]
    DeviationWithoutWords,
    /// Something was not given, and the visit is called as agreed.
    #[error("what was not given is a deviation")]
    NotGivenIsDeviation,
    /// One item twice among the ticks, or both ticked and not given.
    #[error("an item stands there twice")]
    ItemTwice,
    /// Work was done in no time.
    #[error("ticks need minutes")]
    TicksWithoutMinutes,
    /// Text, a part of an advis or an id is too long, or all together are.
    #[error("it is too long")]
    TooLong,
    /// More ticks, heads or phrases than a note holds.
    #[error("it lists too much")]
    TooMany,
    /// A note of this kind that says nothing.
    #[error("it needs words")]
    NoWords,
    /// A handover to nobody.
    #[error("a handover needs a recipient")]
    NoRecipient,
    /// An advis without its parts, its owner or its day (M43).
    #[error("an advis needs observed, tried, ask, an owner and a day")]
    AdvisIncomplete,
    /// An advis that was due before it was written.
    #[error("the day of the advis has passed")]
    DueInThePast,
    /// Something that belongs to another kind of note.
    #[error("it holds what belongs to another kind of note")]
    NotOfThisKind,
}

impl Note {
    /// Whether the note may be written.
    ///
    /// # Errors
    /// [`NoteError`] names the first rule that it breaks.
    pub fn check(&self) -> Result<(), NoteError> {
        self.check_size()?;
        self.check_target()?;
        match self.kind {
            NoteKind::Visit => self.check_visit()?,
            NoteKind::Advis => self.check_advis()?,
            NoteKind::Handover if self.to.is_none() => return Err(NoteError::NoRecipient),
            _ => {}
        }
        self.check_belongs()?;
        let wordless = matches!(self.kind, NoteKind::Visit | NoteKind::HandoverTaken);
        let advis = self.kind == NoteKind::Advis;
        if wordless || advis || !self.text.trim().is_empty() {
            Ok(())
        } else {
            Err(NoteError::NoWords)
        }
    }

    fn check_size(&self) -> Result<(), NoteError> {
        let [observed, tried, ask] = self
            .advis
            .as_ref()
            .map_or(["", "", ""], |advis| [&advis.observed, &advis.tried, &advis.ask]);
        let words = [self.text.as_str(), observed, tried, ask];
        if words.iter().any(|text| text.chars().count() > MOST_TEXT)
            || words.iter().map(|text| text.len()).sum::<usize>() > MOST_NOTE_BYTES
        {
            return Err(NoteError::TooLong);
        }
        let author = match &self.author {
            Author::Outside(name) => Some(name),
            Author::Carer(_) | Author::Municipality => None,
        };
        let ticks = self.ticks.iter().filter_map(|tick| tick.outside_id.as_ref());
        let mut outside = ticks.chain(&self.outside_id).chain(author);
        if outside.any(|word| word.chars().count() > MOST_OUTSIDE) {
            return Err(NoteError::TooLong);
        }
        let too_many = self.ticks.len() + self.not_given.len() > MOST_TICKS
            || self.plan_heads.len() > MOST_LISTED
            || self.phrases.len() > MOST_LISTED;
        if too_many { Err(NoteError::TooMany) } else { Ok(()) }
    }

    fn check_target(&self) -> Result<(), NoteError> {
        if self.visit.is_some_and(|visit| visit.citizen != self.citizen) {
            return Err(NoteError::AnotherCitizen);
        }
        match self.points_at {
            None if self.kind.points_at_another() => Err(NoteError::NoTarget),
            Some(target) if target == self.id => Err(NoteError::PointsAtItself),
            _ => Ok(()),
        }
    }

    fn check_visit(&self) -> Result<(), NoteError> {
        let (Some(_), Some(outcome)) = (self.visit, self.outcome) else {
            return Err(NoteError::NoVisit);
        };
        let mut seen = BTreeSet::new();
        let mut items = self.ticks.iter().map(|tick| tick.item).chain(self.not_given.clone());
        if !items.all(|item| seen.insert(item)) {
            return Err(NoteError::ItemTwice);
        }
        if !self.ticks.is_empty() && self.minutes.is_none() {
            return Err(NoteError::TicksWithoutMinutes);
        }
        let says_something = !self.text.trim().is_empty() || !self.phrases.is_empty();
        match outcome {
            Outcome::AsAgreed if !self.not_given.is_empty() => Err(NoteError::NotGivenIsDeviation),
            Outcome::Deviation { .. } if !says_something => Err(NoteError::DeviationWithoutWords),
            _ => Ok(()),
        }
    }

    fn check_advis(&self) -> Result<(), NoteError> {
        let Some(Advis { observed, tried, ask, due, .. }) = &self.advis else {
            return Err(NoteError::AdvisIncomplete);
        };
        if [observed, tried, ask].iter().any(|part| part.trim().is_empty()) {
            return Err(NoteError::AdvisIncomplete);
        }
        // A time outside the calendar is the gate's to refuse.
        match self.written.local_day() {
            Ok(today) if *due < today => Err(NoteError::DueInThePast),
            _ => Ok(()),
        }
    }

    /// Each part of a note belongs to certain kinds; elsewhere nobody would look for it.
    fn check_belongs(&self) -> Result<(), NoteError> {
        let kind = self.kind;
        let work = !self.ticks.is_empty()
            || !self.not_given.is_empty()
            || self.minutes.is_some()
            || self.outcome.is_some();
        let strange = (work && kind != NoteKind::Visit)
            || (self.to.is_some() && kind != NoteKind::Handover)
            || (self.points_at.is_some() && matches!(kind, NoteKind::Visit | NoteKind::Import))
            || (self.advis.is_some() && kind != NoteKind::Advis)
            || (!self.phrases.is_empty()
                && !matches!(kind, NoteKind::Visit | NoteKind::Correction));
        if strange { Err(NoteError::NotOfThisKind) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests;
