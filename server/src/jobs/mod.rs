//! What the server does by itself, beside the thread that writes: facts after publications, and
//! the day's digests in the evening.
//!
//! `clerk` does the work, one thing at a time; [`schedule`] says when digests are due; this file
//! is the thread that looks every two seconds, and the handle by which the same work is asked for
//! now. Everything here can be done again without harm.

mod clerk;
pub mod schedule;
#[cfg(test)]
pub(crate) mod stand;
mod tended;
#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use doegnrytme_core::port::Clock;
use doegnrytme_core::time::LocalDay;

use crate::folder::Folder;
use crate::intake::IntakeError;
use crate::node::{Outside, ServerNode};
use crate::projection::{Difference, Progress};
use crate::relatives::{DigestRun, Gateway, LogGateway};
use crate::store::sms::{Sms, SmsState};
use crate::store::{Store, StoreError};
use clerk::Clerk;

pub use tended::Tended;

/// How often the thread looks for publications. A digest is a matter of hours.
const LOOK: Duration = Duration::from_secs(2);

/// The running jobs. Dropping them stops the thread.
pub struct Jobs {
    clerk: Arc<Mutex<Clerk>>,
    thread: Mutex<Option<(Sender<()>, JoinHandle<()>)>>,
}

impl Jobs {
    /// Starts the thread. `reader` is a connection of its own that only reads; messages go to the
    /// folder's `sms.log`.
    ///
    /// # Errors
    /// [`StoreError::Backend`] when no thread can be made.
    pub fn start(
        node: Arc<ServerNode>,
        reader: Box<dyn Store>,
        folder: &Folder,
        outside: Outside,
    ) -> Result<Self, StoreError> {
        let gateway = LogGateway::at(folder.path().join("sms.log"));
        Self::with_gateway(node, reader, Box::new(gateway), outside)
    }

    /// Starts the thread with another gateway.
    ///
    /// # Errors
    /// [`StoreError::Backend`] when no thread can be made.
    pub fn with_gateway(
        node: Arc<ServerNode>,
        reader: Box<dyn Store>,
        gateway: Box<dyn Gateway>,
        outside: Outside,
    ) -> Result<Self, StoreError> {
        let clerk = Arc::new(Mutex::new(Clerk::new(node, reader, gateway)));
        let (stop, stopped) = channel();
        let (mine, clock) = (Arc::clone(&clerk), outside.clock);
        let thread = std::thread::Builder::new()
            .name(String::from("jobs"))
            .spawn(move || look(&mine, &*clock, &stopped))
            .map_err(|error| StoreError::Backend(error.to_string()))?;
        Ok(Self { clerk, thread: Mutex::new(Some((stop, thread))) })
    }

    /// Reads now what was published since the last look.
    ///
    /// # Errors
    /// [`IntakeError`].
    pub fn project(&self) -> Result<Progress, IntakeError> {
        enter(&self.clerk).project()
    }

    /// Composes and sends now what relatives may read about a day. Whoever has a message about it
    /// gets no second one.
    ///
    /// # Errors
    /// [`IntakeError`]; what had left by then is written down as sent or unknown.
    pub fn run_digests(&self, day: LocalDay) -> Result<DigestRun, IntakeError> {
        enter(&self.clerk).run_digests(day)
    }

    /// Reads all facts anew, compares, and puts right what differed.
    ///
    /// # Errors
    /// [`IntakeError`].
    pub fn rebuild(&self) -> Result<Vec<Difference>, IntakeError> {
        enter(&self.clerk).rebuild()
    }

    /// The messages about a day, in whatever state, by relative.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn messages(&self, day: LocalDay) -> Result<Vec<Sms>, StoreError> {
        enter(&self.clerk).read(|tx| tx.sms_of(day))
    }

    /// The messages of which nobody can say whether they left, for a person to look at.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn unknown(&self) -> Result<Vec<Sms>, StoreError> {
        enter(&self.clerk).read(|tx| tx.sms_in(SmsState::Unknown))
    }

    /// Stops the thread, after what it is doing. A second call does nothing.
    pub fn stop(&self) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((stop, thread)) = thread {
            drop(stop);
            let _ = thread.join();
        }
    }
}

impl Drop for Jobs {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The clerk, also after a panic: it keeps nothing between two jobs.
fn enter(clerk: &Mutex<Clerk>) -> MutexGuard<'_, Clerk> {
    clerk.lock().unwrap_or_else(PoisonError::into_inner)
}

fn look(clerk: &Mutex<Clerk>, clock: &dyn Clock, stopped: &Receiver<()>) {
    let mut failing = false;
    while stopped.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
        let now = clock.read().wall;
        let done = catch_unwind(AssertUnwindSafe(|| enter(clerk).tend(now)));
        // The same trouble every two seconds is said once.
        match done {
            Ok(Ok(())) => failing = false,
            Ok(Err(error)) if !failing => {
                failing = true;
                tracing::error!(%error, "jobs failed and are tried again");
            }
            Err(_) if !failing => {
                failing = true;
                tracing::error!("jobs panicked and are tried again");
            }
            _ => {}
        }
    }
}
