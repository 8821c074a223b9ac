//! A change taken apart, so that a test can bend one part and put it together with a right
//! checksum.

use super::super::reader::Reader;
use super::super::{Reason, restore};

/// The shortest LEB128 spelling.
pub(in crate::gate) fn spell_unsigned(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 0x7f {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// The shortest signed LEB128 spelling.
pub(in crate::gate) fn spell_signed(mut value: i64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        if (value == 0 && low & 0x40 == 0) || (value == -1 && low & 0x40 != 0) {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

/// The parts of a change chunk as they follow one another.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Parts {
    pub(super) deps: Vec<[u8; 32]>,
    pub(super) actor: Vec<u8>,
    pub(super) seq: u64,
    pub(super) start_op: u64,
    pub(super) time: i64,
    pub(super) message: Vec<u8>,
    pub(super) others: Vec<Vec<u8>>,
    pub(super) columns: Vec<(u64, Vec<u8>)>,
    pub(super) extra: Vec<u8>,
}

fn prefixed(reader: &mut Reader<'_>) -> Result<Vec<u8>, Reason> {
    let length = reader.length()?;
    Ok(reader.take(length)?.to_vec())
}

impl Parts {
    /// Takes an honest change apart.
    pub(super) fn of(chunk: &[u8]) -> Result<Self, Reason> {
        let mut reader = Reader::new(chunk.get(9..).unwrap_or_default());
        reader.length()?;
        let deps = (0..reader.length()?).map(|_| reader.array()).collect::<Result<_, _>>()?;
        let actor = prefixed(&mut reader)?;
        let (seq, start_op) = (reader.unsigned()?, reader.unsigned()?);
        let time = reader.signed()?;
        let message = prefixed(&mut reader)?;
        let others =
            (0..reader.length()?).map(|_| prefixed(&mut reader)).collect::<Result<_, _>>()?;
        let mut specs = Vec::new();
        for _ in 0..reader.length()? {
            specs.push((reader.unsigned()?, reader.length()?));
        }
        let mut columns = Vec::new();
        for (spec, length) in specs {
            columns.push((spec, reader.take(length)?.to_vec()));
        }
        let extra = reader.take(reader.len())?.to_vec();
        Ok(Self { deps, actor, seq, start_op, time, message, others, columns, extra })
    }

    /// Two puts, `a` and `b`, of an author's second change: small enough to bend by hand.
    pub(super) fn two_puts() -> Self {
        Self {
            deps: vec![[3; 32], [5; 32]],
            actor: vec![7; 16],
            seq: 2,
            start_op: 10,
            time: super::honest::MONDAY,
            message: Vec::new(),
            others: Vec::new(),
            columns: vec![
                (0x15, vec![0x7e, 1, b'a', 1, b'b']),
                (0x34, vec![2]),
                (0x42, vec![2, 1]),
                (0x56, vec![2, 0]),
                (0x70, vec![2, 0]),
            ],
            extra: Vec::new(),
        }
    }

    /// Sets a column's bytes; none takes it out.
    pub(super) fn set(&mut self, spec: u64, bytes: &[u8]) {
        self.columns.retain(|(known, _)| *known != spec);
        if !bytes.is_empty() {
            self.columns.push((spec, bytes.to_vec()));
            self.columns.sort();
        }
    }

    /// The chunk, with right lengths and checksum whatever the parts are.
    pub(super) fn chunk(&self) -> Vec<u8> {
        let mut body = spell_unsigned(self.deps.len() as u64);
        let prefixed = |body: &mut Vec<u8>, bytes: &[u8]| {
            body.extend(spell_unsigned(bytes.len() as u64));
            body.extend_from_slice(bytes);
        };
        self.deps.iter().for_each(|dep| body.extend_from_slice(dep));
        prefixed(&mut body, &self.actor);
        body.extend(spell_unsigned(self.seq));
        body.extend(spell_unsigned(self.start_op));
        body.extend(spell_signed(self.time));
        prefixed(&mut body, &self.message);
        body.extend(spell_unsigned(self.others.len() as u64));
        self.others.iter().for_each(|other| prefixed(&mut body, other));
        body.extend(spell_unsigned(self.columns.len() as u64));
        for (spec, bytes) in &self.columns {
            body.extend(spell_unsigned(*spec));
            body.extend(spell_unsigned(bytes.len() as u64));
        }
        self.columns.iter().for_each(|(_, bytes)| body.extend_from_slice(bytes));
        body.extend_from_slice(&self.extra);
        framed(1, &body)
    }
}

/// A chunk of any type around a body.
pub(super) fn framed(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut stripped = vec![kind];
    stripped.extend(spell_unsigned(body.len() as u64));
    stripped.extend_from_slice(body);
    restore(&stripped)
}
