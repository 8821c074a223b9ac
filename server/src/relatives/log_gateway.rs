//! The gateway that sends nothing: each message becomes a line of JSON in a private file.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use doegnrytme_core::ids::hex;
use serde::{Deserialize, Serialize};

use super::gateway::{Gateway, Outcome, Outgoing};

/// A line of the file. It holds a person's number: the file is private (0600) and no log.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Our reference, hex.
    pub reference: String,
    /// When, RFC 3339 in UTC.
    pub at: String,
    /// The sender as the relative reads it.
    pub from: String,
    /// The telephone number.
    pub to: String,
    /// The text.
    pub text: String,
}

/// Writes messages to a file instead of sending them. The default, and what `demo` shows.
#[derive(Debug, Clone)]
pub struct LogGateway {
    path: PathBuf,
}

impl LogGateway {
    /// Writes to this file, which is made (0600) with the first message.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The messages in a file, oldest first; a line that is torn is passed over.
    ///
    /// # Errors
    /// The operating system's; no file is no message.
    pub fn lines(path: &Path) -> std::io::Result<Vec<Line>> {
        let file = match File::open(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            file => file?,
        };
        let lines: Vec<Vec<u8>> = BufReader::new(file).split(b'\n').collect::<Result<_, _>>()?;
        Ok(lines.iter().filter_map(|line| serde_json::from_slice(line).ok()).collect())
    }

    fn open(&self) -> std::io::Result<File> {
        let mut file =
            OpenOptions::new().create(true).read(true).append(true).mode(0o600).open(&self.path)?;
        // A line that a power cut tore must not spoil the next one.
        if file.metadata()?.len() > 0 {
            file.seek(SeekFrom::End(-1))?;
            let mut last = [0];
            file.read_exact(&mut last)?;
            if last != *b"\n" {
                file.write_all(b"\n")?;
            }
        }
        Ok(file)
    }
}

impl Gateway for LogGateway {
    fn send(&mut self, message: &Outgoing) -> Outcome {
        let line = serde_json::to_vec(&Line {
            reference: hex(&message.reference),
            at: message.at.to_rfc3339(),
            from: message.sender.clone(),
            to: message.to.clone(),
            text: message.text.clone(),
        });
        let Ok(mut line) = line else { return Outcome::Refused };
        line.push(b'\n');
        let Ok(mut file) = self.open() else { return Outcome::NotNow };
        match file.write_all(&line).and_then(|()| file.sync_data()) {
            Ok(()) => {
                tracing::info!("a text message was written to the file instead of being sent");
                Outcome::Taken
            }
            // Part of it may be in the file.
            Err(_) => Outcome::Unknown,
        }
    }

    fn look_up(&mut self, reference: [u8; 16]) -> Outcome {
        let reference = hex(&reference);
        match Self::lines(&self.path) {
            Ok(lines) if lines.iter().any(|line| line.reference == reference) => Outcome::Taken,
            _ => Outcome::Unknown,
        }
    }
}
