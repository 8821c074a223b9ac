//! What goes over a line and comes back, whatever the line is made of: HTTPS, or a simulator.

use std::time::Duration;

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// `host:port`.
    pub address: String,
    /// The path, such as `/v1/sync`.
    pub path: &'static str,
    /// Body of a POST; none for a GET.
    pub body: Option<Vec<u8>>,
    /// Whom to trust.
    pub trust: TlsTrust,
    /// How long the whole exchange may take.
    pub timeout: Duration,
    /// What it is for.
    pub kind: Kind,
}

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Becoming a device, or asking for the pins.
    Enrol,
    /// A sync that carries a batch.
    Push,
    /// A sync without a batch.
    Pull,
    /// A sync that the server holds until there is something new.
    Wait,
}

/// Whom a connection trusts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TlsTrust {
    /// Servers whose SubjectPublicKeyInfo has one of these SHA-256 hashes.
    Pins(Vec<[u8; 32]>),
    /// Whoever answers: for `/v1/pins`, which proves itself otherwise. Such a connection is never
    /// used for anything else.
    Anyone,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
    /// SHA-256 of the SubjectPublicKeyInfo that the server showed.
    pub tls: [u8; 32],
    /// Bytes of the request's line and headers.
    pub head_up: u64,
    /// Bytes of the answer's line and headers.
    pub head_down: u64,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NetError {
    /// Nobody answers there, or the line went dead.
    #[error("the server cannot be reached")]
    Unreachable,
    /// The server shows a key that is not pinned.
    #[error("the server shows an unknown key")]
    UnknownPin,
    /// The exchange took too long.
    #[error("the server did not answer in time")]
    TimedOut,
    /// The answer is larger than any that the protocol makes.
    #[error("the answer is too large")]
    TooLarge,
}

/// Requests and bytes of one kind since the tablet was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    /// Requests that were sent.
    pub requests: u64,
    /// Bytes up: bodies and HTTP heads, without TLS.
    pub up: u64,
    /// Bytes down: bodies and HTTP heads, without TLS.
    pub down: u64,
}

/// What went over the line since the tablet was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// Enrolment and pins.
    pub enrol: Count,
    /// Syncs with a batch.
    pub push: Count,
    /// Syncs without one.
    pub pull: Count,
    /// Waiting syncs.
    pub wait: Count,
}

impl Traffic {
    /// The count of one kind.
    pub fn of(&mut self, kind: Kind) -> &mut Count {
        match kind {
            Kind::Enrol => &mut self.enrol,
            Kind::Push => &mut self.push,
            Kind::Pull => &mut self.pull,
            Kind::Wait => &mut self.wait,
        }
    }
}
