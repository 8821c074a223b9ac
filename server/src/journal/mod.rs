//! What a restore must not forget: a small encrypted file beside the database.
//!
//! A backup is from yesterday. What was said since and must hold all the same – a relative's STOP,
//! a text message that left, a tablet that joined – is appended here and on the disk *before* the
//! commit that it protects. Both carry the same id and serial, so that a database that was rolled
//! back is noticed at its next start, and taught again.
//!
//! Read [`record`] (what is kept), [`seal`] (how a line is written so that it can be believed),
//! [`file`](mod@file) (appending, reading, torn ends), [`opening`] (what start finds and does),
//! [`replay`] (teaching the database), [`doubt`] (what waits until the operator confirms).
//!
//! The file only grows; nothing compacts it yet.

pub mod doubt;
pub mod file;
pub mod opening;
pub mod record;
pub mod replay;
pub mod seal;
#[cfg(test)]
mod tests;

pub use file::{JournalFile, Place, Protection};
pub use record::Record;

/// Why a journal cannot be used. Never holds content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// A stretch between whole lines cannot be read.
    #[error("the journal {path} is damaged behind line {after}, at byte {at}")]
    Damaged {
        /// The file.
        path: String,
        /// The last whole line before the damage.
        after: u64,
        /// Where the damage begins.
        at: u64,
    },
    /// It cannot be relied on, and a verb does not decide that.
    #[error("{doubt} ({path})")]
    Doubtful {
        /// Where it was looked for.
        path: String,
        /// What is wrong.
        doubt: String,
    },
    /// A newer version wrote a line of a kind that this one cannot carry out.
    #[error("a newer version wrote line {0} of the journal")]
    Newer(u64),
    /// Another process has it.
    #[error("another server uses the journal {0}")]
    Locked(String),
    /// No room on the disk.
    #[error("the journal's disk is full")]
    Full,
    /// The operating system said no.
    #[error("the journal {path} cannot be used: {reason}")]
    Io {
        /// The file.
        path: String,
        /// What the operating system said.
        reason: String,
    },
}

impl From<JournalError> for crate::store::StoreError {
    fn from(error: JournalError) -> Self {
        match error {
            JournalError::Full => Self::Full,
            other => Self::Backend(other.to_string()),
        }
    }
}
