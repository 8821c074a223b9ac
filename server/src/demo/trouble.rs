//! Why a day could not be played to its end.

use doegnrytme_core::tablet::{EnrolProblem, OpenError};

/// Why the day could not be played to its end.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The tablet could not be opened.
    #[error("a tablet cannot be opened: {0}")]
    Open(#[from] OpenError),
    /// A file or the network of this machine.
    #[error("{0}")]
    Machine(#[from] std::io::Error),
    /// The tablet was not enrolled.
    #[error("{carer}'s tablet was not enrolled: {problem}")]
    NotEnrolled {
        /// Whose.
        carer: &'static str,
        /// Why.
        problem: EnrolProblem,
    },
    /// Something did not happen in time.
    #[error("{carer}'s tablet waited in vain for this: {what} ({last})")]
    TooLong {
        /// Whose.
        carer: &'static str,
        /// For what.
        what: &'static str,
        /// What was said last.
        last: String,
    },
    /// The server said no, or is gone.
    #[error(transparent)]
    Server(#[from] crate::error::Failure),
    /// The server answered something else than was asked.
    #[error("the server's answer to {0} is not understood")]
    Answer(&'static str),
    /// The import did not take all rows.
    #[error("the import of {0} did not take all rows: {1}")]
    Import(&'static str, String),
    /// The invented rows.
    #[error("the invented town cannot be read: {0}")]
    Town(#[from] serde_json::Error),
    /// A tablet's thread is gone.
    #[error("a tablet stopped")]
    Gone,
    /// A tablet's store.
    #[error("a tablet's store: {0}")]
    Store(#[from] doegnrytme_core::store::StoreError),
    /// Ctrl-C.
    #[error("stopped")]
    Stopped,
    /// A message in passing.
    #[error("{0}")]
    Wrong(String),
}
