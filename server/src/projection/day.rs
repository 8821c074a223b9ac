//! A citizen's day, as the digest takes it.

use std::collections::BTreeSet;

use doegnrytme_core::care::consent::Topic;
use doegnrytme_core::care::digest::{self, DayFacts};
use doegnrytme_core::care::legal_basis::LegalBasis;
use doegnrytme_core::care::note::{Author, Note, NoteKind};
use doegnrytme_core::ids::CitizenId;
use doegnrytme_core::time::{LocalDay, UnixSeconds};

use crate::store::fact::Fact;
use crate::store::{StoreError, Tx};

/// What may be told of a citizen's day: the phrases that stand after all corrections, and that
/// somebody was there, which waits behind log-in when no phrase says it.
///
/// # Errors
/// [`StoreError`].
pub fn day(tx: &mut dyn Tx, citizen: CitizenId, day: LocalDay) -> Result<DayFacts, StoreError> {
    let facts = tx.facts_of(citizen, day)?;
    let mut told = digest::facts(facts.iter().map(note).collect::<Vec<_>>().iter());
    let visited = facts.iter().any(|fact| fact.kind == NoteKind::Visit && fact.day == day);
    told.other = BTreeSet::from_iter(visited.then_some(Topic::Visits));
    Ok(told)
}

/// A note of which only the facts are known, so that the rule about corrections stands in one
/// place, in the core.
fn note(fact: &Fact) -> Note {
    Note {
        id: fact.note,
        kind: fact.kind,
        citizen: fact.citizen,
        points_at: fact.points_at,
        phrases: fact.phrases.clone(),
        author: Author::Municipality,
        written: UnixSeconds(0),
        law: LegalBasis::Sel83,
        visit: None,
        started: UnixSeconds(0),
        ticks: Vec::new(),
        not_given: Vec::new(),
        outcome: None,
        text: String::new(),
        minutes: None,
        plan_heads: Vec::new(),
        dictated: false,
        to: None,
        advis: None,
        outside_id: None,
    }
}
