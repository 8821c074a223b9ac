//! The data folder: what lies where in it, and the lock that keeps two servers apart.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::error::Failure;

/// A server's folder. It is private (0700); so is every file the shell makes in it (0600).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    path: PathBuf,
}

/// Proof that no other process works in the folder; dropping it lets go.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

impl Folder {
    /// Names a folder; nothing is looked at yet.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The folder itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The encrypted store. Its presence is what makes the folder a server's.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.path.join("server.db")
    }

    /// The store's key, unless it is kept elsewhere.
    #[must_use]
    pub fn key(&self) -> PathBuf {
        self.path.join("key")
    }

    /// The journal, unless it is kept elsewhere.
    #[must_use]
    pub fn journal(&self) -> PathBuf {
        self.path.join("journal")
    }

    /// The file that the lock is taken on.
    #[must_use]
    pub fn lock_file(&self) -> PathBuf {
        self.path.join("lock")
    }

    /// The operator's socket.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.path.join("socket")
    }

    /// The self-made certificate and its key, in one file so that they can only change together.
    #[must_use]
    pub fn tls(&self) -> PathBuf {
        self.path.join("tls.pem")
    }

    /// Whether a server lives here.
    #[must_use]
    pub fn holds_a_server(&self) -> bool {
        self.database().exists()
    }

    /// Makes the folder (0700) when it is not there.
    ///
    /// # Errors
    /// [`Failure::Folder`] when it cannot be made.
    pub fn make(&self) -> Result<(), Failure> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.path)
            .map_err(|error| self.failure(&error))
    }

    /// Takes the folder for this process.
    ///
    /// # Errors
    /// [`Failure::Locked`] when another process has it, [`Failure::Folder`] when the folder
    /// cannot be used at all.
    pub fn lock(&self) -> Result<FolderLock, Failure> {
        fs::read_dir(&self.path).map_err(|error| self.failure(&error))?;
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(self.lock_file())
            .map_err(|error| self.failure(&error))?;
        match file.try_lock() {
            Ok(()) => Ok(FolderLock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(Failure::Locked { folder: self.path.clone() }),
            Err(TryLockError::Error(error)) => Err(self.failure(&error)),
        }
    }

    fn failure(&self, error: &std::io::Error) -> Failure {
        Failure::Folder { folder: self.path.clone(), reason: error.to_string() }
    }
}

/// Writes a private file (0600) whole or not at all: a new file, synced, then renamed over the
/// old one.
///
/// # Errors
/// The operating system's.
pub fn write_private(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let new = path.with_extension("new");
    // A leftover of an interrupted write may have other rights.
    match fs::remove_file(&new) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&new)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}
