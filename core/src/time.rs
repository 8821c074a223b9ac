//! Time as the product means it: Unix seconds on the wire, days and clock times in Europe/Copenhagen.
//!
//! Nothing here asks what time it is. Every `now` is handed in through [`crate::port::Clock`].

use std::fmt;

use jiff::{Timestamp, civil, tz::TimeZone};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// Seconds since 1970-01-01T00:00:00Z; the unit of change times and manifests.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Encode,
    Decode,
    Serialize,
    Deserialize,
    Default,
)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct UnixSeconds(#[n(0)] pub i64);

/// The earliest time that a change may carry: 2020-01-01T00:00:00Z.
pub const EARLIEST: UnixSeconds = UnixSeconds(1_577_836_800);
/// The latest time that a change may carry: 2100-01-01T00:00:00Z.
pub const LATEST: UnixSeconds = UnixSeconds(4_102_444_800);

/// A local clock time could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {0}")]
pub struct BadTime(pub &'static str);

/// The one time zone of the product. The rules ship with the program, so that an old tablet
/// and the server agree.
fn copenhagen() -> TimeZone {
    TimeZone::get("Europe/Copenhagen").unwrap_or(TimeZone::UTC)
}

impl UnixSeconds {
    /// `seconds` later (earlier when negative), held at the ends of the range.
    #[must_use]
    pub fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// The day in Copenhagen.
    ///
    /// # Errors
    /// [`BadTime`] outside years −9999 to 9999.
    pub fn local_day(self) -> Result<LocalDay, BadTime> {
        Ok(LocalDay::from_date(self.local()?.date()))
    }

    /// Minutes since midnight in Copenhagen, as the wall clock shows it.
    ///
    /// # Errors
    /// [`BadTime`] outside years −9999 to 9999.
    pub fn local_minute(self) -> Result<u16, BadTime> {
        let time = self.local()?.time();
        u16::try_from(i32::from(time.hour()) * 60 + i32::from(time.minute()))
            .map_err(|_| BadTime("time"))
    }

    fn local(self) -> Result<jiff::Zoned, BadTime> {
        let instant = Timestamp::from_second(self.0).map_err(|_| BadTime("time"))?;
        Ok(instant.to_zoned(copenhagen()))
    }

    /// Reads RFC 3339, such as `2026-03-02T06:05:09Z`.
    ///
    /// # Errors
    /// [`BadTime`] for any other text.
    pub fn from_rfc3339(text: &str) -> Result<Self, BadTime> {
        text.parse::<Timestamp>().map(|at| Self(at.as_second())).map_err(|_| BadTime("time"))
    }

    /// RFC 3339 in UTC with whole seconds.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        Timestamp::from_second(self.0).map_or_else(|_| String::from("?"), |at| at.to_string())
    }
}

/// A day on the calendar in Copenhagen, as days since 1970-01-01.
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Encode,
    Decode,
    Serialize,
    Deserialize,
    Default,
)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct LocalDay(#[n(0)] pub i32);

/// A month on the calendar, counted from January 1970 = 0; the unit of buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub struct Month(#[n(0)] pub u16);

const EPOCH: civil::Date = civil::date(1970, 1, 1);

impl LocalDay {
    fn from_date(date: civil::Date) -> Self {
        let days = date.duration_since(EPOCH).as_hours() / 24;
        Self(i32::try_from(days).unwrap_or(0))
    }

    fn date(self) -> Option<civil::Date> {
        EPOCH.checked_add(jiff::Span::new().try_days(i64::from(self.0)).ok()?).ok()
    }

    /// `days` later (earlier when negative).
    #[must_use]
    pub fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// The day of the week, Monday = 0.
    #[must_use]
    pub fn weekday(self) -> u8 {
        // 1970-01-01 was a Thursday.
        u8::try_from((self.0.wrapping_add(3)).rem_euclid(7)).unwrap_or(0)
    }

    /// The month that the day lies in.
    #[must_use]
    pub fn month(self) -> Month {
        let months = self
            .date()
            .map_or(0, |date| (i32::from(date.year()) - 1970) * 12 + i32::from(date.month()) - 1);
        Month(u16::try_from(months).unwrap_or(0))
    }

    /// When `minute` of this day is in Copenhagen. In the hour that a spring night skips, the
    /// time after it; in the hour that an autumn night repeats, the first one.
    ///
    /// # Errors
    /// [`BadTime`] when the minute is not of a day or the day not of the calendar.
    pub fn at_minute(self, minute: u16) -> Result<UnixSeconds, BadTime> {
        let hour = i8::try_from(minute / 60).map_err(|_| BadTime("minute"))?;
        let minute = i8::try_from(minute % 60).map_err(|_| BadTime("minute"))?;
        let time = civil::Time::new(hour, minute, 0, 0).map_err(|_| BadTime("minute"))?;
        let date = self.date().ok_or(BadTime("day"))?;
        let local = date.to_datetime(time).to_zoned(copenhagen()).map_err(|_| BadTime("day"))?;
        Ok(UnixSeconds(local.timestamp().as_second()))
    }
}

impl fmt::Display for LocalDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.date() {
            Some(date) => write!(f, "{date}"),
            None => write!(f, "day {}", self.0),
        }
    }
}

impl fmt::Debug for LocalDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for LocalDay {
    type Err = BadTime;
    fn from_str(text: &str) -> Result<Self, BadTime> {
        text.parse().map(Self::from_date).map_err(|_| BadTime("day"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Tested = Result<(), BadTime>;

    #[test]
    fn a_day_begins_at_midnight_in_copenhagen() -> Tested {
        let late = UnixSeconds::from_rfc3339("2026-07-01T22:30:00Z")?;
        assert_eq!(late.local_day()?.to_string(), "2026-07-02");
        assert_eq!(late.local_minute()?, 30);
        assert_eq!("2026-07-02".parse::<LocalDay>()?, late.local_day()?);
        Ok(())
    }

    #[test]
    fn clock_times_survive_both_nights_when_the_clock_is_changed() -> Tested {
        for (day, minute, utc) in [
            ("2026-03-29", 90, "2026-03-29T00:30:00Z"),
            ("2026-03-29", 150, "2026-03-29T01:30:00Z"),
            ("2026-03-29", 240, "2026-03-29T02:00:00Z"),
            ("2026-10-25", 150, "2026-10-25T00:30:00Z"),
            ("2026-10-25", 240, "2026-10-25T03:00:00Z"),
        ] {
            let at = day.parse::<LocalDay>()?.at_minute(minute)?;
            assert_eq!(at.to_rfc3339(), utc, "{day} {minute}");
        }
        Ok(())
    }

    #[test]
    fn weekdays_and_months_follow_the_calendar() -> Tested {
        let monday = "2026-03-02".parse::<LocalDay>()?;
        assert_eq!(monday.weekday(), 0);
        assert_eq!(monday.plus(6).weekday(), 6);
        assert_eq!(monday.month(), Month(56 * 12 + 2));
        assert_eq!(LocalDay(-1).weekday(), 2);
        Ok(())
    }
}
