//! How long an enrolment code is good: a setting of the operator's.

use std::fmt;
use std::str::FromStr;

/// How long a code is good, in seconds: 1 second to 60 minutes, usually 15 minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeLifetime(u32);

/// Not a time that a code may be good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a code is good for 1s to 60m, written such as 15m or 90s")]
pub struct BadLifetime;

impl CodeLifetime {
    /// In seconds.
    #[must_use]
    pub fn seconds(self) -> u32 {
        self.0
    }
}

impl Default for CodeLifetime {
    fn default() -> Self {
        Self(15 * 60)
    }
}

impl FromStr for CodeLifetime {
    type Err = BadLifetime;

    fn from_str(text: &str) -> Result<Self, BadLifetime> {
        let (number, unit) = match text.strip_suffix('m') {
            Some(number) => (number, 60),
            None => (text.strip_suffix('s').ok_or(BadLifetime)?, 1),
        };
        let number: u32 = number.parse().map_err(|_| BadLifetime)?;
        let seconds = number.checked_mul(unit).ok_or(BadLifetime)?;
        if (1..=60 * 60).contains(&seconds) { Ok(Self(seconds)) } else { Err(BadLifetime) }
    }
}

impl fmt::Display for CodeLifetime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&in_words(self.0))
    }
}

/// So many seconds, as an operator reads them.
#[must_use]
pub fn in_words(seconds: u32) -> String {
    match (seconds / 60, seconds % 60) {
        (1, 0) => "1 minute".to_owned(),
        (minutes @ 1.., 0) => format!("{minutes} minutes"),
        (0, 1) => "1 second".to_owned(),
        _ => format!("{seconds} seconds"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_and_seconds_are_read_and_said_and_nothing_else() {
        for (text, seconds, said) in [
            ("15m", 900, "15 minutes"),
            ("1m", 60, "1 minute"),
            ("90s", 90, "90 seconds"),
            ("1s", 1, "1 second"),
            ("3600s", 3_600, "60 minutes"),
        ] {
            let read: CodeLifetime = text.parse().unwrap();
            assert_eq!((read.seconds(), read.to_string().as_str()), (seconds, said));
        }
        for wrong in ["", "15", "0s", "61m", "3601s", "-1m", "1h", "m", "99999999999m", "1 m"] {
            assert_eq!(wrong.parse::<CodeLifetime>(), Err(BadLifetime), "{wrong}");
        }
        assert_eq!(CodeLifetime::default(), "15m".parse().unwrap());
    }
}
