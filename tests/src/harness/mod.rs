//! The words that stories are told with: a server, tablets and their team, and a line between them
//! that can be cut.
//!
//! Everything here is real: the server is the binary, tablets are the core with encrypted stores
//! and HTTPS. What does not work ends the test, so these are the only rooms that may panic.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

pub mod disk;
pub mod line;
pub mod net;
pub mod relatives;
pub mod server;
pub mod tablet;
pub mod team;

pub use net::Net;
pub use server::Server;
pub use tablet::Tablet;
pub use team::Team;

use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How long a story waits for something that must happen.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Where tests keep their files: on tmpfs when `tests/run` found one.
#[must_use]
pub fn room() -> PathBuf {
    std::env::var_os("DOEGNRYTME_TEST_TMP").map_or_else(std::env::temp_dir, PathBuf::from)
}

/// Looks again and again until `done` gives something; ends the test after [`PATIENCE`].
pub fn until<T>(what: &str, mut done: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(value) = done() {
            return value;
        }
        assert!(begun.elapsed() < PATIENCE, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
