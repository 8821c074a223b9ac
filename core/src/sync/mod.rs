//! The sync session, without a socket and without a clock: what to ask next, and what an answer
//! means.
//!
//! [`line`](mod@line) is what goes over it, [`enrol`] how a tablet becomes a device. After that
//! [`session`] is the whole of it: it [`compose`]s requests from what the store says is open
//! ([`batch`] cuts what is sent), and [`absorb`]s answers in one transaction ([`rows`] takes
//! colleagues' rows in). [`repair`] finds what differs when the digests do.

pub mod absorb;
pub mod batch;
pub mod compose;
pub mod enrol;
pub mod line;
pub mod repair;
pub mod rows;
pub mod session;

use crate::store::StoreError;
use crate::trust::TrustError;
use crate::wire::WireError;

/// Why a request cannot be made or an answer not be taken in. Nothing is lost by any of them.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The tablet is not enrolled, or has no nonce at all.
    #[error("the tablet is not enrolled")]
    NotEnrolled,
    /// No request waits for this answer.
    #[error("nothing was asked")]
    NotAsked,
    /// The answer or one of its parts is not the municipality's.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<WireError> for SyncError {
    fn from(error: WireError) -> Self {
        Self::Trust(error.into())
    }
}
