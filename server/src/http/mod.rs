//! The tablets' door: what a request becomes before the node sees it, and what comes back.
//!
//! The shell reads the whole body, asks the node, and holds the request until the node answers.
//! The node's logic is synchronous; a waiting request is nothing but an unanswered receiver.
//! [`Visitors`] counts the connections, `body` watches a body's length and pace.

mod body;
mod call;
pub mod handlers;
mod serve;
#[cfg(test)]
mod tests;
mod visitors;

use std::net::IpAddr;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use tokio::sync::oneshot;

pub use body::BodyTime;
pub use call::{Patience, Shell};
pub use serve::{Listening, bind, serve};
pub use visitors::{Source, Visitors};

/// The longest body that is read. Beyond it the answer is 413.
pub const BODY_LIMIT: usize = 8 * 1024 * 1024;
/// A body that is not whole after this long is given up with 408.
pub const BODY_PATIENCE: Duration = Duration::from_secs(30);
/// A new connection must have sent the head of its first request by then.
pub const FIRST_REQUEST: Duration = Duration::from_secs(10);
/// How long the node may hold a request that has nothing to answer yet.
pub const WAIT_LIMIT: Duration = Duration::from_secs(50);
/// When the shell stops believing that the node will answer, and says 503.
pub const NODE_PATIENCE: Duration = Duration::from_secs(60);

/// One request as it came, whole.
#[derive(Debug)]
pub struct Call {
    /// The body, at most [`BODY_LIMIT`] bytes.
    pub body: Bytes,
    /// Who sent it, for limits per source. Never logged together with content.
    pub peer: IpAddr,
    /// A request that waits for news must be answered by then ([`WAIT_LIMIT`] from its arrival).
    pub wait_until: Instant,
}

/// What goes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// A signed message below status 400, otherwise a short plain text with nothing private in it.
    pub body: Vec<u8>,
}

impl Answer {
    /// A signed message.
    #[must_use]
    pub fn ok(body: Vec<u8>) -> Self {
        Self { status: 200, body }
    }

    /// "Later": the queue is full or the store is busy. Never a verdict.
    #[must_use]
    pub fn later() -> Self {
        Self::text(503, "The server is busy. Send the same bytes again in a moment.")
    }

    /// A short plain text.
    #[must_use]
    pub fn text(status: u16, text: &str) -> Self {
        Self { status, body: text.as_bytes().to_vec() }
    }
}

/// Whether the server can do its work, for `/ready`.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Readiness {
    /// One line per thing that was looked at.
    pub checks: Vec<Check>,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Check {
    /// What, in a word or two: `store`, `writer queue`.
    pub name: &'static str,
    /// Whether it works.
    pub ok: bool,
}

impl Readiness {
    /// Whether every check is fine.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.checks.iter().all(|check| check.ok)
    }
}

/// The server's logic behind the HTTP door.
///
/// Every method returns at once: `sync` and `enrol` put the call into a bounded queue (or answer
/// [`Answer::later`] when it is full) and hand back the receiver. A receiver whose sender is
/// dropped unanswered becomes status 500. A sender whose receiver is gone
/// ([`oneshot::Sender::is_closed`]) belongs to a tablet that hung up.
pub trait Node: Send + Sync + 'static {
    /// `POST /v1/sync`: push and pull of one tablet. A request without news may be kept
    /// unanswered until something is published, at most until [`Call::wait_until`].
    fn sync(&self, call: Call) -> oneshot::Receiver<Answer>;

    /// `POST /v1/enrol`: a new device shows its code and asks for its certificate.
    fn enrol(&self, call: Call) -> oneshot::Receiver<Answer>;

    /// Whether a long body for `POST /v1/sync` that begins so is worth reading on: a device of ours
    /// signed it.
    fn admits(&self, _beginning: &[u8]) -> bool {
        true
    }

    /// `GET /v1/pins`: the TLS pins, signed by the identity key.
    fn pins(&self) -> Answer;

    /// `GET /ready`: cheap looks only, no writing.
    fn ready(&self) -> Readiness;

    /// The listener is open and the ready line is printed: background work may begin.
    fn begin(&self) {}

    /// The server is going down: answer everything that waits, and from now on hold nothing.
    /// Called once, on a blocking thread, before the listener closes.
    fn drain(&self);

    /// The last request has been answered: finish what is in the queue and close the store.
    /// Called once, on a blocking thread, after [`Node::drain`].
    fn finish(&self) {}
}
