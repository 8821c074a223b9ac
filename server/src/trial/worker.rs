//! The child: reads questions, writes answers, holds no key, no store and no socket, and may take
//! 256 MiB.

use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, setrlimit};

use super::protocol::{Question, Reply, receive, send};
use super::questions::Handler;

/// The verb that makes this program a child.
pub const WORKER: &str = "g2-worker";

/// How long an answer may wait for the next one.
const TOGETHER: Duration = Duration::from_millis(10);

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
    // A panic is caught and answered. Its words may quote a plan, and the pipe that takes them is
    // read only when the child has ended: a full one would stop it.
    std::panic::set_hook(Box::new(|_| {}));
    send(answers, &Reply::Ready)?;
    while let Some(asked) = receive::<Vec<Question>>(questions)? {
        answer(handler, asked, answers)?;
    }
    Ok(())
}

/// Answers go together, so that the parent is woken once; but a parent that waits for an answer
/// gets what there is.
fn answer(
    handler: &mut dyn Handler,
    questions: Vec<Question>,
    answers: &mut dyn Write,
) -> io::Result<()> {
    let (mut said, mut since) = (Vec::new(), Instant::now());
    for question in questions {
        send(&mut said, &handler.answer(question))?;
        if since.elapsed() > TOGETHER {
            answers.write_all(&std::mem::take(&mut said))?;
            answers.flush()?;
            since = Instant::now();
        }
    }
    answers.write_all(&said)?;
    answers.flush()
}
