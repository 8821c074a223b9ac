//! The server without sockets: its synchronous engine over a real encrypted store, which may die
//! at any commit, be busy, or get yesterday's files back.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use doegnrytme_core::ids::{CarerId, DeviceNumber, DocId, IdentityHash, StreamId};
use doegnrytme_core::sync::enrol::{ENROL_PATH, PINS_PATH};
use doegnrytme_core::sync::line::{Outgoing, Reply};
use doegnrytme_core::time::UnixSeconds;
use doegnrytme_core::trial::Reason;
use doegnrytme_core::wire::certificate::PinsAnswer;
use doegnrytme_core::wire::to_bytes;
use doegnrytme_server::enrol::{self, Outcome};
use doegnrytme_server::http::Answer;
use doegnrytme_server::intake::Taken;
use doegnrytme_server::intake::tester::{Base, Candidate, Tester, Tried};
use doegnrytme_server::node::quick_key::QuickKey;
use doegnrytme_server::node::{Context, Engine, Handled, Keys, Rules, Waiting};
use doegnrytme_server::store::sqlite::SqliteStore;
use doegnrytme_server::store::{Store as _, StoreError, Tx};
use doegnrytme_server::trial::InProcess;

use super::broken::{Broken, Held};
use super::clock::WorldTime;
use super::folder::copy;
use crate::ports::SeededEntropy;

/// The hash of the TLS key that the server shows.
pub const TLS: [u8; 32] = [0x5e; 32];
/// Where tablets believe that it is.
pub const ADDRESS: &str = "simulated.invalid:443";
/// The identity key of every simulated server.
const SECRET: [u8; 32] = [0x22; 32];
/// The key of its store.
const KEY: [u8; 32] = [0x11; 32];
const FILE: &str = "server.db";

/// How a request ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// As it should.
    Works,
    /// The process dies before the commit.
    DiesBefore,
    /// The process dies after the commit, before the answer.
    DiesAfter,
}

/// What comes of a request.
pub enum Told {
    /// An answer.
    Reply(Reply),
    /// None yet.
    Waits(Box<Waiting>),
    /// None, ever: the server died.
    Nothing,
}

/// The server.
pub struct SimServer {
    dir: PathBuf,
    running: Option<(SqliteStore, Engine)>,
    rng: SeededEntropy,
    time: WorldTime,
}

impl SimServer {
    /// Makes a new server in `dir`.
    ///
    /// # Errors
    /// What its store says.
    pub fn create(dir: &Path, time: WorldTime, seed: u64) -> Held<Self> {
        std::fs::create_dir_all(dir)?;
        let mut store = SqliteStore::create(&dir.join(FILE), &KEY)?;
        let mut rng = SeededEntropy::new(seed);
        let mut tx = store.begin()?;
        Keys::create(&mut *tx, SECRET, &mut rng, time.now())?;
        tx.commit()?;
        drop(store);
        let mut server = Self { dir: dir.to_owned(), running: None, rng, time };
        server.work(|tx, context| Ok(enrol::pins::announce(tx, context, &[TLS])?))?;
        Ok(server)
    }

    /// Opens the server in `dir`.
    ///
    /// # Errors
    /// What its store says.
    pub fn open(dir: &Path, time: WorldTime, seed: u64) -> Held<Self> {
        let mut server =
            Self { dir: dir.to_owned(), running: None, rng: SeededEntropy::new(seed), time };
        server.running()?;
        Ok(server)
    }

    fn running(&mut self) -> Held<&mut (SqliteStore, Engine)> {
        if self.running.is_none() {
            let mut store = SqliteStore::open(&self.dir.join(FILE), &KEY)?;
            let mut tx = store.begin()?;
            let mut keys = Keys::load(&mut *tx)?;
            keys.quick = QuickKey::repeatable(SECRET)?;
            drop(tx);
            self.running = Some((store, Engine::new(Arc::new(keys), rules())));
        }
        self.running.as_mut().ok_or_else(|| Broken("the server does not run".to_owned()))
    }

    /// The process ends. The next request starts it again.
    pub fn dies(&mut self) {
        self.running = None;
    }

    /// A transaction was given up: what it remembered of it is forgotten.
    pub fn forgets(&mut self) {
        if let Some((_, engine)) = &mut self.running {
            engine.forget();
        }
    }

    /// Copies its files to `to`, as a backup would have them.
    ///
    /// # Errors
    /// What the disk says.
    pub fn back_up(&mut self, to: &Path) -> Held<()> {
        // A closed store is one file.
        self.dies();
        Ok(copy(&self.dir, to)?)
    }

    /// Puts its files back as they were in a backup.
    ///
    /// # Errors
    /// What the disk says.
    pub fn restore(&mut self, from: &Path) -> Held<()> {
        self.dies();
        std::fs::remove_dir_all(&self.dir)?;
        Ok(copy(from, &self.dir)?)
    }

    /// Does something in one durable transaction.
    ///
    /// # Errors
    /// What `work` or the store says.
    pub fn work<T>(
        &mut self,
        work: impl FnOnce(&mut dyn Tx, &mut Context<'_>) -> Held<T>,
    ) -> Held<T> {
        let done = self.transact(Fate::Works, |engine, tx, now, rng| {
            let mut context = Context::new(tx, now, rng, engine.keys(), engine.rules())?;
            work(tx, &mut context)
        })?;
        done.ok_or_else(|| Broken("the server died unasked".to_owned()))
    }

    /// Looks at its store.
    ///
    /// # Errors
    /// What `look` or the store says.
    pub fn look<T>(&mut self, look: impl FnOnce(&mut dyn Tx) -> Held<T>) -> Held<T> {
        let (store, _) = self.running()?;
        let mut tx = store.begin()?;
        look(&mut *tx)
    }

    fn transact<T>(
        &mut self,
        fate: Fate,
        work: impl FnOnce(&mut Engine, &mut dyn Tx, UnixSeconds, &mut SeededEntropy) -> Held<T>,
    ) -> Held<Option<T>> {
        let now = self.time.now();
        self.running()?;
        let Some((store, engine)) = &mut self.running else { return Ok(None) };
        let mut tx = store.begin()?;
        let done = work(engine, &mut *tx, now, &mut self.rng)?;
        if fate == Fate::DiesBefore {
            drop(tx);
            self.dies();
            return Ok(None);
        }
        tx.commit()?;
        if fate == Fate::DiesAfter {
            self.dies();
            return Ok(None);
        }
        Ok(Some(done))
    }

    /// The text of a QR code by which one tablet of a team joins.
    ///
    /// # Errors
    /// What the store says.
    pub fn invite(&mut self, team: StreamId) -> Held<String> {
        self.work(|tx, context| Ok(enrol::issue(tx, context, team, false, ADDRESS)?.text))
    }

    /// A start code for a carer.
    ///
    /// # Errors
    /// What the store says.
    pub fn start_code(&mut self, carer: CarerId) -> Held<String> {
        self.work(|tx, context| Ok(enrol::start_code(tx, context, carer)?.text))
    }

    /// Whom requests are bound to.
    ///
    /// # Errors
    /// What the store says.
    pub fn identity(&mut self) -> Held<IdentityHash> {
        Ok(self.running()?.1.keys().identity_hash)
    }

    /// A request comes.
    ///
    /// # Errors
    /// When the server cannot do its work though nothing is wrong with its disk.
    pub fn ask(&mut self, request: &Outgoing, fate: Fate) -> Held<(Told, Taken)> {
        let body = request.body.as_deref().unwrap_or_default();
        let path = request.path;
        let done = self.transact(fate, |engine, tx, now, rng| {
            if path != PINS_PATH && path != ENROL_PATH {
                let done = engine.handle(tx, now, rng, body)?;
                return Ok((done.handled, done.taken));
            }
            let mut context = Context::new(tx, now, rng, engine.keys(), engine.rules())?;
            let answer = if path == PINS_PATH {
                Answer::ok(to_bytes(&PinsAnswer {
                    pins: enrol::pins::signed(tx, &context)?,
                    key: context.keys.identity_key,
                    successors: Vec::new(),
                }))
            } else {
                match enrol::join(tx, &mut context, body)? {
                    Outcome::Joined(_, answer) => Answer::ok(answer),
                    Outcome::NotAccepted => Answer::text(403, "code not accepted"),
                }
            };
            Ok((Handled::Answer(answer), Taken::default()))
        })?;
        Ok(match done {
            None => (Told::Nothing, Taken::default()),
            Some((Handled::Answer(answer), taken)) => (Told::Reply(reply(answer)), taken),
            Some((Handled::Wait(waiting), taken)) => (Told::Waits(waiting), taken),
        })
    }

    /// Looks whether there is news for a request that waits; `last` answers it anyway.
    ///
    /// # Errors
    /// As [`SimServer::ask`].
    pub fn wake(&mut self, waiting: &Waiting, last: bool) -> Held<Option<Reply>> {
        let answer = self.transact(Fate::Works, |engine, tx, now, rng| {
            Ok(engine.wake(tx, now, rng, waiting, last)?)
        })?;
        Ok(answer.flatten().map(reply))
    }
}

/// "Later", as the shell says it when the node cannot work.
#[must_use]
pub fn busy() -> Reply {
    reply(Answer::later())
}

fn reply(answer: Answer) -> Reply {
    Reply { status: answer.status, body: answer.body, tls: TLS, head_up: 120, head_down: 90 }
}

/// The usual rules, with a trial that holds a few plan changes for no reason of theirs: a person
/// would have to decide.
fn rules() -> Rules {
    Rules { tester: Arc::new(Wary::default()), ..Rules::default() }
}

/// One plan change in so many is held.
const HELD_ONE_IN: u8 = 24;

/// A trial that finds fault with some plan changes of tablets, always the same ones.
#[derive(Debug, Default)]
struct Wary(InProcess);

impl Tester for Wary {
    fn try_change(
        &self,
        candidate: &Candidate,
        again: bool,
        base: &mut Base<'_>,
    ) -> Result<Tried, StoreError> {
        let [first, ..] = candidate.hash.0;
        let plan = matches!(candidate.doc, DocId::Plan(..));
        let by_tablet = candidate.device != DeviceNumber::SERVER;
        if plan && by_tablet && first % HELD_ONE_IN == 0 {
            return Ok(Tried::Held(Reason::NotAllowed.number()));
        }
        self.0.try_change(candidate, again, base)
    }
}
