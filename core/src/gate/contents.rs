//! What the operations of a gated change say, read without Automerge.

use super::column::{Deltas, Runs};
use super::header::{self, Header};
use super::layout::{columns, count};
use super::operations::{MAKE_MAP, PUT};
use super::{Reason, chunk, reader::Reader};
use crate::ids::{ActorId, OpId};
use crate::time::UnixSeconds;

/// A change that has passed G0, as its author wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents<'a> {
    /// When it was written.
    pub time: UnixSeconds,
    /// What was done, in order.
    pub operations: Vec<Operation<'a>>,
}

/// One operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation<'a> {
    /// Its own id; for a new map, the map's.
    pub id: OpId,
    /// The map that it writes into; none is the root.
    pub object: Option<OpId>,
    /// The key in that map.
    pub key: &'a str,
    /// What is put there; none makes a map.
    pub put: Option<Value<'a>>,
    /// The values that it replaces, ascending by counter, then actor.
    pub replaces: Vec<OpId>,
}

/// A scalar that passes the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// Nothing.
    Null,
    /// A flag.
    Bool(bool),
    /// A number without sign.
    Unsigned(u64),
    /// A number with sign.
    Signed(i64),
    /// Milliseconds since 1970, as Automerge writes moments.
    Moment(i64),
    /// Words.
    Text(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
}

impl<'a> Contents<'a> {
    /// Reads a whole chunk that [`super::examine`] has let through.
    ///
    /// # Errors
    /// [`Reason`] for bytes that the gate would have refused; not all of them are found here.
    pub fn read(chunk: &'a [u8]) -> Result<Self, Reason> {
        let mut body = chunk::frame(chunk)?.body;
        let header = header::read(&mut body)?;
        let columns = columns(body)?;
        let count = count(columns[3])?;
        let [actors, counters, keys, _, actions, kinds, values, replaced, by, at] = columns;
        let unless_absent = |column: &'a [u8]| (!column.is_empty()).then(|| Runs::new(column));
        let mut rows = Rows {
            header: &header,
            object_actors: unless_absent(actors),
            object_counters: unless_absent(counters),
            keys: Runs::new(keys),
            actions: Runs::new(actions),
            kinds: Runs::new(kinds),
            values: Reader::new(values),
            replaced: Runs::new(replaced),
            replaced_actors: Runs::new(by),
            replaced_counters: Deltas::new(at),
        };
        let operations = (header.start_op..).take(usize::try_from(count).unwrap_or(0));
        let operations = operations.map(|number| rows.next(number)).collect::<Result<_, _>>()?;
        Ok(Self { time: header.time, operations })
    }
}

struct Rows<'a, 'h> {
    header: &'h Header,
    object_actors: Option<Runs<'a, u64>>,
    object_counters: Option<Runs<'a, u64>>,
    keys: Runs<'a, &'a str>,
    actions: Runs<'a, u64>,
    kinds: Runs<'a, u64>,
    values: Reader<'a>,
    replaced: Runs<'a, u64>,
    replaced_actors: Runs<'a, u64>,
    replaced_counters: Deltas<'a>,
}

impl<'a> Rows<'a, '_> {
    fn next(&mut self, number: u64) -> Result<Operation<'a>, Reason> {
        let next =
            |column: &mut Option<Runs<'a, u64>>| column.as_mut().map_or(Ok(None), Runs::next);
        let object = match (next(&mut self.object_actors)?, next(&mut self.object_counters)?) {
            (Some(actor), Some(counter)) => Some(OpId { counter, actor: self.actor(actor)? }),
            _ => None,
        };
        let key = self.keys.value()?;
        let action = self.actions.value()?;
        let kind = self.kinds.value()?;
        let put = match action {
            MAKE_MAP => None,
            PUT => Some(self.value(kind)?),
            _ => return Err(Reason::Action),
        };
        let id = OpId { counter: number, actor: self.header.actor };
        Ok(Operation { id, object, key, put, replaces: self.replaces()? })
    }

    fn value(&mut self, kind: u64) -> Result<Value<'a>, Reason> {
        let length = usize::try_from(kind >> 4).map_err(|_| Reason::Truncated)?;
        let bytes = self.values.take(length)?;
        let mut number = Reader::new(bytes);
        Ok(match kind & 0xf {
            0 => Value::Null,
            1 => Value::Bool(false),
            2 => Value::Bool(true),
            3 => Value::Unsigned(number.unsigned()?),
            4 => Value::Signed(number.signed()?),
            6 => Value::Text(std::str::from_utf8(bytes).map_err(|_| Reason::Utf8)?),
            7 => Value::Bytes(bytes),
            9 => Value::Moment(number.signed()?),
            _ => return Err(Reason::ValueType),
        })
    }

    fn replaces(&mut self) -> Result<Vec<OpId>, Reason> {
        let count = self.replaced.value()?;
        (0..count)
            .map(|_| {
                let actor = self.replaced_actors.value()?;
                let counter = self.replaced_counters.value()?;
                Ok(OpId { counter, actor: self.actor(actor)? })
            })
            .collect()
    }

    /// 0 is the author, then come the other actors as the header lists them.
    fn actor(&self, place: u64) -> Result<ActorId, Reason> {
        let Some(other) = place.checked_sub(1) else { return Ok(self.header.actor) };
        let other =
            usize::try_from(other).ok().and_then(|other| self.header.other_actors.get(other));
        other.copied().ok_or(Reason::Reference)
    }
}
