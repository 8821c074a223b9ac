//! The server's log: to stderr, for people or for machines.
//!
//! What must never stand in it is listed in the crate's README.

use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;
use crate::error::Failure;

/// Starts logging for this process; a second call changes nothing.
///
/// # Errors
/// [`Failure::Setting`] when `levels` cannot be read.
pub fn start(levels: &str, format: LogFormat) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(levels).map_err(|error| {
        Failure::Setting(format!("the setting log cannot be read: {error}. Try \"info\"."))
    })?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // Fails only when the process logs already, as in tests.
    let _ = match format {
        LogFormat::Plain => lines.with_ansi(false).try_init(),
        LogFormat::Json => lines.json().try_init(),
    };
    Ok(())
}
