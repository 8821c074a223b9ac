//! A citizen's plan as an Automerge document: apply, edit, save, and which changes it holds.

use std::collections::BTreeSet;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{
    ActorId as AutomergeActor, Automerge, Change, ChangeHash as AutomergeHash, ReadDoc,
};

use super::hashes::{automerges, missing, ours, prefix};
use super::{DocumentError, OwnChange, genesis, plan_edit};
use crate::care::command::PlanCommand;
use crate::care::note::HeadPrefix;
use crate::gate::GatedChange;
use crate::ids::{ActorId, ChangeHash, DocId};
use crate::time::UnixSeconds;

/// What applying a change did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// The plan holds it now.
    New,
    /// The plan held it before.
    Known,
}

/// A plan in memory. Cheap to copy [16 µs with 400 edits; figures of 2026-11-25]; every write works on a copy
/// that takes the plan's place only when it went well.
#[derive(Clone)]
pub struct PlanDoc {
    pub(super) doc: Automerge,
}

impl fmt::Debug for PlanDoc {
    /// No content: a plan must not get into a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlanDoc").field("changes", &self.change_count()).finish_non_exhaustive()
    }
}

impl PlanDoc {
    /// A plan that nobody has written in: genesis and nothing else.
    ///
    /// # Errors
    /// [`DocumentError::Unreadable`] never in a program whose tests are green.
    pub fn new() -> Result<Self, DocumentError> {
        let change =
            Change::try_from(&genesis::BYTES[..]).map_err(|_| DocumentError::Unreadable)?;
        let mut doc = Automerge::new();
        doc.apply_changes([change]).map_err(|_| DocumentError::Unreadable)?;
        Ok(Self { doc })
    }

    /// Reads what [`PlanDoc::save`] wrote [1.3 ms with 400 edits].
    ///
    /// # Errors
    /// [`DocumentError::Unreadable`] for damaged bytes or a document without genesis; then the plan
    /// is rebuilt from the log.
    pub fn load(saved: &[u8]) -> Result<Self, DocumentError> {
        let doc = catch_unwind(|| Automerge::load(saved))
            .map_err(|_| DocumentError::Panicked)?
            .map_err(|_| DocumentError::Unreadable)?;
        let plan = Self { doc };
        if plan.has_change(genesis::HASH) { Ok(plan) } else { Err(DocumentError::Unreadable) }
    }

    /// A snapshot, compressed: a cache, not the truth [0.7 ms with 400 edits].
    ///
    /// # Errors
    /// [`DocumentError::Panicked`]; then the plan is rebuilt from the log.
    pub fn save(&self) -> Result<Vec<u8>, DocumentError> {
        self.guarded(|doc| Ok(doc.save()))
    }

    /// The plan as it reads back from its own bytes; nothing is compressed on the way.
    ///
    /// # Errors
    /// [`DocumentError::Unreadable`] when it does not read back, or with other heads.
    pub fn reloaded(&self) -> Result<Self, DocumentError> {
        let loaded = Self::load(&self.guarded(|doc| Ok(doc.save_nocompress()))?)?;
        let same = loaded.doc.get_heads() == self.doc.get_heads();
        if same { Ok(loaded) } else { Err(DocumentError::Unreadable) }
    }

    /// The changes that no other change in the plan rests on, ascending.
    #[must_use]
    pub fn heads(&self) -> Vec<ChangeHash> {
        self.doc.get_heads().into_iter().map(ours).collect()
    }

    /// The heads as a note keeps them when it is closed.
    #[must_use]
    pub fn head_prefixes(&self) -> Vec<HeadPrefix> {
        self.heads().into_iter().map(prefix).collect()
    }

    /// Whether the plan holds the change.
    #[must_use]
    pub fn has_change(&self, hash: ChangeHash) -> bool {
        self.doc.get_missing_deps(&[automerges(hash)]).is_empty()
    }

    /// How many changes the plan holds, genesis included.
    #[must_use]
    pub fn change_count(&self) -> u64 {
        self.doc.stats().num_changes
    }

    /// Takes one change that has passed the gate [60 µs with 400 edits].
    ///
    /// # Errors
    /// [`DocumentError::Missing`] when it came too early; otherwise the plan is to be rebuilt from
    /// the log without it.
    pub fn apply(&mut self, change: &GatedChange) -> Result<Applied, DocumentError> {
        let before = self.change_count();
        self.apply_all([change])?;
        Ok(if self.change_count() > before { Applied::New } else { Applied::Known })
    }

    /// Takes several changes, each after those it rests on, or none of them; a whole log at once is
    /// how a plan is rebuilt [2.8 ms for 400 edits].
    ///
    /// # Errors
    /// As for [`PlanDoc::apply`]; one by one then tells which change it is.
    pub fn apply_all<'change>(
        &mut self,
        changes: impl IntoIterator<Item = &'change GatedChange>,
    ) -> Result<(), DocumentError> {
        let changes: Vec<&GatedChange> = changes.into_iter().collect();
        if changes.iter().any(|change| !matches!(change.doc(), DocId::Plan(..))) {
            return Err(DocumentError::NotAPlan);
        }
        let parts = |change: &&'change GatedChange| (change.bytes(), &change.shape().deps[..]);
        self.take(changes.iter().map(parts))
    }

    /// Carries out commands as exactly one change on the plan's present heads [0.13 ms]. The caller has
    /// asked each command whether it is valid; what is too much for one change is cut by
    /// [`super::split`] first. Where two commands put one field, the later one counts.
    ///
    /// # Errors
    /// [`DocumentError`]; the plan is as it was.
    pub fn edit(
        &mut self,
        commands: &[PlanCommand],
        actor: ActorId,
        time: UnixSeconds,
    ) -> Result<OwnChange, DocumentError> {
        let change = self.written(commands, actor, time)?;
        self.take_own(&change)?;
        Ok(change)
    }

    /// Carries out commands as one change on earlier `heads`, as the person saw the plan, and takes
    /// it in: how a held edit is written anew without overwriting what colleagues wrote since.
    /// The actor must be fresh in this plan.
    ///
    /// # Errors
    /// [`DocumentError::Missing`] for heads that the plan does not hold, else as for
    /// [`PlanDoc::edit`].
    pub fn edit_at(
        &mut self,
        heads: &[ChangeHash],
        commands: &[PlanCommand],
        actor: ActorId,
        time: UnixSeconds,
    ) -> Result<OwnChange, DocumentError> {
        let change = self.fork_at(heads)?.written(commands, actor, time)?;
        self.take_own(&change)?;
        Ok(change)
    }

    /// The change that the commands are, written on a copy that is thrown away.
    fn written(
        &self,
        commands: &[PlanCommand],
        actor: ActorId,
        time: UnixSeconds,
    ) -> Result<OwnChange, DocumentError> {
        self.guarded(|doc| {
            let doc = doc.clone().with_actor(AutomergeActor::from(actor.as_bytes()));
            OwnChange::new(&plan_edit::write(doc, commands, time)?)
        })
    }

    /// Takes an own change from its bytes as any other tablet will: what we show is what they get.
    fn take_own(&mut self, change: &OwnChange) -> Result<(), DocumentError> {
        self.take([(&change.bytes[..], &change.shape.deps[..])])
    }

    /// Applies changes, each a whole chunk with what it rests on, or none of them.
    fn take<'change>(
        &mut self,
        changes: impl IntoIterator<Item = (&'change [u8], &'change [ChangeHash])>,
    ) -> Result<(), DocumentError> {
        self.on_a_copy(|doc| {
            let mut coming: Vec<Change> = Vec::new();
            let mut hashes = BTreeSet::new();
            for (bytes, deps) in changes {
                let missing = missing(doc, deps, &hashes);
                if !missing.is_empty() {
                    return Err(DocumentError::Missing(missing));
                }
                let change = Change::try_from(bytes).map_err(|_| DocumentError::Refused)?;
                hashes.insert(ours(change.hash()));
                coming.push(change);
            }
            doc.apply_changes(coming).map_err(|_| DocumentError::Refused)?;
            // `Ok` is no acknowledgement; whether the plan holds the changes is.
            let hashes: Vec<AutomergeHash> = hashes.into_iter().map(automerges).collect();
            let all = doc.get_missing_deps(&hashes).is_empty();
            if all { Ok(()) } else { Err(DocumentError::Refused) }
        })
    }

    /// The plan as it was with exactly these heads [3 ms with 400 edits].
    ///
    /// # Errors
    /// [`DocumentError::Missing`] for heads that the plan does not hold.
    pub fn fork_at(&self, heads: &[ChangeHash]) -> Result<Self, DocumentError> {
        let missing: Vec<ChangeHash> =
            heads.iter().copied().filter(|head| !self.has_change(*head)).collect();
        if !missing.is_empty() {
            return Err(DocumentError::Missing(missing));
        }
        let heads: Vec<AutomergeHash> = heads.iter().copied().map(automerges).collect();
        let doc = self.guarded(|doc| doc.fork_at(&heads).map_err(|_| DocumentError::Refused))?;
        Ok(Self { doc })
    }

    /// Reads with a panic caught: foreign bytes may have left what only reading finds.
    pub(super) fn guarded<T>(
        &self,
        read: impl FnOnce(&Automerge) -> Result<T, DocumentError>,
    ) -> Result<T, DocumentError> {
        catch_unwind(AssertUnwindSafe(|| read(&self.doc))).map_err(|_| DocumentError::Panicked)?
    }

    /// Writes on a copy, which becomes the plan only if nothing went wrong.
    pub(super) fn on_a_copy<T>(
        &mut self,
        write: impl FnOnce(&mut Automerge) -> Result<T, DocumentError>,
    ) -> Result<T, DocumentError> {
        let mut copy = self.doc.clone();
        let (doc, done) = catch_unwind(AssertUnwindSafe(move || {
            let done = write(&mut copy)?;
            Ok::<_, DocumentError>((copy, done))
        }))
        .map_err(|_| DocumentError::Panicked)??;
        self.doc = doc;
        Ok(done)
    }
}
