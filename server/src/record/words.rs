//! The municipality's words: approved phrases, greetings and the words of health that never leave
//! by SMS. The Danish defaults are data, in `words-da.json`; a municipality's own versions are
//! records, and what holds is always read from the records.

use std::collections::BTreeMap;

use doegnrytme_core::care::consent::Topic;
use doegnrytme_core::care::digest::{Phrase, Words};
use doegnrytme_core::care::note::PhraseId;
use doegnrytme_core::wire::record::{Setting, Word, WordList};
use serde::Deserialize;

/// The defaults as they stand in the repository.
const DANISH: &str = include_str!("words-da.json");

/// Names of settings.
pub mod setting {
    /// The municipality's name, the sender of every digest.
    pub const MUNICIPALITY: &str = "municipality";
    /// Where relatives log in.
    pub const LINK: &str = "link";
    /// The class A message.
    pub const MESSAGE: &str = "message";
    /// The class B message.
    pub const NEW_GREETING: &str = "new greeting";
    /// The most segments that one SMS may take.
    pub const MOST_SEGMENTS: &str = "most segments";
    /// When the day's digests go out, `18:30`.
    pub const DIGEST_AT: &str = "digest at";
    /// All of them.
    pub const ALL: [&str; 6] =
        [MUNICIPALITY, LINK, MESSAGE, NEW_GREETING, MOST_SEGMENTS, DIGEST_AT];
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    settings: BTreeMap<String, String>,
    phrases: Vec<FilePhrase>,
    health: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FilePhrase {
    number: u16,
    topic: String,
    by_sms: bool,
    text: String,
}

/// Lists and settings that a new server begins with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Defaults {
    /// Settings.
    pub settings: Vec<Setting>,
    /// Word lists.
    pub lists: Vec<WordList>,
}

impl Defaults {
    /// The Danish defaults; a test proves that they can be read.
    #[must_use]
    pub fn danish() -> Self {
        serde_json::from_str::<File>(DANISH).map(Self::of).unwrap_or_default()
    }

    fn of(file: File) -> Self {
        let settings =
            file.settings.into_iter().map(|(name, value)| Setting { name, value }).collect();
        let phrases = file.phrases.into_iter().map(|phrase| Word {
            number: phrase.number,
            text: phrase.text,
            active: true,
            topic: Topic::from_key(&phrase.topic),
            by_sms: phrase.by_sms,
        });
        let health = (1..).zip(file.health).map(|(number, text)| Word {
            number,
            text,
            active: true,
            topic: None,
            by_sms: false,
        });
        let list = |name: &str, words| WordList { list: name.to_owned(), words };
        Self {
            settings,
            lists: vec![
                list(WordList::PHRASES, phrases.collect()),
                list(WordList::HEALTH, health.collect()),
            ],
        }
    }
}

/// The settings and lists in force, as [`doegnrytme_core::care::digest`] takes them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InForce {
    /// Phrases, health words, greetings.
    pub words: Words,
    /// The other settings.
    settings: BTreeMap<String, String>,
}

impl InForce {
    /// Puts lists and settings together; what is missing comes from the Danish defaults, so that
    /// no health word is ever missing because a list was not there.
    #[must_use]
    pub fn of(lists: Vec<WordList>, settings: Vec<Setting>) -> Self {
        let defaults = Defaults::danish();
        let all = defaults.settings.into_iter().chain(settings);
        let settings: BTreeMap<String, String> =
            all.map(|setting| (setting.name, setting.value)).collect();
        let mut words = Words {
            message: settings.get(setting::MESSAGE).cloned().unwrap_or_default(),
            new_greeting: settings.get(setting::NEW_GREETING).cloned().unwrap_or_default(),
            ..Words::default()
        };
        for list in defaults.lists.into_iter().chain(lists) {
            match list.list.as_str() {
                WordList::PHRASES => words.phrases = phrases(list.words),
                WordList::HEALTH => {
                    words.health = active(list.words).map(|word| word.text).collect();
                }
                _ => {}
            }
        }
        Self { words, settings }
    }

    /// A setting; empty when nobody set it.
    #[must_use]
    pub fn setting(&self, name: &str) -> &str {
        self.settings.get(name).map_or("", String::as_str)
    }

    /// The most segments that one SMS may take: 1 to 3, else 2.
    #[must_use]
    pub fn most_segments(&self) -> usize {
        let segments = self.setting(setting::MOST_SEGMENTS).parse().unwrap_or(2);
        if (1..=3).contains(&segments) { segments } else { 2 }
    }

    /// The minute of the day at which digests go out; 18:30 when the setting is no time.
    #[must_use]
    pub fn digest_minute(&self) -> u16 {
        let read = |text: &str| {
            let (hour, minute) = text.split_once(':')?;
            let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
            (hour < 24 && minute < 60).then_some(hour * 60 + minute)
        };
        read(self.setting(setting::DIGEST_AT)).unwrap_or(18 * 60 + 30)
    }
}

fn active(words: Vec<Word>) -> impl Iterator<Item = Word> {
    words.into_iter().filter(|word| word.active)
}

/// A phrase without a topic that this version knows cannot be consented to and is left out. One
/// that may no longer be chosen is left out as well: notes that name it tell nothing.
fn phrases(words: Vec<Word>) -> Vec<Phrase> {
    active(words)
        .filter_map(|word| {
            let (id, topic) = (PhraseId(word.number), word.topic?);
            Some(Phrase { id, topic, text: word.text, by_sms: word.by_sms })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_danish_defaults_are_whole() {
        let file: File = serde_json::from_str(DANISH).unwrap();
        let (phrases, health) = (file.phrases.len(), file.health.len());
        let words = InForce::of(vec![], vec![]).words;
        assert_eq!((words.phrases.len(), words.health.len()), (phrases, health));
        let mut numbers: Vec<u16> = words.phrases.iter().map(|phrase| phrase.id.0).collect();
        numbers.dedup();
        assert_eq!(numbers.len(), phrases);
    }

    #[test]
    fn no_approved_phrase_or_greeting_tells_of_health() {
        let words = InForce::of(vec![], vec![]).words;
        let phrases = words.phrases.iter().map(|phrase| &phrase.text);
        for text in phrases.chain([&words.message, &words.new_greeting]) {
            assert!(words.may_go_by_sms(text), "{text}");
        }
        for text in ["Mor har hovedpine.", "Hun fik sin sovemedicin", "Sygeplejersken kom"] {
            assert!(!words.may_go_by_sms(text), "{text}");
        }
    }

    #[test]
    fn the_municipalitys_own_words_stand_before_the_defaults() {
        let own = WordList {
            list: WordList::PHRASES.into(),
            words: vec![
                Word {
                    number: 1,
                    text: "{navn} har danset.".into(),
                    active: true,
                    topic: Some(Topic::Wellbeing),
                    by_sms: true,
                },
                Word {
                    number: 2,
                    text: "{navn} har sovet.".into(),
                    active: false,
                    topic: Some(Topic::Wellbeing),
                    by_sms: true,
                },
            ],
        };
        let late = Setting { name: setting::DIGEST_AT.into(), value: "19:05".into() };
        let in_force = InForce::of(vec![own], vec![late]);
        assert_eq!(in_force.words.phrases.len(), 1);
        assert!(!in_force.words.health.is_empty());
        assert_eq!(in_force.digest_minute(), 19 * 60 + 5);
        let wrong = Setting { name: setting::DIGEST_AT.into(), value: "aften".into() };
        assert_eq!(InForce::of(vec![], vec![wrong]).digest_minute(), 18 * 60 + 30);
    }
}
