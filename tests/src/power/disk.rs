//! A watched folder: a record of all that is done to its files, and what refuses to be done.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use doegnrytme_core::store::{FileOp, Watch};

use super::vfs;
use crate::simulator::dice::Dice;
use crate::simulator::folder;

/// The files of a folder and of the folders in it, by their places (`store.db`,
/// `damaged-1/store.db`).
pub type Files = BTreeMap<String, Vec<u8>>;

/// One thing that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Op {
    /// A file was made, empty.
    Make(String),
    /// Bytes were written at a place.
    Write(String, u64, Vec<u8>),
    /// A file was cut, or filled up, to a length.
    Cut(String, u64),
    /// All that was done to a file's bytes is durable.
    Sync(String),
    /// A file lost its name.
    Delete(String),
    /// A file has another name.
    Rename(String, String),
    /// All that was done to the names in a folder is durable; the watched one's own place is empty.
    SyncFolder(String),
    /// A sync failed, and the system forgot what had been written since the last one.
    Forget(String),
}

/// How a disk says no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It is full.
    Full,
    /// It is broken.
    Broken,
}

/// Which calls are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refuses {
    /// How.
    pub how: Refusal,
    /// How many calls still pass.
    pub after: u64,
    /// Whether only one is refused, or all from then on.
    pub once: bool,
}

#[derive(Default)]
struct State {
    record: Vec<Op>,
    refuses: Option<Refuses>,
    refused: u64,
    asleep: bool,
    /// Syncs fail by chance, one in so many.
    forgets: Option<(Dice, usize)>,
}

/// A watched folder. Dropping the last copy of it ends the watch.
#[derive(Clone)]
pub struct Disk(Arc<Shared>);

struct Shared {
    folder: PathBuf,
    /// The same as it was named to us.
    given: PathBuf,
    state: Mutex<State>,
}

static WATCHED: Mutex<BTreeMap<PathBuf, std::sync::Weak<Shared>>> = Mutex::new(BTreeMap::new());

impl Drop for Shared {
    fn drop(&mut self) {
        WATCHED.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.folder);
    }
}

/// The disk that a file lies on, and its place there, when somebody watches.
pub(super) fn watched(path: &Path) -> Option<(Disk, String)> {
    let watched = WATCHED.lock().unwrap_or_else(PoisonError::into_inner);
    let shared = path.ancestors().skip(1).find_map(|folder| watched.get(folder)?.upgrade())?;
    let place = path.strip_prefix(&shared.folder).ok()?.to_str()?.to_owned();
    Some((Disk(shared), place))
}

/// The folder that a file lies in.
pub(super) fn folder_of(place: &str) -> &str {
    place.rsplit_once('/').map_or("", |(folder, _)| folder)
}

impl Disk {
    /// Watches a folder from now on. Its files must be closed, and count as durable.
    ///
    /// # Errors
    /// What the real disk says, or that SQLite does not take the VFS.
    pub fn watch(folder: &Path) -> io::Result<Self> {
        vfs::register()?;
        let given = folder.to_owned();
        let folder = folder.canonicalize()?;
        let shared = Arc::new(Shared { folder: folder.clone(), given, state: Mutex::default() });
        WATCHED
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(folder, Arc::downgrade(&shared));
        Ok(Self(shared))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where it lies.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.0.folder
    }

    /// What tells this disk of the files beside the database, for the store's `Faults`.
    #[must_use]
    pub fn watch_of_files(&self) -> Watch {
        let disk = self.clone();
        Watch(Arc::new(move |op| {
            // What lies elsewhere is not ours to watch.
            let Some(op) = disk.placed(op) else { return Ok(()) };
            disk.does(op).map_err(|refusal| match refusal {
                Refusal::Full => io::ErrorKind::StorageFull.into(),
                Refusal::Broken => io::ErrorKind::Other.into(),
            })
        }))
    }

    fn placed(&self, op: FileOp<'_>) -> Option<Op> {
        let place = |path: &Path| {
            let Shared { folder, given, .. } = &*self.0;
            let inside = path.strip_prefix(folder).or_else(|_| path.strip_prefix(given));
            inside.ok()?.to_str().map(str::to_owned)
        };
        Some(match op {
            FileOp::Make(path) => Op::Make(place(path)?),
            FileOp::Write(path, at, bytes) => Op::Write(place(path)?, at, bytes.to_vec()),
            FileOp::Cut(path, length) => Op::Cut(place(path)?, length),
            FileOp::Sync(path) => Op::Sync(place(path)?),
            FileOp::Rename(from, to) => Op::Rename(place(from)?, place(to)?),
            FileOp::Remove(path) => Op::Delete(place(path)?),
            FileOp::SyncFolder(path) => Op::SyncFolder(place(path)?),
        })
    }

    /// How much was done so far.
    #[must_use]
    pub fn done(&self) -> usize {
        self.state().record.len()
    }

    /// Looks at all that was done.
    pub fn read<T>(&self, look: impl FnOnce(&[Op]) -> T) -> T {
        look(&self.state().record)
    }

    /// Stops recording: what follows only looks.
    pub fn sleeps(&self) {
        self.state().asleep = true;
    }

    /// Refuses calls from now on, and counts them anew; none refuses nothing.
    pub fn refuses(&self, refuses: Option<Refuses>) {
        let mut state = self.state();
        if refuses.is_some() {
            state.refused = 0;
        }
        state.refuses = refuses;
    }

    /// How many calls were refused since they were last ordered to be.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.state().refused
    }

    /// From now on one in so many syncs of a file fails, and what it should have made durable is
    /// forgotten; with none, all succeed.
    pub fn forgets(&self, chance: Option<(Dice, usize)>) {
        self.state().forgets = chance;
    }

    /// Something is about to be done: recorded, or refused.
    pub(super) fn does(&self, op: Op) -> Result<(), Refusal> {
        let mut state = self.state();
        state.asks()?;
        if let Op::Sync(place) = &op
            && let Some((dice, among)) = &mut state.forgets
            && dice.one_in(*among)
        {
            let forgotten = Op::Forget(place.clone());
            state.record.push(forgotten);
            state.refused += 1;
            return Err(Refusal::Broken);
        }
        if !state.asleep {
            state.record.push(op);
        }
        Ok(())
    }

    /// A call that leaves nothing behind, but may be refused.
    pub(super) fn opens(&self) -> Result<(), Refusal> {
        self.state().asks()
    }
}

impl State {
    fn asks(&mut self) -> Result<(), Refusal> {
        let Some(refuses) = &mut self.refuses else { return Ok(()) };
        if let Some(left) = refuses.after.checked_sub(1) {
            refuses.after = left;
            return Ok(());
        }
        let how = refuses.how;
        if refuses.once {
            self.refuses = None;
        }
        self.refused += 1;
        Err(how)
    }
}

/// The files of a folder that outlast a power cut, as they are now.
///
/// # Errors
/// What the disk says.
pub fn files(folder: &Path) -> io::Result<Files> {
    let read = folder::read(folder)?.into_iter();
    Ok(read
        .filter_map(|(path, bytes)| Some((path.to_str()?.to_owned(), bytes)))
        // The index of the log lies in memory.
        .filter(|(name, _)| !name.ends_with("-shm"))
        .collect())
}

/// Puts exactly these files into a folder.
///
/// # Errors
/// What the disk says.
pub fn lay_down(folder: &Path, files: &Files) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            std::fs::remove_dir_all(entry.path())?;
        } else if entry.file_name().to_str().is_none_or(|name| !files.contains_key(name)) {
            std::fs::remove_file(entry.path())?;
        }
    }
    for (place, bytes) in files {
        let path = folder.join(place);
        if let Some(inside) = path.parent() {
            std::fs::create_dir_all(inside)?;
        }
        std::fs::write(path, bytes)?;
    }
    Ok(())
}
