//! Publishing what the server says: always through the gates, and only when it says something new.

use doegnrytme_core::ids::CitizenId;
use doegnrytme_core::port::random;
use doegnrytme_core::wire::SCHEMA;
use doegnrytme_core::wire::record::{Payload, stream_of};
use doegnrytme_core::wire::row::Content;
use doegnrytme_core::wire::verdict::Verdict;

use super::author;
use crate::intake::own::{self, Draft};
use crate::intake::{IntakeError, Taken};
use crate::node::context::Context;
use crate::socket::TakenState;
use crate::store::{StoreError, Tx};

/// What the server wanted to publish and could not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// Intake failed.
    #[error(transparent)]
    Intake(#[from] IntakeError),
    /// A gate said no, which is a fault of the program or of the file.
    #[error("the server's own gate did not let it through")]
    NotPublished,
}

impl From<StoreError> for WriteError {
    fn from(error: StoreError) -> Self {
        Self::Intake(error.into())
    }
}

/// A record to be written, unless its present version says the same.
///
/// # Errors
/// [`WriteError`].
pub fn draft<P: Payload>(
    tx: &mut dyn Tx,
    context: &mut Context<'_>,
    citizen: Option<CitizenId>,
    record: &P,
) -> Result<(TakenState, Option<Draft>), WriteError> {
    let (kind, payload) = (P::KIND as u8, record.bytes());
    let state = match tx.record(kind, record.id())? {
        Some(present) if present.payload.as_deref() == Some(&payload) => {
            return Ok((TakenState::Unchanged, None));
        }
        Some(_) => TakenState::Updated,
        None => TakenState::Added,
    };
    let draft = Draft {
        doc: record.doc(),
        citizen,
        home: citizen.is_none().then(|| stream_of(kind, &payload)).flatten(),
        content: Content::Record { salt: random(context.rng), payload },
        schema: SCHEMA,
        certificate: author::certificate(tx, context)?,
        written: context.now,
    };
    Ok((state, Some(draft)))
}

/// Publishes drafts, all or none.
///
/// # Errors
/// [`WriteError::NotPublished`] when a gate holds one back; the caller takes all of it back.
pub fn publish(
    tx: &mut dyn Tx,
    context: &mut Context<'_>,
    drafts: Vec<Draft>,
) -> Result<Taken, WriteError> {
    if drafts.is_empty() {
        return Ok(Taken::default());
    }
    let (verdicts, taken) = own::write(tx, context, drafts)?;
    let published = |verdict: &Verdict| matches!(verdict, Verdict::Published { .. });
    if verdicts.iter().all(published) { Ok(taken) } else { Err(WriteError::NotPublished) }
}

/// Writes one record, unless its present version says the same.
///
/// # Errors
/// [`WriteError`].
pub fn put<P: Payload>(
    tx: &mut dyn Tx,
    context: &mut Context<'_>,
    citizen: Option<CitizenId>,
    record: &P,
) -> Result<(TakenState, Taken), WriteError> {
    let (state, draft) = draft(tx, context, citizen, record)?;
    Ok((state, publish(tx, context, draft.into_iter().collect())?))
}
