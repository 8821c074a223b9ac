//! Tablets without a screen: real ones, driven by a program.
//!
//! [`device`] is one tablet, [`ward`] a team's tablets, [`office`] what the operator does for them;
//! [`player`] turns a recorded shift into events and [`content`] what a tablet holds into canonical
//! lines. [`protocol`] is the JSON lines by which other programs order all that.

pub mod content;
pub mod device;
pub mod office;
pub mod player;
pub mod protocol;
pub mod ward;

/// Why an order was not carried out, in words for whoever reads the protocol.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The workload cannot be read.
    #[error(transparent)]
    Workload(#[from] crate::workload::format::WorkloadError),
    /// A file cannot be used.
    #[error("a file cannot be used: {0}")]
    File(#[from] std::io::Error),
    /// A file is not the JSON that it must be.
    #[error("not the JSON that was expected: {0}")]
    Json(#[from] serde_json::Error),
    /// The operator's verb was not done.
    #[error("the operator's verb failed: {0}")]
    Operator(#[from] doegnrytme_server::error::Failure),
    /// Something is not there or not as it must be.
    #[error("{0}")]
    Wrong(String),
}

impl Problem {
    /// A problem in words.
    pub fn wrong(text: impl Into<String>) -> Self {
        Self::Wrong(text.into())
    }
}
