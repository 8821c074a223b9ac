//! The tablet without a thread: events and answers in, notices and requests out.

use std::path::{Path, PathBuf};

use super::event::Event;
use super::line::Line;
use super::notice::{Notice, Problem};
use super::out_of_use::finish_wiping;
use super::sign_in::Arriving;
use super::waiting::Waiting;
use crate::ids::{ActorId, CarerId, DeviceNumber};
use crate::port::{Clock, Entropy, KeyStore, KeyStoreError, Level, Log, Reading, random};
use crate::store::{self, Options, Store};
use crate::time::UnixSeconds;
use crate::wire::certificate::OrderKind;

/// What the tablet asks of its platform.
pub struct Ports {
    /// The device's key.
    pub keys: Box<dyn KeyStore>,
    /// The clocks.
    pub clock: Box<dyn Clock>,
    /// Randomness.
    pub entropy: Box<dyn Entropy>,
    /// Where log lines go.
    pub log: Box<dyn Log>,
}

/// Why a tablet cannot be opened. Its files are as they were.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The key store does not give the database's key.
    #[error("the key of the database: {0}")]
    Key(#[from] KeyStoreError),
    /// The file that holds the wrapped key cannot be read or written.
    #[error("the folder cannot be used: {0}")]
    Folder(#[from] std::io::Error),
    /// The database.
    #[error(transparent)]
    Store(#[from] store::OpenError),
}

/// A tablet.
pub struct Machine {
    pub(super) store: Store,
    pub(super) ports: Ports,
    pub(super) line: Line,
    pub(super) dir: PathBuf,
    /// What the server ordered: nothing new is written here.
    pub(super) order: Option<OrderKind>,
    /// Drafts were handed in, because the tablet is retired.
    pub(super) retired: bool,
    pub(super) wiped: bool,
    /// Who has signed in; nobody after a start of the app.
    pub(super) carer: Option<CarerId>,
    /// Who will have, when his certificate has come.
    pub(super) arriving: Option<Arriving>,
    /// When the server last answered about a carer.
    pub(super) asked: Option<UnixSeconds>,
    /// Twelve bytes of this start of the app: a restored tablet never reuses an actor.
    pub(super) start: [u8; 12],
    pub(super) visible: u64,
    /// What lies in the outbox file and found no room in the database.
    pub(super) waiting: Option<Waiting>,
}

/// The wrapped key of the database, beside it.
const KEY_FILE: &str = "key.wrapped";

fn database_key(dir: &Path, ports: &mut Ports) -> Result<[u8; 32], OpenError> {
    let path = dir.join(KEY_FILE);
    match std::fs::read(&path) {
        Ok(wrapped) => {
            let key = ports.keys.unwrap(&wrapped)?;
            key.try_into().map_err(|_| OpenError::Key(KeyStoreError::NotOurs))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let key = random::<32>(&mut *ports.entropy);
            keep(dir, &path, &ports.keys.wrap(&key)?)?;
            Ok(key)
        }
        Err(error) => Err(error.into()),
    }
}

fn open_store(
    dir: &Path,
    key: &[u8; 32],
    options: Options,
    log: &dyn Log,
) -> Result<Store, OpenError> {
    match Store::open(dir, key, options.clone()) {
        Err(store::OpenError::Missing) => Ok(Store::create(dir, key, options)?),
        Err(store::OpenError::Damaged) => {
            let (store, rescued) = Store::rescue(dir, key, options)?;
            let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
            let numbers = [
                ("rows", count(rescued.rows)),
                ("drafts", count(rescued.drafts)),
                ("damaged", count(rescued.damaged)),
                ("knows itself", i64::from(rescued.knows_itself)),
            ];
            log.write(Level::Error, "the store was damaged and made anew", &numbers);
            Ok(store)
        }
        opened => {
            let store = opened?;
            if store.opening().made_anew {
                log.write(Level::Error, "the store was damaged and made anew", &[]);
            }
            Ok(store)
        }
    }
}

/// Writes the file so that it is there whole or not at all.
fn keep(dir: &Path, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    std::fs::create_dir_all(dir)?;
    let fresh = path.with_extension("new");
    std::fs::write(&fresh, bytes)?;
    std::fs::File::open(&fresh)?.sync_all()?;
    std::fs::rename(&fresh, path)?;
    std::fs::File::open(dir)?.sync_all()
}

impl Machine {
    /// Opens the tablet that lives in `dir`, or makes a new one there.
    ///
    /// # Errors
    /// [`OpenError`]; the files are as they were.
    pub fn open(dir: &Path, ports: Ports) -> Result<Self, OpenError> {
        Self::open_with(dir, ports, |_| {})
    }

    /// Opens the tablet with other options of its store, as the simulator does.
    ///
    /// # Errors
    /// [`OpenError`]; the files are as they were.
    #[doc(hidden)]
    pub fn open_with(
        dir: &Path,
        mut ports: Ports,
        tune: impl FnOnce(&mut Options),
    ) -> Result<Self, OpenError> {
        finish_wiping(dir, &*ports.keys)?;
        let key = database_key(dir, &mut ports)?;
        let mut options = Options::new(random(&mut *ports.entropy));
        tune(&mut options);
        let store = open_store(dir, &key, options, &*ports.log)?;
        let start = random(&mut *ports.entropy);
        let line = Line::default();
        let (carer, arriving, asked, waiting) = (None, None, None, None);
        let (dir, order, retired, wiped) = (dir.to_owned(), None, false, false);
        let mut machine = Self {
            store,
            ports,
            line,
            dir,
            order,
            retired,
            wiped,
            carer,
            arriving,
            asked,
            start,
            visible: 0,
            waiting,
        };
        // The app may have ended between the verdict and this.
        machine.replay_held();
        machine.find_order();
        Ok(machine)
    }

    /// Takes an event; what is said about it.
    pub fn handle(&mut self, event: Event) -> Vec<Notice> {
        if self.wiped {
            return vec![Notice::Wiped];
        }
        let mut notices = Vec::new();
        if let Some((saved, order)) = self.finds_room() {
            notices.push(saved);
            if order.as_ref() == Some(&event) {
                return notices;
            }
        }
        notices.extend(match event {
            Event::Enrol(invite) => self.invite(invite),
            Event::Online => self.go_online(),
            Event::Offline => self.go_offline(),
            Event::Start { carer, code, pin } => self.start_carer(carer, &code, &pin),
            Event::SignIn { carer, pin } => self.sign_in(carer, &pin),
            Event::SignOut => self.sign_out(),
            order => self.obey(order),
        });
        notices
    }

    /// Carries out what somebody wrote.
    fn obey(&mut self, order: Event) -> Vec<Notice> {
        if self.order.is_some() {
            return vec![Notice::NotSaved(Problem::OutOfUse)];
        }
        if self.waiting.is_some() {
            // Written now, it would rest on a plan without what waits.
            return vec![Notice::NotSaved(Problem::DiskFull)];
        }
        let ordered = order.clone();
        let saved = match order {
            Event::Enrol(_)
            | Event::Online
            | Event::Offline
            | Event::Start { .. }
            | Event::SignIn { .. }
            | Event::SignOut => Ok(None),
            Event::Tick { visit, item, at, outside_id } => self.tick(visit, item, at, outside_id),
            Event::Untick { visit, item } => self.untick(visit, item),
            Event::CloseVisit(closing) => self.close_visit(closing),
            Event::EditPlan { citizen, command } => self.edit_plan(citizen, command),
            Event::Correct { note, text } => self.correct(note, text),
            Event::HandOver { citizen, to, text } => self.hand_over(citizen, to, text),
            Event::TakeHandover { note } => self.take_handover(note),
            Event::AnswerHandover { note, text } => self.answer_handover(note, text),
            Event::Advise { citizen, advis } => self.advise(citizen, advis),
            Event::AnswerAdvis { note, text } => self.answer_advis(note, text),
        };
        match saved {
            Ok(Some(doc)) => vec![Notice::Saved(doc)],
            Ok(None) => Vec::new(),
            Err(problem) => {
                self.log(Level::Warning, "an order was not carried out", &[]);
                if let Some(waiting) = &mut self.waiting {
                    waiting.order = Some(ordered);
                }
                vec![Notice::NotSaved(problem)]
            }
        }
    }

    /// The store, for reading projections.
    pub fn store(&mut self) -> &mut Store {
        &mut self.store
    }

    /// The carer who has the tablet.
    #[must_use]
    pub fn carer(&self) -> Option<CarerId> {
        self.carer
    }

    pub(super) fn reading(&self) -> Reading {
        self.ports.clock.read()
    }

    pub(super) fn log(&self, level: Level, what: &'static str, numbers: &[(&'static str, i64)]) {
        self.ports.log.write(level, what, numbers);
    }

    /// The actor under which this start of the app writes.
    pub(super) fn actor(&self, device: DeviceNumber) -> ActorId {
        ActorId::new(device, self.start)
    }
}
