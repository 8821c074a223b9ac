//! Where worlds keep their files: on tmpfs, because they fsync all the time.

use std::io;
use std::path::{Path, PathBuf};

/// The folder for worlds: what `tests/run` found, else `/dev/shm` when it is there.
#[must_use]
pub fn room() -> PathBuf {
    let shared = Path::new("/dev/shm");
    let usual = || if shared.is_dir() { shared.to_owned() } else { std::env::temp_dir() };
    std::env::var_os("DOEGNRYTME_TEST_TMP").map_or_else(usual, PathBuf::from)
}

/// Reads all files of a folder, by their places in it.
///
/// # Errors
/// What the disk says.
pub fn read(dir: &Path) -> io::Result<Vec<(PathBuf, Vec<u8>)>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        let name = PathBuf::from(entry.file_name());
        if entry.file_type()?.is_dir() {
            let inside = read(&entry.path())?.into_iter();
            files.extend(inside.map(|(path, bytes)| (name.join(path), bytes)));
        } else {
            files.push((name, std::fs::read(entry.path())?));
        }
    }
    Ok(files)
}

/// Writes files into a folder.
///
/// # Errors
/// What the disk says.
pub fn write(dir: &Path, files: &[(PathBuf, Vec<u8>)]) -> io::Result<()> {
    for (path, bytes) in files {
        let path = dir.join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(path, bytes)?;
    }
    Ok(())
}

/// Copies a folder with all that lies in it.
///
/// # Errors
/// What the disk says.
pub fn copy(from: &Path, to: &Path) -> io::Result<()> {
    write(to, &read(from)?)
}
