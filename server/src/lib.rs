//! The municipality's server. Read it in this order:
//!
//! 1. [`router`]: every address that the server answers, as a table.
//! 2. [`http`]: how a request reaches the node and how long it may wait there. The [`http::Node`]
//!    is the seam: behind it the server's logic is plain synchronous code.
//! 3. [`socket`]: what an operator may ask, over a Unix socket or in the same process. The seam is
//!    [`socket::Operator`].
//! 4. [`cli`]: the verbs, and [`cli::assembly`], the seam where the parts behind both are put in;
//!    [`assembly`] puts in the real ones.
//! 5. [`node`]: the door's other side, `POST /v1/sync` as one synchronous function; [`intake`], what
//!    becomes of what devices push; [`stream`], how published rows are ordered and read.
//! 6. [`enrol`], [`operator`], [`import`], [`record`]: how tablets join, what the operator's verbs do,
//!    what comes from other systems, and what is kept beside the journal.
//! 7. [`jobs`], what the server does by itself: [`projection`], facts from published notes, and
//!    [`relatives`], the day's digests.
//! 8. [`store`]: the port to the database and the SQLite backend.
//! 9. [`journal`], what a restore must not forget, and [`vault`]: backups, restoring, verifying.
//! 10. [`limits`]: how much is taken from whom before the answer is "later".
//! 11. The ground they stand on: [`config`], [`folder`], [`key_file`], [`recovery_key`], [`tls`],
//!     [`telemetry`], [`error`].

pub mod assembly;
pub mod cli;
pub mod config;
#[cfg(feature = "demo")]
pub mod demo;
pub mod enrol;
pub mod error;
#[cfg(test)]
mod fake;
pub mod folder;
pub mod http;
pub mod import;
pub mod inspect;
pub mod intake;
pub mod jobs;
pub mod journal;
pub mod key_file;
pub mod limits;
pub mod node;
pub mod operator;
pub mod projection;
pub mod record;
pub mod recovery_key;
pub mod relatives;
pub mod router;
pub mod socket;
pub mod store;
pub mod stream;
pub mod telemetry;
pub mod tls;
pub mod trial;
pub mod vault;
