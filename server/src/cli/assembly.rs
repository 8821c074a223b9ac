//! The seam where the server's parts are put behind the shell: making a new server's store, and
//! opening it.

use std::path::Path;
use std::sync::Arc;

use crate::enrol::CodeLifetime;
use crate::folder::Folder;
use crate::http::Node;
use crate::journal::opening::Bearing;
use crate::key_file::{IdentitySecret, ServerKey};
use crate::limits::Limits;
use crate::socket::Operator;

/// Why a store could not be made or opened.
#[derive(Debug, thiserror::Error)]
pub enum AssemblyError {
    /// The key does not open the store.
    #[error("the key does not open the store in this folder")]
    WrongKey,
    /// The folder has no store.
    #[error("the folder holds no server")]
    Missing,
    /// The store is damaged.
    #[error("the store is damaged: {0}")]
    Damaged(String),
    /// A newer version of the server wrote the store.
    #[error("a newer version of the server wrote the store")]
    Newer,
    /// The journal stops the start.
    #[error("{0}")]
    Journal(#[from] crate::journal::JournalError),
    /// The disk or the folder refused.
    #[error("the store cannot be read or written: {0}")]
    Io(String),
}

/// What it takes to open a store.
#[derive(Debug, Clone, Copy)]
pub struct Opening<'a> {
    /// Where it lies.
    pub folder: &'a Folder,
    /// What it is encrypted with.
    pub key: &'a ServerKey,
    /// Where tablets reach this server, `host:port`, as enrolment codes say it.
    pub address: &'a str,
    /// The journal's file.
    pub journal: &'a Path,
    /// Who opens it.
    pub bearing: Bearing,
    /// How long an enrolment code is good.
    pub code_lifetime: CodeLifetime,
    /// How much is taken from whom.
    pub limits: Limits,
}

/// The opened server.
pub struct Parts {
    /// What tablets talk to.
    pub node: Arc<dyn Node>,
    /// What the operator talks to.
    pub operator: Arc<dyn Operator>,
    /// Pages for a browser (`GET /` and what hangs below it); may be empty.
    pub pages: axum::Router,
}

/// Makes and opens the store of a folder. The caller holds the folder's lock for as long as the
/// parts live.
pub trait Provision {
    /// Makes the store of a new server; `identity` goes into it and is kept nowhere else.
    ///
    /// # Errors
    /// [`AssemblyError`]; what was begun is removed by the caller.
    fn create(
        &self,
        folder: &Folder,
        key: &ServerKey,
        identity: &IdentitySecret,
    ) -> Result<(), AssemblyError>;

    /// Opens the store.
    ///
    /// # Errors
    /// [`AssemblyError`]; nothing was changed then.
    fn open(&self, opening: &Opening<'_>) -> Result<Parts, AssemblyError>;
}
