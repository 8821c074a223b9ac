//! Changes whose trial took too long: they lie in intake as received, are tried again beside the
//! writer, and are judged when that has ended.

use super::judge::Judge;
use super::proof::Proofs;
use super::tester::{Candidate, Tried};
use super::trial::{Early, Trials};
use super::{IntakeError, Taken, log};
use crate::node::context::Context;
use crate::store::entry::EntryKey;
use crate::store::{StoreError, Tx};

/// Changes that wait for their trial, in order of arrival.
///
/// # Errors
/// [`StoreError`].
pub fn untried(tx: &mut dyn Tx, limit: usize) -> Result<Vec<(EntryKey, Candidate)>, StoreError> {
    let (mut trials, mut proofs) = (Trials::default(), Proofs::default());
    let mut waiting = Vec::new();
    for key in tx.untried(limit)? {
        let Some(entry) = tx.entry(key)? else { continue };
        if let Some(candidate) = trials.candidate(tx, &mut proofs, &entry.row, entry.certificate)? {
            waiting.push((key, candidate));
        }
    }
    Ok(waiting)
}

/// Judges an entry whose trial has ended. When its plan has moved on since, it is tried anew.
///
/// # Errors
/// [`IntakeError`].
pub fn settle(
    tx: &mut dyn Tx,
    context: &Context<'_>,
    key: EntryKey,
    candidate: &Candidate,
    tried: Tried,
) -> Result<Taken, IntakeError> {
    let early = Early { candidate: candidate.clone(), tried };
    let mut judge = Judge::knowing(early);
    judge.again(tx, context, [key].into())?;
    let (news, streams) = judge.finish(tx)?;
    Ok(Taken { streams, devices: log::write(tx, context, news)? })
}
