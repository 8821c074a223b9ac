//! A server from a backup and its key, in an empty folder.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use doegnrytme_core::time::UnixSeconds;

use super::VaultError;
use super::container;
use crate::folder::{Folder, write_private};
use crate::key_file::ServerKey;
use crate::store::meta::name;
use crate::store::sqlite::SqliteStore;
use crate::store::{self, StoreError};

/// Puts the server of a backup into a folder that its caller has made and locked; when the backup
/// was made. The database gets its name last, so that a folder that was half restored holds no
/// server.
///
/// # Errors
/// [`VaultError`]; what was begun is removed, so that it can be tried again.
pub fn restore(from: &Path, folder: &Folder, key: &ServerKey) -> Result<UnixSeconds, VaultError> {
    empty(folder)?;
    let contents = container::read(from, &key.0)?;
    let new = folder.path().join("server.db.new");
    let done = copy(from, &new, &contents)
        .and_then(|()| Ok(mark(&new, key)?))
        .and_then(|()| put(folder, &new, contents.tls.as_deref()));
    if let Err(error) = done {
        for leftover in [new, folder.tls()] {
            let _ = std::fs::remove_file(leftover);
        }
        return Err(error);
    }
    Ok(contents.made)
}

/// Whether nothing lies in the folder but the lock.
fn empty(folder: &Folder) -> Result<(), VaultError> {
    let failed = |error: std::io::Error| VaultError::io(folder.path(), &error);
    let lock = folder.lock_file();
    for file in std::fs::read_dir(folder.path()).map_err(failed)? {
        if file.map_err(failed)?.path() != lock {
            return Err(VaultError::NotEmpty(folder.path().display().to_string()));
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path, contents: &container::Contents) -> Result<(), VaultError> {
    let source = File::open(from).map_err(|error| VaultError::io(from, &error))?;
    let failed = |error: std::io::Error| VaultError::io(to, &error);
    let file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(to);
    let mut file = file.map_err(failed)?;
    let hash = container::hash(source, contents.length, |part| file.write_all(part));
    if hash.map_err(failed)? != contents.hash {
        return Err(VaultError::Damaged(from.display().to_string()));
    }
    file.sync_all().map_err(failed)
}

/// The first start of what was restored opens a new epoch, whatever the journal says: what was
/// published since the backup is forgotten, and tablets have to bring it.
fn mark(database: &Path, key: &ServerKey) -> Result<(), StoreError> {
    let mut store = SqliteStore::open(database, &key.0)?;
    store::write(&mut store, |tx| tx.put_meta(name::EPOCH_DUE, &[1]))
}

fn put(folder: &Folder, new: &Path, tls: Option<&[u8]>) -> Result<(), VaultError> {
    let database = folder.database();
    if let Some(tls) = tls {
        write_private(&folder.tls(), tls).map_err(|error| VaultError::io(&folder.tls(), &error))?;
    }
    let failed = |error: std::io::Error| VaultError::io(&database, &error);
    std::fs::rename(new, &database).map_err(failed)?;
    File::open(folder.path()).and_then(|folder| folder.sync_all()).map_err(failed)
}
