//! What a relative may read about a day (M48, M49, L11).
//!
//! Only the words of approved phrases ever leave, never what a carer wrote: the facts of a day
//! hold phrase numbers and topics and have no place for a note's text. Phrases, greetings and word
//! lists are the municipality's and are handed in. Class A is a text message of good news; class B
//! says no more than that there is a new greeting behind log-in; without consent there is nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::consent::{Channel, Consents, Topic};
use super::note::{Note, NoteKind, PhraseId};
use super::sms_text::{composed, measure, transliterated};
use crate::ids::NoteId;

/// A phrase that the municipality approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    /// Its number in the list.
    pub id: PhraseId,
    /// What it is about, which is what consent is asked for.
    pub topic: Topic,
    /// Its words, `{navn}` for the citizen's first name: `{navn} har været i haven i dag.`
    pub text: String,
    /// Whether it was approved for text messages; if not it waits behind log-in.
    pub by_sms: bool,
}

/// The municipality's words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Words {
    /// The approved phrases.
    pub phrases: Vec<Phrase>,
    /// Words about health, any case. One of four letters or more is found inside others as well
    /// (`medicin` in `sovemedicin`), a shorter one at the beginning of a word.
    pub health: Vec<String>,
    /// A class A message: `{nyt}` for the phrases, `{kommune}` for the sender.
    pub message: String,
    /// A class B message: `{kommune}`, `{link}` and `{navn}` may stand in it.
    pub new_greeting: String,
}

/// What is told of a day, read from its notes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DayFacts {
    /// Phrases that carers chose and nobody corrected away.
    pub phrases: BTreeSet<PhraseId>,
    /// Other things that wait behind log-in.
    pub other: BTreeSet<Topic>,
}

/// What goes into a message beside the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'words> {
    /// The citizen's name, of which the first word is used at most.
    pub citizen: &'words str,
    /// The municipality's name; never a team or a house (L11).
    pub municipality: &'words str,
    /// Where a relative logs in.
    pub link: &'words str,
    /// The most segments that one message may take.
    pub most_segments: usize,
}

/// What leaves for one relative about one period: one message or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Digest {
    /// No consent, or nothing to tell.
    Nothing,
    /// Class A: good news in approved words.
    Message {
        /// What is sent, in letters that every phone shows.
        text: String,
        /// The phrases that are in it.
        told: Vec<PhraseId>,
        /// The phrases that the relative may read and that are not in it: too long, or not for
        /// text messages. They wait behind log-in.
        left_out: Vec<PhraseId>,
    },
    /// Class B: "ny hilsen", and no word of what it is.
    NewGreeting {
        /// What is sent.
        text: String,
    },
}

/// Why no message can be made of the municipality's words; the operator has to mend them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum DigestError {
    /// The greeting does not name the municipality.
    #[error("the greeting does not name the municipality")]
    NoSender,
    /// The greeting has no place for the news.
    #[error("the greeting has no place for the news")]
    NoPlaceForNews,
    /// A greeting holds a word about health, or a number that may be a person's.
    #[error("the greeting holds what must not go by text message")]
    Sensitive,
    /// Not even one phrase, or the greeting itself, fits into the segments allowed.
    #[error("the greeting does not fit into a text message")]
    TooLong,
}

/// Reads the facts of a day from the notes of one citizen. A correction's phrases stand in for
/// those of the note it corrects; where two corrections disagree, only what both say is told.
#[must_use]
pub fn facts<'note>(notes: impl IntoIterator<Item = &'note Note>) -> DayFacts {
    let mut visits = Vec::new();
    let mut corrections: BTreeMap<NoteId, Vec<&Note>> = BTreeMap::new();
    for note in notes {
        match (note.kind, note.points_at) {
            (NoteKind::Visit, _) => visits.push(note),
            (NoteKind::Correction, Some(target)) => {
                corrections.entry(target).or_default().push(note);
            }
            _ => {}
        }
    }
    let phrases = visits.into_iter().flat_map(|visit| standing(visit, &corrections, 16)).collect();
    DayFacts { phrases, other: BTreeSet::new() }
}

/// The phrases of a note after its corrections, and theirs; a chain longer than `depth` tells
/// nothing.
fn standing(
    note: &Note,
    corrections: &BTreeMap<NoteId, Vec<&Note>>,
    depth: u8,
) -> BTreeSet<PhraseId> {
    let Some(depth) = depth.checked_sub(1) else {
        return BTreeSet::new();
    };
    corrections
        .get(&note.id)
        .into_iter()
        .flatten()
        .map(|correction| standing(correction, corrections, depth))
        .reduce(|one, other| &one & &other)
        .unwrap_or_else(|| note.phrases.iter().copied().collect())
}

/// Composes what one relative gets about a day.
///
/// # Errors
/// [`DigestError`] when the municipality's own words cannot be sent.
pub fn compose(
    facts: &DayFacts,
    words: &Words,
    frame: &Frame<'_>,
    consents: &Consents,
) -> Result<Digest, DigestError> {
    words.check(frame)?;
    let known: Vec<&Phrase> =
        words.phrases.iter().filter(|phrase| facts.phrases.contains(&phrase.id)).collect();
    let (plain, behind): (Vec<&Phrase>, Vec<&Phrase>) =
        known.into_iter().partition(|phrase| phrase.by_sms && words.may_go_by_sms(&phrase.text));
    let sms = |topic| consents.allow(topic, Channel::Sms);
    let link = |topic| sms(topic) && consents.allow(topic, Channel::Link);
    let plain: Vec<&Phrase> = plain.into_iter().filter(|phrase| sms(phrase.topic)).collect();
    let behind: Vec<&Phrase> = behind.into_iter().filter(|phrase| link(phrase.topic)).collect();
    if !plain.is_empty() {
        return words.message(&plain, &behind, frame);
    }
    if behind.is_empty() && !facts.other.iter().any(|topic| link(*topic)) {
        return Ok(Digest::Nothing);
    }
    let text = transliterated(&frame.fill(&words.new_greeting));
    if frame.fits(&text) { Ok(Digest::NewGreeting { text }) } else { Err(DigestError::TooLong) }
}

impl Frame<'_> {
    fn fill(&self, words: &str) -> String {
        let first_name = self.citizen.split_whitespace().next().unwrap_or_default();
        words
            .replace("{kommune}", self.municipality)
            .replace("{link}", self.link)
            .replace("{navn}", first_name)
    }

    fn fits(&self, text: &str) -> bool {
        (1..=self.most_segments).contains(&measure(text).segments)
    }
}

impl Words {
    /// Whether the greetings may be sent at all.
    fn check(&self, frame: &Frame<'_>) -> Result<(), DigestError> {
        let greetings = [&self.message, &self.new_greeting];
        if frame.municipality.trim().is_empty()
            || !greetings.iter().all(|words| words.contains("{kommune}"))
        {
            Err(DigestError::NoSender)
        } else if !self.message.contains("{nyt}") {
            Err(DigestError::NoPlaceForNews)
        } else if !greetings.iter().all(|words| self.may_go_by_sms(words)) {
            Err(DigestError::Sensitive)
        } else {
            Ok(())
        }
    }

    /// Whether words may go by text message: no word about health, and no number that may be a
    /// person's.
    #[must_use]
    pub fn may_go_by_sms(&self, text: &str) -> bool {
        !self.names_health(text) && longest_number(text) < 6
    }

    /// Whether a word about health is in the text.
    #[must_use]
    pub fn names_health(&self, text: &str) -> bool {
        let text = folded(text);
        self.health.iter().map(|word| folded(word)).filter(|word| !word.is_empty()).any(|word| {
            if word.chars().count() >= 4 {
                text.contains(&word)
            } else {
                text.split(|c: char| !c.is_alphanumeric()).any(|token| token.starts_with(&word))
            }
        })
    }

    /// As many of the phrases as fit, in the order of the municipality's list.
    fn message(
        &self,
        plain: &[&Phrase],
        behind: &[&Phrase],
        frame: &Frame<'_>,
    ) -> Result<Digest, DigestError> {
        let mut news: Vec<String> = Vec::new();
        let mut told = Vec::new();
        let mut left_out: Vec<PhraseId> = behind.iter().map(|phrase| phrase.id).collect();
        for phrase in plain {
            news.push(frame.fill(&phrase.text));
            if frame.fits(&self.wrapped(&news, frame)) {
                told.push(phrase.id);
            } else {
                news.pop();
                left_out.push(phrase.id);
            }
        }
        if told.is_empty() {
            return Err(DigestError::TooLong);
        }
        Ok(Digest::Message { text: self.wrapped(&news, frame), told, left_out })
    }

    fn wrapped(&self, news: &[String], frame: &Frame<'_>) -> String {
        transliterated(&frame.fill(&self.message).replace("{nyt}", &news.join(" ")))
    }
}

/// Text as it is compared: small letters, letters and marks put together, `å` as `aa` and the
/// like, nothing invisible inside a word.
fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in composed(text).chars().flat_map(char::to_lowercase) {
        match character {
            'å' => out.push_str("aa"),
            'æ' | 'ä' => out.push_str("ae"),
            'ø' | 'ö' => out.push_str("oe"),
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' => {}
            other => out.push(other),
        }
    }
    out
}

/// The most digits that follow each other, spaces and hyphens between them not counted: a CPR
/// number has ten, a phone number eight.
fn longest_number(text: &str) -> usize {
    let mut longest = 0;
    let mut run = 0;
    for character in text.chars().filter(|c| !matches!(c, ' ' | '-' | '.')) {
        run = if character.is_numeric() { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

#[cfg(test)]
mod tests;
