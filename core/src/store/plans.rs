//! Plan documents in memory: a cache over the snapshots, which are a cache over the log.

use std::cell::RefCell;
use std::collections::{BTreeSet, VecDeque};

use super::logged::Logged;
use super::{StoreError, Tx, direct};
use crate::document::PlanDoc;
use crate::gate::GatedChange;
use crate::ids::{ChangeHash, CitizenId, DocId};
use crate::wire::row::Content;

/// A team's citizens fit; each plan takes some 200 KB.
const KEPT: usize = 64;
/// A snapshot is written anew when so many changes lie behind the last one [1.3 ms, 17 KB].
const SNAPSHOT_EVERY: usize = 24;
/// A plan in memory that is more changes behind is read from the log when it is needed.
const MOST_BEHIND: usize = 32;

struct Kept {
    doc: DocId,
    plan: PlanDoc,
    /// Changes applied since the last snapshot.
    since: usize,
    /// Changes that are in the projection and not yet in `plan`, in order.
    behind: Vec<GatedChange>,
}

/// What of a plan's projection must be written at the end of the transaction.
pub(super) enum Touched {
    /// All of it: the plan was read anew.
    Whole,
    /// The fields that these changes wrote. Reading and comparing the whole projection of 40 items
    /// took as long as everything else that an edit costs.
    By(BTreeSet<ChangeHash>),
}

/// The plans last used. Thrown away whole after a failed transaction or a panic.
#[derive(Default)]
pub(super) struct PlanCache(RefCell<VecDeque<Kept>>);

impl PlanCache {
    fn take(&self, doc: &DocId) -> Option<Kept> {
        let mut kept = self.0.borrow_mut();
        let at = kept.iter().position(|kept| kept.doc == *doc)?;
        kept.remove(at)
    }

    fn keep(&self, plan: Kept) {
        let mut kept = self.0.borrow_mut();
        if kept.len() >= KEPT {
            kept.pop_front();
        }
        kept.push_back(plan);
    }

    pub(super) fn forget(&self, doc: &DocId) {
        self.take(doc);
    }

    /// The plan has gone on without its document, which takes the change when it is needed.
    fn falls_behind(&self, change: &GatedChange) {
        let mut kept = self.0.borrow_mut();
        let Some(at) = kept.iter().position(|kept| kept.doc == change.doc()) else { return };
        match kept.get_mut(at) {
            Some(plan) if plan.behind.len() < MOST_BEHIND => plan.behind.push(change.clone()),
            _ => drop(kept.remove(at)),
        }
    }
}

fn gated(row: Logged) -> Option<GatedChange> {
    match row.content {
        Content::Change(chunk) => {
            GatedChange::from_log(row.entry.doc, row.entry.citizen?, row.entry.hash, chunk).ok()
        }
        _ => None,
    }
}

impl Tx<'_> {
    /// A citizen's plan of the generation that counts, as the log has it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn plan_doc(&self, citizen: CitizenId) -> Result<(DocId, PlanDoc), StoreError> {
        let doc = DocId::Plan(citizen, self.generation(citizen)?);
        Ok((doc, self.document(&doc)?))
    }

    /// A plan as the log has it; genesis alone when the log has nothing of it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn document(&self, doc: &DocId) -> Result<PlanDoc, StoreError> {
        let kept = self.kept(doc)?;
        let plan = kept.plan.clone();
        self.plans.keep(kept);
        Ok(plan)
    }

    fn kept(&self, doc: &DocId) -> Result<Kept, StoreError> {
        if let Some(mut kept) = self.plans.take(doc)
            && kept.plan.apply_all(&kept.behind).is_ok()
        {
            kept.since += kept.behind.len();
            kept.behind.clear();
            return Ok(kept);
        }
        self.loaded.set(self.loaded.get().saturating_add(1));
        if let Some((through, bytes)) = self.snapshot(doc)?
            && let Ok(plan) = PlanDoc::load(&bytes)
            && let Ok(kept) = self.catch_up(*doc, plan, through)
        {
            return Ok(kept);
        }
        // No snapshot, or one that does not read: the log is the truth.
        let plan = PlanDoc::new().map_err(|_| StoreError::Unreadable("genesis"))?;
        self.catch_up(*doc, plan, 0)
    }

    /// Applies what the log holds behind row `through`. Rows may rest on later ones, when they
    /// waited for them.
    fn catch_up(&self, doc: DocId, mut plan: PlanDoc, through: i64) -> Result<Kept, StoreError> {
        let mut left: Vec<GatedChange> =
            self.applied_after(&doc, through)?.into_iter().filter_map(gated).collect();
        let since = left.len();
        if plan.apply_all(&left).is_ok() {
            return Ok(Kept { doc, plan, since, behind: Vec::new() });
        }
        loop {
            let before = left.len();
            left.retain(|change| plan.apply(change).is_err());
            // What an earlier version applied and this one does not stays in the log.
            if left.is_empty() || left.len() == before {
                return Ok(Kept { doc, plan, since, behind: Vec::new() });
            }
        }
    }

    /// Brings one change into the plan and its projection; false when the document does not take
    /// it. Most changes replace what is shown, which needs no document.
    pub(super) fn apply_to_plan(&mut self, change: &GatedChange) -> Result<bool, StoreError> {
        let doc = change.doc();
        // A projection that is to be written at the end of the transaction shows nothing yet.
        if !self.dirty.contains_key(&doc)
            && let Some(puts) = self.replaced(change)?
        {
            self.put_directly(change, puts)?;
            self.plans.falls_behind(change);
            return Ok(true);
        }
        let mut kept = self.kept(&doc)?;
        let taken = kept.plan.apply(change).is_ok();
        kept.since += usize::from(taken);
        self.plans.keep(kept);
        if taken {
            self.touch(doc, direct::touched(change));
        }
        Ok(taken)
    }

    fn touch(&mut self, doc: DocId, touched: Touched) {
        match (self.dirty.get_mut(&doc), touched) {
            (Some(Touched::By(all)), Touched::By(more)) => all.extend(more),
            (Some(Touched::Whole), _) => {}
            (_, touched) => drop(self.dirty.insert(doc, touched)),
        }
    }

    /// Forgets everything that was made of a plan's log: it is read anew.
    pub(super) fn forget_plan(&mut self, doc: &DocId) -> Result<(), StoreError> {
        self.plans.forget(doc);
        self.dirty.insert(*doc, Touched::Whole);
        self.drop_snapshot(doc)
    }

    /// Writes the projections of the plans that changed, and snapshots where it is time.
    pub(super) fn settle_plans(&mut self) -> Result<(), StoreError> {
        for (doc, touched) in std::mem::take(&mut self.dirty) {
            let mut kept = self.kept(&doc)?;
            // A plan that cannot be read whole keeps its last projection; nothing else waits for it.
            if let Ok(contents) = kept.plan.contents() {
                match touched {
                    Touched::Whole => self.project_plan(&doc, contents)?,
                    Touched::By(changes) => {
                        self.project_changes(&doc, contents.fields, &changes)?
                    }
                }
            }
            if kept.since >= SNAPSHOT_EVERY
                && let Ok(bytes) = kept.plan.save()
            {
                self.put_snapshot(&doc, &bytes)?;
                kept.since = 0;
            }
            self.plans.keep(kept);
        }
        Ok(())
    }
}
