//! Lease time: what a tablet takes for the time, whatever its clock says (design §5).

use minicbor::{Decode, Encode};

use crate::port::Reading;
use crate::time::{EARLIEST, UnixSeconds};
use crate::wire::entry::ClockMark;

/// More than this between lease time and wall clock, and the note says that the clock was wrong.
pub const MOST_DRIFT: i64 = 600;
/// 2099-01-01T00:00:00Z: no wall clock is believed beyond it.
const CUT: UnixSeconds = UnixSeconds(4_070_908_800);

/// The last moment at which lease time was known, and what the clocks said then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Anchor {
    /// Lease time then.
    #[n(0)]
    pub at: UnixSeconds,
    /// The monotonic clock then, in milliseconds.
    #[n(1)]
    pub monotonic_ms: u64,
    /// The boot in which that was.
    #[n(2)]
    pub boot: u64,
}

/// Lease time at a moment, and what is known of the wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseTime {
    /// The time.
    pub at: UnixSeconds,
    /// How far it may be trusted.
    pub mark: ClockMark,
}

/// What a carer may do under a certificate at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lease {
    /// The certificate holds.
    Good,
    /// It holds, and a quarter of its time is gone: a new one is asked for.
    Renew,
    /// The time rests on the wall clock alone and lies past the lease: one shift is worked all the
    /// same, marked, because a clock that jumped must not leave citizens without their visit. The
    /// shift began then.
    Shift(UnixSeconds),
    /// The app is locked, and keeps everything.
    Past,
}

/// How long the shift past the lease lasts.
const SHIFT: i64 = 12 * 60 * 60;

/// Where a lease stands. `shift` is when the shift past it began, if it did.
#[must_use]
pub fn lease(
    from: UnixSeconds,
    until: UnixSeconds,
    time: LeaseTime,
    shift: Option<UnixSeconds>,
) -> Lease {
    if time.at <= until {
        let gone = time.at.0.saturating_sub(from.0);
        let quarter = until.0.saturating_sub(from.0) / 4;
        return if gone > quarter { Lease::Renew } else { Lease::Good };
    }
    let proved = matches!(time.mark, ClockMark::Sound | ClockMark::Off);
    match shift {
        None if !proved => Lease::Shift(time.at),
        Some(begun) if !proved && (begun..=begun.plus(SHIFT)).contains(&time.at) => {
            Lease::Shift(begun)
        }
        _ => Lease::Past,
    }
}

fn monotonic_ms(reading: &Reading) -> u64 {
    u64::try_from(reading.monotonic.as_millis()).unwrap_or(u64::MAX)
}

impl Anchor {
    /// The anchor that a signed server time sets, also downwards.
    #[must_use]
    pub fn set(at: UnixSeconds, reading: &Reading) -> Self {
        Self { at, monotonic_ms: monotonic_ms(reading), boot: reading.boot }
    }
}

/// Lease time now: the last anchor plus monotonic time; over a reboot the greater of the anchor
/// and the wall clock.
#[must_use]
pub fn lease_time(anchor: Option<&Anchor>, reading: &Reading) -> LeaseTime {
    if let Some(anchor) = anchor
        && anchor.boot == reading.boot
        && let Some(passed) = monotonic_ms(reading).checked_sub(anchor.monotonic_ms)
    {
        let at = anchor.at.plus(i64::try_from(passed / 1000).unwrap_or(i64::MAX));
        let drift = at.0.saturating_sub(reading.wall.0).saturating_abs();
        let mark = if drift > MOST_DRIFT { ClockMark::Off } else { ClockMark::Sound };
        return LeaseTime { at, mark };
    }
    let floor = anchor.map_or(EARLIEST, |anchor| anchor.at);
    let at = reading.wall.max(floor);
    if at > CUT {
        return LeaseTime { at: CUT.max(floor), mark: ClockMark::Cut };
    }
    LeaseTime { at, mark: ClockMark::Unproved }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn reading(wall: i64, seconds: u64, boot: u64) -> Reading {
        Reading { wall: UnixSeconds(wall), monotonic: Duration::from_secs(seconds), boot }
    }

    const NOON: i64 = 1_780_000_000;

    #[test]
    fn a_wall_clock_of_1970_changes_nothing_while_the_tablet_runs() {
        let anchor = Anchor::set(UnixSeconds(NOON), &reading(NOON, 100, 1));
        let time = lease_time(Some(&anchor), &reading(17, 160, 1));
        assert_eq!(time, LeaseTime { at: UnixSeconds(NOON + 60), mark: ClockMark::Off });
        let sound = lease_time(Some(&anchor), &reading(NOON + 60, 160, 1));
        assert_eq!(sound.mark, ClockMark::Sound);
    }

    #[test]
    fn over_a_reboot_time_never_runs_backwards() {
        let anchor = Anchor::set(UnixSeconds(NOON), &reading(NOON, 100, 1));
        for (wall, at) in [(0, NOON), (NOON + 3600, NOON + 3600)] {
            let time = lease_time(Some(&anchor), &reading(wall, 5, 2));
            assert_eq!(time, LeaseTime { at: UnixSeconds(at), mark: ClockMark::Unproved });
        }
    }

    #[test]
    fn a_clock_of_the_far_future_is_cut() {
        let time = lease_time(None, &reading(i64::MAX, 0, 1));
        assert_eq!(time, LeaseTime { at: CUT, mark: ClockMark::Cut });
    }

    #[test]
    fn a_lease_is_renewed_after_a_quarter_and_ends_at_its_end() {
        let (from, until) = (UnixSeconds(NOON), UnixSeconds(NOON + 8 * 86_400));
        let at = |days: i64, mark| LeaseTime { at: UnixSeconds(NOON + days * 86_400), mark };
        for (days, stands) in
            [(1, Lease::Good), (3, Lease::Renew), (8, Lease::Renew), (9, Lease::Past)]
        {
            assert_eq!(lease(from, until, at(days, ClockMark::Sound), None), stands, "{days}");
        }
    }

    #[test]
    fn a_clock_that_jumped_past_the_lease_gives_one_shift_and_no_second() {
        let (from, until) = (UnixSeconds(NOON), UnixSeconds(NOON + 8 * 86_400));
        let at = |hours: i64| LeaseTime {
            at: UnixSeconds(NOON + 365 * 86_400 + hours * 3600),
            mark: ClockMark::Unproved,
        };
        let Lease::Shift(begun) = lease(from, until, at(0), None) else { panic!("no shift") };
        assert_eq!(lease(from, until, at(12), Some(begun)), Lease::Shift(begun));
        assert_eq!(lease(from, until, at(13), Some(begun)), Lease::Past);
        assert_eq!(lease(from, until, at(-24), Some(begun)), Lease::Past, "set back again");
    }

    #[test]
    fn without_any_anchor_the_time_is_one_that_a_change_may_carry() {
        assert_eq!(lease_time(None, &reading(-5, 0, 1)).at, EARLIEST);
    }
}
