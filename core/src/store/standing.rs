//! Rows that change their standing after they were stored: those that waited, and those that the
//! server held, refused or let in.

use super::log::BUILT_IN;
use super::logged::{Logged, Standing, State};
use super::{StoreError, Tx};
use crate::gate::{self, Claim, GatedChange, Place, Verdict};
use crate::ids::{ChangeHash, DeviceNumber, DocId};
use crate::wire::row::Content;

impl Tx<'_> {
    /// Judges anew what waited in a plan, as long as that lets anything in.
    pub(super) fn wake_waiting(&mut self, doc: &DocId) -> Result<(), StoreError> {
        loop {
            let mut woken = false;
            for row in self.waiting(doc)? {
                woken |= self.wake(row)?;
            }
            if !woken {
                return Ok(());
            }
        }
    }

    fn wake(&mut self, row: Logged) -> Result<bool, StoreError> {
        let Some(change) = self.judge_again(&row)? else { return Ok(false) };
        // A row that waited lies before those it waited for, and behind them in a snapshot.
        self.drop_snapshot(&row.entry.doc)?;
        let taken = self.apply_to_plan(&change)?;
        let standing = if taken { Standing::Applied } else { Standing::Unreadable };
        self.set_standing(row.id, standing)?;
        Ok(taken)
    }

    pub(super) fn judge_again(&mut self, row: &Logged) -> Result<Option<GatedChange>, StoreError> {
        let (entry, Content::Change(chunk)) = (&row.entry, &row.content) else { return Ok(None) };
        let (Some(citizen), Some(signer)) = (entry.citizen, self.signer(row)?) else {
            return Ok(None);
        };
        let claim = Claim { doc: entry.doc, citizen, hash: entry.hash, signer };
        let mut facts = self.facts_but_for(entry.hash);
        match gate::judge(&mut facts, Place::Tablet(BUILT_IN), &claim, chunk.clone())? {
            Verdict::Pass(change) => Ok(Some(*change)),
            Verdict::Parked(_) | Verdict::Known => Ok(None),
            Verdict::Held(_) | Verdict::Refused(_) => {
                self.set_standing(row.id, Standing::Unreadable)?;
                Ok(None)
            }
        }
    }

    /// The device that signed a row, or will.
    fn signer(&self, row: &Logged) -> Result<Option<DeviceNumber>, StoreError> {
        match row.origin {
            Some(origin) => Ok(Some(origin.device)),
            None => self.single(&super::DEVICE),
        }
    }

    /// Takes a row out of the documents: held, refused or replaced. What rests on it waits from
    /// then on. A note that is held stays readable here. Published rows stay as they are.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(super) fn set_aside(
        &mut self,
        doc: &DocId,
        hash: &ChangeHash,
        state: State,
    ) -> Result<(), StoreError> {
        let Some(known) = self.name(doc, hash)? else { return Ok(()) };
        if matches!(known.state, State::Published | State::Restricted) {
            return Ok(());
        }
        self.set_state(known.id, state)?;
        match doc {
            DocId::Plan(..) => {
                self.set_standing(known.id, Standing::Aside)?;
                self.reread_plan(doc)
            }
            DocId::Note(note) if state == State::SetAside => {
                self.set_standing(known.id, Standing::Aside)?;
                self.unproject_note(*note)
            }
            DocId::Note(_) => Ok(()),
            // The version before it counts again.
            DocId::Record(..) => self.project_record_again(doc),
        }
    }

    /// A row that was set aside counts after all.
    pub(super) fn take_back(&mut self, id: i64, doc: &DocId) -> Result<(), StoreError> {
        match doc {
            DocId::Plan(..) => self.reread_plan(doc),
            DocId::Note(note) => {
                self.set_standing(id, Standing::Applied)?;
                self.project_note_again(id, *note).map(drop)
            }
            DocId::Record(..) => Ok(()),
        }
    }

    /// Rebuilds a plan from the rows that count, judging each anew.
    pub(super) fn reread_plan(&mut self, doc: &DocId) -> Result<(), StoreError> {
        self.unapply_plan(doc)?;
        self.forget_plan(doc)?;
        self.wake_waiting(doc)
    }

    /// A document was restricted or erased: its content leaves the tablet, its names stay, so that
    /// digests and chains hold.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn restrict(&mut self, doc: &DocId) -> Result<(), StoreError> {
        self.after.erased = true;
        self.withhold(doc)?;
        match doc {
            DocId::Plan(..) => self.forget_plan(doc),
            DocId::Note(note) => self.unproject_note(*note),
            DocId::Record(kind, id) => self.unproject_record(*kind, *id),
        }
    }
}
