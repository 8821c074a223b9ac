//! Automerge's packed columns, read one value at a time, in their one canonical packing only.

use super::{Reason, limit, reader::Reader};

/// A value that a column can hold.
pub(super) trait Cell<'a>: Copy + PartialEq {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Reason>;
}

impl<'a> Cell<'a> for u64 {
    #[inline]
    fn read(reader: &mut Reader<'a>) -> Result<Self, Reason> {
        reader.unsigned()
    }
}

impl<'a> Cell<'a> for i64 {
    #[inline]
    fn read(reader: &mut Reader<'a>) -> Result<Self, Reason> {
        reader.signed()
    }
}

impl<'a> Cell<'a> for &'a str {
    #[inline]
    fn read(reader: &mut Reader<'a>) -> Result<Self, Reason> {
        let length = reader.length()?;
        let bytes = reader.take(length)?;
        if bytes.is_empty() || bytes.len() > limit::KEY {
            return Err(Reason::Key);
        }
        std::str::from_utf8(bytes).map_err(|_| Reason::Utf8)
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Run<T> {
    Start,
    Nulls,
    Repeat(T),
    /// Each value is spelled out; the last one read.
    Literal(T),
    /// Nothing of it read yet; the value that ended the run before.
    NewLiteral(Option<T>),
}

/// Run-length packing: `n v` (n ≥ 2 times v), `−n v…` (n values), `0 n` (n nulls).
///
/// Canonical: runs are as long as they can be, so one content has one packing.
pub(super) struct Runs<'a, T> {
    reader: Reader<'a>,
    run: Run<T>,
    left: u64,
}

impl<'a, T: Cell<'a>> Runs<'a, T> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { reader: Reader::new(bytes), run: Run::Start, left: 0 }
    }

    pub(super) fn is_done(&self) -> bool {
        self.left == 0 && self.reader.is_empty()
    }

    /// The next value or null.
    #[inline]
    pub(super) fn next(&mut self) -> Result<Option<T>, Reason> {
        if self.left == 0 {
            self.open()?;
        }
        self.left -= 1;
        let before = match self.run {
            Run::Repeat(value) => return Ok(Some(value)),
            Run::Start | Run::Nulls => return Ok(None),
            Run::Literal(before) => Some(before),
            Run::NewLiteral(before) => before,
        };
        let value = T::read(&mut self.reader)?;
        if before == Some(value) {
            return Err(Reason::Packing);
        }
        self.run = Run::Literal(value);
        Ok(Some(value))
    }

    /// The next value of a column that has no nulls.
    #[inline]
    pub(super) fn value(&mut self) -> Result<T, Reason> {
        self.next()?.ok_or(Reason::Packing)
    }

    fn open(&mut self) -> Result<(), Reason> {
        if self.reader.is_empty() {
            return Err(Reason::ColumnLengths);
        }
        let before = match self.run {
            Run::Repeat(value) | Run::Literal(value) => Some(value),
            _ => None,
        };
        let count = self.reader.signed()?;
        self.left = count.unsigned_abs();
        self.run = match count {
            0 => return self.open_nulls(),
            1 => return Err(Reason::Packing),
            2.. => {
                let value = T::read(&mut self.reader)?;
                if before == Some(value) {
                    return Err(Reason::Packing);
                }
                Run::Repeat(value)
            }
            _ if matches!(self.run, Run::Literal(_)) => return Err(Reason::Packing),
            _ => Run::NewLiteral(before),
        };
        Ok(())
    }

    fn open_nulls(&mut self) -> Result<(), Reason> {
        self.left = self.reader.unsigned()?;
        // A column of nothing but nulls is left out; two runs of nulls are one.
        let all_null = matches!(self.run, Run::Start) && self.reader.is_empty();
        if self.left == 0 || all_null || matches!(self.run, Run::Nulls) {
            return Err(Reason::Packing);
        }
        self.run = Run::Nulls;
        Ok(())
    }
}

/// Numbers packed as runs of their differences.
pub(super) struct Deltas<'a> {
    runs: Runs<'a, i64>,
    at: i64,
}

impl<'a> Deltas<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { runs: Runs::new(bytes), at: 0 }
    }

    pub(super) fn is_done(&self) -> bool {
        self.runs.is_done()
    }

    /// The next number; our columns hold counters, which are never negative.
    #[inline]
    pub(super) fn value(&mut self) -> Result<u64, Reason> {
        let step = self.runs.value()?;
        self.at = self.at.checked_add(step).ok_or(Reason::Number)?;
        u64::try_from(self.at).map_err(|_| Reason::Reference)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Vec<Option<u64>>, Reason> {
        let mut runs = Runs::<u64>::new(bytes);
        let mut values = Vec::new();
        while !runs.is_done() {
            values.push(runs.next()?);
        }
        Ok(values)
    }

    #[test]
    fn runs_literals_and_nulls_are_read() {
        let bytes = [2, 7, 0, 2, 0x7e, 7, 8, 3, 9];
        let values = [7, 7, 0, 0, 7, 8, 9, 9, 9].map(|value| (value != 0).then_some(value));
        assert_eq!(read(&bytes), Ok(values.to_vec()));
    }

    #[test]
    fn a_packing_that_could_be_shorter_is_refused() {
        let cases: [(&str, &[u8]); 10] = [
            ("a run of one", &[1, 7]),
            ("two runs of one value", &[2, 7, 2, 7]),
            ("two literals in a row", &[0x7f, 7, 0x7f, 8]),
            ("one value twice in a literal", &[0x7e, 7, 7]),
            ("a literal that continues the run", &[2, 7, 0x7f, 7]),
            ("a run that continues the literal", &[0x7f, 7, 2, 7]),
            ("two runs of nulls", &[0, 1, 0, 1, 0x7f, 7]),
            ("no nulls", &[0, 0, 0x7f, 7]),
            ("nothing but nulls", &[0, 3]),
            ("a count that is too long", &[0x82, 0, 7]),
        ];
        for (what, bytes) in cases {
            let wanted = if what.contains("count") { Reason::Number } else { Reason::Packing };
            assert_eq!(read(bytes), Err(wanted), "{what}");
        }
    }
}
