//! The operations of a change: whether each is one that our documents use.

use super::column::{Deltas, Runs};
use super::header::Header;
use super::layout::{Columns, columns, count};
use super::{Reason, limit, reader::Reader};
use crate::ids::ActorId;

pub(super) const MAKE_MAP: u64 = 0;
pub(super) const PUT: u64 = 1;

/// An operation's id, or an object's: (counter, place of the actor in the change's own list).
type OpId = (u64, u64);

/// How many operations there are, when each is right.
pub(super) fn check(reader: Reader<'_>, header: &Header) -> Result<u32, Reason> {
    let columns = columns(reader)?;
    let [_, _, keys, inserts, actions, kinds, _, counts, _, _] = columns;
    if [keys, inserts, actions, kinds, counts].iter().any(|column| column.is_empty()) {
        return Err(Reason::Columns);
    }
    let count = count(inserts)?;
    let mut walk = Walk::new(columns, header, count);
    for _ in 0..count {
        walk.step()?;
    }
    walk.finish()?;
    Ok(count)
}

struct Walk<'a> {
    header: &'a Header,
    object_actors: Option<Runs<'a, u64>>,
    object_counters: Option<Runs<'a, u64>>,
    keys: Runs<'a, &'a str>,
    actions: Runs<'a, u64>,
    kinds: Runs<'a, u64>,
    values: Reader<'a>,
    predecessor_counts: Runs<'a, u64>,
    predecessor_actors: Runs<'a, u64>,
    predecessor_counters: Deltas<'a>,
    predecessors: u64,
    /// The counter of the operation at hand.
    at: u64,
    /// Which operations of this change made a map, one bit each.
    maps: Bits,
    /// Which actors were named, one bit each.
    named: Bits,
    /// What was written so far: the object (counter 0 is the root) and the key, led by a number
    /// made of both, so that sorting rarely compares texts.
    written: Vec<(u64, OpId, &'a str)>,
}

impl<'a> Walk<'a> {
    fn new(columns: Columns<'a>, header: &'a Header, count: u32) -> Self {
        let [
            object_actors,
            object_counters,
            keys,
            _,
            actions,
            kinds,
            values,
            counts,
            actors,
            counters,
        ] = columns;
        let unless_absent = |column: &'a [u8]| (!column.is_empty()).then(|| Runs::new(column));
        Self {
            header,
            object_actors: unless_absent(object_actors),
            object_counters: unless_absent(object_counters),
            keys: Runs::new(keys),
            actions: Runs::new(actions),
            kinds: Runs::new(kinds),
            values: Reader::new(values),
            predecessor_counts: Runs::new(counts),
            predecessor_actors: Runs::new(actors),
            predecessor_counters: Deltas::new(counters),
            predecessors: 0,
            at: header.start_op,
            maps: Bits::default(),
            named: Bits::default(),
            written: Vec::with_capacity(usize::try_from(count).unwrap_or(0)),
        }
    }

    fn step(&mut self) -> Result<(), Reason> {
        let object = self.object()?;
        let key = self.keys.value()?;
        self.written.push((mixed(object, key), object, key));
        let action = self.actions.value()?;
        let kind = self.kinds.value()?;
        let replaced = self.predecessor_counts.value()?;
        match action {
            MAKE_MAP if kind != 0 => return Err(Reason::Value),
            // A map that takes another value's place hides it with all it holds.
            MAKE_MAP if replaced != 0 => return Err(Reason::Predecessors),
            MAKE_MAP => self.maps.set(self.at - self.header.start_op),
            PUT => self.value(kind)?,
            _ => return Err(Reason::Action),
        }
        self.replaced(replaced)?;
        self.at += 1;
        Ok(())
    }

    /// The map that the operation writes into: the root, one that the author knew, or one that
    /// this change made before.
    fn object(&mut self) -> Result<OpId, Reason> {
        let next =
            |column: &mut Option<Runs<'a, u64>>| column.as_mut().map_or(Ok(None), Runs::next);
        let (Some(actor), Some(counter)) =
            (match (next(&mut self.object_actors)?, next(&mut self.object_counters)?) {
                (None, None) => return Ok((0, 0)),
                both => both,
            })
        else {
            return Err(Reason::Reference);
        };
        if counter >= self.header.start_op {
            let made_here = actor == 0 && self.maps.get(counter - self.header.start_op);
            return if made_here { Ok((counter, actor)) } else { Err(Reason::Reference) };
        }
        self.known(counter, actor)
    }

    /// An operation of an earlier change.
    fn known(&mut self, counter: u64, actor: u64) -> Result<OpId, Reason> {
        let listed = match actor.checked_sub(1) {
            // The author has earlier operations only when this is not his first change.
            None => self.header.seq > 1,
            Some(other) => {
                usize::try_from(other).is_ok_and(|other| other < self.header.other_actors.len())
            }
        };
        if counter == 0 || counter >= self.header.start_op || !listed {
            return Err(Reason::Reference);
        }
        self.named.set(actor);
        Ok((counter, actor))
    }

    fn value(&mut self, kind: u64) -> Result<(), Reason> {
        let length = usize::try_from(kind >> 4).map_err(|_| Reason::Truncated)?;
        let mut value = Reader::new(match self.values.take(length) {
            Ok(bytes) => bytes,
            Err(_) => return Err(Reason::ColumnLengths),
        });
        match kind & 0xf {
            // Null, false and true are their kind alone.
            0..=2 => {}
            // Unsigned, signed and moment.
            3 => drop(value.unsigned()?),
            4 | 9 => drop(value.signed()?),
            // Text and bytes.
            6 | 7 if length > limit::TEXT => return Err(Reason::TextTooLong),
            6 => drop(std::str::from_utf8(value.take(length)?).map_err(|_| Reason::Utf8)?),
            7 => drop(value.take(length)?),
            // Floats, counters and what a later Automerge may add.
            _ => return Err(Reason::ValueType),
        }
        if value.is_empty() { Ok(()) } else { Err(Reason::Value) }
    }

    /// The earlier values that an operation replaces, ascending as Automerge sorts them.
    fn replaced(&mut self, count: u64) -> Result<(), Reason> {
        self.predecessors = self.predecessors.saturating_add(count);
        if self.predecessors > limit::PREDECESSORS {
            return Err(Reason::Predecessors);
        }
        let mut before = None;
        for _ in 0..count {
            let actor = self.predecessor_actors.value()?;
            let counter = self.predecessor_counters.value()?;
            self.known(counter, actor)?;
            let this = Some((counter, self.actor(actor)));
            if before >= this {
                return Err(Reason::Predecessors);
            }
            before = this;
        }
        Ok(())
    }

    fn actor(&self, place: u64) -> ActorId {
        let other = place.checked_sub(1).and_then(|other| usize::try_from(other).ok());
        let actor = other.and_then(|other| self.header.other_actors.get(other));
        actor.copied().unwrap_or(self.header.actor)
    }

    fn finish(mut self) -> Result<(), Reason> {
        let done = self.object_actors.as_ref().is_none_or(Runs::is_done)
            && self.object_counters.as_ref().is_none_or(Runs::is_done)
            && self.keys.is_done()
            && self.actions.is_done()
            && self.kinds.is_done()
            && self.values.is_empty()
            && self.predecessor_counts.is_done()
            && self.predecessor_actors.is_done()
            && self.predecessor_counters.is_done();
        if !done {
            return Err(Reason::ColumnLengths);
        }
        let others = self.header.other_actors.len();
        if !(1..=others).all(|other| u64::try_from(other).is_ok_and(|other| self.named.get(other)))
        {
            return Err(Reason::OtherActors);
        }
        self.written.sort_unstable();
        if self.written.is_sorted_by(|one, next| one < next) {
            Ok(())
        } else {
            Err(Reason::KeyTwice)
        }
    }
}

/// A number that differs for most pairs of object and key. Who makes two alike gains a slower sort.
fn mixed((counter, actor): OpId, key: &str) -> u64 {
    let mix = |sum: u64, word: u64| (sum.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    let (words, rest) = key.as_bytes().as_chunks::<8>();
    let sum =
        words.iter().fold(mix(counter, actor), |sum, word| mix(sum, u64::from_le_bytes(*word)));
    rest.iter().fold(sum, |sum, byte| mix(sum, u64::from(*byte)))
}

/// One bit for each operation or actor of a change.
#[derive(Default)]
struct Bits([u64; 32]);

impl Bits {
    fn set(&mut self, at: u64) {
        if let Some(word) = usize::try_from(at / 64).ok().and_then(|word| self.0.get_mut(word)) {
            *word |= 1 << (at % 64);
        }
    }

    fn get(&self, at: u64) -> bool {
        let word = usize::try_from(at / 64).ok().and_then(|word| self.0.get(word));
        word.is_some_and(|word| word & (1 << (at % 64)) != 0)
    }
}
