//! The server's store: a port that every backend implements, the SQLite backend, and the suite of
//! tests that any backend must pass.
//!
//! [`Store`] opens transactions; a [`Tx`] answers questions and takes writes, one small trait per
//! subject: [`meta`], [`device`], [`certificate`], [`people`], [`batch`], [`entry`], [`stream`],
//! [`verdict`], [`plan`], [`record`], [`code`], [`start`], [`outside`], [`relative`], [`fact`], [`sms`], and
//! [`journal`], which keeps what must not be forgotten beside the database, and [`walk`], which
//! reads everything. A new subject
//! is a new file here with its trait, one migration file, one file under [`sqlite`], and one more
//! bound on [`Tx`]. Everything is synchronous; threads and group commit are wrappers around it.

pub mod batch;
pub mod certificate;
pub mod code;
#[cfg(test)]
mod conformance;
pub mod device;
pub mod entry;
pub mod fact;
pub mod journal;
pub mod meta;
pub mod outside;
pub mod people;
pub mod plan;
pub mod record;
pub mod relative;
pub mod sms;
pub mod sqlite;
pub mod start;
pub mod stream;
pub mod verdict;
pub mod walk;

use std::path::Path;

use crate::journal::Protection;

/// Why the store could not do what was asked. Never holds content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The key does not open the store, or its first page is damaged.
    #[error("the key does not open the store")]
    WrongKey,
    /// There is no store.
    #[error("there is no store")]
    Missing,
    /// A page or a value is not what was written.
    #[error("the store is damaged: {0}")]
    Damaged(&'static str),
    /// A newer version wrote it.
    #[error("a newer version wrote the store: schema {found}, this one knows {known}")]
    Newer {
        /// The schema found.
        found: u32,
        /// The newest schema that this version knows.
        known: u32,
    },
    /// No room on the disk.
    #[error("the disk is full")]
    Full,
    /// Another process writes.
    #[error("the store is busy")]
    Busy,
    /// Anything else. The text is ours, or the backend's kind and code of what went wrong: it stands
    /// in the log, so it holds neither content nor SQL.
    #[error("the store failed: {0}")]
    Backend(String),
}

/// Opens transactions.
pub trait Store: Send {
    /// Begins a transaction that may write. There is one at a time.
    ///
    /// # Errors
    /// [`StoreError`].
    fn begin(&mut self) -> Result<Box<dyn Tx + '_>, StoreError>;

    /// A further connection that only reads, for another thread.
    ///
    /// # Errors
    /// [`StoreError`].
    fn reader(&self) -> Result<Box<dyn Store>, StoreError>;

    /// Puts a journal between this connection's commits and forgetting; none before.
    fn protect(&mut self, protection: Protection);

    /// Writes a whole, consistent, encrypted copy to a new file, while others go on writing.
    ///
    /// # Errors
    /// [`StoreError`].
    fn backup(&mut self, to: &Path) -> Result<(), StoreError>;
}

/// One transaction. Dropped without [`Tx::commit`] it leaves nothing behind.
pub trait Tx:
    meta::MetaTx
    + device::DeviceTx
    + certificate::CertificateTx
    + people::PeopleTx
    + batch::BatchTx
    + entry::EntryTx
    + stream::StreamTx
    + verdict::VerdictTx
    + plan::PlanTx
    + record::RecordTx
    + code::CodeTx
    + start::StartTx
    + outside::OutsideTx
    + relative::RelativeTx
    + fact::FactTx
    + sms::SmsTx
    + journal::JournalTx
    + walk::WalkTx
{
    /// Marks a place to come back to. Marks nest: keeping and undoing end the last one.
    ///
    /// # Errors
    /// [`StoreError`]; so for every method of a transaction.
    fn mark(&mut self) -> Result<(), StoreError>;

    /// Keeps what was written since the mark.
    ///
    /// # Errors
    /// [`StoreError`].
    fn keep(&mut self) -> Result<(), StoreError>;

    /// Takes back what was written since the mark.
    ///
    /// # Errors
    /// [`StoreError`].
    fn undo(&mut self) -> Result<(), StoreError>;

    /// Makes everything durable.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was written then.
    fn commit(self: Box<Self>) -> Result<(), StoreError>;
}

/// Runs `work` in one transaction, durable when it succeeds and gone when it does not.
///
/// # Errors
/// What `work` says, or the store.
pub fn write<T, E: From<StoreError>>(
    store: &mut dyn Store,
    work: impl FnOnce(&mut dyn Tx) -> Result<T, E>,
) -> Result<T, E> {
    let mut tx = store.begin()?;
    let result = work(&mut *tx)?;
    tx.commit()?;
    Ok(result)
}

/// Runs `work` in one transaction and leaves nothing behind.
///
/// # Errors
/// What `work` says, or the store.
pub fn read<T, E: From<StoreError>>(
    store: &mut dyn Store,
    work: impl FnOnce(&mut dyn Tx) -> Result<T, E>,
) -> Result<T, E> {
    let mut tx = store.begin()?;
    work(&mut *tx)
}
