//! Ids as text: hex, and Crockford base-32, which nobody misreads.

use std::fmt;

const BASE32: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

pub(super) fn base32_value(character: u8) -> Option<u8> {
    let lower = character.to_ascii_lowercase();
    let at = BASE32.iter().position(|candidate| *candidate == lower)?;
    u8::try_from(at).ok()
}

/// `length` base-32 characters of `value`, most significant first.
pub(super) fn base32(value: u128, length: u32) -> String {
    (0..length)
        .rev()
        .filter_map(|place| {
            let digit = (value >> (5 * place)) & 31;
            BASE32.get(usize::try_from(digit).ok()?).map(|byte| char::from(*byte))
        })
        .collect()
}

pub(super) fn from_base32(text: &str, length: usize) -> Option<u128> {
    if text.len() != length {
        return None;
    }
    text.bytes()
        .try_fold(0_u128, |value, byte| Some((value << 5) | u128::from(base32_value(byte)?)))
}

/// Lower-case hex of `bytes`.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The bytes that `text` spells in hex, or `None`.
#[must_use]
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
        .collect()
}
