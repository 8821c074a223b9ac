//! A carer's PIN on one tablet: what may be one, how it is checked without a line, and how long
//! whoever guesses has to wait (design §5).
//!
//! The check is keyed with a secret that only the tablet's key store unwraps, and never leaves the
//! tablet: a copied database is no place to try six digits.

use std::fmt;

use minicbor::{Decode, Encode};
use ring::hmac;

use crate::ids::CarerId;
use crate::port::Reading;
use crate::wire::to_bytes;

/// Digits of the shortest PIN, and of the longest.
pub const DIGITS: std::ops::RangeInclusive<usize> = 6..=12;
/// Wrong tries that cost nothing.
const FREE: u32 = 4;
/// Seconds to wait after the fifth wrong try, the sixth, and so on; the last one for ever.
const WAITS: [u32; 4] = [60, 5 * 60, 15 * 60, 60 * 60];

/// A text cannot be a PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAPin {
    /// Not 6 to 12 digits.
    #[error("a PIN has 6 to 12 digits")]
    Digits,
    /// All digits alike, or each one more or less than the one before.
    #[error("the PIN is too easy to guess")]
    TooEasy,
}

/// A PIN as it was typed. It is shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(String);

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(…)")
    }
}

impl Pin {
    /// What was typed, to be compared with the PIN that was chosen once.
    #[must_use]
    pub fn typed(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Whether it may be chosen.
    ///
    /// # Errors
    /// [`NotAPin`].
    pub fn may_be_chosen(&self) -> Result<(), NotAPin> {
        let digits: Vec<u8> = self.0.bytes().collect();
        if !DIGITS.contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit) {
            return Err(NotAPin::Digits);
        }
        let mut steps = digits.iter().zip(digits.iter().skip(1)).map(|(a, b)| b.wrapping_sub(*a));
        let first = steps.next().unwrap_or(0);
        let even = matches!(first, 0 | 1 | 255) && steps.all(|step| step == first);
        if even { Err(NotAPin::TooEasy) } else { Ok(()) }
    }
}

/// What a tablet keeps of a PIN.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Verifier {
    #[cbor(n(0), with = "minicbor::bytes")]
    salt: [u8; 16],
    #[cbor(n(1), with = "minicbor::bytes")]
    tag: [u8; 32],
}

impl Verifier {
    /// Of the PIN that a carer chose. `secret` is the tablet's, `salt` random.
    #[must_use]
    pub fn of(pin: &Pin, carer: CarerId, secret: &[u8; 32], salt: [u8; 16]) -> Self {
        let tag = hmac::sign(&key(secret), &message(pin, carer, &salt));
        let mut verifier = Self { salt, tag: [0; 32] };
        verifier.tag.iter_mut().zip(tag.as_ref()).for_each(|(to, from)| *to = *from);
        verifier
    }

    /// Whether the PIN is the one that was chosen.
    #[must_use]
    pub fn fits(&self, pin: &Pin, carer: CarerId, secret: &[u8; 32]) -> bool {
        hmac::verify(&key(secret), &message(pin, carer, &self.salt), &self.tag).is_ok()
    }
}

fn key(secret: &[u8; 32]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, secret)
}

fn message(pin: &Pin, carer: CarerId, salt: &[u8; 16]) -> Vec<u8> {
    to_bytes(&("pin", carer, minicbor::bytes::ByteArray::from(*salt), &pin.0))
}

/// How often a carer's PIN was typed wrongly, and the wait that follows. It survives a restart of
/// the app and of the tablet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(array)]
pub struct Tries {
    #[n(0)]
    wrong: u32,
    #[n(1)]
    wait: Option<Wait>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct Wait {
    #[n(0)]
    seconds: u32,
    /// The monotonic clock when it began, in milliseconds.
    #[n(1)]
    since_ms: u64,
    #[n(2)]
    boot: u64,
}

impl Tries {
    /// How many more wrong tries cost no wait.
    #[must_use]
    pub fn free(&self) -> u32 {
        FREE.saturating_sub(self.wrong)
    }

    /// Seconds that are left to wait. Only the monotonic clock counts, and a tablet that was
    /// started anew waits from the beginning: neither setting the clock nor a restart helps.
    pub fn left(&mut self, now: &Reading) -> u32 {
        let Some(wait) = &mut self.wait else { return 0 };
        let now_ms = u64::try_from(now.monotonic.as_millis()).unwrap_or(u64::MAX);
        let passed = now_ms.checked_sub(wait.since_ms).filter(|_| wait.boot == now.boot);
        let Some(passed) = passed else {
            (wait.since_ms, wait.boot) = (now_ms, now.boot);
            return wait.seconds;
        };
        let left = (u64::from(wait.seconds) * 1000).saturating_sub(passed);
        u32::try_from(left.div_ceil(1000)).unwrap_or(u32::MAX)
    }

    /// One more try, counted as wrong until it turns out right: it must be durable before the PIN
    /// is looked at, so that pulling the battery out costs a try as well.
    #[must_use]
    pub fn one_more(self, now: &Reading) -> Self {
        let wrong = self.wrong.saturating_add(1);
        let beyond = usize::try_from(wrong.saturating_sub(FREE + 1)).unwrap_or(usize::MAX);
        let seconds = WAITS.get(beyond).or(WAITS.last()).copied().filter(|_| wrong > FREE);
        let wait = seconds.map(|seconds| Wait {
            seconds,
            since_ms: u64::try_from(now.monotonic.as_millis()).unwrap_or(u64::MAX),
            boot: now.boot,
        });
        Self { wrong, wait }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::UnixSeconds;
    use std::time::Duration;

    const ANNA: CarerId = CarerId([1; 16]);

    fn at(seconds: u64, boot: u64) -> Reading {
        let wall = UnixSeconds(1_780_000_000);
        Reading { wall, monotonic: Duration::from_secs(seconds), boot }
    }

    #[test]
    fn a_pin_has_six_digits_or_more_and_is_not_the_first_that_a_thief_would_try() {
        for (text, said) in [
            ("12345", Err(NotAPin::Digits)),
            ("12345a", Err(NotAPin::Digits)),
            ("", Err(NotAPin::Digits)),
            ("1234567890123", Err(NotAPin::Digits)),
            ("000000", Err(NotAPin::TooEasy)),
            ("123456", Err(NotAPin::TooEasy)),
            ("987654", Err(NotAPin::TooEasy)),
            ("246813", Ok(())),
            ("112233", Ok(())),
        ] {
            assert_eq!(Pin::typed(text).may_be_chosen(), said, "{text}");
        }
        assert_eq!(format!("{:?}", Pin::typed("246813")), "Pin(…)");
    }

    #[test]
    fn only_the_right_pin_of_the_right_carer_on_the_right_tablet_fits() {
        let (pin, secret) = (Pin::typed("246813"), [7; 32]);
        let verifier = Verifier::of(&pin, ANNA, &secret, [3; 16]);
        assert!(verifier.fits(&pin, ANNA, &secret));
        assert!(!verifier.fits(&Pin::typed("246814"), ANNA, &secret));
        assert!(!verifier.fits(&pin, CarerId([2; 16]), &secret));
        assert!(!verifier.fits(&pin, ANNA, &[8; 32]), "the secret of another tablet");
        assert_ne!(verifier, Verifier::of(&pin, ANNA, &secret, [4; 16]), "equal PINs do not show");
    }

    #[test]
    fn the_fifth_wrong_try_costs_a_minute_and_each_further_one_more() {
        let mut tries = Tries::default();
        let mut waits = Vec::new();
        for _ in 0..9 {
            tries = tries.one_more(&at(1_000, 1));
            waits.push(tries.left(&at(1_000, 1)));
        }
        assert_eq!(waits, [0, 0, 0, 0, 60, 300, 900, 3600, 3600]);
        assert_eq!(tries.left(&at(1_000 + 3_599, 1)), 1);
        assert_eq!(tries.left(&at(1_000 + 3_600, 1)), 0);
    }

    #[test]
    fn neither_the_clock_nor_a_restart_shortens_the_wait() {
        let mut tries = Tries::default();
        for _ in 0..5 {
            tries = tries.one_more(&at(1_000, 1));
        }
        let tomorrow = Reading { wall: UnixSeconds(1_780_100_000), ..at(1_010, 1) };
        assert_eq!(tries.left(&tomorrow), 50);
        assert_eq!(tries.left(&at(2_000, 2)), 60, "started anew: from the beginning");
        assert_eq!(tries.left(&at(2_030, 2)), 30);
        assert_eq!(tries.left(&at(10, 3)), 60);
    }
}
