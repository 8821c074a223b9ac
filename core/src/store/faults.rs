//! Faults on demand: how the simulator crashes a store, and how its negative controls break a rule.

use std::cell::Cell;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::StoreError;

/// What is about to be done to a file that SQLite does not write.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileOp<'b> {
    /// It is made, empty.
    Make(&'b Path),
    /// Bytes are written at a place.
    Write(&'b Path, u64, &'b [u8]),
    /// It is cut to a length.
    Cut(&'b Path, u64),
    /// What was done to it becomes durable.
    Sync(&'b Path),
    /// It gets another name.
    Rename(&'b Path, &'b Path),
    /// It is removed.
    Remove(&'b Path),
    /// The names in a folder become durable.
    SyncFolder(&'b Path),
}

/// Sees each of them first; an error is what the disk says to it.
type See = dyn Fn(FileOp<'_>) -> io::Result<()> + Send + Sync;

/// Who watches the files beside the database: the tests that cut the power.
#[doc(hidden)]
#[derive(Clone)]
pub struct Watch(pub Arc<See>);

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Watch")
    }
}

/// What goes wrong; by default nothing.
#[doc(hidden)]
#[derive(Debug, Default, Clone)]
pub struct Faults {
    /// Negative control: the outbox row is written in a transaction of its own, after the change.
    pub outbox_outside_transaction: bool,
    /// Negative control: cursors move in a transaction of their own, before the data.
    pub cursor_apart_from_data: bool,
    /// Negative control: `synchronous=NORMAL`, which does not wait for the disk at a commit.
    pub synchronous_normal: bool,
    /// Negative control: when a sync of the outbox file fails, it is only asked for once more.
    pub sync_again: bool,
    /// Who watches the files beside the database.
    pub watch: Option<Watch>,
    /// The store crashes at this many steps from now (a step is a statement that writes, an append
    /// to the outbox file, a commit, or the moment after one).
    pub crash_after: Cell<Option<u32>>,
    /// The next append to the outbox file writes so many bytes, then the disk is full.
    pub short_append: Cell<Option<usize>>,
    /// The next commit fails as on a full disk.
    pub full_commit: Cell<bool>,
    /// The store has crashed; nothing works until it is opened anew.
    pub crashed: Cell<bool>,
}

impl Faults {
    /// One step further.
    pub(super) fn step(&self) -> Result<(), StoreError> {
        if self.crashed.get() {
            return Err(StoreError::Crashed);
        }
        match self.crash_after.get() {
            None => Ok(()),
            Some(0) => {
                self.crashed.set(true);
                Err(StoreError::Crashed)
            }
            Some(left) => {
                self.crash_after.set(Some(left - 1));
                Ok(())
            }
        }
    }

    /// None but the same watch: what is made anew.
    pub(super) fn only_watched(&self) -> Self {
        Self { watch: self.watch.clone(), ..Self::default() }
    }

    /// Something is about to be done to a file beside the database.
    pub(super) fn file(&self, op: FileOp<'_>) -> io::Result<()> {
        self.watch.as_ref().map_or(Ok(()), |watch| watch.0(op))
    }

    /// Whether the store has crashed and must be opened anew.
    #[must_use]
    pub fn has_crashed(&self) -> bool {
        self.crashed.get()
    }

    /// Reading is no step, but a crashed store reads nothing either.
    pub(super) fn alive(&self) -> Result<(), StoreError> {
        if self.crashed.get() { Err(StoreError::Crashed) } else { Ok(()) }
    }

    pub(super) fn before_commit(&self) -> Result<(), StoreError> {
        self.step()?;
        if self.full_commit.take() { Err(StoreError::DiskFull) } else { Ok(()) }
    }
}
