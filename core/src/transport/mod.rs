//! HTTPS to the server: the only module with a socket.
//!
//! [`pins`] decides whom to trust (pinned keys, no dates, no authorities), [`http`] sends one
//! request at a time and can be cut off at any moment.

pub mod http;
pub mod pins;

use std::time::Duration;

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
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
}

/// Whom a connection trusts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TlsTrust {
    /// Servers whose SubjectPublicKeyInfo has one of these SHA-256 hashes.
    Pins(Vec<[u8; 32]>),
    /// Whoever answers: for `/v1/pins` and enrolment, which prove themselves otherwise. Such a
    /// connection is never used again.
    Anyone,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpReply {
    /// The status code.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
    /// SHA-256 of the SubjectPublicKeyInfo that the server showed.
    pub tls: [u8; 32],
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
    /// The request was cut off on this side.
    #[error("the request was cut off")]
    CutOff,
}
