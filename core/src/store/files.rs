//! The files beside the database, and every call to the system that changes one of them or its name.
//!
//! All go through here so that the tests see them in order, refuse one, or cut the power after it.
//! The reserve and the mark of a suspected store are left out: they carry nothing.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use super::faults::{Faults, FileOp};

/// Writes a file anew: it is there as it was or as it becomes, whatever happens, when the disk keeps
/// what it is told to. One that is not `durable` costs no wait for the disk, and after a power cut it
/// may be older or torn.
pub(super) fn write_whole(
    path: &Path,
    bytes: &[u8],
    durable: bool,
    faults: &Faults,
) -> io::Result<()> {
    let fresh = path.with_extension("new");
    faults.file(FileOp::Make(&fresh))?;
    let mut file = File::create(&fresh)?;
    faults.file(FileOp::Write(&fresh, 0, bytes))?;
    file.write_all(bytes)?;
    if durable {
        faults.file(FileOp::Sync(&fresh))?;
        file.sync_all()?;
    }
    rename(&fresh, path, faults)?;
    match path.parent() {
        Some(folder) if durable => sync_folder(folder, faults),
        _ => Ok(()),
    }
}

/// Makes what a file holds durable.
pub(super) fn sync(path: &Path, faults: &Faults) -> io::Result<()> {
    faults.file(FileOp::Sync(path))?;
    File::open(path)?.sync_all()
}

/// Makes the names in a folder durable. Where a folder cannot be opened, there is nothing to do.
pub(super) fn sync_folder(folder: &Path, faults: &Faults) -> io::Result<()> {
    faults.file(FileOp::SyncFolder(folder))?;
    match File::open(folder) {
        Ok(folder) => folder.sync_all(),
        Err(_) => Ok(()),
    }
}

/// Gives a file another name.
pub(super) fn rename(from: &Path, to: &Path, faults: &Faults) -> io::Result<()> {
    faults.file(FileOp::Rename(from, to))?;
    fs::rename(from, to)
}

/// The same for a file that need not be there.
pub(super) fn rename_if_there(from: &Path, to: &Path, faults: &Faults) -> io::Result<()> {
    if from.exists() { rename(from, to, faults) } else { Ok(()) }
}

/// Removes a file that need not be there.
pub(super) fn remove_if_there(path: &Path, faults: &Faults) -> io::Result<()> {
    if path.exists() {
        faults.file(FileOp::Remove(path))?;
        fs::remove_file(path)?;
    }
    Ok(())
}

/// Removes a folder of files that need not be there.
pub(super) fn remove_folder(folder: &Path, faults: &Faults) -> io::Result<()> {
    let inside = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        inside => inside?,
    };
    for file in inside {
        remove_if_there(&file?.path(), faults)?;
    }
    sync_folder(folder, faults)?;
    fs::remove_dir(folder)
}
