//! How much the server takes from whom: the settings, and the counters behind them.
//!
//! A limit answers "later" and never says what became of anything. [`pace`] counts things a minute,
//! [`daily`] bytes a day, [`lanes`] who may queue; each answers from memory in one look-up.
//! Connections are counted in [`crate::http`], tries to join in [`crate::enrol`].

mod amount;
pub mod daily;
pub mod lanes;
pub mod pace;

pub use amount::{Amount, BadAmount};

/// The settings. 0 stands for no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Requests of one device a minute. A tablet makes ten at a shift's end, and 320 when it
    /// fetches a year of 20 MB in the smallest pages.
    pub device_requests: u64,
    /// Bytes that one team's tablets hand in a day, compressed as they came.
    pub team_bytes: u64,
    /// Tries to join with a wrong code, a minute and source; ten times as many from all sources.
    pub enrol_tries: u64,
    /// Open connections.
    pub connections: u64,
    /// Open connections of one source.
    pub source_connections: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            device_requests: 600,
            team_bytes: 1024 * 1024 * 1024,
            enrol_tries: 20,
            connections: 4_096,
            source_connections: 1_024,
        }
    }
}

impl Limits {
    /// No limits at all: what tests compare with.
    #[must_use]
    pub fn none() -> Self {
        Self {
            device_requests: 0,
            team_bytes: 0,
            enrol_tries: 0,
            connections: 0,
            source_connections: 0,
        }
    }
}
