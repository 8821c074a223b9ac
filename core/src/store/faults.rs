//! Faults on demand: how the simulator crashes a store, and how its negative controls break a rule.

use std::cell::Cell;

use super::StoreError;

/// What goes wrong; by default nothing.
#[doc(hidden)]
#[derive(Debug, Default, Clone)]
pub struct Faults {
    /// Negative control: the outbox row is written in a transaction of its own, after the change.
    pub outbox_outside_transaction: bool,
    /// Negative control: cursors move in a transaction of their own, before the data.
    pub cursor_apart_from_data: bool,
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
