//! Why a verb did nothing, and what the operator is told of it.

use crate::import::RowError;
use crate::import::json::BadFile;
use crate::intake::IntakeError;
use crate::record::write::WriteError;
use crate::socket::OperatorError;
use crate::store::StoreError;

/// Why a verb did nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OperatorFailure {
    /// The operator asked for what cannot be.
    #[error(transparent)]
    Refused(#[from] OperatorError),
    /// The file has no rows to read.
    #[error(transparent)]
    BadFile(#[from] BadFile),
    /// The server failed.
    #[error(transparent)]
    Intake(#[from] IntakeError),
    /// The server's own gate held back what the verb wrote.
    #[error("the server's own gate did not let it through")]
    NotPublished,
}

impl From<StoreError> for OperatorFailure {
    fn from(error: StoreError) -> Self {
        Self::Intake(error.into())
    }
}

impl From<WriteError> for OperatorFailure {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Intake(error) => Self::Intake(error),
            WriteError::NotPublished => Self::NotPublished,
        }
    }
}

impl From<RowError> for OperatorFailure {
    fn from(error: RowError) -> Self {
        match error {
            RowError::Write(error) => error.into(),
            RowError::Bad(error) => OperatorError::invalid(error.to_string()).into(),
            RowError::Document(_) => Self::NotPublished,
        }
    }
}

impl From<OperatorFailure> for OperatorError {
    fn from(failure: OperatorFailure) -> Self {
        match failure {
            OperatorFailure::Refused(error) => error,
            OperatorFailure::BadFile(error) => Self::invalid(error.to_string()),
            OperatorFailure::Intake(IntakeError::Store(StoreError::Full)) => {
                Self::failed("The disk is full. Make room and ask again.")
            }
            OperatorFailure::Intake(_) | OperatorFailure::NotPublished => {
                tracing::error!(%failure, "a verb could not be carried out");
                Self::failed("The server could not do it now. The log says why.")
            }
        }
    }
}
