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

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::store::sqlite::SqliteStore;
    use crate::store::write;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is logged of a failure.
    fn logged(failure: OperatorFailure) -> String {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).finish();
        tracing::subscriber::with_default(subscriber, || drop(OperatorError::from(failure)));
        let bytes = lines.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_log_line_of_a_failing_statement_says_its_code_and_holds_no_sql() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = SqliteStore::create(&folder.path().join("server.db"), &[9; 32]).unwrap();
        let twice = write(&mut store, |tx| {
            tx.add_team("Opdigtet Team")?;
            tx.add_team("Opdigtet Team")
        });
        let failure = OperatorFailure::from(twice.unwrap_err());
        let line = logged(failure);
        assert!(line.contains("a verb could not be carried out"), "{line}");
        assert!(line.contains("ConstraintViolation, code 2067"), "{line}");
        for word in ["streams", "UNIQUE", "INSERT", "SELECT", "Opdigtet"] {
            assert!(!line.contains(word), "{line}");
        }
    }
}
