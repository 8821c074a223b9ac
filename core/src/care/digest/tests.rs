//! Tests of what a relative may read.

use super::*;
use crate::care::consent::{Act, ConsentEntry, ConsentId, SaidTo};
use crate::care::example::{anna, head, note_id, viggo, visit_note};
use crate::ids::RelativeId;
use crate::time::UnixSeconds;
use proptest::prelude::*;

const GARDEN: PhraseId = PhraseId(1);
const COFFEE: PhraseId = PhraseId(2);
const HEADACHE: PhraseId = PhraseId(3);
const WALK: PhraseId = PhraseId(4);
const SHY: PhraseId = PhraseId(5);

const FRAME: Frame<'_> = Frame {
    citizen: "Karen Margrethe Skov",
    municipality: "Solbjerg Kommune",
    link: "https://hilsen.solbjerg.example",
    most_segments: 2,
};

fn phrase(id: PhraseId, topic: Topic, text: &str, by_sms: bool) -> Phrase {
    Phrase { id, topic, text: text.to_owned(), by_sms }
}

fn words() -> Words {
    Words {
        phrases: vec![
            phrase(GARDEN, Topic::Wellbeing, "{navn} har været i haven i dag.", true),
            phrase(COFFEE, Topic::Wellbeing, "Der blev drukket kaffe – og læst avis.", true),
            phrase(HEADACHE, Topic::Wellbeing, "{navn} har hovedpine.", true),
            phrase(WALK, Topic::Swaps, "{navn} valgte en gåtur i stedet for rengøring.", true),
            phrase(SHY, Topic::Wellbeing, "{navn} fortalte om sin barndom.", false),
        ],
        health: ["hovedpine", "medicin", "sår", "syg", "smerte"].map(str::to_owned).to_vec(),
        message: "{nyt} Venlig hilsen {kommune}".to_owned(),
        new_greeting: "Der er en ny hilsen. Log ind på {link}. Venlig hilsen {kommune}".to_owned(),
    }
}

fn told(phrases: &[PhraseId]) -> DayFacts {
    DayFacts { phrases: phrases.iter().copied().collect(), other: BTreeSet::new() }
}

fn consents(given: &[(Topic, Channel)]) -> Consents {
    let relative = RelativeId([1; 16]);
    let entries: Vec<ConsentEntry> = given
        .iter()
        .zip(1_u8..)
        .map(|((topic, channel), id)| ConsentEntry {
            id: ConsentId([id; 16]),
            relative,
            act: Act::Give { topic: *topic, channel: *channel, despite: Vec::new() },
            said_to: SaidTo::Municipality,
            at: UnixSeconds(0),
        })
        .collect();
    Consents::of(relative, &entries)
}

fn sms() -> Consents {
    consents(&[(Topic::Wellbeing, Channel::Sms)])
}

fn sms_and_link() -> Consents {
    consents(&[(Topic::Wellbeing, Channel::Sms), (Topic::Wellbeing, Channel::Link)])
}

fn composed_of(phrases: &[PhraseId], consents: &Consents) -> Digest {
    compose(&told(phrases), &words(), &FRAME, consents).unwrap()
}

const NEW_GREETING: &str = "Der er en ny hilsen. Log ind på https://hilsen.solbjerg.example. \
                            Venlig hilsen Solbjerg Kommune";

#[test]
fn good_news_goes_out_in_the_phrases_own_words_and_names_the_municipality() {
    assert_eq!(
        composed_of(&[COFFEE, GARDEN], &sms()),
        Digest::Message {
            text: "Karen har været i haven i dag. Der blev drukket kaffe - og læst avis. \
                   Venlig hilsen Solbjerg Kommune"
                .to_owned(),
            told: vec![GARDEN, COFFEE],
            left_out: vec![],
        }
    );
}

#[test]
fn without_consent_nothing_leaves() {
    for given in [
        consents(&[]),
        consents(&[(Topic::Wellbeing, Channel::Link)]),
        consents(&[(Topic::Wellbeing, Channel::Phone)]),
        consents(&[(Topic::Visits, Channel::Sms)]),
    ] {
        assert_eq!(composed_of(&[GARDEN, HEADACHE, SHY], &given), Digest::Nothing);
    }
}

#[test]
fn a_day_without_phrases_tells_nothing() {
    assert_eq!(composed_of(&[], &sms_and_link()), Digest::Nothing);
    assert_eq!(composed_of(&[PhraseId(99)], &sms_and_link()), Digest::Nothing);
}

#[test]
fn a_topic_without_consent_is_left_out_of_the_message() {
    let Digest::Message { text, told, left_out } = composed_of(&[GARDEN, WALK], &sms()) else {
        panic!("no message");
    };
    assert_eq!((told, left_out), (vec![GARDEN], vec![]));
    assert!(!text.contains("gåtur"));
}

#[test]
fn health_and_unapproved_phrases_become_a_new_greeting_behind_log_in() {
    let greeting = Digest::NewGreeting { text: NEW_GREETING.to_owned() };
    for phrase in [HEADACHE, SHY] {
        assert_eq!(composed_of(&[phrase], &sms_and_link()), greeting, "{phrase:?}");
        assert_eq!(composed_of(&[phrase], &sms()), Digest::Nothing, "{phrase:?}");
    }
    let swapped = DayFacts { other: BTreeSet::from([Topic::Swaps]), ..DayFacts::default() };
    let both = consents(&[(Topic::Swaps, Channel::Sms), (Topic::Swaps, Channel::Link)]);
    assert_eq!(compose(&swapped, &words(), &FRAME, &both), Ok(greeting));
    assert_eq!(compose(&swapped, &words(), &FRAME, &sms_and_link()), Ok(Digest::Nothing));
}

#[test]
fn what_waits_behind_log_in_is_not_hinted_at_in_a_message() {
    let Digest::Message { text, left_out, .. } = composed_of(&[GARDEN, HEADACHE], &sms_and_link())
    else {
        panic!("no message");
    };
    assert_eq!(left_out, [HEADACHE]);
    assert!(!text.to_lowercase().contains("hoved"));
}

#[test]
fn phrases_that_do_not_fit_are_left_out_and_counted() {
    let short = Frame { most_segments: 1, ..FRAME };
    let mut words = words();
    words.phrases[0].text = "a".repeat(100);
    words.phrases[1].text = "b".repeat(100);
    assert_eq!(
        compose(&told(&[GARDEN, COFFEE]), &words, &short, &sms()),
        Ok(Digest::Message {
            text: "a".repeat(100) + " Venlig hilsen Solbjerg Kommune",
            told: vec![GARDEN],
            left_out: vec![COFFEE],
        })
    );
    words.phrases[0].text = "a".repeat(200);
    assert_eq!(compose(&told(&[GARDEN]), &words, &short, &sms()), Err(DigestError::TooLong));
}

#[test]
fn words_that_must_not_be_sent_stop_the_digest() {
    let nobody = Frame { municipality: " ", ..FRAME };
    assert_eq!(compose(&told(&[GARDEN]), &words(), &nobody, &sms()), Err(DigestError::NoSender));
    type Spoil = fn(&mut Words);
    let spoils: [(Spoil, DigestError); 6] = [
        (|words| words.message = "{nyt} Hilsen Team Bøgen".to_owned(), DigestError::NoSender),
        (|words| words.new_greeting = "Ny hilsen".to_owned(), DigestError::NoSender),
        (|words| words.message = "Hilsen {kommune}".to_owned(), DigestError::NoPlaceForNews),
        (|words| words.message.push_str(" – husk medicinen"), DigestError::Sensitive),
        (|words| words.new_greeting.push_str(" 010203-1234"), DigestError::Sensitive),
        (|words| words.message.push_str(&"x".repeat(400)), DigestError::TooLong),
    ];
    for (spoil, error) in spoils {
        let mut spoilt = words();
        spoil(&mut spoilt);
        assert_eq!(compose(&told(&[GARDEN]), &spoilt, &FRAME, &sms()), Err(error));
    }
}

#[test]
fn words_about_health_are_found_however_they_are_written() {
    let words = words();
    for text in [
        "Hun har HOVEDPINE",
        "hovedpinen er væk",
        "fik sovemedicin",
        "et saar på foden",
        "et sa\u{30a}r",
        "Sårpleje",
        "syg",
        "sygeplejersken kom",
        "hoved\u{ad}pine",
        "smerte\u{200b}fri",
    ] {
        assert!(words.names_health(text), "{text}");
    }
    for text in ["Mor har været i haven", "en psyge", "huset", ""] {
        assert!(!words.names_health(text), "{text}");
    }
}

#[test]
fn numbers_that_may_be_a_persons_are_not_sent() {
    let words = words();
    for text in ["010203-1234", "0102031234", "ring 12 34 56 78", "12.34.56"] {
        assert!(!words.may_go_by_sms(text), "{text}");
    }
    for text in ["kl. 14.30", "den 3. maj 2026", "2 kopper kaffe"] {
        assert!(words.may_go_by_sms(text), "{text}");
    }
}

#[test]
fn facts_hold_the_phrases_of_visits_only() {
    let mut visit = visit_note(1, anna());
    visit.phrases = vec![GARDEN, COFFEE];
    let mut import = Note::import(head(2, anna()), None, "Før".to_owned()).unwrap();
    import.phrases = vec![WALK];
    assert_eq!(facts([&visit, &import]), told(&[GARDEN, COFFEE]));
}

#[test]
fn a_correction_takes_a_phrase_back() {
    let mut visit = visit_note(1, anna());
    visit.phrases = vec![GARDEN];
    let correct = |id, target, phrases: &[PhraseId]| {
        let words = "Det var naboen".to_owned();
        Note::correction(head(id, viggo()), note_id(target), words, phrases.to_vec()).unwrap()
    };
    let none = correct(2, 1, &[]);
    assert_eq!(facts([&none, &visit]), told(&[]));
    let other = correct(3, 1, &[COFFEE, WALK]);
    assert_eq!(facts([&visit, &other]), told(&[COFFEE, WALK]));
    let third = correct(4, 1, &[COFFEE]);
    assert_eq!(facts([&visit, &other, &third]), told(&[COFFEE]), "only what both say");
    let again = correct(5, 2, &[GARDEN]);
    assert_eq!(facts([&visit, &none, &again]), told(&[GARDEN]), "a correction corrected");
}

#[test]
fn corrections_that_correct_each_other_end() {
    let mut visit = visit_note(1, anna());
    visit.phrases = vec![GARDEN];
    let mut notes = vec![visit];
    for id in 2..60 {
        let words = "Igen".to_owned();
        notes.push(
            Note::correction(head(id, anna()), note_id(id - 1), words, vec![GARDEN]).unwrap(),
        );
    }
    assert_eq!(facts(&notes), told(&[]));
}

proptest! {
    #[test]
    fn no_carers_word_is_ever_in_a_digest(text in "[a-zæøå]{12,40}", chosen in 1_u16..6) {
        let mut visit = visit_note(1, anna());
        visit.text = text.clone();
        visit.phrases = vec![PhraseId(chosen)];
        let all = consents(&[
            (Topic::Wellbeing, Channel::Sms),
            (Topic::Wellbeing, Channel::Link),
            (Topic::Swaps, Channel::Sms),
        ]);
        match compose(&facts([&visit]), &words(), &FRAME, &all)? {
            Digest::Nothing => {}
            Digest::Message { text: sent, .. } | Digest::NewGreeting { text: sent } => {
                prop_assert!(!sent.contains(&text));
                prop_assert!(sent.contains("Solbjerg Kommune"));
                prop_assert!(!words().names_health(&sent));
                prop_assert!(measure(&sent).segments <= 2);
            }
        }
    }
}
