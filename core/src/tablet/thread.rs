//! A machine on a thread of its own, with a real line.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;

use tokio::runtime::Runtime;

use super::event::Event;
use super::machine::{Machine, OpenError, Ports};
use super::notice::Notice;
use crate::sync::line::{NetError, Reply};
use crate::transport::http::Http;

/// What the thread is told.
enum Message {
    Event(Event),
    /// The answer to the request with this number; answers to others come too late.
    Answer(u64, Result<Reply, NetError>),
    Look(Box<dyn FnOnce(&mut Machine) + Send>),
    Suspend(Sender<()>),
}

/// A tablet that runs. Dropping it suspends it.
pub struct Tablet {
    inbox: Sender<Message>,
    thread: Option<JoinHandle<()>>,
}

/// The tablet's thread is gone: it was suspended, or it panicked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the tablet is not running")]
pub struct Gone;

impl Tablet {
    /// Opens the tablet that lives in `dir` and starts its thread. `notices` is called on that
    /// thread and must not block.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(
        dir: &Path,
        ports: Ports,
        runtime: Arc<Runtime>,
        notices: Box<dyn FnMut(Notice) + Send>,
    ) -> Result<Self, OpenError> {
        let machine = Machine::open(dir, ports)?;
        let (inbox, messages) = channel();
        let own = inbox.clone();
        let thread =
            std::thread::Builder::new().name("doegnrytme-tablet".to_owned()).spawn(move || {
                let http = Http::new(runtime);
                Running { machine, http, inbox: own, notices, request: 0 }.run(&messages);
            })?;
        Ok(Self { inbox, thread: Some(thread) })
    }

    /// Queues an event; returns at once.
    pub fn send(&self, event: Event) {
        // A tablet that was suspended takes no events.
        let _ = self.inbox.send(Message::Event(event));
    }

    /// Runs `look` on the tablet's thread, after everything that was queued before it.
    ///
    /// # Errors
    /// [`Gone`].
    pub fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&mut Machine) -> T + Send + 'static,
    ) -> Result<T, Gone> {
        let (answer, seen) = channel();
        let look = Box::new(move |machine: &mut Machine| {
            let _ = answer.send(look(machine));
        });
        self.inbox.send(Message::Look(look)).map_err(|_| Gone)?;
        seen.recv().map_err(|_| Gone)
    }

    /// Finishes what was queued, drops the line and closes the store.
    pub fn suspend(&mut self) {
        let (done, ended) = channel();
        if self.inbox.send(Message::Suspend(done)).is_ok() {
            let _ = ended.recv();
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Tablet {
    fn drop(&mut self) {
        self.suspend();
    }
}

struct Running {
    machine: Machine,
    http: Http,
    inbox: Sender<Message>,
    notices: Box<dyn FnMut(Notice) + Send>,
    request: u64,
}

impl Running {
    fn run(mut self, messages: &Receiver<Message>) {
        loop {
            let message = match self.machine.pause() {
                Some(pause) if !pause.is_zero() => messages.recv_timeout(pause),
                _ => messages.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match message {
                Ok(Message::Suspend(done)) => {
                    self.http.disconnect();
                    drop(self.machine);
                    let _ = done.send(());
                    return;
                }
                Ok(message) => self.take(message),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.speak();
        }
    }

    fn take(&mut self, message: Message) {
        let notices = match message {
            Message::Event(Event::Offline) => {
                self.http.disconnect();
                self.request += 1;
                self.machine.handle(Event::Offline)
            }
            Message::Event(event) => self.machine.handle(event),
            Message::Answer(number, answer) if number == self.request => {
                self.machine.answer(answer)
            }
            Message::Look(look) => {
                look(&mut self.machine);
                Vec::new()
            }
            Message::Answer(..) | Message::Suspend(_) => Vec::new(),
        };
        for notice in notices {
            (self.notices)(notice);
        }
    }

    fn speak(&mut self) {
        if self.machine.interrupts() {
            self.http.cut_off();
            self.request += 1;
            self.machine.cut_off();
        }
        let Some(outgoing) = self.machine.next_request() else { return };
        self.machine.sent(&outgoing);
        self.request += 1;
        let (number, inbox) = (self.request, self.inbox.clone());
        self.http.start(outgoing, move |answer| {
            let _ = inbox.send(Message::Answer(number, answer));
        });
    }
}
