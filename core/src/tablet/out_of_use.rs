//! A tablet that the municipality takes out of use (design §5). *Retired*: it hands in what it
//! holds, drafts too, says so, and wipes itself. *Stolen*: it wipes itself at once.
//!
//! Wiping forgets the key first, so that whatever is left of the files is unreadable, and goes on
//! at the next start when the app or the battery ends in the middle.

use std::path::Path;

use super::event::Closing;
use super::machine::Machine;
use super::notice::Notice;
use crate::care::note::Outcome;
use crate::port::{KeyStore, Level};
use crate::store::{Draft, ORDER};
use crate::wire::certificate::OrderKind;

/// Beside the store while it is being wiped; says nothing but that.
const MARK: &str = "wiping";
/// What a visit's note says that was not closed when the tablet was retired.
const UNFINISHED: &str = "Tabletten blev taget ud af brug, før besøget blev afsluttet.";

impl Machine {
    /// Looks for an order: one came, or the app starts and one was not carried out yet.
    pub(super) fn find_order(&mut self) -> Vec<Notice> {
        match self.store.read(|tx| tx.single(&ORDER)) {
            Ok(order) => self.order = order,
            Err(_) => self.log(Level::Error, "an order cannot be read", &[]),
        }
        self.obey_order()
    }

    /// Goes on with what the server ordered.
    pub(super) fn obey_order(&mut self) -> Vec<Notice> {
        match self.order {
            Some(OrderKind::Wipe) => self.wipe(),
            Some(OrderKind::Retire) => self.hand_in(),
            None => Vec::new(),
        }
    }

    /// Drafts become notes; when everything is with the server, that is said, and when that was
    /// heard, the tablet wipes itself.
    fn hand_in(&mut self) -> Vec<Notice> {
        if self.line.session.has_said_goodbye() {
            return self.wipe();
        }
        let mut notices = Vec::new();
        if !self.retired {
            self.retired = true;
            notices.push(Notice::Retired);
            match self.store.read(|tx| tx.all_drafts()) {
                Ok(drafts) => drafts.into_iter().for_each(|draft| self.hand_in_draft(&draft)),
                Err(_) => self.log(Level::Error, "drafts of a retired tablet cannot be read", &[]),
            }
        }
        if self.store.read(|tx| tx.open_count()).is_ok_and(|open| open == 0) {
            self.line.session.say_goodbye();
        }
        notices
    }

    /// The server holds it for the team, who may let it in.
    fn hand_in_draft(&mut self, draft: &Draft) {
        let Ok(writer) = self.writer_of(draft.carer) else { return };
        let closing = Closing {
            at: Some(draft.saved),
            outcome: Outcome::Deviation { needs_action: true },
            text: UNFINISHED.to_owned(),
            ..Closing::as_agreed(draft.visit)
        };
        if self.close_visit_as(&writer, closing).is_err() {
            self.log(Level::Error, "a draft of a retired tablet was not handed in", &[]);
        }
    }

    fn wipe(&mut self) -> Vec<Notice> {
        self.carer = None;
        self.arriving = None;
        self.go_offline();
        if let Err(error) = wipe(&self.dir, &*self.ports.keys) {
            let kind = i64::from(error.raw_os_error().unwrap_or(0));
            self.log(
                Level::Error,
                "a file could not be wiped; its key is gone",
                &[("error", kind)],
            );
        }
        self.wiped = true;
        vec![Notice::Wiped]
    }
}

/// Finishes what a wipe began before the app ended. The folder is empty then.
pub(super) fn finish_wiping(dir: &Path, keys: &dyn KeyStore) -> std::io::Result<()> {
    if dir.join(MARK).exists() { wipe(dir, keys) } else { Ok(()) }
}

/// Mark, key, files, mark: each durable before the next.
fn wipe(dir: &Path, keys: &dyn KeyStore) -> std::io::Result<()> {
    let mark = dir.join(MARK);
    std::fs::File::create(&mark)?.sync_all()?;
    sync(dir)?;
    // A key store that fails now is asked again at the next start; the files go all the same.
    let forgotten = keys.forget();
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        if path == mark {
            continue;
        }
        if path.is_dir() { std::fs::remove_dir_all(&path)? } else { std::fs::remove_file(&path)? }
    }
    sync(dir)?;
    if forgotten.is_ok() {
        std::fs::remove_file(&mark)?;
        sync(dir)?;
    }
    Ok(())
}

/// Where a folder cannot be opened, there is nothing to do.
fn sync(dir: &Path) -> std::io::Result<()> {
    std::fs::File::open(dir).map_or(Ok(()), |dir| dir.sync_all())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::software_key::SoftwareKey;

    #[test]
    fn a_wipe_that_was_cut_off_is_finished_at_the_next_start() {
        let dir = tempfile::tempdir().unwrap();
        let keys = SoftwareKey::from_secret([1; 32]);
        let leaves = || {
            std::fs::write(dir.path().join("store.db"), b"left").unwrap();
            std::fs::create_dir_all(dir.path().join("damaged-1")).unwrap();
            std::fs::write(dir.path().join("damaged-1").join("store.db"), b"left").unwrap();
        };
        leaves();
        finish_wiping(dir.path(), &keys).unwrap();
        assert!(dir.path().join("store.db").exists(), "nobody ordered a wipe");
        std::fs::write(dir.path().join(MARK), b"").unwrap();
        finish_wiping(dir.path(), &keys).unwrap();
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
        assert!(keys.sign(b"x").is_err(), "the key went first");
    }
}
