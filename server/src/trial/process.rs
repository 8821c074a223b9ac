//! One child process, from the parent's side.

use std::ffi::OsStr;
use std::io::{BufReader, Read as _};
use std::process::{Child, ChildStderr, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use super::protocol::{Question, Reply, receive, send};

/// How long a child may take to begin.
const BEGINS: Duration = Duration::from_secs(10);
/// What the allocator of Rust says before it gives up.
const OUT_OF_MEMORY: &str = "memory allocation of";
/// Bytes of what a child says at its end that are looked at.
const LAST_WORDS: u64 = 4 * 1024;

/// Why a child gave no answer. It is gone then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It took too long and was killed.
    TimedOut,
    /// It ended by itself.
    Crashed,
    /// It asked for more memory than it may have.
    Memory,
    /// It could not be started.
    NotStarted,
}

/// A running child.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    questions: ChildStdin,
    answers: Receiver<Reply>,
    last_words: Option<ChildStderr>,
}

impl Process {
    /// Starts a child and waits until it is ready.
    pub(super) fn start(program: &OsStr, arguments: &[&str]) -> Result<Self, Trouble> {
        let mut child = Command::new(program)
            .args(arguments)
            // It needs nothing of what surrounds the server, and some of it is secret.
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|_| Trouble::NotStarted)?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(questions), Some(output), last_words) = pipes else {
            return Err(Trouble::NotStarted);
        };
        let (tell, answers) = sync_channel(1);
        let reading = std::thread::Builder::new().name("trial".to_owned()).spawn(move || {
            let mut output = BufReader::new(output);
            while let Ok(Some(reply)) = receive::<Reply>(&mut output) {
                if tell.send(reply).is_err() {
                    return;
                }
            }
        });
        reading.map_err(|_| Trouble::NotStarted)?;
        let mut process = Self { child, questions, answers, last_words };
        match process.hear(BEGINS) {
            Ok(Reply::Ready) => Ok(process),
            _ => Err(Trouble::NotStarted),
        }
    }

    /// Asks a question and waits for the answer.
    pub(super) fn ask(
        &mut self,
        question: &Question,
        patience: Duration,
    ) -> Result<Reply, Trouble> {
        if send(&mut self.questions, question).is_err() {
            return Err(self.end());
        }
        self.hear(patience)
    }

    fn hear(&mut self, patience: Duration) -> Result<Reply, Trouble> {
        match self.answers.recv_timeout(patience) {
            Ok(reply) => Ok(reply),
            Err(RecvTimeoutError::Timeout) => Err(Trouble::TimedOut),
            Err(RecvTimeoutError::Disconnected) => Err(self.end()),
        }
    }

    /// How it ended. What it said is looked at and never passed on: it may quote a plan.
    fn end(&mut self) -> Trouble {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let mut said = Vec::new();
        if let Some(errors) = self.last_words.take() {
            let _ = errors.take(LAST_WORDS).read_to_end(&mut said);
        }
        let said = String::from_utf8_lossy(&said);
        if said.contains(OUT_OF_MEMORY) { Trouble::Memory } else { Trouble::Crashed }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
