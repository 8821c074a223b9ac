//! From a note to its one change.
//!
//! The change is put together by hand from the operations, which are few: 5 µs instead of the
//! 75 µs of a transaction on an empty document, and the same bytes to the last one (tested).

use std::num::NonZeroU64;

use automerge::legacy::{Key, ObjectId, Op, OpId, OpType};
use automerge::{ActorId as AutomergeActor, Change, ExpandedChange, ObjType, ScalarValue};

use super::schema::{NOTE_SCHEMA, note as key};
use super::{DocumentError, OwnChange};
use crate::care::note::{Advis, Author, Note, Outcome, Tick};
use crate::care::visit::VisitKey;
use crate::ids::{ActorId, ItemId};

/// A note's document: exactly one change, resting on nothing, dated when the note was written.
///
/// The note's id, and its author when that is a carer or the municipality, stand in the change's
/// row and not in its bytes; [`super::read_note`] is told them.
///
/// # Errors
/// [`DocumentError::NoteDoesNotFit`] when the visit is another citizen's;
/// [`DocumentError::Gate`] for what [`Note::check`] would have refused: a text that is too long.
pub fn encode(note: &Note, actor: ActorId) -> Result<OwnChange, DocumentError> {
    if note.visit.is_some_and(|visit| visit.citizen != note.citizen) {
        return Err(DocumentError::NoteDoesNotFit);
    }
    let mut writer = Writer::new(actor);
    // What the notes of one shift have in common comes first.
    writer.put(key::SCHEMA, u64::from(NOTE_SCHEMA));
    writer.put(key::KIND, note.kind.key());
    writer.put(key::LAW, note.law.key());
    writer.maybe(key::OUTCOME, note.outcome.map(outcome));
    writer.maybe(key::VISIT, note.visit.map(visit));
    writer.put(key::CITIZEN, bytes(note.citizen.as_bytes()));
    write_rest(&mut writer, note);
    writer.ticks(&note.ticks)?;
    writer.finish(note.written.0)
}

fn write_rest(writer: &mut Writer, note: &Note) {
    writer.maybe(
        key::PLAN_HEADS,
        some_bytes(note.plan_heads.iter().flat_map(|head| head.0).collect()),
    );
    let before = note.written.0.saturating_sub(note.started.0);
    writer.maybe(key::STARTED_BEFORE, (before != 0).then_some(before));
    writer.maybe(key::MINUTES, note.minutes.map(|minutes| u64::from(minutes.get())));
    writer.maybe(key::TEXT, some_text(&note.text));
    writer.maybe(key::PHRASES, some_text(&spaced(note.phrases.iter().map(|phrase| phrase.0))));
    writer.maybe(key::DICTATED, note.dictated.then_some(true));
    writer.maybe(key::NOT_GIVEN, some_text(&spaced(&note.not_given)));
    writer.maybe(key::POINTS_AT, note.points_at.map(|id| bytes(&id.0)));
    writer.maybe(key::RECIPIENT, note.to.map(|to| text(&to.word())));
    if let Author::Outside(name) = &note.author {
        writer.put(key::OUTSIDE_AUTHOR, name.as_str());
    }
    writer.maybe(key::OUTSIDE_ID, note.outside_id.as_deref());
    if let Some(Advis { observed, tried, ask, owner, due }) = &note.advis {
        writer.put(key::OBSERVED, observed.as_str());
        writer.put(key::TRIED, tried.as_str());
        writer.put(key::ASK, ask.as_str());
        writer.put(key::OWNER, text(&owner.word()));
        writer.put(key::DUE, text(&due.to_string()));
    }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::AsAgreed => key::AS_AGREED,
        Outcome::Deviation { needs_action: false } => key::DEVIATION,
        Outcome::Deviation { needs_action: true } => key::NEEDS_ACTION,
    }
}

fn visit(VisitKey { citizen: _, day, part, number }: VisitKey) -> ScalarValue {
    text(&format!("{day} {} {number}", part.key()))
}

fn bytes(bytes: &[u8]) -> ScalarValue {
    ScalarValue::Bytes(bytes.to_vec())
}

fn some_bytes(bytes: Vec<u8>) -> Option<ScalarValue> {
    (!bytes.is_empty()).then_some(ScalarValue::Bytes(bytes))
}

fn text(text: &str) -> ScalarValue {
    ScalarValue::Str(text.into())
}

fn some_text(words: &str) -> Option<ScalarValue> {
    (!words.is_empty()).then(|| text(words))
}

fn spaced<Word: std::fmt::Display>(words: impl IntoIterator<Item = Word>) -> String {
    words.into_iter().map(|word| word.to_string()).collect::<Vec<_>>().join(" ")
}

/// The operations of one change on nothing, numbered from 1.
struct Writer {
    actor: AutomergeActor,
    operations: Vec<Op>,
}

impl Writer {
    fn new(actor: ActorId) -> Self {
        Self { actor: AutomergeActor::from(actor.as_bytes()), operations: Vec::with_capacity(24) }
    }

    fn put(&mut self, key: &str, value: impl Into<ScalarValue>) {
        self.push(ObjectId::Root, key, OpType::Put(value.into()));
    }

    fn maybe(&mut self, key: &str, value: Option<impl Into<ScalarValue>>) {
        if let Some(value) = value {
            self.put(key, value);
        }
    }

    fn push(&mut self, obj: ObjectId, key: &str, action: OpType) {
        let key = Key::Map(key.into());
        self.operations.push(Op { action, obj, key, pred: Vec::new().into(), insert: false });
    }

    /// A map and what stands in it; no map for nothing.
    fn map<Value: Into<ScalarValue>>(
        &mut self,
        key: &str,
        entries: impl Iterator<Item = (ItemId, Value)>,
    ) -> Result<(), DocumentError> {
        let mut entries = entries.peekable();
        if entries.peek().is_none() {
            return Ok(());
        }
        self.push(ObjectId::Root, key, OpType::Make(ObjType::Map));
        let made =
            u64::try_from(self.operations.len()).map_err(|_| DocumentError::NoteDoesNotFit)?;
        for (item, value) in entries {
            let map = ObjectId::Id(OpId::new(made, &self.actor));
            self.push(map, &item.to_string(), OpType::Put(value.into()));
        }
        Ok(())
    }

    fn ticks(&mut self, ticks: &[Tick]) -> Result<(), DocumentError> {
        self.map(key::TICKS, ticks.iter().map(|tick| (tick.item, u64::from(tick.after))))?;
        let outside =
            ticks.iter().filter_map(|tick| Some((tick.item, tick.outside_id.as_deref()?)));
        self.map(key::TICK_OUTSIDE_IDS, outside)
    }

    fn finish(self, time: i64) -> Result<OwnChange, DocumentError> {
        let change: Change = ExpandedChange {
            operations: self.operations,
            actor_id: self.actor,
            hash: None,
            seq: 1,
            start_op: NonZeroU64::MIN,
            time,
            message: None,
            deps: Vec::new(),
            extra_bytes: Vec::new(),
            author: None,
        }
        .into();
        OwnChange::new(&change)
    }
}
