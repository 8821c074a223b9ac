//! Edits that rest on a change that the server held or refused are written anew without it (design
//! §5): on the plan as their author saw it, less what was held, so that nothing that a colleague
//! wrote since is overwritten unseen.

use std::collections::BTreeMap;

use super::machine::Machine;
use crate::care::command::Command;
use crate::gate::{Reason, Verdict as Gated, judge_own};
use crate::ids::{ActorId, ChangeHash, DeviceNumber, DocId};
use crate::port::{Level, random};
use crate::store::{Outgoing, OwnRow, SaveError, State, StoreError};
use crate::sync::SyncError;
use crate::wire::entry::Entry;
use crate::wire::from_bytes;
use crate::wire::row::Content;
use crate::wire::verdict::{CERTIFICATE_UNKNOWN, Verdict};

/// Changes that do not count any more, and what to stand on instead of each.
#[derive(Default)]
struct Gone(BTreeMap<ChangeHash, Vec<ChangeHash>>);

impl Gone {
    fn holds_any_of(&self, heads: &[ChangeHash]) -> bool {
        heads.iter().any(|head| self.0.contains_key(head))
    }

    fn without(&self, heads: &[ChangeHash]) -> Vec<ChangeHash> {
        let instead = |head: &ChangeHash| self.0.get(head).cloned().unwrap_or_else(|| vec![*head]);
        let mut heads: Vec<ChangeHash> = heads.iter().flat_map(instead).collect();
        heads.sort_unstable();
        heads.dedup();
        heads
    }
}

/// What a held or refused row is to those that rest on it.
enum Part {
    /// It counts, or will when its proof has come.
    Counts,
    /// It was held or refused for its own sake.
    Bad,
    /// It may be written anew.
    Rests,
    /// It was written anew already.
    Replaced,
}

fn part(row: &Outgoing, gone: &Gone) -> Part {
    match (row.row.state, &row.verdict) {
        (State::Published | State::Restricted, _) => Part::Counts,
        (State::SetAside, _) => Part::Replaced,
        // The certificate is on its way: what rests on it will be published with it.
        (_, Some(Verdict::Held { reason: CERTIFICATE_UNKNOWN })) => Part::Counts,
        (_, Some(Verdict::Held { reason })) if *reason == Reason::DependencyHeld.number() => {
            Part::Rests
        }
        (_, Some(Verdict::Held { reason })) if *reason == Reason::DependencyRefused.number() => {
            Part::Rests
        }
        (State::Held | State::Refused, _) => Part::Bad,
        (State::Own, _) if gone.holds_any_of(&row.heads) => Part::Rests,
        (State::Own, _) => Part::Counts,
    }
}

impl Machine {
    /// Writes anew what rests on held or refused changes of this tablet. What cannot be written
    /// without them (a value of an item that was held) stays with them, for the team.
    pub(super) fn replay_held(&mut self) {
        if let Err(error) = self.try_replay() {
            let what = match error {
                SyncError::Store(StoreError::DiskFull) => "the disk is full: edits wait",
                _ => "edits that rest on a held one were not written anew",
            };
            self.log(Level::Error, what, &[]);
        }
    }

    fn try_replay(&mut self) -> Result<(), SyncError> {
        let (device, plans) = self.store.read(|tx| {
            Ok::<_, SyncError>((tx.device()?.map(|(device, _)| device), tx.held_plans()?))
        })?;
        let Some(device) = device else { return Ok(()) };
        plans.into_iter().try_for_each(|doc| self.replay_plan(device, doc))
    }

    fn replay_plan(&mut self, device: DeviceNumber, doc: DocId) -> Result<(), SyncError> {
        let rows = self.store.read(|tx| tx.outgoing_in(&doc))?;
        let anew: BTreeMap<ChangeHash, ChangeHash> = rows
            .iter()
            .filter_map(|row| Some((row.row.entry.replaces?, row.row.entry.hash)))
            .collect();
        let mut gone = Gone::default();
        for row in rows {
            let hash = row.row.entry.hash;
            let instead = match part(&row, &gone) {
                Part::Counts => continue,
                Part::Replaced => match anew.get(&hash) {
                    Some(anew) => vec![*anew],
                    None => gone.without(&row.heads),
                },
                Part::Bad => gone.without(&row.heads),
                Part::Rests => {
                    let heads = gone.without(&row.heads);
                    match self.write_anew(device, doc, &row, &heads)? {
                        Some(anew) => vec![anew],
                        None => heads,
                    }
                }
            };
            gone.0.insert(hash, instead);
        }
        Ok(())
    }

    /// Carries the row's command out on `heads`; none when the plan does not have what it edits.
    fn write_anew(
        &mut self,
        device: DeviceNumber,
        doc: DocId,
        row: &Outgoing,
        heads: &[ChangeHash],
    ) -> Result<Option<ChangeHash>, SyncError> {
        let Ok(Command::Plan { citizen, edit }) = from_bytes(&row.command) else { return Ok(None) };
        let mut plan = self.store.read(|tx| tx.document(&doc))?;
        let actor = ActorId::new(device, random(&mut *self.ports.entropy));
        let written = row.row.entry.written;
        let Ok(change) = plan.edit_at(heads, std::slice::from_ref(&edit), actor, written) else {
            return Ok(None);
        };
        let hash = change.hash();
        let gated =
            self.store.read(|tx| judge_own(&mut tx.facts(), doc, citizen, device, change.bytes))?;
        let Gated::Pass(change) = gated else { return Ok(None) };
        let anew = OwnRow {
            entry: Entry { hash, replaces: Some(row.row.entry.hash), ..row.row.entry.clone() },
            content: Content::Change(change.into_bytes()),
            device,
            author: row.author,
            command: row.command.clone(),
            heads: heads.to_vec(),
            draft: None,
        };
        self.store.save(&[anew]).map_err(|error| match error {
            SaveError::NotWritten(error) | SaveError::InFile(error) => SyncError::Store(error),
        })?;
        Ok(Some(hash))
    }
}
