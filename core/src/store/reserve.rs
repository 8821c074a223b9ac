//! A file that holds disk space, so that a note that was begun can be saved on a disk that is full.
//!
//! Asking the system for free space needs `unsafe` and tells little on a phone (quotas, purgeable
//! space); bytes that we hold are ours.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// 16 MiB: some ten thousand notes, or one checkpoint of a busy day.
pub const RESERVE_BYTES: u64 = 16 * 1024 * 1024;

pub(super) const FILE: &str = "reserve";

pub(super) struct Reserve {
    path: PathBuf,
    bytes: u64,
}

impl Reserve {
    pub(super) fn new(dir: &Path, bytes: u64) -> Self {
        Self { path: dir.join(FILE), bytes }
    }

    /// Whether the space is held. Without it no new note should be begun.
    pub(super) fn is_held(&self) -> bool {
        self.bytes == 0 || fs::metadata(&self.path).is_ok_and(|found| found.len() >= self.bytes)
    }

    /// Takes the space when there is enough; says whether it is held now.
    pub(super) fn take(&self) -> bool {
        if self.is_held() {
            return true;
        }
        let written = self.write();
        if written.is_err() {
            self.release();
        }
        written.is_ok()
    }

    fn write(&self) -> std::io::Result<()> {
        // Not zeros: a file system may store those as nothing.
        let block: Vec<u8> = (0..64 * 1024_u32).map(|at| at.to_le_bytes()[0] ^ 0xa5).collect();
        let mut file = fs::File::create(&self.path)?;
        let mut left = self.bytes;
        while left > 0 {
            let length = usize::try_from(left).unwrap_or(usize::MAX).min(block.len());
            file.write_all(block.get(..length).unwrap_or_default())?;
            left -= u64::try_from(length).unwrap_or(left);
        }
        file.sync_all()
    }

    /// Gives the space back to the disk.
    pub(super) fn release(&self) {
        let _ = fs::remove_file(&self.path);
    }
}
