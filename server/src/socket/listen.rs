//! A running server's end of `DIR/socket`.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener as StdListener;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::spawn_blocking;

use super::{Desk, Line, OperatorError, OperatorRequest, REQUEST_LIMIT};
use crate::error::Failure;
use crate::folder::{Folder, FolderLock};

/// The open socket; the file goes with it.
#[derive(Debug)]
pub struct Door {
    listener: StdListener,
    path: PathBuf,
}

impl Drop for Door {
    fn drop(&mut self) {
        // Gone already is fine; a leftover is removed at the next start.
        let _ = fs::remove_file(&self.path);
    }
}

/// Opens the socket. The lock proves that a file lying there is a leftover of a dead server.
///
/// # Errors
/// [`Failure::Socket`] when it cannot be made, for instance when the folder's path is too long.
pub fn open(folder: &Folder, _proof: &FolderLock) -> Result<Door, Failure> {
    let path = folder.socket();
    let failure = |error: io::Error| Failure::Socket {
        path: path.clone(),
        reason: error.to_string(),
        advice: "Its path may have 107 characters at most, on a disk that can hold sockets.",
    };
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failure(error)),
        _ => {}
    }
    let listener = StdListener::bind(&path).map_err(failure)?;
    fs::set_permissions(&path, Permissions::from_mode(0o600)).map_err(failure)?;
    listener.set_nonblocking(true).map_err(failure)?;
    Ok(Door { listener, path: folder.socket() })
}

impl Door {
    /// Answers operators until the task is dropped.
    ///
    /// # Errors
    /// The operating system's.
    pub async fn serve(self, desk: Arc<Desk>) -> io::Result<()> {
        let listener = UnixListener::from_std(self.listener.try_clone()?)?;
        loop {
            let (stream, _) = listener.accept().await?;
            let desk = Arc::clone(&desk);
            tokio::spawn(async move {
                if let Err(error) = converse(stream, desk).await {
                    tracing::warn!(%error, "an operator's connection broke");
                }
            });
        }
    }
}

async fn converse(stream: UnixStream, desk: Arc<Desk>) -> io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read);
    loop {
        let mut line = Vec::new();
        let taken = (&mut read).take(REQUEST_LIMIT).read_until(b'\n', &mut line).await?;
        if taken == 0 {
            return Ok(());
        }
        let whole = line.ends_with(b"\n");
        let desk = Arc::clone(&desk);
        let answered = spawn_blocking(move || answer(&desk, &line, whole)).await;
        let line = answered.unwrap_or_else(|_| {
            Line::Refused(OperatorError::failed("the server failed; see its log."))
        });
        let mut json = serde_json::to_vec(&line)?;
        json.push(b'\n');
        write.write_all(&json).await?;
        if !whole {
            return Ok(());
        }
    }
}

fn answer(desk: &Desk, line: &[u8], whole: bool) -> Line {
    if !whole {
        return Line::Refused(OperatorError::invalid(
            "the request is cut or longer than 64 MiB: split the file.",
        ));
    }
    match serde_json::from_slice::<OperatorRequest>(line) {
        Ok(request) => desk.answer(request).into(),
        Err(error) => {
            // serde_json may quote what it read, and that may be about a person.
            tracing::debug!(column = error.column(), "an operator's request was not understood");
            Line::Refused(OperatorError::invalid(format!(
                "the request is not understood (at character {}).",
                error.column()
            )))
        }
    }
}
