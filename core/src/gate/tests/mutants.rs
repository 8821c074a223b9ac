//! More than a million bent changes: none makes the gate panic, each reason of structure and of
//! facts comes up, and what the gate lets through Automerge reads without harm.

use std::collections::{BTreeMap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::transaction::Transactable;
use automerge::{AutoCommit, Change, ROOT};

use super::super::{Claim, Place, RESERVED_ACTOR, Reason, Verdict, examine, judge, limit, restore};
use super::facts::Tables;
use super::honest::{self, Tested};
use super::parts::{Parts, framed, spell_unsigned};
use crate::ids::{ChangeHash, CitizenId, DeviceNumber, DocId, NoteId};

const MUTANTS: u32 = 1_100_000;
/// How many accepted mutants Automerge is asked about.
const ASKED: u32 = 20_000;

/// A generator that gives the same mutants at each run (splitmix64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.roll() % end.max(1) as u64) as usize
    }

    pub(crate) fn one_in(&mut self, odds: usize) -> bool {
        self.below(odds) == 0
    }

    fn byte(&mut self) -> u8 {
        let near = [0, 1, 2, 3, 0x0f, 0x10, 0x3f, 0x40, 0x7d, 0x7e, 0x7f, 0x80, 0x81, 0xff];
        if self.one_in(2) { near[self.below(near.len())] } else { self.roll() as u8 }
    }

    fn number(&mut self) -> u64 {
        let edges = [0, 1, 2, 63, 127, 128, limit::COUNTER, u64::from(u32::MAX), u64::MAX];
        match self.below(3) {
            0 => edges[self.below(edges.len())],
            1 => self.roll() >> self.below(64),
            _ => self.below(64) as u64,
        }
    }
}

/// Bends some bytes anywhere.
fn bend_bytes(dice: &mut Dice, bytes: &mut Vec<u8>) {
    for _ in 0..=dice.below(3) {
        if bytes.is_empty() {
            return bytes.push(dice.byte());
        }
        let at = dice.below(bytes.len());
        match dice.below(8) {
            0 | 1 => bytes[at] ^= 1 << dice.below(8),
            2 | 3 => bytes[at] = dice.byte(),
            4 => bytes.insert(at, dice.byte()),
            5 => drop(bytes.remove(at)),
            6 => bytes.truncate(at),
            _ => {
                let from = dice.below(bytes.len());
                let end = (from + 1 + dice.below(8)).min(bytes.len());
                let piece = bytes[from..end].to_vec();
                bytes.splice(at..at, piece);
            }
        }
    }
}

/// Bends one part of a change.
fn bend_part(dice: &mut Dice, parts: &mut Parts, other: &Parts) {
    match dice.below(20) {
        0 => parts.seq = dice.number(),
        1 => parts.start_op = dice.number(),
        2 => parts.time = dice.number() as i64,
        3 => parts.time = -(dice.number() as i64 >> 1),
        4 => bend_bytes(dice, &mut parts.actor),
        5 => bend_bytes(dice, &mut parts.message),
        6 => bend_bytes(dice, &mut parts.extra),
        7 => parts.deps.push([dice.byte(); 32]),
        8 => {
            parts.deps.push([dice.byte(); 32]);
            parts.deps.sort_unstable();
        }
        9 => parts.deps = (0..=dice.byte()).map(|number| [number; 32]).collect(),
        10 => parts.others.push(vec![dice.byte(); 16]),
        11 => drop(parts.others.pop()),
        12 => parts.others.reverse(),
        13 => parts.columns.clear(),
        14 => parts.actor = RESERVED_ACTOR.0.to_vec(),
        _ => bend_columns(dice, &mut parts.columns, &other.columns),
    }
}

fn bend_columns(dice: &mut Dice, columns: &mut Vec<(u64, Vec<u8>)>, others: &[(u64, Vec<u8>)]) {
    let (at, from) = (dice.below(columns.len()), dice.below(others.len()));
    let Some(column) = columns.get_mut(at) else { return };
    match dice.below(12) {
        0 => column.0 = dice.number(),
        1 => drop(columns.remove(at)),
        2 => columns.reverse(),
        3 => columns.extend(others.get(from).cloned()),
        4 => *column = others.get(from).cloned().unwrap_or_default(),
        5 if column.0 == 0x34 => column.1 = spell_unsigned(dice.number()),
        _ => bend_bytes(dice, &mut column.1),
    }
}

/// A change far over a limit.
fn oversize(dice: &mut Dice, parts: &mut Parts) {
    match dice.below(3) {
        0 => parts.extra = vec![0; limit::BYTES],
        1 => parts.set(0x34, &spell_unsigned(dice.number() | 0x800)),
        _ => {
            *parts = Parts::two_puts();
            let length = limit::TEXT + dice.below(3);
            let kind = spell_unsigned((length as u64) << 4 | 6);
            parts.set(0x56, &[vec![0x7e, 0], kind].concat());
            parts.set(0x57, &vec![b'x'; length]);
        }
    }
}

/// An honest change bent somewhere, and whether its checksum was put right again.
pub(crate) fn mutant(dice: &mut Dice, base: &Honest, other: &Honest) -> (Vec<u8>, bool) {
    let mut bytes = base.bytes.clone();
    match dice.below(64) {
        0..16 => {
            bend_bytes(dice, &mut bytes);
            (bytes, false)
        }
        16..24 => {
            // The frame's length is bent too.
            let mut stripped = bytes.split_off(8);
            bend_bytes(dice, &mut stripped);
            (restore(&stripped), true)
        }
        24..40 => {
            let mut body = bytes.split_off(base.body);
            bend_bytes(dice, &mut body);
            (framed(1, &body), true)
        }
        40..63 => {
            let mut parts = base.parts.clone();
            for _ in 0..=dice.below(2) {
                bend_part(dice, &mut parts, &other.parts);
            }
            (parts.chunk(), true)
        }
        _ => {
            let mut parts = base.parts.clone();
            if dice.one_in(8) {
                oversize(dice, &mut parts);
            }
            (parts.chunk(), true)
        }
    }
}

/// An honest change to bend.
pub(crate) struct Honest {
    pub(crate) bytes: Vec<u8>,
    parts: Parts,
    /// Where the body begins in the chunk.
    body: usize,
}

impl Honest {
    pub(crate) fn of(bytes: &[u8]) -> Result<Self, Box<dyn std::error::Error>> {
        let parts = Parts::of(bytes)?;
        let length =
            bytes.get(9..).map_or(0, |rest| rest.iter().take_while(|b| **b > 0x7f).count());
        Ok(Self { bytes: bytes.to_vec(), parts, body: 10 + length })
    }
}

/// One with the document that it was written on.
struct Base {
    change: Honest,
    before: AutoCommit,
}

fn bases() -> Result<Vec<Base>, Box<dyn std::error::Error>> {
    let mut bases = Vec::new();
    let mut add = |bytes: &[u8], before: AutoCommit| -> Tested {
        bases.push(Base { change: Honest::of(bytes)?, before });
        Ok(())
    };
    for ticks in [0, 1, 2, 5, 9, 12, 9, 12] {
        add(&honest::note(0x00a1_b2c3, ticks)?, AutoCommit::new())?;
    }
    add(&honest::plan(5, 5)?.1, AutoCommit::new())?;
    let mut before = AutoCommit::new();
    for bytes in honest::concurrent_edits(3, 4)? {
        add(&bytes, before.clone())?;
        before.apply_changes([Change::try_from(&bytes[..])?])?;
    }
    // The 40 items of the first plan are long to hash; the mutants of the small ones say as much.
    bases.retain(|base| base.change.bytes.len() < 1_500);
    Ok(bases)
}

/// What Automerge did with a mutant that the gate let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    /// Its document is saved, loaded and edited.
    Lives,
    /// It claims another place in the document than its base; G1 sees to that.
    Elsewhere,
    NotRead,
    NotApplied,
    NotLoaded,
    Panicked,
}

fn fate(bytes: &[u8], base: &Base) -> Fate {
    let tried = catch_unwind(AssertUnwindSafe(|| {
        let Ok(change) = Change::try_from(bytes) else { return Fate::NotRead };
        let Ok(parts) = Parts::of(bytes) else { return Fate::NotRead };
        let place = |parts: &Parts| Parts { columns: Vec::new(), time: 0, ..parts.clone() };
        if place(&parts) != place(&base.change.parts) {
            return Fate::Elsewhere;
        }
        let mut doc = base.before.clone();
        if doc.apply_changes([change]).is_err() {
            return Fate::NotApplied;
        }
        let Ok(mut loaded) = AutoCommit::load(&doc.save()) else { return Fate::NotLoaded };
        if loaded.get_heads() != doc.get_heads() || loaded.put(ROOT, "after", 1_i64).is_err() {
            return Fate::NotLoaded;
        }
        loaded.commit();
        match AutoCommit::load(&loaded.save()) {
            Ok(_) => Fate::Lives,
            Err(_) => Fate::NotLoaded,
        }
    }));
    tried.unwrap_or(Fate::Panicked)
}

/// Asks G1 about a change that G0 accepted, of tables that fit it or not, as the dice fall.
fn verdict(dice: &mut Dice, bytes: &[u8]) -> Option<Verdict> {
    let shape = examine(bytes).ok()?;
    let (citizen, signer) = (CitizenId([4; 16]), shape.actor.device());
    let doc = match dice.below(12) {
        0 => DocId::Record(4, [1; 16]),
        1 => DocId::Plan(CitizenId([5; 16]), 0),
        _ if shape.deps.is_empty() && dice.below(8) > 0 => DocId::Note(NoteId([6; 16])),
        2 => DocId::Note(NoteId([6; 16])),
        _ => DocId::Plan(citizen, 0),
    };
    let hash = if dice.one_in(16) { ChangeHash([1; 32]) } else { shape.hash };
    let signer = if dice.one_in(16) { DeviceNumber(77) } else { signer };
    let place = if dice.one_in(4) { Place::Tablet(&[]) } else { Place::Server(&[]) };
    let mut tables = Tables::random(&shape, doc, |odds| dice.one_in(odds));
    judge(&mut tables, place, &Claim { doc, citizen, hash, signer }, bytes.to_vec()).ok()
}

#[test]
fn a_million_mutants_make_the_gate_neither_panic_nor_let_harm_through() -> Tested {
    let bases = bases()?;
    let mut dice = Dice(20_261_125);
    let mut refused: HashMap<Reason, u32> = HashMap::new();
    let mut verdicts: BTreeMap<&str, u32> = BTreeMap::new();
    let mut fates: BTreeMap<(&str, Fate), u32> = BTreeMap::new();
    let (mut panics, mut accepted, mut repaired) = (0, 0, 0);
    for _ in 0..MUTANTS {
        let base = &bases[dice.below(bases.len())];
        let other = &bases[dice.below(bases.len())];
        let (bytes, right) = mutant(&mut dice, &base.change, &other.change);
        repaired += u32::from(right);
        match catch_unwind(|| examine(&bytes)) {
            Err(_) => panics += 1,
            Ok(Err(reason)) => *refused.entry(reason).or_default() += 1,
            Ok(Ok(_)) => {
                accepted += 1;
                if accepted <= ASKED && bytes != base.change.bytes {
                    let kind = if base.change.parts.deps.is_empty() { "note" } else { "edit" };
                    *fates.entry((kind, fate(&bytes, base))).or_default() += 1;
                }
                let (word, reason) = match verdict(&mut dice, &bytes) {
                    Some(Verdict::Pass(_)) => ("pass", None),
                    Some(Verdict::Parked(_)) => ("parked", None),
                    Some(Verdict::Known) => ("known", None),
                    Some(Verdict::Held(reason)) => ("held", Some(reason)),
                    Some(Verdict::Refused(reason)) => ("refused", Some(reason)),
                    None => ("lost", None),
                };
                *verdicts.entry(word).or_default() += 1;
                if let Some(reason) = reason {
                    *refused.entry(reason).or_default() += 1;
                }
            }
        }
    }
    let histogram: BTreeMap<_, _> =
        Reason::ALL.iter().map(|reason| (reason.as_str(), refused.get(reason))).collect();
    println!("{MUTANTS} mutants, {repaired} with a right checksum, {accepted} accepted by G0");
    println!("{histogram:#?}\n{verdicts:?}\nAutomerge: {fates:?}");
    assert_eq!(panics, 0);
    assert!(repaired > MUTANTS / 2 && accepted > ASKED);
    for reason in Reason::ALL {
        assert!(refused.contains_key(reason), "no mutant was refused as {reason}");
    }
    for word in ["pass", "parked", "known", "held", "refused"] {
        assert!(verdicts.contains_key(word), "no mutant was {word}");
    }
    // What stands alone is wholly judged by G0. An edit may still name an operation that its
    // document does not hold; that is for the trial (G2), since only the document can tell.
    for (kind, fate) in fates.keys() {
        assert_ne!(*fate, Fate::NotRead, "the gate let through what Automerge cannot read");
        assert!(*kind == "edit" || *fate <= Fate::Elsewhere, "a {kind} that passed is {fate:?}");
    }
    Ok(())
}
