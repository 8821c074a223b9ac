//! What stops a verb, in words an operator can act on. One table: failure → sentence and exit code.

use std::path::PathBuf;

use crate::cli::assembly::AssemblyError;
use crate::journal::JournalError;

/// Why a verb stopped. Each text is one line and says what to do.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A setting is unknown or has no usable value.
    #[error("{0}")]
    Setting(String),
    /// The data folder cannot be used.
    #[error(
        "cannot use the data folder {}: {reason}. Check --data and the rights of the user who runs the server.",
        folder.display()
    )]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the operating system said.
        reason: String,
    },
    /// Another process works in the folder.
    #[error(
        "the data folder {} is in use by another doegnrytme-server process. Stop that one first, or choose another folder with --data.",
        folder.display()
    )]
    Locked {
        /// The folder.
        folder: PathBuf,
    },
    /// `init` in a folder that has a server.
    #[error(
        "the data folder {} already holds a server; init never overwrites one. Choose an empty folder with --data.",
        folder.display()
    )]
    Occupied {
        /// The folder.
        folder: PathBuf,
    },
    /// The key file is missing, unreadable, damaged or in the way.
    #[error(
        "cannot use the key file {}: {reason}. Point --key-file at the right file, or rebuild it from the recovery key with `doegnrytme-server key recover`.",
        path.display()
    )]
    KeyFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The typed recovery key is none.
    #[error("that is not a recovery key: {0}")]
    RecoveryKey(#[from] crate::recovery_key::BadRecoveryKey),
    /// The store could not be made or opened.
    #[error("{}", store_words(.0))]
    Store(#[from] AssemblyError),
    /// The listener could not be opened.
    #[error("cannot listen on {listen}: {reason}. {advice}")]
    Listen {
        /// The address.
        listen: String,
        /// What the operating system said.
        reason: String,
        /// What to do.
        advice: &'static str,
    },
    /// Certificate or TLS key cannot be used.
    #[error("cannot use the TLS certificate {}: {reason}. {advice}", path.display())]
    Tls {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
        /// What to do.
        advice: &'static str,
    },
    /// The operator's socket cannot be used.
    #[error("cannot use the operator's socket {}: {reason}. {advice}", path.display())]
    Socket {
        /// The socket.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
        /// What to do.
        advice: &'static str,
    },
    /// A file that a verb should read.
    #[error("cannot read {}: {reason}. Check the name and its rights.", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        reason: String,
    },
    /// The operator's verb was answered with a no.
    #[error("{0}")]
    Refused(#[from] crate::socket::OperatorError),
    /// A backup was not written, restored or verified.
    #[error("{0}.")]
    Vault(#[from] crate::vault::VaultError),
    /// The machine gives no randomness.
    #[error("the machine gives no random numbers (getrandom failed). Nothing was made.")]
    Randomness,
    /// Output could not be written.
    #[error("cannot write the output: {0}")]
    Output(#[from] std::io::Error),
}

impl Failure {
    /// 1 when a verb was understood and refused, 2 when it could not be tried.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Refused(_) => 1,
            _ => 2,
        }
    }
}

fn store_words(error: &AssemblyError) -> String {
    let advice = match error {
        AssemblyError::WrongKey => {
            "Point --key-file at this folder's key, or rebuild it from the recovery key with \
             `doegnrytme-server key recover`."
        }
        AssemblyError::Missing => "Make one with `doegnrytme-server init --data DIR`.",
        AssemblyError::Damaged(_) => "Nothing was changed. Restore the last backup.",
        AssemblyError::Newer => "Nothing was changed. Run the newer version.",
        AssemblyError::Journal(JournalError::Damaged { .. }) => {
            "Put an undamaged copy in its place, or take what can be read of it and begin a new one \
             with `doegnrytme-server journal confirm`."
        }
        AssemblyError::Journal(JournalError::Doubtful { .. }) => {
            "Name the journal that `serve` uses with --journal; is it lost, run \
             `doegnrytme-server journal confirm`."
        }
        AssemblyError::Journal(JournalError::Newer(_)) => {
            "Nothing was changed. Run the newer version."
        }
        AssemblyError::Journal(JournalError::Locked(_)) => {
            "Give each server a journal of its own with --journal."
        }
        AssemblyError::Journal(_) => "Check --journal, the disk and its rights.",
        AssemblyError::Io(_) => "Check the disk's free space and the folder's rights.",
    };
    format!("{error}. {advice}")
}
