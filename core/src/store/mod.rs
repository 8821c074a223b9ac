//! The tablet's encrypted store: the change log, the outbox, and what screens and sync read.
//!
//! Read [`Store::open`] (`opening`, `keys`, `migrations/*.sql`), then [`Store::save`] (`saving`:
//! the sealed outbox file `seal`, then one commit), [`Tx::take_row`] (`log`: what comes from the
//! server), [`Tx::apply_verdict`], and `projecting`: how rows become what screens ask for. All
//! SQL stands in `queries`. The log is the truth; everything else can be rebuilt from it
//! (`rebuilding`).

mod aside;
mod batches;
mod day;
mod digests;
mod direct;
mod enrolled;
mod error;
mod faults;
mod files;
mod judging;
mod keys;
mod log;
mod logged;
mod migrate;
mod opening;
mod passport;
mod plans;
mod projecting;
mod queries;
mod rebuilding;
mod rescue;
mod reserve;
mod salvage;
mod saving;
mod seal;
mod standing;
mod transaction;
mod verdicts;

#[cfg(test)]
mod tests;

pub use batches::{InFlight, batches_kept_since};
pub use digests::{Digests, root};
pub use error::{OpenError, SaveError, StoreError};
#[doc(hidden)]
pub use faults::{Faults, FileOp, Watch};
pub use judging::TableFacts;
pub use log::Taken;
pub use logged::{Logged, Standing, State};
pub use opening::{DATABASE, Opening, Options, ready_cipher};
pub use queries::batches::StoredBatch;
pub use queries::certificates::Certificate;
pub use queries::drafts::Draft;
pub use queries::notes::NoteRow;
pub use queries::outbox::Outgoing;
pub use queries::plans::PlanValue;
pub use queries::records::RecordRow;
pub use queries::singles::*;
pub use rebuilding::Difference;
pub use rescue::Rescued;
pub use reserve::RESERVE_BYTES;
pub use saving::OwnRow;
pub use transaction::Tx;
pub use verdicts::Judgement;

/// An open store. One thread uses it; one process holds it.
pub struct Store {
    connection: rusqlite::Connection,
    keys: keys::Keys,
    outbox_file: seal::SealedFile,
    plans: plans::PlanCache,
    dir: std::path::PathBuf,
    clerk: passport::Clerk,
    /// Whether damaged files of a rescue lie beside.
    aside: bool,
    loaded: std::cell::Cell<u64>,
    reserve: reserve::Reserve,
    faults: faults::Faults,
    opening: Opening,
}

impl Store {
    /// What opening found in the outbox file.
    #[must_use]
    pub fn opening(&self) -> Opening {
        self.opening
    }

    /// How many plan documents were made of their snapshot or their log since the store was opened.
    /// A sync that brings nothing new makes none; most edits of colleagues make none either.
    #[must_use]
    pub fn documents_loaded(&self) -> u64 {
        self.loaded.get()
    }

    /// Whether disk space is held back for what is being written. Without it no new note should be
    /// begun; what was begun can still be saved.
    #[must_use]
    pub fn has_reserve(&self) -> bool {
        self.reserve.is_held()
    }

    /// Takes the reserve again after the disk was full; says whether there is room for it.
    pub fn take_reserve(&self) -> bool {
        self.reserve.take()
    }

    /// Gives the reserve to what must be written now.
    pub fn release_reserve(&self) {
        self.reserve.release();
    }

    /// Checks the HMAC of every page [about 1 s for 100 MB]; says how many are damaged.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn damaged_pages(&mut self) -> Result<usize, StoreError> {
        self.read(|tx| tx.integrity_errors())
    }

    /// What goes wrong from now on.
    #[doc(hidden)]
    pub fn faults_mut(&mut self) -> &mut Faults {
        &mut self.faults
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("opening", &self.opening).finish_non_exhaustive()
    }
}
