//! What an operator brings in from another system: citizens with their plans, and planned shifts.
//!
//! The formats stand in `server/IMPORT.md`. Bad rows are reported with line and reason and good
//! rows are taken; a second import of the same file changes nothing. Read [`json`] (rows and
//! values), [`fields`] (one object, checked), [`citizen`] and [`shift`] (what a row says), then
//! [`take_citizen`] and [`take_shift`] (what is published of it), and [`file`](mod@file), which
//! goes through a file row by row.

pub mod citizen;
mod citizen_reading;
pub mod fields;
pub mod file;
pub mod json;
mod known;
mod readers;
pub mod shift;
pub mod take_citizen;
pub mod take_shift;
#[cfg(test)]
mod tests;

use doegnrytme_core::document::DocumentError;

use crate::intake::IntakeError;
use crate::record::write::WriteError;
use crate::store::StoreError;

/// Why a row was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// The row is not what it must be.
    #[error(transparent)]
    Bad(#[from] fields::BadRow),
    /// The plan did not take it.
    #[error("the plan: {0}")]
    Document(#[from] DocumentError),
    /// It was not published.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl From<StoreError> for RowError {
    fn from(error: StoreError) -> Self {
        Self::Write(error.into())
    }
}

impl From<IntakeError> for RowError {
    fn from(error: IntakeError) -> Self {
        Self::Write(error.into())
    }
}

impl RowError {
    /// Whether the server itself failed, so that going on with the next row makes no sense.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        matches!(self, Self::Write(WriteError::Intake(_)))
    }
}
