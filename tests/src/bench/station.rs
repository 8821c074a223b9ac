//! A tablet whose every exchange with the server is kept and can be looked at.
//!
//! It is the real machine with the real HTTPS client; only the thread that the app would run is the
//! benchmark's own.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Instant;

use doegnrytme_core::sync::line::{Kind, NetError, Reply};
use doegnrytme_core::tablet::event::Event;
use doegnrytme_core::tablet::notice::Notice;
use doegnrytme_core::tablet::{Machine, Ports};
use doegnrytme_core::transport::http::Http;

use crate::headless::device::Runtime;
use crate::ports::{KeptLog, MachineClock, MachineEntropy, device_key};

/// A request and its answer.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// What it was for.
    pub kind: Kind,
    /// The request's body.
    pub up: Vec<u8>,
    /// The answer's body.
    pub down: Vec<u8>,
    /// Bytes of the request's line and headers.
    pub head_up: u64,
    /// Bytes of the answer's line and headers.
    pub head_down: u64,
    /// When the request was made.
    pub asked: Instant,
    /// When the answer was there.
    pub answered: Instant,
    /// When the answer was taken in, durably.
    pub taken: Instant,
}

impl Exchange {
    /// Bytes up and down, without TLS.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        (self.up.len() + self.down.len()) as u64 + self.head_up + self.head_down
    }
}

/// A tablet.
pub struct Station {
    /// The tablet.
    pub machine: Machine,
    /// What went over the line.
    pub exchanges: Vec<Exchange>,
    /// What it said.
    pub heard: Vec<Notice>,
    http: Http,
}

/// A tablet's ports on this machine.
#[must_use]
pub fn ports(dir: &Path) -> Ports {
    Ports {
        keys: Box::new(device_key(dir, &mut MachineEntropy).unwrap()),
        clock: Box::new(MachineClock),
        entropy: Box::new(MachineEntropy),
        log: Box::new(KeptLog::default()),
    }
}

impl Station {
    /// Opens the tablet in `dir`, or a new one; offline.
    #[must_use]
    pub fn open(dir: &Path, runtime: &Runtime) -> Self {
        let machine = Machine::open(dir, ports(dir)).unwrap();
        let http = Http::new(Arc::clone(runtime));
        Self { machine, exchanges: Vec::new(), heard: Vec::new(), http }
    }

    /// Something happens to it.
    pub fn takes(&mut self, event: Event) {
        let notices = self.machine.handle(event);
        self.heard.extend(notices);
    }

    /// One request and its answer; false when it has nothing to ask.
    pub fn exchange(&mut self) -> bool {
        let Some(outgoing) = self.machine.next_request() else { return false };
        self.machine.sent(&outgoing);
        let (kind, up) = (outgoing.kind, outgoing.body.clone().unwrap_or_default());
        let asked = Instant::now();
        let (tell, told) = channel::<Result<Reply, NetError>>();
        self.http.start(outgoing, move |answer| {
            let _ = tell.send(answer);
        });
        let answer = told.recv().unwrap();
        let answered = Instant::now();
        let kept =
            answer.as_ref().ok().map(|reply| (reply.body.clone(), reply.head_up, reply.head_down));
        let notices = self.machine.answer(answer);
        self.heard.extend(notices);
        if let Some((down, head_up, head_down)) = kept {
            let taken = Instant::now();
            self.exchanges.push(Exchange {
                kind,
                up,
                down,
                head_up,
                head_down,
                asked,
                answered,
                taken,
            });
        }
        true
    }

    /// Exchanges until `done`, which looks at the tablet after each answer.
    pub fn until(&mut self, what: &str, mut done: impl FnMut(&mut Self) -> bool) {
        while !done(self) {
            assert!(self.exchange(), "the tablet has nothing to ask, and waits for: {what}");
            let failed = self.heard.iter().rev().find_map(|notice| match notice {
                Notice::SyncFailed(problem) => Some(problem.to_string()),
                Notice::NotEnrolled(problem) => Some(problem.to_string()),
                Notice::Synced { .. } => Some(String::new()),
                _ => None,
            });
            if let Some(problem) = failed
                && !problem.is_empty()
            {
                panic!("{what}: {problem}");
            }
        }
    }

    /// Whether the last sync ended with nothing left to do.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        let last = self.heard.iter().rev().find_map(|notice| match notice {
            Notice::Synced { equal } => Some(*equal),
            _ => None,
        });
        last == Some(true)
    }

    /// How many changes of others it has shown since it was opened.
    #[must_use]
    pub fn shown(&self) -> u64 {
        let last = self.heard.iter().rev().find_map(|notice| match notice {
            Notice::Visible(count) => Some(*count),
            _ => None,
        });
        last.unwrap_or(0)
    }
}
