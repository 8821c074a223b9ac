//! Backups: making one while the server works, making a server of one, and verifying either.
//!
//! [`container`] is the file: the database's own encrypted copy with a sealed end that says what it
//! is. `backup` writes one, [`restore`] reads one into an empty folder, [`verify`] walks whatever
//! a database holds and proves it from its signatures and hashes. The recovery key, which is the
//! server's key, opens all of it: the identity key lies in the database.

mod backup;
pub mod container;
pub mod restore;
pub mod verify;

pub use backup::Vault;

/// Why nothing was written, or nothing restored. Never holds content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// There is a file already.
    #[error(
        "the file {0} is there already, and a backup is never overwritten: choose another name"
    )]
    Exists(String),
    /// The path does not start at the root: server and operator may stand in different folders.
    #[error("the file {0} must be named by its full path")]
    Relative(String),
    /// The file has not the form of a backup, or was cut.
    #[error("the file {0} is no backup, or part of it is missing: take another backup")]
    NoBackup(String),
    /// Another key sealed it.
    #[error(
        "the key does not open the backup {0}: type the recovery key of the server that made it"
    )]
    WrongKey(String),
    /// The database in it is not what was written.
    #[error("the backup {0} is damaged: take another backup")]
    Damaged(String),
    /// A newer version wrote it.
    #[error("a newer version wrote the backup {0}: restore it with that one")]
    Newer(String),
    /// The folder to restore into is not empty.
    #[error(
        "the data folder {0} is not empty, and restore never overwrites: choose an empty folder with --data"
    )]
    NotEmpty(String),
    /// The database could not be copied or read.
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    /// The operating system said no.
    #[error("cannot use {path}: {reason}")]
    Io {
        /// The file.
        path: String,
        /// What the operating system said.
        reason: String,
    },
}

impl VaultError {
    fn io(path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::Io { path: path.display().to_string(), reason: error.to_string() }
    }
}
