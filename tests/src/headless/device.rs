//! One tablet and what it said of itself.

use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use doegnrytme_core::ids::CarerId;
use doegnrytme_core::store::{CARER, Store, StoreError};
use doegnrytme_core::sync::line::Traffic;
use doegnrytme_core::tablet::event::{Event, Invite};
use doegnrytme_core::tablet::notice::Notice;
use doegnrytme_core::tablet::{Machine, Ports, Tablet, TypedCode};

use super::Problem;
use super::content::{content, ids};
use super::player::Ids;
use super::protocol::Sightings;
use crate::ports::pin;
use crate::workload::canonical::Content;

/// The runtime that tablets of one process share.
pub type Runtime = Arc<tokio::runtime::Runtime>;

/// How long a tablet may take for what needs the server.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// A tablet.
pub struct Device {
    id: String,
    tablet: Tablet,
    heard: Arc<Heard>,
}

/// What a tablet said, in order; [`Device::mark`] is a place in it.
#[derive(Default)]
struct Heard {
    notices: Mutex<Vec<Notice>>,
    changed: Condvar,
}

impl Heard {
    fn note(&self, notice: Notice, sightings: &Sightings) {
        let mut notices = self.notices.lock().unwrap_or_else(PoisonError::into_inner);
        if let Notice::Visible(now) = notice {
            let before = notices.iter().rev().find_map(|earlier| match earlier {
                Notice::Visible(count) => Some(*count),
                _ => None,
            });
            sightings.saw(now.saturating_sub(before.unwrap_or(0)));
        }
        notices.push(notice);
        self.changed.notify_all();
    }
}

impl Device {
    /// Opens the tablet's store in `dir`, or makes one; offline.
    ///
    /// # Errors
    /// [`Problem`] when the store cannot be opened.
    pub fn open(
        id: &str,
        dir: &Path,
        ports: Ports,
        runtime: &Runtime,
        sightings: &Sightings,
    ) -> Result<Self, Problem> {
        let heard = Arc::new(Heard::default());
        let (listener, sightings) = (Arc::clone(&heard), sightings.clone());
        let notices = Box::new(move |notice| listener.note(notice, &sightings));
        let tablet = Tablet::open(dir, ports, Arc::clone(runtime), notices)
            .map_err(|error| Problem::wrong(format!("tablet {id}: {error}")))?;
        let device = Self { id: id.to_owned(), tablet, heard };
        device.is_taken_up_again()?;
        Ok(device)
    }

    /// Whoever had the tablet when its app ended signs in again.
    fn is_taken_up_again(&self) -> Result<(), Problem> {
        if let Some(carer) = self.reads(|store| store.read(|tx| tx.single(&CARER)))? {
            self.send(Event::SignIn { carer, pin: pin() });
            self.look(|_| ())?;
        }
        Ok(())
    }

    /// The workload's word for it.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Queues an event.
    pub fn send(&self, event: Event) {
        self.tablet.send(event);
    }

    /// Looks inside, after everything queued before.
    ///
    /// # Errors
    /// [`Problem`] when its thread is gone.
    pub fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&mut Machine) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        self.tablet.look(look).map_err(|gone| Problem::wrong(format!("tablet {}: {gone}", self.id)))
    }

    /// A place in what it said: [`Device::hears`] listens from there on.
    #[must_use]
    pub fn mark(&self) -> usize {
        self.heard.notices.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// What it said since a mark.
    #[must_use]
    pub fn said(&self, since: usize) -> Vec<Notice> {
        let notices = self.heard.notices.lock().unwrap_or_else(PoisonError::into_inner);
        notices.get(since..).unwrap_or_default().to_vec()
    }

    /// Waits for a notice that `pick` takes.
    ///
    /// # Errors
    /// [`Problem`] with the last thing it said when none comes in time.
    pub fn hears<T>(
        &self,
        since: usize,
        what: &str,
        pick: impl Fn(&Notice) -> Option<T>,
    ) -> Result<T, Problem> {
        let notices = self.heard.notices.lock().unwrap_or_else(PoisonError::into_inner);
        let found =
            |notices: &Vec<Notice>| notices.get(since..).unwrap_or_default().iter().find_map(&pick);
        let (notices, _) = self
            .heard
            .changed
            .wait_timeout_while(notices, PATIENCE, |notices| found(notices).is_none())
            .unwrap_or_else(PoisonError::into_inner);
        found(&notices).ok_or_else(|| {
            Problem::wrong(format!("tablet {} never {what}; last {:?}", self.id, notices.last()))
        })
    }

    /// Whether it is a device of the municipality.
    ///
    /// # Errors
    /// [`Problem`] when the store fails.
    pub fn is_enrolled(&self) -> Result<bool, Problem> {
        Ok(self.reads(|store| store.read(|tx| tx.device()))?.is_some())
    }

    /// Becomes a device of the municipality.
    ///
    /// # Errors
    /// [`Problem`] says why not.
    pub fn enrols(&self, invite: Invite) -> Result<(), Problem> {
        let mark = self.mark();
        self.send(Event::Enrol(invite));
        self.hears(mark, "enrolled", |notice| match notice {
            Notice::Enrolled => Some(Ok(())),
            Notice::NotEnrolled(problem) => {
                Some(Err(Problem::wrong(format!("tablet {}: {problem}", self.id))))
            }
            _ => None,
        })?
    }

    /// A carer who has been here takes the tablet.
    ///
    /// # Errors
    /// [`Problem`] when the carer may not.
    pub fn is_taken_by(&self, carer: CarerId) -> Result<(), Problem> {
        let mark = self.mark();
        self.send(Event::SignIn { carer, pin: pin() });
        self.lets_in(mark, carer)
    }

    /// Whether the carer has been here.
    ///
    /// # Errors
    /// [`Problem`] when the store fails.
    pub fn knows(&self, carer: CarerId) -> Result<bool, Problem> {
        Ok(self.reads(move |store| store.read(|tx| tx.pin_of(carer)))?.is_some())
    }

    /// A carer begins here, which needs a line.
    pub fn begins(&self, carer: CarerId, code: String) {
        self.send(Event::Start { carer, code: TypedCode(code), pin: pin() });
    }

    /// Waits until the carer who was chosen may write.
    ///
    /// # Errors
    /// [`Problem`] when the carer may not.
    pub fn lets_in(&self, since: usize, carer: CarerId) -> Result<(), Problem> {
        self.hears(since, "let its carer in", |notice| match notice {
            Notice::CarerReady(ready) if *ready == carer => Some(Ok(())),
            Notice::CarerRefused(_) => {
                Some(Err(Problem::wrong(format!("tablet {} refuses its carer", self.id))))
            }
            Notice::NotSignedIn(_, problem) => {
                Some(Err(Problem::wrong(format!("tablet {}: {problem}", self.id))))
            }
            _ => None,
        })?
    }

    /// Waits until a sync ended, since a mark; `equal` asks for one after which nothing differs.
    ///
    /// # Errors
    /// [`Problem`] when none does in time.
    pub fn synced(&self, since: usize, equal: bool) -> Result<(), Problem> {
        self.hears(since, "synced", |notice| match notice {
            Notice::Synced { equal: is } if *is || !equal => Some(()),
            _ => None,
        })
    }

    /// Drops the line, and waits until it is dropped.
    ///
    /// # Errors
    /// [`Problem`] when its thread is gone.
    pub fn goes_offline(&self) -> Result<(), Problem> {
        self.send(Event::Offline);
        self.look(|_| ())
    }

    /// Does all of it, every save durable when this returns.
    ///
    /// # Errors
    /// [`Problem`] with the first thing that was not saved.
    pub fn plays(&self, events: Vec<Event>) -> Result<(), Problem> {
        let mark = self.mark();
        for event in events {
            self.send(event);
        }
        self.look(|_| ())?;
        let said = self.said(mark);
        let problem = said.iter().find_map(|notice| match notice {
            Notice::NotSaved(problem) => Some(problem),
            _ => None,
        });
        match problem {
            None => Ok(()),
            Some(problem) => Err(Problem::wrong(format!("tablet {}: {problem}", self.id))),
        }
    }

    /// What it holds.
    ///
    /// # Errors
    /// [`Problem`] when the store fails.
    pub fn content(&self) -> Result<Content, Problem> {
        self.reads(content)
    }

    /// Our ids of what it holds, by outside ids.
    ///
    /// # Errors
    /// [`Problem`] when the store fails.
    pub fn ids(&self) -> Result<Ids, Problem> {
        self.reads(ids)
    }

    /// How many changes are on their way.
    ///
    /// # Errors
    /// [`Problem`] when the store fails.
    pub fn unsent(&self) -> Result<u64, Problem> {
        self.reads(|store| store.read(|tx| tx.open_count()))
    }

    /// Reads its store.
    ///
    /// # Errors
    /// [`Problem`] when the store fails.
    pub fn reads<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Problem> {
        let read = self.look(|machine| read(machine.store()))?;
        read.map_err(|error| Problem::wrong(format!("tablet {}: {error}", self.id)))
    }

    /// Requests and bytes since it was opened.
    ///
    /// # Errors
    /// [`Problem`] when its thread is gone.
    pub fn traffic(&self) -> Result<Traffic, Problem> {
        self.look(|machine| machine.traffic())
    }

    /// Closes; everything is durable.
    pub fn closes(mut self) {
        self.tablet.suspend();
    }
}
