//! Why the store could not be opened, and why it could not do what it was asked.

use std::io;

/// Why a store was not opened. Nothing on the disk was touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// There is no store in the folder.
    #[error("there is no store here")]
    Missing,
    /// There is a store already, and a new one was to be made.
    #[error("there is a store here already")]
    Exists,
    /// The key is another store's.
    #[error("the key does not open this store")]
    WrongKey,
    /// The key is right, and the pages are not what was written.
    #[error("the store is damaged")]
    Damaged,
    /// A newer version of the program has been here.
    #[error("the store has version {found}, this program knows {known}")]
    Newer {
        /// The version of the store.
        found: u32,
        /// The newest version that this program knows.
        known: u32,
    },
    /// The pages are what was written, and this program cannot use them: an error of the program,
    /// which making the store anew would only hide.
    #[error("this program cannot use the store: {0}")]
    Program(StoreError),
    /// Another process has it open.
    #[error("the store is open elsewhere")]
    Busy,
    /// The disk is full.
    #[error("the disk is full")]
    DiskFull,
    /// The disk refused.
    #[error("the disk refused: {0}")]
    Disk(io::ErrorKind),
}

/// Why the store did not do what it was asked. Nothing of the transaction was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The disk is full. Nothing is lost; there is a reserve to let go, see
    /// [`super::Store::release_reserve`].
    #[error("the disk is full")]
    DiskFull,
    /// A page is not what was written.
    #[error("the store is damaged")]
    Damaged,
    /// Another process holds the store.
    #[error("the store is held elsewhere")]
    Busy,
    /// The disk refused.
    #[error("the disk refused: {0}")]
    Disk(io::ErrorKind),
    /// A row does not read as what it should be: an error of the program.
    #[error("stored bytes do not read as {0}")]
    Unreadable(&'static str),
    /// What was asked for does not fit what is stored: an error of the program.
    #[error("it does not fit what is stored: {0}")]
    Unfitting(&'static str),
    /// The database refused, with SQLite's extended code: an error of the program.
    #[error("the database refused with code {0}")]
    Sql(i32),
    /// The simulator crashed the store here; it must be opened anew.
    #[error("crashed by the simulator")]
    Crashed,
}

/// What became of a save that did not end well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SaveError {
    /// Nothing was written anywhere: author the command anew, under a fresh actor.
    #[error("not written: {0}")]
    NotWritten(StoreError),
    /// The changes lie in the outbox file and must never be authored again; commit them with
    /// [`super::Store::finish_saving`] (opening the store does so too).
    #[error("in the outbox file, not yet in the database: {0}")]
    InFile(StoreError),
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        if is_full(&error) { Self::DiskFull } else { Self::Disk(error.kind()) }
    }
}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        if is_full(&error) { Self::DiskFull } else { Self::Disk(error.kind()) }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::{Error, ErrorCode};
        match error {
            Error::SqliteFailure(failure, _) => match failure.code {
                ErrorCode::DiskFull => Self::DiskFull,
                ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt => Self::Damaged,
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Busy,
                ErrorCode::SystemIoFailure => Self::Disk(io::ErrorKind::Other),
                _ => Self::Sql(failure.extended_code),
            },
            Error::FromSqlConversionFailure(..)
            | Error::InvalidColumnType(..)
            | Error::IntegralValueOutOfRange(..) => Self::Unreadable("a column"),
            _ => Self::Sql(0),
        }
    }
}

impl From<StoreError> for OpenError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::DiskFull => Self::DiskFull,
            StoreError::Busy => Self::Busy,
            StoreError::Disk(kind) => Self::Disk(kind),
            StoreError::Damaged => Self::Damaged,
            StoreError::Unreadable(_) | StoreError::Unfitting(_) | StoreError::Sql(_) => {
                Self::Program(error)
            }
            StoreError::Crashed => Self::Disk(io::ErrorKind::Interrupted),
        }
    }
}
