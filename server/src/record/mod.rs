//! The records lane on the server's side: directory, settings, word lists, relatives, consents.
//!
//! [`words`] holds the municipality's words with their Danish defaults, [`author`] the certificate
//! under which the server writes, [`write`](mod@write) publishes a record when it says something
//! new, [`consents`] reads what a citizen allows, [`returned`] takes back what tablets return.

pub mod author;
pub mod consents;
pub mod returned;
pub mod words;
pub mod write;

use doegnrytme_core::ids::StreamId;
use doegnrytme_core::wire::record::{Payload, Setting, WordList};

use crate::store::{StoreError, Tx};

/// The words and settings in force.
///
/// # Errors
/// [`StoreError`].
pub fn in_force(tx: &mut dyn Tx) -> Result<words::InForce, StoreError> {
    Ok(words::InForce::of(common::<WordList>(tx)?, common::<Setting>(tx)?))
}

/// The present records of a kind in the common stream. One that cannot be read is a newer
/// version's and is passed over.
fn common<P: Payload>(tx: &mut dyn Tx) -> Result<Vec<P>, StoreError> {
    let records = tx.records(P::KIND as u8, StreamId::COMMON)?;
    let payloads = records.iter().filter_map(|record| record.payload.as_deref());
    Ok(payloads.filter_map(|payload| P::read(payload).ok()).collect())
}

#[cfg(test)]
mod tests;
