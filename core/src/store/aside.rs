//! The damaged files that a rescue set aside, and when they go.
//!
//! They hold what the store held, under the same key: personal data, so they must not lie about for
//! ever. What the rescue could read of a carer's own words lies in the new store, and the server has
//! the rest as soon as tablet and server were seen to hold the same with nothing unsent. Then the
//! files go. Only when a draft or a record of the outbox file did not read are they kept 30 days more,
//! for somebody who can look; they go then, too. An erasure takes them at once, and a wipe takes
//! the whole folder, after the key, which is theirs as well.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::faults::Faults;
use super::{Store, files};
use crate::time::UnixSeconds;

/// The beginning of the folders' names.
const NAME: &str = "damaged-";
/// Stands in one of which something that a carer wrote may not have been read; says since when
/// tablet and server hold the same.
const UNREAD: &str = "unread";
/// How long such a one is kept after that.
const KEPT: i64 = 30 * 24 * 60 * 60;

/// Whether this is the name of such a folder.
pub(super) fn is_name(name: &str) -> bool {
    name.strip_prefix(NAME).is_some_and(|number| number.parse::<u32>().is_ok())
}

fn all(dir: &Path) -> Vec<PathBuf> {
    let Ok(inside) = fs::read_dir(dir) else { return Vec::new() };
    let names = inside.filter_map(|entry| entry.ok().map(|entry| entry.file_name()));
    names.filter(|name| name.to_str().is_some_and(is_name)).map(|name| dir.join(name)).collect()
}

/// Whether there are any.
pub(super) fn is_there(dir: &Path) -> bool {
    !all(dir).is_empty()
}

/// A name that nothing has.
pub(super) fn free_name(dir: &Path) -> String {
    let mut names = (1..u32::MAX).map(|number| format!("{NAME}{number}"));
    names.find(|name| !dir.join(name).exists()).unwrap_or_default()
}

/// Something that a carer wrote may not have been read out of these files.
pub(super) fn mark_unread(aside: &Path, faults: &Faults) -> io::Result<()> {
    files::write_whole(&aside.join(UNREAD), b"", true, faults)
}

/// Whether a folder may go now.
fn may_go(aside: &Path, now: UnixSeconds, faults: &Faults) -> io::Result<bool> {
    let mark = aside.join(UNREAD);
    let since = match fs::read_to_string(&mark) {
        Ok(since) => since,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(error),
    };
    match since.parse::<i64>() {
        Ok(since) => Ok(now.0 > since.saturating_add(KEPT)),
        Err(_) => {
            files::write_whole(&mark, now.0.to_string().as_bytes(), true, faults)?;
            Ok(false)
        }
    }
}

impl Store {
    /// Tablet and server hold the same, and nothing is unsent: damaged files of an earlier rescue go,
    /// at once or when their time has come. Costs nothing when there are none.
    ///
    /// # Errors
    /// What the disk says; the rest is tried again the next time.
    pub fn holds_the_same(&mut self, now: UnixSeconds) -> io::Result<()> {
        if !self.aside {
            return Ok(());
        }
        for aside in all(&self.dir) {
            if may_go(&aside, now, &self.faults)? {
                files::remove_folder(&aside, &self.faults)?;
            }
        }
        self.aside = is_there(&self.dir);
        Ok(())
    }

    /// They go at once: something in them must be nowhere any more.
    pub(super) fn forgets_aside(&mut self) -> io::Result<()> {
        if self.aside {
            all(&self.dir)
                .iter()
                .try_for_each(|aside| files::remove_folder(aside, &self.faults))?;
            self.aside = false;
        }
        Ok(())
    }
}
