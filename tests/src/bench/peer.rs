//! The peer: Yjs and Hocuspocus on the same workload, in Node (`tests/bench/peer`).
//!
//! It is measured kindly: no TLS, no accounts, no signatures, nothing encrypted; its tablets keep
//! their documents in memory, and its server writes to SQLite some seconds after all are equal.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

/// What the peer took.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Figures {
    /// How many tablets.
    pub tablets: u32,
    /// From going online until all tablets hold everything.
    pub ms: f64,
    /// Bytes of WebSocket up, all tablets.
    pub up: f64,
    /// Bytes of WebSocket down, all tablets.
    pub down: f64,
    /// Processor time of the server until then.
    pub server_cpu_ms: f64,
    /// Processor time of the tablets until then.
    pub tablets_cpu_ms: f64,
    /// Most memory of the server, in bytes.
    pub server_memory: f64,
}

/// The folder that holds the peer's programs.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("bench").join("peer")
}

/// Plays the team's shift.
///
/// # Errors
/// Why there are no figures: the peer is not installed, say.
pub fn play(team: &Path, room: &Path) -> Result<Figures, String> {
    let installed = folder().join("node_modules").join("@hocuspocus");
    if !installed.is_dir() {
        return Err("the peer is not installed (tests/run bench does it where npm is)".to_owned());
    }
    std::fs::create_dir_all(room).map_err(|error| error.to_string())?;
    let output = Command::new("node")
        .arg(folder().join("play.mjs"))
        .args([team, room])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("node: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let line = said.lines().last().unwrap_or_default();
    serde_json::from_str(line).map_err(|error| format!("the peer said {line:?}: {error}"))
}
