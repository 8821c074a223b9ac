//! The child: reads questions, writes answers, holds no key, no store and no socket, and may take
//! 256 MiB.

use std::io::{self, Read, Write};

use rustix::process::{Resource, Rlimit, setrlimit};

use super::protocol::{Question, Reply, receive, send};
use super::questions::Handler;

/// The verb that makes this program a child.
pub const WORKER: &str = "g2-worker";

/// Most bytes of address space.
const MEMORY: u64 = 256 * 1024 * 1024;

/// Answers until the parent closes the pipe.
///
/// # Errors
/// What the pipes or the kernel say.
pub fn work(
    handler: &mut dyn Handler,
    questions: &mut dyn Read,
    answers: &mut dyn Write,
) -> io::Result<()> {
    let limit = Some(MEMORY);
    setrlimit(Resource::As, Rlimit { current: limit, maximum: limit })?;
    // No core file: it would hold what citizens' plans say.
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    send(answers, &Reply::Ready)?;
    while let Some(question) = receive::<Question>(questions)? {
        send(answers, &handler.answer(question))?;
    }
    Ok(())
}
