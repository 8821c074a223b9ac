//! A verb's end of `DIR/socket`.

use std::io::{BufRead as _, BufReader, ErrorKind, Write as _};
use std::os::unix::net::UnixStream;

use super::{Line, OperatorError, OperatorReply, OperatorRequest};
use crate::error::Failure;
use crate::folder::Folder;

/// Asks the server that runs in `folder`; `None` when none does.
///
/// # Errors
/// [`Failure::Refused`] with the server's words, [`Failure::Socket`] when it does not answer.
pub fn ask(folder: &Folder, request: &OperatorRequest) -> Result<Option<OperatorReply>, Failure> {
    let path = folder.socket();
    let failure = |reason: String, advice| Failure::Socket { path: path.clone(), reason, advice };
    let mut stream = match UnixStream::connect(&path) {
        Ok(stream) => stream,
        // A dead server leaves a socket that nobody listens on.
        Err(error)
            if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) =>
        {
            return Ok(None);
        }
        Err(error) => {
            return Err(failure(error.to_string(), "Run the verb as the server's user."));
        }
    };
    let broken = |error: std::io::Error| {
        failure(error.to_string(), "Look with `status` whether the verb was done, then repeat it.")
    };
    let mut json = serde_json::to_vec(request).map_err(|error| broken(error.into()))?;
    json.push(b'\n');
    stream.write_all(&json).map_err(broken)?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).map_err(broken)?;
    let answer: Line = serde_json::from_str(&line).map_err(|error| broken(error.into()))?;
    let answer: Result<OperatorReply, OperatorError> = answer.into();
    Ok(Some(answer?))
}
