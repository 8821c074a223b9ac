//! Every reason of G1, each by one fact that is otherwise.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use super::super::{
    ChangeShape, Claim, Dependency, Facts, GatedChange, Place, RESERVED_ACTOR, Reason, Verdict,
    examine, judge, judge_own,
};
use super::honest::{self, Tested};
use super::parts::Parts;
use crate::ids::{ActorId, ChangeHash, CitizenId, DeviceNumber, DocId, NoteId};

const CITIZEN: CitizenId = CitizenId([4; 16]);
const ANOTHER: CitizenId = CitizenId([5; 16]);
const PLAN: DocId = DocId::Plan(CITIZEN, 0);
const NOTE: DocId = DocId::Note(NoteId([6; 16]));
/// The device whose number leads the actor of [`Parts::two_puts`].
const DEVICE: DeviceNumber = DeviceNumber(0x0707_0707);

/// Tables that hold what a test says.
#[derive(Clone)]
pub(super) struct Tables {
    known: BTreeSet<(DocId, ChangeHash)>,
    dependencies: BTreeMap<ChangeHash, Dependency>,
    last_seq: u64,
    strangers: bool,
    taken: bool,
    has_changes: bool,
    citizen: Option<CitizenId>,
    closed: bool,
    in_scope: bool,
}

impl Tables {
    /// What fits [`Parts::two_puts`]: the author's second change after operation 9.
    fn fitting() -> Self {
        Self {
            known: BTreeSet::new(),
            dependencies: [([3; 32], 9), ([5; 32], 4)]
                .map(|(hash, max_op)| (ChangeHash(hash), Dependency::Known { max_op }))
                .into(),
            last_seq: 1,
            strangers: false,
            taken: false,
            has_changes: true,
            citizen: Some(CITIZEN),
            closed: false,
            in_scope: true,
        }
    }

    /// What fits a note: nothing is known of it.
    fn empty() -> Self {
        Self { last_seq: 0, has_changes: false, citizen: None, ..Self::fitting() }
    }

    /// What fits a change but for some facts, as the dice fall.
    pub(super) fn random(
        shape: &ChangeShape,
        doc: DocId,
        mut one_in: impl FnMut(usize) -> bool,
    ) -> Self {
        let before = shape.start_op - 1;
        let mut of = |dep: &ChangeHash| match (one_in(16), one_in(16), one_in(16)) {
            (true, _, _) => (*dep, Dependency::Missing),
            (_, true, _) => (*dep, Dependency::Refused),
            (_, _, true) => (*dep, Dependency::Held),
            _ => (*dep, Dependency::Known { max_op: before }),
        };
        Self {
            dependencies: shape.deps.iter().map(&mut of).collect(),
            known: one_in(16).then_some((doc, shape.hash)).into_iter().collect(),
            last_seq: shape.seq - u64::from(!one_in(16)),
            strangers: one_in(16),
            taken: one_in(16),
            has_changes: one_in(8),
            citizen: one_in(16).then_some(ANOTHER),
            closed: one_in(16),
            in_scope: !one_in(16),
        }
    }
}

impl Facts for Tables {
    type Error = Infallible;

    fn is_known(&mut self, doc: DocId, hash: ChangeHash) -> Result<bool, Infallible> {
        Ok(self.known.contains(&(doc, hash)))
    }

    fn dependency(&mut self, _: DocId, hash: ChangeHash) -> Result<Dependency, Infallible> {
        Ok(self.dependencies.get(&hash).copied().unwrap_or(Dependency::Missing))
    }

    fn last_seq(&mut self, _: DocId, actor: ActorId) -> Result<u64, Infallible> {
        // Every other actor that these tests name is the stranger.
        let own = [ActorId([7; 16]), RESERVED_ACTOR].contains(&actor);
        Ok(if own || !self.strangers { self.last_seq } else { 0 })
    }

    fn is_taken(
        &mut self,
        _: DocId,
        _: ActorId,
        _: u64,
        _: ChangeHash,
    ) -> Result<bool, Infallible> {
        Ok(self.taken)
    }

    fn has_changes(&mut self, _: DocId) -> Result<bool, Infallible> {
        Ok(self.has_changes)
    }

    fn citizen_of(&mut self, _: DocId) -> Result<Option<CitizenId>, Infallible> {
        Ok(self.citizen)
    }

    fn is_closed(&mut self, _: DocId) -> Result<bool, Infallible> {
        Ok(self.closed)
    }

    fn in_scope(&mut self, _: DeviceNumber, _: CitizenId) -> Result<bool, Infallible> {
        Ok(self.in_scope)
    }
}

/// One question to the gate, to be bent.
struct Case {
    tables: Tables,
    parts: Parts,
    doc: DocId,
    citizen: CitizenId,
    signer: DeviceNumber,
    hash: Option<ChangeHash>,
}

impl Case {
    fn plan() -> Self {
        let (tables, parts) = (Tables::fitting(), Parts::two_puts());
        Self { tables, parts, doc: PLAN, citizen: CITIZEN, signer: DEVICE, hash: None }
    }

    fn note() -> Result<Self, Reason> {
        let parts = Parts::of(&honest::note(DEVICE.0, 3).unwrap_or_default())?;
        Ok(Self { tables: Tables::empty(), parts, doc: NOTE, ..Self::plan() })
    }

    /// A migration, written by the reserved actor and handed in by the server.
    fn migration() -> Self {
        let mut case = Self::plan();
        case.parts.actor = RESERVED_ACTOR.0.to_vec();
        case.parts.time = 0;
        case.signer = DeviceNumber::SERVER;
        case
    }

    fn shape(&self) -> Result<ChangeShape, Reason> {
        examine(&self.parts.chunk())
    }

    fn ask(&mut self, place: Place<'_>) -> Result<Verdict, Reason> {
        let hash = self.hash.unwrap_or(self.shape()?.hash);
        let claim = Claim { doc: self.doc, citizen: self.citizen, hash, signer: self.signer };
        match judge(&mut self.tables, place, &claim, self.parts.chunk()) {
            Ok(verdict) => Ok(verdict),
            Err(never) => match never {},
        }
    }
}

fn word(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Pass(_) => "pass".into(),
        Verdict::Parked(missing) => format!("parked {}", missing.len()),
        Verdict::Held(reason) => format!("held {reason}"),
        Verdict::Refused(reason) => format!("refused {reason}"),
        Verdict::Known => "known".into(),
    }
}

type Bend = fn(&mut Case);

const PLANS: &[(&str, Bend)] = &[
    ("pass", |_| {}),
    ("pass", |c| c.tables.citizen = None),
    ("known", |c| {
        let hash = c.shape().map_or(ChangeHash([0; 32]), |shape| shape.hash);
        c.tables.known.insert((PLAN, hash));
    }),
    ("parked 1", |c| c.tables.dependencies.retain(|dep, _| *dep != ChangeHash([3; 32]))),
    ("parked 2", |c| c.tables.dependencies.clear()),
    ("refused hash-mismatch", |c| c.hash = Some(ChangeHash([1; 32]))),
    ("refused foreign-actor", |c| c.signer = DeviceNumber(8)),
    ("refused foreign-actor", |c| c.signer = DeviceNumber::SERVER),
    ("refused foreign-actor", |c| {
        c.signer = DeviceNumber(0);
        c.parts.actor = [[0; 4].as_slice(), &[1; 12]].concat();
    }),
    ("refused not-a-document", |c| c.doc = DocId::Record(4, [1; 16])),
    ("refused plan-of-another", |c| c.citizen = ANOTHER),
    ("refused plan-without-genesis", |c| c.parts.deps.clear()),
    ("refused note-with-dependencies", |c| c.doc = NOTE),
    ("refused sequence-taken", |c| c.tables.taken = true),
    ("refused sequence-gap", |c| c.tables.last_seq = 0),
    ("refused sequence-gap", |c| c.tables.last_seq = 2),
    ("refused start-operation", |c| c.parts.start_op = 11),
    ("refused start-operation", |c| {
        c.tables.dependencies.insert(ChangeHash([5; 32]), Dependency::Known { max_op: u64::MAX });
    }),
    ("refused unknown-actor", |c| {
        c.tables.strangers = true;
        c.parts.others = vec![vec![9; 16]];
        c.parts.set(0x01, &[2, 1]);
        c.parts.set(0x02, &[2, 3]);
    }),
    ("held dependency-refused", |c| {
        c.tables.dependencies.insert(ChangeHash([5; 32]), Dependency::Refused);
        c.tables.dependencies.remove(&ChangeHash([3; 32]));
    }),
    ("held dependency-held", |c| {
        c.tables.dependencies.insert(ChangeHash([5; 32]), Dependency::Held);
        c.tables.dependencies.remove(&ChangeHash([3; 32]));
    }),
    ("held bound-to-another", |c| c.tables.citizen = Some(ANOTHER)),
    ("held out-of-scope", |c| c.tables.in_scope = false),
    ("held closed", |c| c.tables.closed = true),
];

const NOTES: &[(&str, Bend)] = &[
    ("pass", |_| {}),
    ("held bound-to-another", |c| c.tables.citizen = Some(ANOTHER)),
    ("refused note-second-change", |c| c.tables.has_changes = true),
    ("refused note-second-change", |c| c.parts.seq = 2),
    ("refused start-operation", |c| {
        c.parts = Parts { deps: Vec::new(), seq: 1, start_op: 2, ..Parts::two_puts() };
    }),
];

#[test]
fn every_reason_of_facts_has_a_question_that_is_answered_with_it() -> Tested {
    let mut seen = BTreeSet::new();
    for (wanted, bend) in PLANS {
        let mut case = Case::plan();
        bend(&mut case);
        let verdict = word(&case.ask(Place::Server(&[]))?);
        assert_eq!(verdict, *wanted);
        seen.insert(verdict);
    }
    for (wanted, bend) in NOTES {
        let mut case = Case::note()?;
        bend(&mut case);
        let verdict = word(&case.ask(Place::Server(&[]))?);
        assert_eq!(verdict, *wanted);
        seen.insert(verdict);
    }
    seen.insert(word(&Case::migration().ask(Place::Server(&[]))?));
    for reason in Reason::ALL.iter().filter(|reason| reason.number() >= 40) {
        let found = seen.iter().any(|verdict| verdict.ends_with(&format!(" {reason}")));
        assert!(found, "{reason} was never given");
    }
    Ok(())
}

#[test]
fn structure_is_judged_before_any_fact() {
    let mut tables = Tables::fitting();
    let claim = Claim { doc: PLAN, citizen: CITIZEN, hash: ChangeHash([0; 32]), signer: DEVICE };
    let verdict = judge(&mut tables, Place::Server(&[]), &claim, b"hello".to_vec());
    assert_eq!(verdict, Ok(Verdict::Refused(Reason::NotAChunk)));
}

#[test]
fn the_reserved_actor_writes_only_what_is_built_in_or_comes_from_the_server() -> Tested {
    let hash = Case::migration().shape()?.hash;
    let (built_in, none) = ([hash], []);
    let by_tablet = || Case { signer: DEVICE, ..Case::migration() };
    let cases = [
        ("pass", Case::migration(), Place::Server(&built_in)),
        ("refused reserved-actor", Case::migration(), Place::Server(&none)),
        ("refused reserved-actor", by_tablet(), Place::Server(&built_in)),
        ("pass", Case::migration(), Place::Tablet(&none)),
        ("pass", by_tablet(), Place::Tablet(&built_in)),
        ("refused reserved-actor", by_tablet(), Place::Tablet(&none)),
        ("refused reserved-actor", Case::migration(), Place::OwnChange),
    ];
    for (wanted, mut case, place) in cases {
        assert_eq!(word(&case.ask(place)?), wanted, "{place:?}");
    }
    Ok(())
}

#[test]
fn a_tablet_does_not_judge_the_scope_of_others_but_its_own() -> Tested {
    let mut case = Case::plan();
    case.tables.in_scope = false;
    assert_eq!(word(&case.ask(Place::Tablet(&[]))?), "pass");
    assert_eq!(word(&case.ask(Place::OwnChange)?), "held out-of-scope");
    Ok(())
}

#[test]
fn a_tablets_own_change_passes_the_same_gate() -> Tested {
    let bytes = honest::note(DEVICE.0, 9)?;
    let verdict = judge_own(&mut Tables::empty(), NOTE, CITIZEN, DEVICE, bytes.clone());
    let Ok(Verdict::Pass(change)) = verdict else { return Err("not passed".into()) };
    assert_eq!((change.doc(), change.citizen(), change.bytes()), (NOTE, CITIZEN, &bytes[..]));
    let again = GatedChange::from_log(NOTE, CITIZEN, change.hash(), bytes.clone())?;
    assert_eq!(again, *change);
    let other = GatedChange::from_log(NOTE, CITIZEN, ChangeHash([0; 32]), bytes.clone());
    assert_eq!(other, Err(Reason::HashMismatch));
    let foreign = judge_own(&mut Tables::empty(), NOTE, CITIZEN, DeviceNumber(9), bytes);
    assert_eq!(foreign, Ok(Verdict::Refused(Reason::ForeignActor)));
    Ok(())
}
