//! What is verified: a data folder, also while a server works in it, or a backup as it lies there.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::{Report, Watch, verify};
use crate::journal::Place;
use crate::store;
use crate::store::sqlite::SqliteStore;
use crate::vault::{VaultError, container};

/// What is verified.
#[derive(Clone, PartialEq, Eq)]
pub enum Source {
    /// A server's database and its journal.
    Folder {
        /// The database.
        database: PathBuf,
        /// The journal and the key.
        journal: Place,
    },
    /// A backup.
    Backup(PathBuf),
}

impl Source {
    /// Proves it.
    ///
    /// # Errors
    /// [`VaultError`] when it cannot be opened or read; what was found otherwise is in the report.
    pub fn verify(&self, key: &[u8; 32], watch: &mut Watch<'_>) -> Result<Report, VaultError> {
        match self {
            Self::Folder { database, journal } => {
                let mut store = SqliteStore::look(database, key)?;
                Ok(store::read(&mut store, |tx| verify(tx, true, Some(journal), watch))?)
            }
            Self::Backup(file) => {
                let contents = container::read(file, key)?;
                let hash = whole(file, contents.length, watch)?;
                if hash != contents.hash {
                    return Err(VaultError::Damaged(file.display().to_string()));
                }
                let mut store = SqliteStore::look_still(file, key)?;
                // No page needs looking at: every byte was hashed.
                Ok(store::read(&mut store, |tx| verify(tx, false, None, watch))?)
            }
        }
    }
}

fn whole(file: &Path, length: u64, watch: &mut Watch<'_>) -> Result<[u8; 32], VaultError> {
    let failed = |error: std::io::Error| VaultError::io(file, &error);
    let mut done = 0;
    let source = File::open(file).map_err(failed)?;
    let hash = container::hash(source, length, |part| {
        done += u64::try_from(part.len()).unwrap_or(0);
        watch("bytes of the backup", done, length);
        Ok(())
    });
    hash.map_err(failed)
}
