//! A number in a setting, with KiB, MiB or GiB behind it when it counts bytes.

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// A number that a limit is set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount(pub u64);

/// Not a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write a whole number, such as 600, or bytes such as 500MiB or 1GiB; 0 is no limit")]
pub struct BadAmount;

impl FromStr for Amount {
    type Err = BadAmount;

    fn from_str(text: &str) -> Result<Self, BadAmount> {
        let units = [("KiB", 10), ("MiB", 20), ("GiB", 30)];
        let unit = units.iter().find_map(|(unit, bits)| Some((text.strip_suffix(unit)?, *bits)));
        let (number, bits) = unit.unwrap_or((text, 0));
        let number: u64 = number.parse().map_err(|_| BadAmount)?;
        number.checked_mul(1 << bits).map(Self).ok_or(BadAmount)
    }
}

impl<'de> Deserialize<'de> for Amount {
    /// A number or a text: in the environment everything is a text.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reads;
        impl Visitor<'_> for Reads {
            type Value = Amount;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number, or bytes such as \"1GiB\"")
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Amount, E> {
                u64::try_from(number).map(Amount).map_err(|_| E::custom(BadAmount))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Amount, E> {
                Ok(Amount(number))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Amount, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Reads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_bytes_are_read_and_nothing_else() {
        for (text, number) in
            [("600", 600), ("0", 0), ("2KiB", 2_048), ("500MiB", 524_288_000), ("1GiB", 1 << 30)]
        {
            assert_eq!(text.parse(), Ok(Amount(number)), "{text}");
        }
        for wrong in
            ["", "-1", "1.5", "1 GiB", "1gb", "many", "99999999999999999999", "99999999999GiB"]
        {
            assert_eq!(wrong.parse::<Amount>(), Err(BadAmount), "{wrong}");
        }
    }
}
