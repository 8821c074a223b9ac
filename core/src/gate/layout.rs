//! Which columns a change has, where each lies, and how many operations they hold.

use super::{Reason, limit, reader::Reader};

/// The columns of maps and scalars, in the order in which they lie: column number × 16 + type.
const SPECS: [u64; 10] = [
    0x01, // the object's actor
    0x02, // the object's counter
    0x15, // the key
    0x34, // whether it inserts into a list: never
    0x42, // the action
    0x56, // the value's kind and length
    0x57, // the values
    0x70, // how many earlier values it replaces
    0x71, // their actors
    0x73, // their counters
];

/// The bytes of each column; empty is absent.
pub(super) type Columns<'a> = [&'a [u8]; SPECS.len()];

/// Cuts what follows the header into its columns.
pub(super) fn columns(mut reader: Reader<'_>) -> Result<Columns<'_>, Reason> {
    let count = reader.length()?;
    if count == 0 {
        return Err(Reason::NoOperations);
    }
    let mut lengths = [0; SPECS.len()];
    let mut slots = SPECS.iter().zip(&mut lengths);
    for _ in 0..count {
        let spec = reader.unsigned()?;
        // `slots` only moves on, so a column out of order or doubled is not found.
        let (_, slot) = slots.find(|(known, _)| **known == spec).ok_or(Reason::Columns)?;
        *slot = reader.length()?;
        if *slot == 0 {
            return Err(Reason::Columns);
        }
    }
    let mut columns = [&[][..]; SPECS.len()];
    for (column, length) in columns.iter_mut().zip(lengths) {
        *column = reader.take(length)?;
    }
    if reader.is_empty() { Ok(columns) } else { Err(Reason::Trailing) }
}

/// No operation inserts into a list, so that column is one run of `false`: the number of operations.
pub(super) fn count(inserts: &[u8]) -> Result<u32, Reason> {
    let mut reader = Reader::new(inserts);
    let count = reader.unsigned()?;
    if !reader.is_empty() {
        return Err(Reason::Action);
    }
    match u32::try_from(count) {
        Ok(0) => Err(Reason::Packing),
        Ok(count) if count <= limit::OPERATIONS => Ok(count),
        _ => Err(Reason::TooManyOperations),
    }
}
