//! The six parts of a day, as the plan and the driving list know them.

use minicbor::{Decode, Encode};

use super::keyed::keyed;

/// A part of the day. Its key is the Danish word that stands in documents and in the canonical
/// lines of a workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum DayPart {
    /// From 6.
    #[n(0)]
    Morning,
    /// From 9.
    #[n(1)]
    Forenoon,
    /// From 11:30.
    #[n(2)]
    Noon,
    /// From 13:30.
    #[n(3)]
    Afternoon,
    /// From 17.
    #[n(4)]
    Evening,
    /// From 23.
    #[n(5)]
    Night,
}

keyed!(DayPart {
    Morning = "morgen",
    Forenoon = "formiddag",
    Noon = "middag",
    Afternoon = "eftermiddag",
    Evening = "aften",
    Night = "nat",
});

/// The first minute of each part, in the order of the clock.
const BEGINS: [(u16, DayPart); 6] = [
    (6 * 60, DayPart::Morning),
    (9 * 60, DayPart::Forenoon),
    (11 * 60 + 30, DayPart::Noon),
    (13 * 60 + 30, DayPart::Afternoon),
    (17 * 60, DayPart::Evening),
    (23 * 60, DayPart::Night),
];

impl DayPart {
    /// The part that a minute after midnight lies in. What comes before 6 in the morning is the
    /// night that began the day before.
    #[must_use]
    pub fn of_minute(minute: u16) -> Self {
        BEGINS
            .iter()
            .rev()
            .find(|(begins, _)| minute >= *begins)
            .map_or(Self::Night, |(_, part)| *part)
    }

    /// The minute after midnight at which the part begins.
    #[must_use]
    pub fn begins(self) -> u16 {
        BEGINS.iter().find(|(_, part)| *part == self).map_or(0, |(minute, _)| *minute)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_part_begins_where_the_one_before_it_ends() {
        for (minute, part) in [
            (0, "nat"),
            (359, "nat"),
            (360, "morgen"),
            (539, "morgen"),
            (540, "formiddag"),
            (689, "formiddag"),
            (690, "middag"),
            (809, "middag"),
            (810, "eftermiddag"),
            (1019, "eftermiddag"),
            (1020, "aften"),
            (1379, "aften"),
            (1380, "nat"),
            (1439, "nat"),
        ] {
            assert_eq!(DayPart::of_minute(minute).key(), part, "{minute}");
        }
    }

    #[test]
    fn the_words_are_read_back_and_no_other_word_is() {
        for part in DayPart::ALL {
            assert_eq!(DayPart::from_key(part.key()), Some(*part));
        }
        for word in ["", "Morgen", "morgen ", "morning", "frokost"] {
            assert_eq!(DayPart::from_key(word), None, "{word:?}");
        }
    }

    proptest! {
        #[test]
        fn every_minute_lies_in_a_part_that_has_begun(minute in 360_u16..1440) {
            prop_assert!(DayPart::of_minute(minute).begins() <= minute);
        }

        #[test]
        fn a_part_lasts_until_the_next_begins(part in 0_usize..6, into in 0_u16..90) {
            let part = DayPart::ALL[part];
            let minute = part.begins().saturating_add(into).min(1439);
            prop_assert_eq!(DayPart::of_minute(minute), part);
        }
    }
}
