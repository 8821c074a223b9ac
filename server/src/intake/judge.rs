//! What becomes of one entry: certificate, schema, gates, trial, and then publication or another
//! end.

use std::collections::VecDeque;

use doegnrytme_core::gate::{self, Claim, Dependency, Place, examine};
use doegnrytme_core::ids::{ChangeHash, DeviceNumber, DocId, RecordKind, StreamId};
use doegnrytme_core::wire::entry::{Entry, EntryKind};
use doegnrytme_core::wire::row::{Content, Row};
use doegnrytme_core::wire::verdict::Verdict;

use super::facts::{Circle, Tables};
use super::log::{News, Reach};
use super::proof::Proofs;
use super::reason::Reason;
use super::tester::Tried;
use super::trial::{Early, Trials};
use crate::node::context::Context;
use crate::record::returned;
use crate::store::batch::BatchKey;
use crate::store::entry::{Authorship, EntryKey, EntryState, Standing, StoredEntry};
use crate::store::{StoreError, Tx};
use crate::stream::Publisher;

/// Bytes of a refused entry that are kept; longer ones are not.
const KEEP_REFUSED: usize = 256 * 1024;

/// What was decided about an entry.
enum Decision {
    Publish(StreamId),
    Park(Vec<ChangeHash>),
    /// The reason, and the changes that it must be judged with again.
    Hold(u8, Vec<ChangeHash>),
    Refuse(u8),
    /// Durable, and tried again by itself.
    Wait,
}

/// Judges entries in one transaction, and remembers who must hear of it.
#[derive(Default)]
pub(super) struct Judge {
    circle: Circle,
    publisher: Publisher,
    proofs: Proofs,
    trials: Trials,
    /// Whether the server itself writes, now.
    pub(super) own: bool,
    pub(super) news: Vec<News>,
}

impl Judge {
    /// A judge that need not ask for one trial.
    pub(super) fn knowing(early: Early) -> Self {
        Self { trials: Trials::knowing(early), ..Self::default() }
    }

    /// Tries the changes of a push together, unless they wait anyway.
    pub(super) fn try_ahead(
        &mut self,
        tx: &mut dyn Tx,
        context: &Context<'_>,
        rows: &[Row],
    ) -> Result<(), StoreError> {
        if context.doubt.is_none() {
            self.trials.ahead(tx, context, &mut self.proofs, rows)?;
        }
        Ok(())
    }

    /// Judges an entry that came in `batch`, or says what became of it earlier. `home` is the
    /// stream of a record that concerns no citizen; only the server names one.
    pub(super) fn entry(
        &mut self,
        tx: &mut dyn Tx,
        context: &Context<'_>,
        row: Row,
        batch: BatchKey,
        home: Option<StreamId>,
    ) -> Result<Verdict, StoreError> {
        if let Some(standing) = tx.standing(row.entry.doc, row.entry.hash)? {
            return Ok(verdict_of(&standing));
        }
        if row.content == Content::Withheld {
            // Nothing to judge or keep. The entry is the batch's; whoever has the content offers it.
            return Ok(Verdict::Held { reason: Reason::Withheld.number() });
        }
        let certificate = tx.certificate_number(row.entry.certificate)?;
        let mut entry = StoredEntry {
            row,
            batch,
            certificate,
            received: context.now,
            state: EntryState::Parked,
            authorship: None,
        };
        let decision = self.decide(tx, context, &mut entry, home)?;
        let verdict = self.carry_out(tx, entry, None, decision)?;
        Ok(verdict)
    }

    /// Judges parked entries again that waited for (doc, hash), and those that waited for them.
    pub(super) fn release(
        &mut self,
        tx: &mut dyn Tx,
        context: &Context<'_>,
        doc: DocId,
        hash: ChangeHash,
    ) -> Result<(), StoreError> {
        // Only a plan's changes rest on others.
        if !matches!(doc, DocId::Plan(..)) {
            return Ok(());
        }
        let waiting = tx.waiting_for(doc, hash)?;
        self.again(tx, context, waiting.into())
    }

    /// Judges parked and held entries again, in order.
    pub(super) fn again(
        &mut self,
        tx: &mut dyn Tx,
        context: &Context<'_>,
        mut waiting: VecDeque<EntryKey>,
    ) -> Result<(), StoreError> {
        while let Some(key) = waiting.pop_front() {
            let Some(mut entry) = tx.entry(key)? else { continue };
            let before = entry.state;
            let open = matches!(
                before,
                EntryState::Parked | EntryState::Held { .. } | EntryState::Received
            );
            if !open {
                continue;
            }
            let (doc, hash) = (entry.row.entry.doc, entry.row.entry.hash);
            let origin = entry.row.origin;
            let decision = self.decide(tx, context, &mut entry, None)?;
            let verdict = self.carry_out(tx, entry, Some(key), decision)?;
            let same = matches!((before, &verdict), (EntryState::Held { reason: old },
                Verdict::Held { reason }) if old == *reason);
            if verdict.is_final() && !same {
                self.news.push(News { reach: Reach::Author, origin, verdict });
                waiting.extend(tx.waiting_for(doc, hash)?);
            }
        }
        Ok(())
    }

    /// Writes what was published.
    pub(super) fn finish(
        self,
        tx: &mut dyn Tx,
    ) -> Result<(Vec<News>, std::collections::BTreeSet<StreamId>), StoreError> {
        Ok((self.news, self.publisher.flush(tx)?))
    }

    fn decide(
        &mut self,
        tx: &mut dyn Tx,
        context: &Context<'_>,
        entry: &mut StoredEntry,
        home: Option<StreamId>,
    ) -> Result<Decision, StoreError> {
        // While a roll-back is in doubt, what tablets bring waits as if for a newer server.
        let waits = !context.doubt.is_none() && !self.own;
        if entry.row.entry.schema > context.rules.newest_schema || waits {
            // Kept now: what rests on it will ask when it is published.
            if let Content::Change(chunk) = &entry.row.content
                && let Ok(shape) = examine(chunk)
            {
                entry.authorship = Some(authorship(&shape));
            }
            return Ok(Decision::Park(Vec::new()));
        }
        if let Some(decision) = set_aside_replaced(tx, &entry.row)? {
            return Ok(decision);
        }
        let decision = match (entry.row.entry.kind, entry.row.entry.doc) {
            (EntryKind::Change, DocId::Plan(..) | DocId::Note(_)) => {
                self.change(tx, context, entry)?
            }
            (EntryKind::Record, DocId::Record(kind, _)) => {
                self.record(tx, &entry.row, kind, home)?
            }
            _ => Decision::Refuse(Reason::NotAnEntry.number()),
        };
        if matches!(decision, Decision::Refuse(_) | Decision::Hold(..)) {
            return Ok(decision);
        }
        if let Some(reason) = self.proofs.doubt(tx, &entry.row, entry.certificate)? {
            return Ok(Decision::Hold(reason.number(), Vec::new()));
        }
        match decision {
            Decision::Publish(_) if entry.row.entry.kind == EntryKind::Change => {
                Ok(match self.trials.run(tx, context, &mut self.proofs, entry)? {
                    Tried::Passed(_) => decision,
                    Tried::Held(reason) => Decision::Hold(reason, Vec::new()),
                    Tried::Refused(reason) => Decision::Refuse(reason),
                    Tried::Later => Decision::Wait,
                })
            }
            decision => Ok(decision),
        }
    }

    fn change(
        &mut self,
        tx: &mut dyn Tx,
        context: &Context<'_>,
        entry: &mut StoredEntry,
    ) -> Result<Decision, StoreError> {
        let Content::Change(chunk) = &entry.row.content else {
            return Ok(Decision::Refuse(Reason::NotAnEntry.number()));
        };
        let Some(citizen) = entry.row.entry.citizen else {
            return Ok(Decision::Refuse(Reason::NotAnEntry.number()));
        };
        let Entry { doc, hash, .. } = entry.row.entry;
        let claim = Claim { doc, citizen, hash, signer: entry.row.origin.device };
        let built_in = &context.rules.built_in;
        let mut tables = Tables { tx, circle: &mut self.circle, built_in, judged: hash };
        let place = Place::Server(&built_in.migrations);
        let verdict = gate::judge(&mut tables, place, &claim, chunk.clone())?;
        if let gate::Verdict::Pass(change) = &verdict {
            entry.authorship = Some(authorship(change.shape()));
        } else if let Ok(shape) = examine(chunk) {
            entry.authorship = Some(authorship(&shape));
        }
        Ok(match verdict {
            gate::Verdict::Pass(_) => match self.circle.home(tx, citizen)? {
                Some(stream) => Decision::Publish(stream),
                None => Decision::Hold(Reason::CitizenUnknown.number(), Vec::new()),
            },
            gate::Verdict::Parked(missing) => Decision::Park(missing),
            gate::Verdict::Held(reason @ gate::Reason::DependencyHeld) => {
                Decision::Hold(reason.number(), held_below(tx, doc, chunk)?)
            }
            gate::Verdict::Held(reason) => Decision::Hold(reason.number(), Vec::new()),
            gate::Verdict::Refused(reason) => Decision::Refuse(reason.number()),
            // Asked before; cannot be.
            gate::Verdict::Known => Decision::Hold(Reason::SetAside.number(), Vec::new()),
        })
    }

    fn record(
        &mut self,
        tx: &mut dyn Tx,
        row: &Row,
        kind: u8,
        home: Option<StreamId>,
    ) -> Result<Decision, StoreError> {
        if row.content.hash() != Some(row.entry.hash) {
            return Ok(Decision::Refuse(gate::Reason::HashMismatch.number()));
        }
        let signer = row.origin.device;
        let stream = match row.entry.citizen {
            Some(citizen) => self.circle.home(tx, citizen)?,
            None => home,
        };
        if signer == DeviceNumber::SERVER {
            // What this server said before it was rolled back, and tablets bring again.
            let stream = match stream {
                None if row.entry.citizen.is_none() => returned::home(tx, kind, &row.content)?,
                stream => stream,
            };
            let unknown = Decision::Hold(Reason::CitizenUnknown.number(), Vec::new());
            return Ok(stream.map_or(unknown, Decision::Publish));
        }
        let theirs = matches!(
            RecordKind::from_number(kind),
            Some(RecordKind::Relative | RecordKind::Consent)
        );
        let (Some(citizen), Some(stream), true) = (row.entry.citizen, stream, theirs) else {
            return Ok(Decision::Hold(Reason::NotForTablets.number(), Vec::new()));
        };
        if !self.circle.reaches(tx, signer, citizen)? {
            return Ok(Decision::Hold(gate::Reason::OutOfScope.number(), Vec::new()));
        }
        Ok(Decision::Publish(stream))
    }

    fn carry_out(
        &mut self,
        tx: &mut dyn Tx,
        mut entry: StoredEntry,
        known: Option<EntryKey>,
        decision: Decision,
    ) -> Result<Verdict, StoreError> {
        let (state, missing, verdict) = match decision {
            Decision::Publish(stream) => {
                let placed = self.publisher.publish(tx, stream, entry, known)?;
                return Ok(Verdict::Published {
                    stream: placed.stream,
                    seq: placed.seq,
                    received: placed.received,
                });
            }
            Decision::Park(missing) => {
                (EntryState::Parked, missing.clone(), Verdict::Parked { missing })
            }
            Decision::Hold(reason, with) => {
                (EntryState::Held { reason }, with, Verdict::Held { reason })
            }
            Decision::Wait => (EntryState::Received, Vec::new(), Verdict::Received),
            Decision::Refuse(reason) => {
                (EntryState::Refused { reason }, Vec::new(), Verdict::Refused { reason })
            }
        };
        if let Some(key) = known {
            tx.set_state(key, state, &missing)?;
            return Ok(verdict);
        }
        entry.state = state;
        if matches!(state, EntryState::Refused { .. }) && length(&entry.row) > KEEP_REFUSED {
            entry.row.content = Content::Withheld;
        }
        tx.put_entry(&entry, &missing)?;
        Ok(verdict)
    }
}

/// The held changes on which a change rests.
fn held_below(tx: &mut dyn Tx, doc: DocId, chunk: &[u8]) -> Result<Vec<ChangeHash>, StoreError> {
    let mut held = Vec::new();
    for dep in examine(chunk).map(|shape| shape.deps).unwrap_or_default() {
        if tx.dependency(doc, dep)? == Dependency::Held {
            held.push(dep);
        }
    }
    Ok(held)
}

fn length(row: &Row) -> usize {
    match &row.content {
        Content::Change(bytes) | Content::Record { payload: bytes, .. } => bytes.len(),
        Content::Withheld => 0,
    }
}

fn authorship(shape: &gate::ChangeShape) -> Authorship {
    Authorship { actor: shape.actor, seq: shape.seq, max_op: shape.max_op() }
}

/// Makes room for an entry that takes the place of another of the same device. Published already:
/// the new one waits for a person.
fn set_aside_replaced(tx: &mut dyn Tx, row: &Row) -> Result<Option<Decision>, StoreError> {
    let Some(replaced) = row.entry.replaces else { return Ok(None) };
    let Some(standing) = tx.standing(row.entry.doc, replaced)? else { return Ok(None) };
    if standing.origin.device != row.origin.device {
        return Ok(None);
    }
    match standing.state {
        EntryState::Published { .. } => {
            return Ok(Some(Decision::Hold(Reason::ReplacedPublished.number(), Vec::new())));
        }
        EntryState::Parked | EntryState::Held { .. } | EntryState::Received => {
            tx.set_state(standing.key, EntryState::SetAside, &[])?;
        }
        EntryState::Refused { .. } | EntryState::SetAside => {}
    }
    Ok(None)
}

/// The verdict that a stored entry's state means.
pub(super) fn verdict_of(standing: &Standing) -> Verdict {
    match standing.state {
        EntryState::Parked => Verdict::Parked { missing: standing.missing.clone() },
        EntryState::Received => Verdict::Received,
        EntryState::Held { reason } => Verdict::Held { reason },
        EntryState::Refused { reason } => Verdict::Refused { reason },
        EntryState::SetAside => Verdict::Held { reason: Reason::SetAside.number() },
        EntryState::Published { stream, seq, .. } => {
            Verdict::Published { stream, seq, received: standing.received }
        }
    }
}
