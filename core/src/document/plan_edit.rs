//! From a person's commands to one change.

use std::collections::BTreeSet;

use automerge::legacy::OpType;
use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{
    Automerge, AutomergeError, Change, ObjId, ObjType, ROOT, ReadDoc, ScalarValue, Value,
};

use super::DocumentError;
use crate::care::command::PlanCommand;
use crate::care::field::{Field, Scalar, Section};
use crate::gate::limit;
use crate::ids::ItemId;
use crate::time::UnixSeconds;

/// The commands as one change by the document's actor on its present heads.
pub(super) fn write(
    mut doc: Automerge,
    commands: &[PlanCommand],
    time: UnixSeconds,
) -> Result<Change, DocumentError> {
    let mut settled = Vec::new();
    let mut transaction = doc.transaction();
    for command in last_puts(commands) {
        command.write(&mut transaction, &mut settled)?;
    }
    let options = CommitOptions::default().with_time(time.0);
    let (Some(_), _) = transaction.commit_with(options) else {
        return Err(DocumentError::NothingChanged);
    };
    let change = doc.get_last_local_change().ok_or(DocumentError::Refused)?;
    if settled.is_empty() { Ok(change) } else { Ok(settle(&change, settled)) }
}

/// Puts the chosen values where [`put`] left a null.
///
/// Asked to put the value that it would show anyway, Automerge deletes the others instead. Then
/// two people who settle one conflict in two ways without seeing each other would not be in
/// conflict: the one who put a value would silently win over the one who deleted it.
fn settle(change: &Change, settled: Vec<ScalarValue>) -> Change {
    let mut change = change.decode();
    let nulls = change.operations.iter_mut().filter_map(|operation| match &mut operation.action {
        OpType::Put(value) if value.is_null() => Some(value),
        _ => None,
    });
    for (place, value) in nulls.zip(settled) {
        *place = value;
    }
    Change::from(change)
}

/// One command, less the puts that a later command of the same change overwrites: a change that
/// writes one key twice does not pass the gate.
struct Puts<'command> {
    adds: bool,
    section: Section,
    entry: ItemId,
    puts: Vec<(Field, &'command Scalar)>,
}

fn last_puts(commands: &[PlanCommand]) -> Vec<Puts<'_>> {
    let mut seen = BTreeSet::new();
    let mut kept: Vec<Puts<'_>> = commands
        .iter()
        .rev()
        .map(|command| {
            let (section, entry, mut puts) = command.puts();
            puts.reverse();
            puts.retain(|(field, _)| seen.insert((section, entry, *field)));
            puts.reverse();
            let adds = matches!(command, PlanCommand::AddEntry { .. });
            Puts { adds, section, entry, puts }
        })
        .collect();
    kept.reverse();
    kept
}

impl Puts<'_> {
    fn write(
        &self,
        transaction: &mut Transaction<'_>,
        settled: &mut Vec<ScalarValue>,
    ) -> Result<(), DocumentError> {
        for entry in self.entries(transaction)? {
            for (field, value) in &self.puts {
                put(transaction, &entry, field.key(), scalar(value), settled)
                    .map_err(|_| DocumentError::Refused)?;
            }
        }
        Ok(())
    }

    /// The maps that stand under the entry's id: one, unless two devices minted the same id.
    /// Then each is written, so that a put settles what is in conflict between them too.
    fn entries(&self, transaction: &mut Transaction<'_>) -> Result<Vec<ObjId>, DocumentError> {
        let section = maps(transaction, &ROOT, self.section.key())?
            .into_iter()
            .next()
            .ok_or(DocumentError::NoSection(self.section.key()))?;
        let key = self.entry.to_string();
        let there = maps(transaction, &section, &key)?;
        match (self.adds, there.is_empty()) {
            (true, true) => transaction
                .put_object(&section, key, ObjType::Map)
                .map(|made| vec![made])
                .map_err(|_| DocumentError::Refused),
            (true, false) => Err(DocumentError::EntryExists(self.entry)),
            (false, true) => Err(DocumentError::NoEntry(self.entry)),
            (false, false) => Ok(there),
        }
    }
}

/// Puts a value; where several stand, a null in its place, which [`settle`] fills.
fn put(
    transaction: &mut Transaction<'_>,
    entry: &ObjId,
    key: &str,
    value: ScalarValue,
    settled: &mut Vec<ScalarValue>,
) -> Result<(), AutomergeError> {
    if transaction.get_all(entry, key)?.len() < 2 {
        return transaction.put(entry, key, value);
    }
    settled.push(value);
    transaction.put(entry, key, ScalarValue::Null)
}

fn maps(
    transaction: &Transaction<'_>,
    object: &ObjId,
    key: &str,
) -> Result<Vec<ObjId>, DocumentError> {
    let there = transaction.get_all(object, key).map_err(|_| DocumentError::Refused)?;
    let is_map = |value: &Value<'_>| matches!(value, Value::Object(ObjType::Map));
    Ok(there.into_iter().filter(|(value, _)| is_map(value)).map(|(_, id)| id).collect())
}

fn scalar(value: &Scalar) -> ScalarValue {
    match value {
        Scalar::Text(text) => ScalarValue::Str(text.as_str().into()),
        Scalar::Int(number) => ScalarValue::Int(*number),
        Scalar::Bool(flag) => ScalarValue::Boolean(*flag),
    }
}

/// Half of what the gate lets through: the columns of operations and of the values they replace
/// take the rest.
const MOST_BYTES: usize = limit::BYTES / 2;
const MOST_OPERATIONS: usize = 1_000;

/// Cuts commands into pieces that are each one change within the gate's limits: an import, a plan
/// written anew. A single command is never cut.
#[must_use]
pub fn split(commands: Vec<PlanCommand>) -> Vec<Vec<PlanCommand>> {
    let mut pieces: Vec<Vec<PlanCommand>> = Vec::new();
    let (mut bytes, mut operations) = (0, 0);
    for command in commands {
        let (more_bytes, more_operations) = weight(&command);
        bytes += more_bytes;
        operations += more_operations;
        match pieces.last_mut() {
            Some(piece) if bytes <= MOST_BYTES && operations <= MOST_OPERATIONS => {
                piece.push(command);
            }
            _ => {
                pieces.push(vec![command]);
                (bytes, operations) = (more_bytes, more_operations);
            }
        }
    }
    pieces
}

/// About how many bytes a command takes beside its texts: keys, kinds, references.
fn weight(command: &PlanCommand) -> (usize, usize) {
    const EACH: usize = 16;
    let (_, _, puts) = command.puts();
    let texts: usize = puts
        .iter()
        .map(|(_, value)| match value {
            Scalar::Text(text) => text.len(),
            Scalar::Int(_) | Scalar::Bool(_) => 0,
        })
        .sum();
    let operations = puts.len() + 1;
    (texts + operations * EACH, operations)
}
