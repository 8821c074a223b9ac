//! The recovery key: the store's key as a person writes it on paper and types it again.

use ring::digest::{Context, SHA256};

use crate::key_file::ServerKey;

/// Why a recovery key is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadRecoveryKey {
    /// Fourteen groups of four are needed.
    #[error("a recovery key has 56 characters in 14 groups of 4; this one has {0}")]
    Length(usize),
    /// A character that no recovery key has.
    #[error("group {0} holds a character that no recovery key has")]
    Character(usize),
    /// The checksum does not fit.
    #[error("a character is wrong or two are swapped: compare each group with the paper")]
    Checksum,
}

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl ServerKey {
    /// The key for paper: 32 bytes and a 24-bit checksum as 14 groups of 4 base-32 characters.
    #[must_use]
    pub fn recovery_key(&self) -> String {
        let bytes = self.0.into_iter().chain(checksum(&self.0));
        let bits: Vec<u8> =
            bytes.flat_map(|byte| (0..8).rev().map(move |place| (byte >> place) & 1)).collect();
        let digits = bits.chunks(5).map(|five| five.iter().fold(0, |value, bit| value << 1 | bit));
        let characters: Vec<char> = digits
            .filter_map(|digit| ALPHABET.get(usize::from(digit)))
            .map(|byte| char::from(*byte))
            .collect();
        let groups: Vec<String> = characters.chunks(4).map(|four| four.iter().collect()).collect();
        groups.join("-")
    }

    /// Reads what [`ServerKey::recovery_key`] wrote, as a person types it: small letters, other
    /// or no separators, and O, I, L for 0 and 1 are all fine.
    ///
    /// # Errors
    /// [`BadRecoveryKey`] that says where to look.
    pub fn from_recovery_key(text: &str) -> Result<Self, BadRecoveryKey> {
        let typed: Vec<char> =
            text.chars().filter(|c| !c.is_whitespace() && *c != '-' && *c != '.').collect();
        if typed.len() != 56 {
            return Err(BadRecoveryKey::Length(typed.len()));
        }
        let mut bits = Vec::with_capacity(280);
        for (at, character) in typed.into_iter().enumerate() {
            let digit = digit(character).ok_or(BadRecoveryKey::Character(at / 4 + 1))?;
            bits.extend((0..5).rev().map(|place| (digit >> place) & 1));
        }
        let bytes: Vec<u8> = bits
            .chunks(8)
            .map(|eight| eight.iter().fold(0, |value, bit| value << 1 | bit))
            .collect();
        let (key, check) = bytes.split_at_checked(32).ok_or(BadRecoveryKey::Checksum)?;
        let key: [u8; 32] = key.try_into().map_err(|_| BadRecoveryKey::Checksum)?;
        if check == checksum(&key) { Ok(Self(key)) } else { Err(BadRecoveryKey::Checksum) }
    }
}

fn digit(character: char) -> Option<u8> {
    let upper = match character.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let at = ALPHABET.iter().position(|byte| char::from(*byte) == upper)?;
    u8::try_from(at).ok()
}

fn checksum(key: &[u8; 32]) -> [u8; 3] {
    let mut context = Context::new(&SHA256);
    context.update(b"doegnrytme recovery key 1");
    context.update(key);
    let mut first = [0; 3];
    for (to, from) in first.iter_mut().zip(context.finish().as_ref()) {
        *to = *from;
    }
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> ServerKey {
        ServerKey(std::array::from_fn(|at| u8::try_from(at * 7).unwrap()))
    }

    #[test]
    fn a_recovery_key_gives_the_key_back_however_it_is_typed() {
        let paper = key().recovery_key();
        assert_eq!(paper.split('-').count(), 14);
        assert!(paper.split('-').all(|group| group.len() == 4));
        let sloppy = paper.to_lowercase().replace('-', "  ").replace('0', "o").replace('1', "l");
        assert_eq!(ServerKey::from_recovery_key(&paper), Ok(key()));
        assert_eq!(ServerKey::from_recovery_key(&sloppy), Ok(key()));
    }

    #[test]
    fn a_wrong_or_swapped_character_is_noticed() {
        let paper = key().recovery_key();
        for at in 0..paper.len() {
            let mut typed: Vec<char> = paper.chars().collect();
            if typed[at] == '-' {
                continue;
            }
            typed[at] = if typed[at] == '7' { '8' } else { '7' };
            let typed: String = typed.into_iter().collect();
            assert_eq!(ServerKey::from_recovery_key(&typed), Err(BadRecoveryKey::Checksum));
        }
        let mut swapped: Vec<char> = paper.chars().collect();
        let at = swapped.windows(2).position(|two| two[0] != two[1] && two[1] != '-').unwrap();
        swapped.swap(at, at + 1);
        let swapped: String = swapped.into_iter().collect();
        assert_eq!(ServerKey::from_recovery_key(&swapped), Err(BadRecoveryKey::Checksum));
    }

    #[test]
    fn a_recovery_key_with_a_missing_or_foreign_character_says_where() {
        let paper = key().recovery_key();
        assert_eq!(ServerKey::from_recovery_key(&paper[1..]), Err(BadRecoveryKey::Length(55)));
        let foreign = format!("{}U{}", &paper[..5], &paper[6..]);
        assert_eq!(ServerKey::from_recovery_key(&foreign), Err(BadRecoveryKey::Character(2)));
    }
}
