//! `restore`: a server from a backup and its recovery key, in an empty folder.

use std::path::Path;

use super::{Console, key_or_paper, key_place};
use crate::config::Settings;
use crate::error::Failure;
use crate::vault;

pub(super) fn restore(
    settings: &Settings,
    console: &mut Console<'_>,
    from: &Path,
    typed: bool,
) -> Result<u8, Failure> {
    let folder = &settings.folder;
    folder.make()?;
    let _lock = folder.lock()?;
    let key = key_or_paper(settings, console, typed)?;
    let place = key_place(settings);
    // Before anything is written: a file of another key is in the way.
    let there = place.path().exists();
    if there && place.read()?.0 != key {
        place.write(&key)?;
    }
    let made = vault::restore::restore(from, folder, &key)?;
    if !there {
        place.write(&key)?;
    }
    let out = &mut console.output;
    writeln!(out, "The server of {} lies in {}.", made.to_rfc3339(), folder.path().display())?;
    writeln!(out, "Its key lies in {}.", place.path().display())?;
    let journal = settings.journal_place();
    writeln!(out)?;
    writeln!(out, "Next:")?;
    writeln!(out, "1. Put the journal of the lost machine at {}.", journal.display())?;
    writeln!(out, "   Is it lost, uploads wait and no message leaves until `journal confirm`.")?;
    writeln!(out, "2. doegnrytme-server serve --data {}", folder.path().display())?;
    Ok(0)
}
