//! The days of the week on which an item is done, as Danish people write them.

use std::fmt;

use crate::time::LocalDay;

/// A text that names no weekdays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not weekdays")]
pub struct BadWeekdays;

const WORDS: [&str; 7] = ["ma", "ti", "on", "to", "fr", "lø", "sø"];

/// A set of weekdays together with the text that said so, which is kept to the letter: what a
/// person wrote reads back as written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Weekdays {
    /// Bit 0 is Monday.
    days: u8,
    text: String,
}

impl Weekdays {
    /// All seven.
    #[must_use]
    pub fn every_day() -> Self {
        Self { days: 0b111_1111, text: WORDS.join(" ") }
    }

    /// The weekdays with these numbers, Monday = 0; other numbers are left out. The text is
    /// the usual one: `ma ti on`.
    ///
    /// # Errors
    /// [`BadWeekdays`] when no day is left.
    pub fn of(days: impl IntoIterator<Item = u8>) -> Result<Self, BadWeekdays> {
        let days = days.into_iter().filter(|day| *day < 7).fold(0, |set, day| set | (1 << day));
        let words: Vec<&str> = WORDS
            .iter()
            .enumerate()
            .filter(|(day, _)| days & (1 << day) != 0)
            .map(|(_, word)| *word)
            .collect();
        if days == 0 {
            return Err(BadWeekdays);
        }
        Ok(Self { days, text: words.join(" ") })
    }

    /// Whether the day's weekday is one of these.
    #[must_use]
    pub fn on(&self, day: LocalDay) -> bool {
        self.days & (1 << day.weekday()) != 0
    }

    /// The numbers of the days, Monday = 0.
    pub fn numbers(&self) -> impl Iterator<Item = u8> {
        let days = self.days;
        (0..7).filter(move |day| days & (1 << day) != 0)
    }

    /// The text as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl std::str::FromStr for Weekdays {
    type Err = BadWeekdays;

    /// Reads Danish words of two letters or more (`ma`, `mandag`), in any order and case, between
    /// spaces or commas. No word at all is no weekdays.
    fn from_str(text: &str) -> Result<Self, BadWeekdays> {
        let days = text
            .split([' ', ','])
            .filter(|word| !word.is_empty())
            .try_fold(0_u8, |set, word| number_of(word).map(|day| set | (1 << day)))
            .ok_or(BadWeekdays)?;
        if days == 0 {
            return Err(BadWeekdays);
        }
        Ok(Self { days, text: text.to_owned() })
    }
}

const FULL_WORDS: [&str; 7] =
    ["mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag"];

fn number_of(word: &str) -> Option<usize> {
    let lower = word.to_lowercase();
    (lower.chars().count() >= 2)
        .then(|| FULL_WORDS.iter().position(|full| full.starts_with(&lower)))
        .flatten()
}

impl fmt::Display for Weekdays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn danish_words_are_read_and_others_are_not() {
        for (text, days) in [
            ("ma ti on to fr lø sø", vec![0, 1, 2, 3, 4, 5, 6]),
            ("sø ma", vec![0, 6]),
            ("Mandag, onsdag", vec![0, 2]),
            ("  lør  ", vec![5]),
            ("ma ma", vec![0]),
        ] {
            let read: Weekdays = text.parse().unwrap();
            assert_eq!(read.numbers().collect::<Vec<_>>(), days, "{text:?}");
        }
        for text in ["", " ", ",", "m", "mon", "hverdage", "ma hverdage", "mandagx"] {
            assert_eq!(text.parse::<Weekdays>(), Err(BadWeekdays), "{text:?}");
        }
    }

    #[test]
    fn a_day_is_on_when_its_weekday_is() {
        let monday: LocalDay = "2026-03-02".parse().unwrap();
        let days: Weekdays = "ma fr".parse().unwrap();
        let on: Vec<bool> = (0..7).map(|after| days.on(monday.plus(after))).collect();
        assert_eq!(on, [true, false, false, false, true, false, false]);
    }

    #[test]
    fn no_day_is_no_set_and_all_days_are_seven() {
        assert_eq!(Weekdays::of([]), Err(BadWeekdays));
        assert_eq!(Weekdays::of([7, 200]), Err(BadWeekdays));
        assert_eq!(Weekdays::of(0..7), Ok(Weekdays::every_day()));
    }

    proptest! {
        #[test]
        fn a_set_reads_back_from_its_text(days in proptest::collection::vec(0_u8..7, 1..9)) {
            let made = Weekdays::of(days).unwrap();
            prop_assert_eq!(made.text().parse::<Weekdays>(), Ok(made));
        }

        #[test]
        fn a_text_that_is_read_is_kept_to_the_letter(text in "[ ,]{0,3}((ma|TI|onsdag|lø|Sø)[ ,]{1,2}){1,5}") {
            let read = text.parse::<Weekdays>();
            prop_assert_eq!(read.map(|days| days.to_string()), Ok(text));
        }

        #[test]
        fn any_text_is_weekdays_or_an_error(text: String) {
            let _ = text.parse::<Weekdays>();
        }
    }
}
