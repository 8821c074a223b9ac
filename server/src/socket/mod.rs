//! The operator's door: the verbs that change who and what the server knows.
//!
//! A running server listens on `DIR/socket` (0600) for JSON lines, one request and one reply a
//! line; when none runs, the verb takes the folder's lock and calls the same handler itself.

mod ask;
mod desk;
mod listen;
mod request;
#[cfg(test)]
mod tests;

pub use ask::ask;
pub use desk::Desk;
pub use listen::{Door, open};
pub use request::{
    DeviceLine, ImportReport, OperatorError, OperatorReply, OperatorRequest, Reason, RowProblem,
    TakenRow, TakenState,
};

use request::Line;

/// The longest request line, in bytes: a big municipality's citizens in one file.
const REQUEST_LIMIT: u64 = 64 * 1024 * 1024;

/// The server's logic behind the operator's verbs. Synchronous; called on a blocking thread.
///
/// [`OperatorRequest::TlsRenew`] never arrives here: the shell makes the certificate itself and
/// announces it through [`Operator::pins`].
pub trait Operator: Send + Sync + 'static {
    /// Does what the operator asks, durably, before it returns.
    ///
    /// # Errors
    /// [`OperatorError`] with a reason the operator can act on; nothing was changed then.
    fn handle(&self, request: OperatorRequest) -> Result<OperatorReply, OperatorError>;

    /// The TLS public-key pins (SHA-256 of the SubjectPublicKeyInfo) that tablets may meet from
    /// now on: at start the one in use, after a renewal also the next one. When the set differs
    /// from the stored one, the pins' serial rises and a new list is signed.
    ///
    /// # Errors
    /// [`OperatorError`] when the list could not be stored.
    fn pins(&self, pins: &[[u8; 32]]) -> Result<(), OperatorError>;
}
