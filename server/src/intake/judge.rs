//! What becomes of one entry: certificate, schema, gates, trial, and then publication or another
//! end.

use std::collections::{BTreeMap, VecDeque};

use doegnrytme_core::care::role::Roles;
use doegnrytme_core::gate::{self, Claim, Dependency, Place, examine};
use doegnrytme_core::ids::{
    ChangeHash, CitizenId, DeviceNumber, DocId, ItemId, RecordKind, StreamId,
};
use doegnrytme_core::time::UnixSeconds;
use doegnrytme_core::trust::durable::peek;
use doegnrytme_core::wire::SCHEMA;
use doegnrytme_core::wire::certificate::CarerCertificate;
use doegnrytme_core::wire::entry::{Entry, EntryKind};
use doegnrytme_core::wire::row::{Content, Row};
use doegnrytme_core::wire::verdict::Verdict;

use super::facts::{Circle, Tables};
use super::log::{News, Reach};
use super::reason::Reason;
use super::tester::{Candidate, Tried};
use crate::node::context::Context;
use crate::record::returned;
use crate::store::batch::BatchKey;
use crate::store::certificate::{CertificateNumber, Subject};
use crate::store::device::DeviceStatus;
use crate::store::entry::{Authorship, EntryKey, EntryState, Standing, StoredEntry};
use crate::store::plan::PlanVersion;
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

/// What a carer's certificate says.
#[derive(Debug, Clone, Copy)]
struct Proof {
    device: DeviceNumber,
    from: UnixSeconds,
    until: UnixSeconds,
    roles: Roles,
}

/// A trial that was made before the transaction began.
#[derive(Debug, Clone)]
pub(super) struct Early {
    pub(super) hash: ChangeHash,
    pub(super) version: PlanVersion,
    pub(super) tried: Tried,
}

/// Judges entries in one transaction, and remembers who must hear of it.
#[derive(Default)]
pub(super) struct Judge {
    circle: Circle,
    publisher: Publisher,
    certificates: BTreeMap<CertificateNumber, Option<Proof>>,
    retired: BTreeMap<DeviceNumber, bool>,
    /// Whether the server itself writes, now.
    pub(super) own: bool,
    items: BTreeMap<CitizenId, Vec<(ItemId, Roles)>>,
    early: Option<Early>,
    /// A trial took too long: the rest of the push is tried later, so that nobody waits for it.
    slow: bool,
    pub(super) news: Vec<News>,
}

impl Judge {
    /// A judge that need not ask for one trial.
    pub(super) fn knowing(early: Early) -> Self {
        Self { early: Some(early), ..Self::default() }
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
        if entry.row.entry.schema > SCHEMA || waits {
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
        if let Some(reason) = self.doubt(tx, &entry.row, entry.certificate)? {
            return Ok(Decision::Hold(reason.number(), Vec::new()));
        }
        match decision {
            Decision::Publish(_) if entry.row.entry.kind == EntryKind::Change => {
                Ok(self.trial(tx, context, entry)?.unwrap_or(decision))
            }
            decision => Ok(decision),
        }
    }

    /// The trial; none when it passed.
    fn trial(
        &mut self,
        tx: &mut dyn Tx,
        context: &Context<'_>,
        entry: &StoredEntry,
    ) -> Result<Option<Decision>, StoreError> {
        let Some(candidate) = self.candidate(tx, entry)? else {
            return Ok(Some(Decision::Refuse(Reason::NotAnEntry.number())));
        };
        let early = self
            .early
            .take_if(|early| early.hash == candidate.hash && early.version == candidate.version);
        let tried = match early {
            Some(early) => early.tried,
            None if self.slow => Tried::Later,
            None => {
                let mut base = || tx.plan_changes(candidate.doc);
                context.rules.tester.try_change(&candidate, false, &mut base)?
            }
        };
        Ok(match tried {
            Tried::Passed(items) => {
                for (item, roles) in items {
                    tx.set_item_roles(candidate.citizen, item, roles)?;
                    self.items.remove(&candidate.citizen);
                }
                if matches!(candidate.doc, DocId::Plan(..)) {
                    tx.set_plan_version(candidate.doc, candidate.next)?;
                }
                None
            }
            Tried::Held(reason) => Some(Decision::Hold(reason, Vec::new())),
            Tried::Refused(reason) => Some(Decision::Refuse(reason)),
            Tried::Later => {
                self.slow = true;
                Some(Decision::Wait)
            }
        })
    }

    /// What the trial is asked about an entry; none when it is no change about a citizen.
    pub(super) fn candidate(
        &mut self,
        tx: &mut dyn Tx,
        entry: &StoredEntry,
    ) -> Result<Option<Candidate>, StoreError> {
        let row = &entry.row;
        let (Content::Change(chunk), Some(citizen)) = (&row.content, row.entry.citizen) else {
            return Ok(None);
        };
        let Entry { doc, hash, schema, .. } = row.entry;
        let device = row.origin.device;
        let roles = match self.proof(tx, entry.certificate)? {
            _ if device == DeviceNumber::SERVER => None,
            Some(proof) => Some(proof.roles),
            None => Some(Roles::NONE),
        };
        let items = match doc {
            DocId::Note(_) => self.items_of(tx, citizen)?,
            _ => Vec::new(),
        };
        let version = match doc {
            DocId::Plan(..) => tx.plan_version(doc)?,
            _ => PlanVersion::default(),
        };
        let (chunk, next) = (chunk.clone(), version.with(hash));
        Ok(Some(Candidate {
            doc,
            citizen,
            hash,
            device,
            schema,
            roles,
            items,
            chunk,
            version,
            next,
            bare: false,
        }))
    }

    fn items_of(
        &mut self,
        tx: &mut dyn Tx,
        citizen: CitizenId,
    ) -> Result<Vec<(ItemId, Roles)>, StoreError> {
        if let Some(items) = self.items.get(&citizen) {
            return Ok(items.clone());
        }
        let items = tx.item_roles(citizen)?;
        self.items.insert(citizen, items.clone());
        Ok(items)
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

    /// Why the author's proof does not hold, if it does not. A person decides then; never refused.
    fn doubt(
        &mut self,
        tx: &mut dyn Tx,
        row: &Row,
        number: CertificateNumber,
    ) -> Result<Option<Reason>, StoreError> {
        let signer = row.origin.device;
        if self.is_retired(tx, signer)? {
            return Ok(Some(Reason::Retired));
        }
        let Some(Proof { device, from, until, .. }) = self.proof(tx, number)? else {
            return Ok(Some(Reason::CertificateUnknown));
        };
        if device != signer || from > until {
            return Ok(Some(Reason::CertificateOfAnother));
        }
        let outside = !(from..=until).contains(&row.entry.written);
        Ok(outside.then_some(Reason::OutsideLease))
    }

    fn proof(
        &mut self,
        tx: &mut dyn Tx,
        number: CertificateNumber,
    ) -> Result<Option<Proof>, StoreError> {
        if let Some(known) = self.certificates.get(&number) {
            return Ok(*known);
        }
        let known = tx.certificate(number)?.map(|certificate| match certificate.subject {
            Subject::Carer { from, until, .. } => {
                let said = peek::<CarerCertificate>(&certificate.bytes);
                let roles = said.map_or(0, |said| u32::from(said.roles));
                Proof { device: certificate.device, from, until, roles: Roles::from_bits(roles) }
            }
            // A device's own certificate is no carer's: its time is empty.
            Subject::Device => Proof {
                device: certificate.device,
                from: UnixSeconds(1),
                until: UnixSeconds(0),
                roles: Roles::NONE,
            },
        });
        self.certificates.insert(number, known);
        Ok(known)
    }

    fn is_retired(&mut self, tx: &mut dyn Tx, device: DeviceNumber) -> Result<bool, StoreError> {
        if let Some(retired) = self.retired.get(&device) {
            return Ok(*retired);
        }
        let found = tx.device(device)?;
        let retired = found.is_some_and(|device| device.status != DeviceStatus::Active);
        self.retired.insert(device, retired);
        Ok(retired)
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
