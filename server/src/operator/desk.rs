//! Where the operator's work is done: in a transaction of its own, durable before it returns.

use std::sync::{Arc, Mutex, PoisonError};

use super::OperatorFailure;
use crate::intake::{IntakeError, Taken};
use crate::node::{Context, ServerNode};
use crate::store::{StoreError, Tx};

/// One piece of work. It refuses before it writes anything; every other failure takes all of it
/// back.
pub type Job =
    Box<dyn FnOnce(&mut dyn Tx, &mut Context<'_>) -> Result<Taken, OperatorFailure> + Send>;

/// Does work in transactions.
pub trait Desk: Send + Sync + 'static {
    /// Does one piece of work; it is durable when this returns.
    ///
    /// # Errors
    /// [`OperatorFailure`]; nothing stays then.
    fn work(&self, job: Job) -> Result<(), OperatorFailure>;
}

impl Desk for ServerNode {
    fn work(&self, job: Job) -> Result<(), OperatorFailure> {
        Self::work(self, move |tx, context| match job(tx, context) {
            Ok(taken) => Ok((Ok(()), taken)),
            // A mistake of the operator's is no fault of the server's, and nothing was written.
            Err(refused @ OperatorFailure::Refused(_)) => Ok((Err(refused), Taken::default())),
            Err(OperatorFailure::Intake(error)) => Err(error),
            Err(other) => Err(IntakeError::Store(StoreError::Backend(other.to_string()))),
        })?
    }
}

/// Does work that has a result.
///
/// # Errors
/// [`OperatorFailure`]; nothing stays then.
pub fn at<T: Send + 'static>(
    desk: &dyn Desk,
    work: impl FnOnce(&mut dyn Tx, &mut Context<'_>) -> Result<(T, Taken), OperatorFailure>
    + Send
    + 'static,
) -> Result<T, OperatorFailure> {
    let result = Arc::new(Mutex::new(None));
    let kept = Arc::clone(&result);
    desk.work(Box::new(move |tx, context| {
        let (done, taken) = work(tx, context)?;
        *kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(done);
        Ok(taken)
    }))?;
    let done = result.lock().unwrap_or_else(PoisonError::into_inner).take();
    Ok(done.ok_or_else(|| StoreError::Backend("the work was not done".to_owned()))?)
}
