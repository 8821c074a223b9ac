//! One carer with one tablet: the real core, an encrypted store, a real line.

use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use doegnrytme_core::ids::{CarerId, DocId};
use doegnrytme_core::sync::line::Traffic;
use doegnrytme_core::tablet::{
    EnrolProblem, Event, Invite, Machine, Notice, SyncProblem, Tablet, TypedCode,
};
use doegnrytme_core::trust::pin::Pin;
use tokio::runtime::Runtime;

use super::ports::ports;
use super::town::carers::Carer;
use super::trouble::Trouble;

/// The PIN that everybody in the demo chooses.
const PIN: &str = "246813";

/// What a tablet has said of itself so far.
#[derive(Debug, Default)]
pub struct Seen {
    enrolled: Option<Result<(), EnrolProblem>>,
    ready: Option<bool>,
    /// Since when it has held what the server holds; none after a change until the next sync.
    equal_since: Option<Instant>,
    last_failure: Option<SyncProblem>,
    /// What was saved.
    pub saved: Vec<DocId>,
    /// Orders that were not carried out.
    pub not_saved: Vec<String>,
}

impl Seen {
    fn take(&mut self, notice: Notice) {
        match notice {
            Notice::Enrolled => self.enrolled = Some(Ok(())),
            Notice::NotEnrolled(problem) => self.enrolled = Some(Err(problem)),
            Notice::CarerReady(_) => self.ready = Some(true),
            Notice::CarerRefused(_) | Notice::NotSignedIn(..) => self.ready = Some(false),
            Notice::CarerWaits(_) | Notice::Retired | Notice::Wiped => {}
            Notice::Saved(doc) => {
                self.saved.push(doc);
                self.equal_since = None;
            }
            Notice::NotSaved(problem) => self.not_saved.push(problem.to_string()),
            Notice::Visible(_) | Notice::Synced { equal: false } => self.equal_since = None,
            Notice::Synced { equal: true } => {
                self.equal_since.get_or_insert_with(Instant::now);
                self.last_failure = None;
            }
            Notice::SyncFailed(problem) => self.last_failure = Some(problem),
        }
    }
}

#[derive(Default)]
struct Board {
    seen: Mutex<Seen>,
    news: Condvar,
}

/// A carer with a tablet.
pub struct Player {
    /// Who.
    pub carer: &'static Carer,
    /// In the directory.
    pub id: CarerId,
    tablet: Tablet,
    board: Arc<Board>,
}

impl Player {
    /// Opens the tablet that lives in `dir`.
    ///
    /// # Errors
    /// [`Trouble`].
    pub fn open(
        carer: &'static Carer,
        id: CarerId,
        dir: &Path,
        runtime: Arc<Runtime>,
    ) -> Result<Self, Trouble> {
        let board = Arc::new(Board::default());
        let told = Arc::clone(&board);
        let notices = Box::new(move |notice| {
            told.seen.lock().unwrap_or_else(PoisonError::into_inner).take(notice);
            told.news.notify_all();
        });
        let tablet = Tablet::open(dir, ports(dir)?, runtime, notices)?;
        Ok(Self { carer, id, tablet, board })
    }

    /// Joins the municipality by a code, and the carer begins on the tablet with a start code and a
    /// PIN of his own; stays online.
    ///
    /// # Errors
    /// [`Trouble`].
    pub fn enrol(
        &self,
        invite: Invite,
        code: TypedCode,
        patience: Duration,
    ) -> Result<(), Trouble> {
        self.send(Event::Enrol(invite));
        self.until("enrolment", patience, |seen| seen.enrolled)?
            .map_err(|problem| Trouble::NotEnrolled { carer: self.carer.name, problem })?;
        self.send(Event::Online);
        self.send(Event::Start { carer: self.id, code, pin: Pin::typed(PIN) });
        match self.until("the carer's certificate", patience, |seen| seen.ready)? {
            true => Ok(()),
            false => Err(Trouble::Wrong(format!("{} was not let in", self.carer.name))),
        }
    }

    /// Queues an event.
    pub fn send(&self, event: Event) {
        self.tablet.send(event);
    }

    /// Looks at the machine after everything that was queued.
    ///
    /// # Errors
    /// [`Trouble`], also what `look` says.
    pub fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&mut Machine) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, Trouble> {
        self.tablet.look(look).map_err(|_| Trouble::Gone)?
    }

    /// What went over the line so far.
    ///
    /// # Errors
    /// [`Trouble::Gone`].
    pub fn traffic(&self) -> Result<Traffic, Trouble> {
        self.look(|machine| Ok(machine.traffic()))
    }

    /// Since when the tablet has held what the server holds.
    #[must_use]
    pub fn equal_since(&self) -> Option<Instant> {
        self.seen(|seen| seen.equal_since)
    }

    /// Reads the board.
    pub fn seen<T>(&self, read: impl FnOnce(&Seen) -> T) -> T {
        read(&self.board.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until the board says something.
    ///
    /// # Errors
    /// [`Trouble::TooLong`].
    pub fn until<T>(
        &self,
        what: &'static str,
        patience: Duration,
        look: impl Fn(&Seen) -> Option<T>,
    ) -> Result<T, Trouble> {
        let begun = Instant::now();
        let mut seen = self.board.seen.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(value) = look(&seen) {
                return Ok(value);
            }
            let Some(left) = patience.checked_sub(begun.elapsed()) else {
                let last = seen
                    .last_failure
                    .map_or("no reason was given".to_owned(), |problem| problem.to_string());
                return Err(Trouble::TooLong { carer: self.carer.name, what, last });
            };
            let waited = self.board.news.wait_timeout(seen, left);
            seen = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
