//! What a restore must not forget, on its way to the journal.

use super::StoreError;
use crate::journal::Record;

/// The journal beside the store.
pub trait JournalTx {
    /// Hands over what must not be forgotten: it is in the journal and on the disk before this
    /// transaction is. Undone with what was written since a mark.
    ///
    /// # Errors
    /// [`StoreError`]; so for every method here.
    fn protect(&mut self, record: Record) -> Result<(), StoreError>;

    /// Whether a journal belongs to this store, usable or not.
    fn is_protected(&self) -> bool;

    /// Has a new journal begun when this transaction is committed, in place of one that cannot be
    /// used. What became due in the meantime goes into it.
    ///
    /// # Errors
    /// [`StoreError`].
    fn begin_journal(&mut self) -> Result<(), StoreError>;
}
