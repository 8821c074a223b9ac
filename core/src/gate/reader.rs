//! A cursor over foreign bytes that reads only the one canonical spelling of a number.

use super::Reason;

/// The bytes not yet read.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    #[inline]
    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], Reason> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Reason::Truncated)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Reason> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(Reason::Truncated)?;
        self.0 = rest;
        Ok(*taken)
    }

    #[inline]
    fn byte(&mut self) -> Result<u8, Reason> {
        let (first, rest) = self.0.split_first().ok_or(Reason::Truncated)?;
        self.0 = rest;
        Ok(*first)
    }

    /// An unsigned LEB128 number in its shortest form.
    #[inline]
    pub(super) fn unsigned(&mut self) -> Result<u64, Reason> {
        let first = self.byte()?;
        if first < 0x80 {
            return Ok(u64::from(first));
        }
        self.unsigned_tail(u64::from(first & 0x7f))
    }

    fn unsigned_tail(&mut self, mut value: u64) -> Result<u64, Reason> {
        for shift in (7..64).step_by(7) {
            let byte = self.byte()?;
            if shift == 63 && byte > 1 {
                return Err(Reason::Number);
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return if byte == 0 { Err(Reason::Number) } else { Ok(value) };
            }
        }
        Err(Reason::Number)
    }

    /// A signed LEB128 number in its shortest form.
    #[inline]
    pub(super) fn signed(&mut self) -> Result<i64, Reason> {
        let first = self.byte()?;
        if first < 0x80 {
            // Bit 6 is the sign.
            return Ok(i64::from(first) - (i64::from(first & 0x40) << 1));
        }
        self.signed_tail(first)
    }

    fn signed_tail(&mut self, first: u8) -> Result<i64, Reason> {
        let mut value = u64::from(first & 0x7f);
        let mut before = first;
        for shift in (7..64).step_by(7) {
            let byte = self.byte()?;
            if shift == 63 && byte != 0 && byte != 0x7f {
                return Err(Reason::Number);
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                let needless = if before & 0x40 == 0 { 0 } else { 0x7f };
                if byte == needless {
                    return Err(Reason::Number);
                }
                if byte & 0x40 != 0 && shift < 63 {
                    value |= u64::MAX << (shift + 7).min(63);
                }
                return Ok(value.cast_signed());
            }
            before = byte;
        }
        Err(Reason::Number)
    }

    /// A length; one that no memory holds is a length that the bytes do not have.
    #[inline]
    pub(super) fn length(&mut self) -> Result<usize, Reason> {
        usize::try_from(self.unsigned()?).map_err(|_| Reason::Truncated)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::tests::parts::{spell_signed, spell_unsigned};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_read_back_and_have_one_spelling(value: i64, shift in 0_u32..64, tail: [u8; 11]) {
            let value = value >> shift;
            let bytes = spell_signed(value);
            prop_assert_eq!(Reader::new(&bytes).signed(), Ok(value));
            let magnitude = value.unsigned_abs();
            prop_assert_eq!(Reader::new(&spell_unsigned(magnitude)).unsigned(), Ok(magnitude));
            let mut reader = Reader::new(&tail);
            if let Ok(read) = reader.signed() {
                let spelled = spell_signed(read);
                prop_assert_eq!(&spelled[..], &tail[..tail.len() - reader.len()]);
            }
            let mut reader = Reader::new(&tail);
            if let Ok(read) = reader.unsigned() {
                let spelled = spell_unsigned(read);
                prop_assert_eq!(&spelled[..], &tail[..tail.len() - reader.len()]);
            }
        }
    }

    #[test]
    fn the_ends_of_the_range_are_read_and_nothing_beyond() {
        for value in [i64::MIN, i64::MIN + 1, -65, -64, -1, 0, 63, 64, i64::MAX] {
            assert_eq!(Reader::new(&spell_signed(value)).signed(), Ok(value));
        }
        assert_eq!(Reader::new(&spell_unsigned(u64::MAX)).unsigned(), Ok(u64::MAX));
        for bad in [
            &[0x80, 0][..],
            &[0xff; 11],
            &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2],
        ] {
            assert_eq!(Reader::new(bad).unsigned(), Err(Reason::Number));
        }
        assert_eq!(Reader::new(&[0x80]).unsigned(), Err(Reason::Truncated));
        assert_eq!(Reader::new(&[0xff, 0x7f]).signed(), Err(Reason::Number));
    }
}
