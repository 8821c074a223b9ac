//! When the day's digests are due.

use doegnrytme_core::time::{LocalDay, UnixSeconds};

/// How long after their hour digests may still leave, in minutes: a server that was down in the
/// evening does not wake relatives at night.
pub const LATE: u16 = 180;

/// The day whose digests are due: from minute `at` of the day in Copenhagen on, unless that day
/// was `done` before.
#[must_use]
pub fn due(now: UnixSeconds, at: u16, done: Option<LocalDay>) -> Option<LocalDay> {
    let (day, minute) = (now.local_day().ok()?, now.local_minute().ok()?);
    let open = (at..=at.saturating_add(LATE)).contains(&minute);
    (open && done != Some(day)).then_some(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_due_once_in_the_evening() {
        let half_past_six = 18 * 60 + 30;
        let day: LocalDay = "2026-07-02".parse().unwrap();
        for (now, done, expected) in [
            ("2026-07-02T16:29:59Z", None, None),
            ("2026-07-02T16:30:00Z", None, Some(day)),
            ("2026-07-02T16:30:00Z", Some(day), None),
            ("2026-07-02T16:30:00Z", Some(day.plus(-1)), Some(day)),
            // After a clock that ran ahead.
            ("2026-07-02T16:30:00Z", Some(day.plus(400)), Some(day)),
            ("2026-07-02T19:30:59Z", None, Some(day)),
            ("2026-07-02T19:31:00Z", None, None),
        ] {
            let now = UnixSeconds::from_rfc3339(now).unwrap();
            assert_eq!(due(now, half_past_six, done), expected, "{now:?} {done:?}");
        }
        assert_eq!(due(UnixSeconds(i64::MAX), half_past_six, None), None);
    }

    #[test]
    fn an_hour_late_in_the_evening_ends_at_midnight() {
        let at = 23 * 60;
        let night = UnixSeconds::from_rfc3339("2026-07-01T22:30:00Z").unwrap();
        assert_eq!(due(night, at, None), None);
    }
}
