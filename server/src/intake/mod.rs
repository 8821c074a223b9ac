//! Taking in what devices signed. Nothing a person wrote is dropped: it is published, parked, held
//! or refused, with a reason that somebody sees.
//!
//! Read [`push()`] (signature and chain), then `judge` (what becomes of one entry) with its
//! `facts`, `proof` and `trial`, then `log` (who hears of it). [`offer()`] takes in colleagues' rows, [`own`] what the
//! server writes itself. No document is ever loaded here.

mod facts;
mod judge;
mod log;
mod offer;
pub mod own;
mod proof;
mod push;
pub mod reason;
pub mod tester;
mod trial;
mod untried;

use std::collections::BTreeSet;

use doegnrytme_core::ids::{DeviceNumber, StreamId};
use doegnrytme_core::trust::TrustError;

pub use offer::{certificate, offer};
pub use push::push;
pub use untried::{settle, untried};

use crate::node::context::Context;
use crate::store::{StoreError, Tx};

/// Why intake could not do its work: the request is answered "later", nothing of it stays.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IntakeError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key of the server's failed, or something it signed cannot be read.
    #[error(transparent)]
    Trust(#[from] TrustError),
}

/// Whom intake gave something new to read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Taken {
    /// Streams that grew.
    pub streams: BTreeSet<StreamId>,
    /// Devices whose verdict log grew.
    pub devices: BTreeSet<DeviceNumber>,
}

impl Taken {
    /// This and the other.
    pub fn join(&mut self, other: Self) {
        self.streams.extend(other.streams);
        self.devices.extend(other.devices);
    }

    /// Whether nobody has anything new.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.streams.is_empty() && self.devices.is_empty()
    }
}

/// Judges again what was parked because a former version did not know its schema.
///
/// # Errors
/// [`IntakeError`].
pub fn after_upgrade(tx: &mut dyn Tx, context: &Context<'_>) -> Result<Taken, IntakeError> {
    let waiting = tx.waiting_for_schema(context.rules.newest_schema)?;
    let mut judge = judge::Judge::default();
    judge.again(tx, context, waiting.into())?;
    let (news, streams) = judge.finish(tx)?;
    Ok(Taken { streams, devices: log::write(tx, context, news)? })
}
