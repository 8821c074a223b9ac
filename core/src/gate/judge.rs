//! G0 and G1 in order: what is decided about a change before Automerge sees it.

use super::{ChangeShape, Dependency, Facts, GatedChange, RESERVED_ACTOR, Reason, examine};
use crate::ids::{ChangeHash, CitizenId, DeviceNumber, DocId};

/// What the signed manifest says of the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// The document that the change belongs to.
    pub doc: DocId,
    /// The citizen whom it is about.
    pub citizen: CitizenId,
    /// The hash that was signed for.
    pub hash: ChangeHash,
    /// The device that signed the batch, not the one that carried it here.
    pub signer: DeviceNumber,
}

/// Where the gate stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place<'a> {
    /// On the server, before intake publishes. Holds the hashes of its built-in migrations.
    Server(&'a [ChangeHash]),
    /// On a tablet, before a published change is applied. Scope was the server's to judge.
    Tablet(&'a [ChangeHash]),
    /// On a tablet, before "gemt" is said of its own change.
    OwnChange,
}

/// What the gate decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It may go on to the trial, or into the document.
    Pass(Box<GatedChange>),
    /// These changes must come first; ask again when they have.
    Parked(Vec<ChangeHash>),
    /// A person must decide; the bytes are kept.
    Held(Reason),
    /// It can never be applied; the bytes are kept, opaque and capped.
    Refused(Reason),
    /// (doc, hash) is in the tables already; answer what its row says.
    Known,
}

/// Gates G0 and G1: structure first, then facts.
///
/// # Errors
/// What the tables said when they could not answer; nothing is decided then.
pub fn judge<F: Facts>(
    facts: &mut F,
    place: Place<'_>,
    claim: &Claim,
    bytes: Vec<u8>,
) -> Result<Verdict, F::Error> {
    let shape = match examine(&bytes) {
        Ok(shape) if shape.hash == claim.hash => shape,
        Ok(_) => return Ok(Verdict::Refused(Reason::HashMismatch)),
        Err(reason) => return Ok(Verdict::Refused(reason)),
    };
    if facts.is_known(claim.doc, shape.hash)? {
        return Ok(Verdict::Known);
    }
    if let Err(reason) = author_fits(place, claim, &shape).and_then(|()| kind_fits(claim, &shape)) {
        return Ok(Verdict::Refused(reason));
    }
    if let Some(reason) = taken(facts, claim, &shape)? {
        return Ok(Verdict::Refused(reason));
    }
    if let Some(reason) = standing(facts, place, claim)? {
        return Ok(Verdict::Held(reason));
    }
    if let Some(verdict) = order(facts, claim, &shape)? {
        return Ok(verdict);
    }
    Ok(Verdict::Pass(Box::new(GatedChange::new(bytes, shape, claim.doc, claim.citizen))))
}

/// A tablet's gate for the change it has just written and not yet called saved. Anything but
/// [`Verdict::Pass`] is an error of the program: the document is rebuilt from the log.
///
/// # Errors
/// What the tables said when they could not answer.
pub fn judge_own<F: Facts>(
    facts: &mut F,
    doc: DocId,
    citizen: CitizenId,
    signer: DeviceNumber,
    bytes: Vec<u8>,
) -> Result<Verdict, F::Error> {
    match super::strip(&bytes) {
        Some(stripped) => {
            let hash = super::chunk::hash(stripped);
            judge(facts, Place::OwnChange, &Claim { doc, citizen, hash, signer }, bytes)
        }
        None => Ok(Verdict::Refused(Reason::Checksum)),
    }
}

/// The actor is the signing device's, or the reserved one writes what is built in.
fn author_fits(place: Place<'_>, claim: &Claim, shape: &ChangeShape) -> Result<(), Reason> {
    if shape.actor == RESERVED_ACTOR {
        let by_server = claim.signer == DeviceNumber::SERVER;
        let admitted = match place {
            Place::Server(built_in) => by_server && built_in.contains(&shape.hash),
            // A newer server may migrate a plan before the tablet is upgraded.
            Place::Tablet(built_in) => by_server || built_in.contains(&shape.hash),
            Place::OwnChange => false,
        };
        return if admitted { Ok(()) } else { Err(Reason::ReservedActor) };
    }
    let device = shape.actor.device();
    let nobody = device == RESERVED_ACTOR.device();
    if nobody || device != claim.signer { Err(Reason::ForeignActor) } else { Ok(()) }
}

/// What a plan or a note may look like.
fn kind_fits(claim: &Claim, shape: &ChangeShape) -> Result<(), Reason> {
    match claim.doc {
        DocId::Record(..) => Err(Reason::NotADocument),
        DocId::Plan(citizen, _) if citizen != claim.citizen => Err(Reason::PlanOfAnother),
        DocId::Plan(..) if shape.deps.is_empty() => Err(Reason::PlanWithoutGenesis),
        DocId::Plan(..) => Ok(()),
        DocId::Note(_) if !shape.deps.is_empty() => Err(Reason::NoteWithDependencies),
        DocId::Note(_) if shape.seq != 1 => Err(Reason::NoteSecondChange),
        DocId::Note(_) => Ok(()),
    }
}

/// Whether another change has the place that this one claims.
fn taken<F: Facts>(
    facts: &mut F,
    claim: &Claim,
    shape: &ChangeShape,
) -> Result<Option<Reason>, F::Error> {
    if facts.is_taken(claim.doc, shape.actor, shape.seq, shape.hash)? {
        return Ok(Some(Reason::SequenceTaken));
    }
    let second = matches!(claim.doc, DocId::Note(_)) && facts.has_changes(claim.doc)?;
    Ok(second.then_some(Reason::NoteSecondChange))
}

/// Whether the device may add to this document now; if not, a person decides.
fn standing<F: Facts>(
    facts: &mut F,
    place: Place<'_>,
    claim: &Claim,
) -> Result<Option<Reason>, F::Error> {
    if facts.is_closed(claim.doc)? {
        return Ok(Some(Reason::Closed));
    }
    if facts.citizen_of(claim.doc)?.is_some_and(|bound| bound != claim.citizen) {
        return Ok(Some(Reason::BoundToAnother));
    }
    let exempt = matches!(place, Place::Tablet(_)) || claim.signer == DeviceNumber::SERVER;
    if !exempt && !facts.in_scope(claim.signer, claim.citizen)? {
        return Ok(Some(Reason::OutOfScope));
    }
    Ok(None)
}

/// Whether all that the change rests on is there, and whether it follows from it.
fn order<F: Facts>(
    facts: &mut F,
    claim: &Claim,
    shape: &ChangeShape,
) -> Result<Option<Verdict>, F::Error> {
    let mut missing = Vec::new();
    let (mut refused, mut held) = (false, false);
    let mut max_op = 0;
    for dep in &shape.deps {
        match facts.dependency(claim.doc, *dep)? {
            Dependency::Known { max_op: known } => max_op = max_op.max(known),
            Dependency::Missing => missing.push(*dep),
            Dependency::Held => held = true,
            Dependency::Refused => refused = true,
        }
    }
    if refused {
        return Ok(Some(Verdict::Held(Reason::DependencyRefused)));
    }
    if held {
        return Ok(Some(Verdict::Held(Reason::DependencyHeld)));
    }
    if !missing.is_empty() {
        return Ok(Some(Verdict::Parked(missing)));
    }
    if let Some(reason) = actors(facts, claim, shape)? {
        return Ok(Some(Verdict::Refused(reason)));
    }
    let follows = max_op.checked_add(1) == Some(shape.start_op);
    Ok((!follows).then_some(Verdict::Refused(Reason::StartOperation)))
}

/// Whether the author's number follows his last one, and everybody he names has written here.
/// (Automerge panics on an actor that it has never met.)
fn actors<F: Facts>(
    facts: &mut F,
    claim: &Claim,
    shape: &ChangeShape,
) -> Result<Option<Reason>, F::Error> {
    // The author's own change before this one is always among what it rests on.
    if shape.seq.checked_sub(1) != Some(facts.last_seq(claim.doc, shape.actor)?) {
        return Ok(Some(Reason::SequenceGap));
    }
    for actor in &shape.other_actors {
        if facts.last_seq(claim.doc, *actor)? == 0 {
            return Ok(Some(Reason::UnknownActor));
        }
    }
    Ok(None)
}
