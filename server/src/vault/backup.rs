//! Making a backup beside a server that goes on working.

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use doegnrytme_core::time::UnixSeconds;
use ring::rand::{SecureRandom as _, SystemRandom};

use super::VaultError;
use super::container::{self, Contents, FORMAT};
use crate::folder::Folder;
use crate::key_file::ServerKey;
use crate::store::{Store, StoreError};

/// Makes backups of one server.
pub struct Vault {
    folder: Folder,
    key: ServerKey,
    journal: PathBuf,
    /// A connection that only reads: the writer goes on meanwhile.
    store: Mutex<Box<dyn Store>>,
}

impl Vault {
    /// The vault of the server in `folder`. `store` is a connection of its own that only reads.
    #[must_use]
    pub fn new(folder: &Folder, key: &ServerKey, journal: &Path, store: Box<dyn Store>) -> Self {
        let (folder, key, journal) = (folder.clone(), key.clone(), journal.to_owned());
        Self { folder, key, journal, store: Mutex::new(store) }
    }

    /// Where the server's journal lies.
    #[must_use]
    pub fn journal(&self) -> &Path {
        &self.journal
    }

    /// Writes a whole copy of the server as it is at one moment; how many bytes it has. The name
    /// appears when everything is on the disk, and never over another file.
    ///
    /// # Errors
    /// [`VaultError`]; what was begun is removed.
    pub fn backup(&self, to: &Path, now: UnixSeconds) -> Result<u64, VaultError> {
        if !to.is_absolute() {
            return Err(VaultError::Relative(to.display().to_string()));
        }
        if to.exists() {
            return Err(VaultError::Exists(to.display().to_string()));
        }
        let mut name = to.as_os_str().to_owned();
        name.push(".new");
        let new = PathBuf::from(name);
        // Made first, because SQLite would let others read it.
        let made = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&new);
        made.map_err(|error| VaultError::io(&new, &error))?;
        let written = self.write(&new, now).and_then(|bytes| {
            name_it(&new, to)?;
            Ok(bytes)
        });
        if written.is_err() {
            // What cannot be removed is in nobody's way but its own next try's, which says so.
            let _ = std::fs::remove_file(&new);
        }
        written
    }

    fn write(&self, new: &Path, now: UnixSeconds) -> Result<u64, VaultError> {
        let failed = |error: std::io::Error| VaultError::io(new, &error);
        self.store.lock().unwrap_or_else(PoisonError::into_inner).backup(new)?;
        let tls = match std::fs::read(self.folder.tls()) {
            Ok(tls) => Some(tls),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(VaultError::io(&self.folder.tls(), &error)),
        };
        let mut file = File::options().read(true).write(true).open(new).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        let hash = container::hash(&mut file, length, |_| Ok(())).map_err(failed)?;
        let mut salt = [0; 16];
        let none = |_| StoreError::Backend(String::from("the machine gives no random numbers"));
        SystemRandom::new().fill(&mut salt).map_err(none)?;
        let contents = Contents { format: FORMAT, made: now, length, hash, tls };
        container::close(&mut file, &self.key.0, salt, &contents).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        Ok(file.metadata().map_err(failed)?.len())
    }
}

/// Gives a finished file its name, unless the name was given away in the meantime.
fn name_it(new: &Path, to: &Path) -> Result<(), VaultError> {
    let failed = |error: std::io::Error| VaultError::io(to, &error);
    match std::fs::hard_link(new, to) {
        Ok(()) => std::fs::remove_file(new).map_err(failed)?,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            return Err(VaultError::Exists(to.display().to_string()));
        }
        // A disk without second names; looked at once more above.
        Err(_) => std::fs::rename(new, to).map_err(failed)?,
    }
    let folder = to.parent().unwrap_or(Path::new("/"));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
}
