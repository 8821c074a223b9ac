//! The one thread that writes: requests in, group commit, answers out after it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::context::Context;
use super::door::{Arrived, Vouched};
use super::engine::{Done, Engine, Handled, Waiting};
use super::server_node::{EnrolDesk, Outside, Shared, pins_answer};
use super::waiters::{Waiter, Waiters};
use crate::http::{Answer, Call};
use crate::intake::{IntakeError, Taken};
use crate::limits::lanes::Place;
use crate::store::{Store, StoreError, Tx};

/// Requests that share one commit.
const GROUP: usize = 64;
/// How long the thread sleeps when nothing is due.
const IDLE: Duration = Duration::from_secs(1);

/// Something the operator wants done on the writer's thread.
pub(super) type Work =
    Box<dyn FnOnce(&mut dyn Tx, &mut Context<'_>) -> Result<Taken, IntakeError> + Send>;

/// What the queue holds.
pub(super) enum Job {
    /// A device's request, checked at the door; held until `until` when there is no news.
    Sync {
        request: Box<Vouched>,
        until: Instant,
        to: oneshot::Sender<Answer>,
        place: Place,
    },
    Enrol {
        call: Call,
        to: oneshot::Sender<Answer>,
        place: Place,
    },
    /// The receiver hears whether it is durable.
    Work(Work, std::sync::mpsc::SyncSender<Result<(), IntakeError>>),
    Drain,
    Stop,
}

/// An answer that leaves when the group is durable.
enum Due {
    Answer(oneshot::Sender<Answer>, Answer),
    Wait(Box<Waiting>, Instant, oneshot::Sender<Answer>),
    Worked(std::sync::mpsc::SyncSender<Result<(), IntakeError>>),
    /// A waiting request that was looked at without news.
    Calm(Waiter),
}

pub(super) struct Writer {
    pub(super) store: Box<dyn Store>,
    pub(super) engine: Engine,
    pub(super) desk: Box<dyn EnrolDesk>,
    pub(super) outside: Outside,
    pub(super) queue: Receiver<Job>,
    pub(super) shared: Arc<Shared>,
    pub(super) waiters: Waiters,
    pub(super) draining: bool,
    pub(super) stopped: bool,
}

/// What one group did.
#[derive(Default)]
struct Group {
    due: Vec<Due>,
    taken: Taken,
    worked: bool,
}

impl Writer {
    pub(super) fn run(mut self) {
        while !self.stopped {
            let until = self.waiters.next_due();
            let patience =
                until.map_or(IDLE, |due| due.saturating_duration_since(Instant::now()).min(IDLE));
            let first = match self.queue.recv_timeout(patience) {
                Ok(job) => Some(job),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            if let Some(first) = first {
                self.serve(first);
            }
            let due = if self.draining {
                self.waiters.take_all()
            } else {
                self.waiters.take_due(Instant::now(), GROUP)
            };
            if !due.is_empty() {
                self.tell(due);
            }
        }
    }

    /// One group: the first job and what has queued behind it, in one transaction.
    fn serve(&mut self, first: Job) {
        let mut jobs = vec![first];
        while jobs.len() < GROUP {
            match self.queue.try_recv() {
                Ok(job) => jobs.push(job),
                Err(_) => break,
            }
        }
        let Self { store, engine, desk, outside, shared, .. } = self;
        let mut group = Group::default();
        let mut orders = (false, false);
        let committed = commit(&mut **store, |tx| {
            for job in jobs {
                match job {
                    Job::Sync { request, until, to, place } => {
                        let done = guarded(tx, engine, |tx, engine| {
                            let arrived = Arrived::Vouched(&request);
                            engine.handle_arrived(tx, outside.now(), &mut *outside.rng, &arrived)
                        })?;
                        drop(place);
                        group.sync(done, until, to);
                    }
                    Job::Enrol { call, to, place } => {
                        let said = in_context(tx, engine, outside, |tx, context| {
                            desk.enrol(tx, context, &call.body, call.peer)
                        })?;
                        drop(place);
                        let said = said.unwrap_or_else(|error| excuse(&error));
                        if said.status == 200 {
                            shared.door.learn(tx)?;
                        }
                        group.due.push(Due::Answer(to, said));
                    }
                    Job::Work(work, told) => match in_context(tx, engine, outside, work)? {
                        Ok(taken) => {
                            group.taken.join(taken);
                            group.worked = true;
                            group.due.push(Due::Worked(told));
                        }
                        Err(error) => {
                            let _ = told.send(Err(error));
                        }
                    },
                    Job::Drain => orders.0 = true,
                    Job::Stop => orders.1 = true,
                }
            }
            Ok(())
        });
        self.draining |= orders.0;
        self.stopped |= orders.1;
        self.settle(group, committed);
    }

    /// Looks for news for waiting requests.
    fn tell(&mut self, due: Vec<Waiter>) {
        let Self { store, engine, outside, .. } = self;
        let (now, draining) = (Instant::now(), self.draining);
        let mut group = Group::default();
        let committed = commit(&mut **store, |tx| {
            for waiter in due {
                let last = draining || waiter.until <= now;
                let said = guarded(tx, engine, |tx, engine| {
                    engine.wake(tx, outside.now(), &mut *outside.rng, &waiter.waiting, last)
                })?;
                group.due.push(match said {
                    Ok(None) => Due::Calm(waiter),
                    Ok(Some(answer)) => Due::Answer(waiter.answer, answer),
                    Err(error) => Due::Answer(waiter.answer, excuse(&error)),
                });
            }
            Ok(())
        });
        self.settle(group, committed);
    }

    /// Lets the answers out when the group is durable, and excuses when it is not.
    fn settle(&mut self, group: Group, committed: Result<(), StoreError>) {
        self.shared.sound.store(committed.is_ok(), Ordering::Relaxed);
        let Group { due, taken, worked } = group;
        if let Err(error) = &committed {
            self.engine.forget();
            tracing::error!(%error, "a group of requests could not be made durable");
        }
        let failed = committed.err();
        for due in due {
            match (due, &failed) {
                (Due::Answer(to, answer), None) => drop(to.send(answer)),
                (Due::Answer(to, _) | Due::Wait(_, _, to), Some(_)) => {
                    drop(to.send(Answer::later()));
                }
                (Due::Wait(waiting, until, to), None) => self.waiters.add(waiting, until, to),
                (Due::Worked(told), None) => drop(told.send(Ok(()))),
                (Due::Worked(told), Some(error)) => {
                    drop(told.send(Err(IntakeError::Store(error.clone()))));
                }
                (Due::Calm(waiter), _) => self.waiters.put_back(waiter.calm()),
            }
        }
        if failed.is_none() {
            self.waiters.stir(&taken, Instant::now());
            if worked {
                // Scope, directory or pins may have changed for anybody.
                self.waiters.stir_all(Instant::now());
                self.publish_pins();
            }
        }
    }

    fn publish_pins(&mut self) {
        let keys = Arc::clone(self.engine.keys());
        let answer = crate::store::read(&mut *self.store, |tx| pins_answer(tx, &keys));
        if let Ok(answer) = answer
            && let Ok(mut pins) = self.shared.pins.lock()
        {
            *pins = answer;
        }
    }
}

impl Group {
    fn sync(
        &mut self,
        done: Result<Done, IntakeError>,
        until: Instant,
        answer: oneshot::Sender<Answer>,
    ) {
        match done {
            Ok(Done { handled, taken }) => {
                self.taken.join(taken);
                self.due.push(match handled {
                    Handled::Answer(said) => Due::Answer(answer, said),
                    Handled::Wait(waiting) => Due::Wait(waiting, until, answer),
                });
            }
            Err(error) => self.due.push(Due::Answer(answer, excuse(&error))),
        }
    }
}

fn commit(
    store: &mut dyn Store,
    work: impl FnOnce(&mut dyn Tx) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    crate::store::write(store, work)
}

/// Runs one request between a mark and its keeping; takes it back when it fails or panics. The
/// outer error is the store's and ends the group.
fn guarded<T>(
    tx: &mut dyn Tx,
    engine: &mut Engine,
    work: impl FnOnce(&mut dyn Tx, &mut Engine) -> Result<T, IntakeError>,
) -> Result<Result<T, IntakeError>, StoreError> {
    tx.mark()?;
    let result = catch_unwind(AssertUnwindSafe(|| work(tx, engine)))
        .unwrap_or_else(|_| Err(StoreError::Backend(String::from("a request panicked")).into()));
    match result {
        Ok(done) => {
            tx.keep()?;
            Ok(Ok(done))
        }
        Err(error) => {
            tx.undo()?;
            engine.forget();
            tracing::error!(%error, "a request was taken back");
            Ok(Err(error))
        }
    }
}

fn in_context<T>(
    tx: &mut dyn Tx,
    engine: &mut Engine,
    outside: &mut Outside,
    work: impl FnOnce(&mut dyn Tx, &mut Context<'_>) -> Result<T, IntakeError>,
) -> Result<Result<T, IntakeError>, StoreError> {
    let now = outside.now();
    guarded(tx, engine, |tx, engine| {
        let (keys, rules) = (Arc::clone(engine.keys()), engine.rules().clone());
        let mut context = Context::new(tx, now, &mut *outside.rng, &keys, &rules)?;
        work(tx, &mut context)
    })
}

fn excuse(error: &IntakeError) -> Answer {
    match error {
        IntakeError::Store(StoreError::Busy | StoreError::Full) => Answer::later(),
        _ => Answer::text(500, "The server could not do it. Send the same bytes again later."),
    }
}

/// Where the pins lie for `GET /v1/pins`.
pub(super) type PinsShelf = Mutex<Answer>;
