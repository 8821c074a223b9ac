//! `inspect`: what the server would make of any bytes, without keeping them. Operators look at held
//! changes with it; it goes through the same gates and a trial in a child process.
//!
//! Read [`bytes`] for the way of one file, `facts` for what the gate is told when there is no
//! store.

mod base;
mod facts;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::time::Instant;

use doegnrytme_core::care::role::Roles;
use doegnrytme_core::gate::{self, Claim, Place, examine, limit};
use doegnrytme_core::ids::{CitizenId, DeviceNumber, DocId, NoteId};
use doegnrytme_core::trial::Reason;
use serde::Serialize;

pub use base::Base;

use crate::intake::tester::{Candidate, Tester, Tried};
use crate::store::StoreError;
use facts::Facts;

/// The citizen of a change that nobody signed for.
const NOBODY: CitizenId = CitizenId([0xee; 16]);
/// The note of a change that rests on nothing.
const NO_NOTE: NoteId = NoteId([0xee; 16]);

/// What would become of the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// They would be published.
    Accepted,
    /// They can never be applied.
    Refused,
    /// A person would have to decide.
    Held,
    /// They rest on something that is not here.
    Parked,
}

/// One line of the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The file as it was named.
    pub file: String,
    /// What would become of it.
    pub verdict: Verdict,
    /// Why: the code word of a reason.
    pub reason: Option<&'static str>,
    /// How long it took, microseconds.
    pub us: u64,
}

/// Reads a file and says what would become of it. A file that cannot be read says so as its reason.
///
/// # Errors
/// What the store says.
pub fn file(path: &Path, base: &mut Base, tester: &dyn Tester) -> Result<Line, StoreError> {
    let begun = Instant::now();
    let (verdict, reason) = match read(path) {
        Ok(found) => bytes(found, base, tester)?,
        Err(_) => (Verdict::Refused, Some("unreadable-file")),
    };
    let us = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
    Ok(Line { file: path.display().to_string(), verdict, reason, us })
}

/// At most one byte more than a change may have: however long the file, memory is not.
fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    let most = u64::try_from(limit::BYTES).unwrap_or(u64::MAX).saturating_add(1);
    std::fs::File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What would become of some bytes, and the reason's code word.
///
/// # Errors
/// What the store says.
pub fn bytes(
    bytes: Vec<u8>,
    base: &mut Base,
    tester: &dyn Tester,
) -> Result<(Verdict, Option<&'static str>), StoreError> {
    let shape = match examine(&bytes) {
        Ok(shape) => shape,
        Err(reason) => return Ok((Verdict::Refused, Some(reason.as_str()))),
    };
    let doc = base.doc().unwrap_or(if shape.deps.is_empty() {
        DocId::Note(NO_NOTE)
    } else {
        DocId::Plan(NOBODY, 0)
    });
    let citizen = base.citizen(doc)?;
    // Nobody signed for the bytes, so the device that they name counts.
    let signer = shape.actor.device();
    let claim = Claim { doc, citizen, hash: shape.hash, signer };
    let mut facts = Facts { base, judged: shape.hash };
    match gate::judge(&mut facts, Place::Tablet(&[]), &claim, bytes)? {
        gate::Verdict::Pass(change) => {
            let candidate = base.candidate(&change, signer)?;
            let mut changes = |doc| base.changes(doc);
            // Tried as what took too long before: taking too long is an answer here.
            Ok(said(tester.try_change(&candidate, true, &mut changes)?))
        }
        gate::Verdict::Parked(_) => Ok((Verdict::Parked, Some("dependency-missing"))),
        gate::Verdict::Held(reason) => Ok((Verdict::Held, Some(reason.as_str()))),
        gate::Verdict::Refused(reason) => Ok((Verdict::Refused, Some(reason.as_str()))),
        gate::Verdict::Known => Ok((Verdict::Accepted, Some("known"))),
    }
}

fn said(tried: Tried) -> (Verdict, Option<&'static str>) {
    let word = |number| Reason::from_number(number).map(Reason::as_str);
    match tried {
        Tried::Passed(_) => (Verdict::Accepted, None),
        Tried::Held(number) => (Verdict::Held, word(number)),
        Tried::Refused(number) => (Verdict::Refused, word(number)),
        Tried::Later => (Verdict::Held, Some("trial-not-started")),
    }
}

/// A change as the trial is asked about it here: nobody's roles are known, so none are asked for.
fn candidate(
    change: &gate::GatedChange,
    device: DeviceNumber,
    version: crate::store::plan::PlanVersion,
    bare: bool,
) -> Candidate {
    Candidate {
        doc: change.doc(),
        citizen: change.citizen(),
        hash: change.hash(),
        device,
        schema: doegnrytme_core::wire::SCHEMA,
        roles: None::<Roles>,
        items: Vec::new(),
        chunk: change.bytes().to_vec(),
        version,
        next: version.with(change.hash()),
        bare,
    }
}
