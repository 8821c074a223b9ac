//! The node behind the HTTP door: queue, writer thread, and what needs neither.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use doegnrytme_core::port::{Clock, Entropy, Reading};
use doegnrytme_core::time::UnixSeconds;
use doegnrytme_core::wire::certificate::PinsAnswer;
use doegnrytme_core::wire::to_bytes;
use ring::rand::{SecureRandom as _, SystemRandom};
use tokio::sync::oneshot;

use super::context::Context;
use super::door::Door;
use super::engine::Engine;
use super::keys::Keys;
use super::waiters::Waiters;
use super::writer::{Job, PinsShelf, Writer};
use crate::http::{Answer, Call, Check, Node, Readiness};
use crate::intake::{IntakeError, Taken};
use crate::limits::lanes::{Lane, Lanes, Place};
use crate::store::meta::name;
use crate::store::{Store, StoreError, Tx};

/// Requests that may queue for the writer; beyond that the answer is "later".
const QUEUE: usize = 2_048;

/// Who answers `POST /v1/enrol`; works on the writer's thread, in its transaction.
pub trait EnrolDesk: Send {
    /// Answers an enrolment's bytes.
    ///
    /// # Errors
    /// [`IntakeError`]; nothing stays then.
    fn enrol(
        &mut self,
        tx: &mut dyn Tx,
        context: &mut Context<'_>,
        body: &[u8],
        peer: IpAddr,
    ) -> Result<Answer, IntakeError>;
}

/// Time and randomness of the machine.
pub struct Outside {
    /// What time it is.
    pub clock: Box<dyn Clock>,
    /// Randomness.
    pub rng: Box<dyn Entropy>,
}

impl Outside {
    /// The operating system's.
    #[must_use]
    pub fn system() -> Self {
        Self { clock: Box::new(SystemClock), rng: Box::new(SystemEntropy(SystemRandom::new())) }
    }

    /// The wall clock.
    #[must_use]
    pub fn now(&self) -> UnixSeconds {
        self.clock.read().wall
    }
}

struct SystemClock;

impl Clock for SystemClock {
    fn read(&self) -> Reading {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let monotonic = since.unwrap_or_default();
        let seconds = i64::try_from(monotonic.as_secs()).unwrap_or(i64::MAX);
        Reading { wall: UnixSeconds(seconds), monotonic, boot: 0 }
    }
}

struct SystemEntropy(SystemRandom);

impl Entropy for SystemEntropy {
    fn fill(&mut self, bytes: &mut [u8]) {
        // A machine without randomness stops here and now: a guessable nonce would be worse.
        while self.0.fill(bytes).is_err() {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    }
}

/// What the writer and the door share.
pub(super) struct Shared {
    pub(super) pins: PinsShelf,
    /// Whether the last group became durable.
    pub(super) sound: AtomicBool,
    pub(super) door: Door,
    lanes: Lanes,
}

/// The server's logic behind the HTTP door.
pub struct ServerNode {
    queue: SyncSender<Job>,
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl ServerNode {
    /// Starts the writer's thread over an open store.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn start(
        mut store: Box<dyn Store>,
        mut engine: Engine,
        desk: Box<dyn EnrolDesk>,
        mut outside: Outside,
    ) -> Result<Self, StoreError> {
        let keys = Arc::clone(engine.keys());
        let pins = crate::store::read(&mut *store, |tx| pins_answer(tx, &keys))?;
        upgrade(&mut *store, &mut engine, &mut outside)?;
        let shared = Arc::new(Shared {
            pins: Mutex::new(pins),
            sound: AtomicBool::new(true),
            door: Door::new(keys.identity_hash),
            lanes: Lanes::default(),
        });
        crate::store::read(&mut *store, |tx| shared.door.learn(tx))?;
        let (send, queue) = sync_channel(QUEUE);
        let writer = Writer {
            store,
            engine,
            desk,
            outside,
            queue,
            shared: Arc::clone(&shared),
            waiters: Waiters::default(),
            draining: false,
            stopped: false,
        };
        let thread = std::thread::Builder::new()
            .name(String::from("writer"))
            .spawn(move || writer.run())
            .map_err(|error| StoreError::Backend(error.to_string()))?;
        Ok(Self { queue: send, shared, thread: Mutex::new(Some(thread)) })
    }

    /// Does the operator's work on the writer's thread, durable when this returns. Whoever waits
    /// is told of what it published.
    ///
    /// # Errors
    /// What `work` says, or the store; nothing stays then.
    pub fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Tx, &mut Context<'_>) -> Result<(T, Taken), IntakeError>
        + Send
        + 'static,
    ) -> Result<T, IntakeError> {
        let (tell, told) = sync_channel(1);
        let result = Arc::new(Mutex::new(None));
        let kept = Arc::clone(&result);
        let job = Job::Work(
            Box::new(move |tx, context| {
                let (done, taken) = work(tx, context)?;
                if let Ok(mut kept) = kept.lock() {
                    *kept = Some(done);
                }
                Ok(taken)
            }),
            tell,
        );
        let gone = || StoreError::Backend(String::from("the writer has stopped"));
        self.queue.send(job).map_err(|_| gone())?;
        told.recv().map_err(|_| gone())??;
        let done = result.lock().map_err(|_| gone())?.take();
        Ok(done.ok_or_else(gone)?)
    }

    /// Queues a request when there is a place for it, in its lane and in all.
    fn ask(
        &self,
        lane: Lane,
        job: impl FnOnce(oneshot::Sender<Answer>, Place) -> Job,
    ) -> oneshot::Receiver<Answer> {
        let (send, receive) = oneshot::channel();
        let Some(place) = self.shared.lanes.enter(lane) else {
            let _ = send.send(Answer::later());
            return receive;
        };
        if let Err(TrySendError::Full(job) | TrySendError::Disconnected(job)) =
            self.queue.try_send(job(send, place))
            && let Job::Sync { to, .. } | Job::Enrol { to, .. } = job
        {
            let _ = to.send(Answer::later());
        }
        receive
    }
}

impl Node for ServerNode {
    fn sync(&self, call: Call) -> oneshot::Receiver<Answer> {
        let until = call.wait_until;
        match self.shared.door.check(call.body) {
            Ok(request) => {
                let lane = Lane::Device(request.head.device);
                self.ask(lane, |to, place| Job::Sync {
                    request: Box::new(request),
                    until,
                    to,
                    place,
                })
            }
            Err(refusal) => {
                let (send, receive) = oneshot::channel();
                let _ = send.send(refusal);
                receive
            }
        }
    }

    fn admits(&self, beginning: &[u8]) -> bool {
        self.shared.door.knows(beginning)
    }

    fn enrol(&self, call: Call) -> oneshot::Receiver<Answer> {
        self.ask(Lane::Enrol, |to, place| Job::Enrol { call, to, place })
    }

    fn pins(&self) -> Answer {
        self.shared.pins.lock().map_or_else(|_| Answer::later(), |pins| pins.clone())
    }

    fn ready(&self) -> Readiness {
        let alive = self
            .thread
            .lock()
            .is_ok_and(|thread| thread.as_ref().is_some_and(|thread| !thread.is_finished()));
        let store = self.shared.sound.load(Ordering::Relaxed);
        Readiness {
            checks: vec![Check { name: "store", ok: store }, Check { name: "writer", ok: alive }],
        }
    }

    fn drain(&self) {
        let _ = self.queue.send(Job::Drain);
    }

    fn finish(&self) {
        let _ = self.queue.send(Job::Stop);
        let thread = self.thread.lock().ok().and_then(|mut thread| thread.take());
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }
}

/// What `GET /v1/pins` says.
pub(super) fn pins_answer(tx: &mut dyn Tx, keys: &Keys) -> Result<Answer, StoreError> {
    let Some(pins) = tx.meta(name::PINS)? else {
        return Ok(Answer::text(404, "No pins yet."));
    };
    let answer = PinsAnswer { pins, key: keys.identity_key, successors: Vec::new() };
    Ok(Answer::ok(to_bytes(&answer)))
}

/// Judges again what a former version could not.
fn upgrade(
    store: &mut dyn Store,
    engine: &mut Engine,
    outside: &mut Outside,
) -> Result<(), StoreError> {
    let (keys, rules) = (Arc::clone(engine.keys()), engine.rules().clone());
    let now = outside.now();
    let done = crate::store::write(store, |tx| {
        let context = Context::new(tx, now, &mut *outside.rng, &keys, &rules)?;
        crate::intake::after_upgrade(tx, &context)
    });
    match done {
        Ok(_) => Ok(()),
        Err(IntakeError::Store(error)) => Err(error),
        Err(IntakeError::Trust(_)) => Err(StoreError::Damaged("a key")),
    }
}
