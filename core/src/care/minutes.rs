//! Minutes of care: what an item is planned to take, and what a visit took.

use std::fmt;

use minicbor::{Decode, Encode};

/// Whole minutes, 1 to 1,440 (a day).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode)]
#[cbor(transparent)]
pub struct Minutes(#[n(0)] u16);

/// A number that is no duration of care.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("minutes must lie between 1 and 1440")]
pub struct BadMinutes;

impl Minutes {
    /// The longest: a whole day.
    pub const MOST: u16 = 1_440;

    /// Takes a number of minutes.
    ///
    /// # Errors
    /// [`BadMinutes`] for 0, for less, and for more than a day.
    pub fn new(minutes: i64) -> Result<Self, BadMinutes> {
        match u16::try_from(minutes) {
            Ok(minutes @ 1..=Self::MOST) => Ok(Self(minutes)),
            _ => Err(BadMinutes),
        }
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> u16 {
        self.0
    }

    /// The minutes that a stretch of seconds takes, begun ones counted, held between 1 and a day.
    #[must_use]
    pub fn of_seconds(seconds: i64) -> Self {
        let minutes = seconds.max(1).saturating_add(59) / 60;
        Self(u16::try_from(minutes).map_or(Self::MOST, |minutes| minutes.min(Self::MOST)))
    }

    /// The sum of some minutes, held at a day; `None` when there are none.
    #[must_use]
    pub fn sum(all: impl IntoIterator<Item = Self>) -> Option<Self> {
        all.into_iter().reduce(|sum, next| Self(sum.0.saturating_add(next.0).min(Self::MOST)))
    }
}

impl fmt::Display for Minutes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl<'b, C> Decode<'b, C> for Minutes {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let at = d.position();
        Self::new(i64::from(d.u16()?))
            .map_err(|_| minicbor::decode::Error::message("minutes").at(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_minutes_and_more_than_a_day_are_refused() {
        for wrong in [i64::MIN, -1, 0, 1_441, 65_537, i64::MAX] {
            assert_eq!(Minutes::new(wrong), Err(BadMinutes), "{wrong}");
        }
        for right in [1, 20, 1_440] {
            assert_eq!(Minutes::new(right).map(|m| i64::from(m.get())), Ok(right));
        }
    }

    #[test]
    fn a_begun_minute_counts() {
        for (seconds, minutes) in
            [(-5, 1), (0, 1), (1, 1), (60, 1), (61, 2), (1_200, 20), (i64::MAX, 1_440)]
        {
            assert_eq!(Minutes::of_seconds(seconds).get(), minutes, "{seconds}");
        }
    }

    #[test]
    fn a_sum_stays_within_a_day() -> Result<(), BadMinutes> {
        assert_eq!(Minutes::sum([]), None);
        let many = [Minutes::new(1_000)?, Minutes::new(1_000)?];
        assert_eq!(Minutes::sum(many), Some(Minutes::new(1_440)?));
        assert_eq!(Minutes::sum([Minutes::new(20)?, Minutes::new(5)?]), Some(Minutes::new(25)?));
        Ok(())
    }

    #[test]
    fn bytes_that_say_no_minutes_are_not_read() {
        assert!(minicbor::decode::<Minutes>(&[0]).is_err());
        assert_eq!(minicbor::decode::<Minutes>(&[20]).ok(), Minutes::new(20).ok());
    }
}
