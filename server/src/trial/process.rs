//! One child process, from the parent's side.

use std::ffi::OsStr;
use std::io::Read as _;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::protocol::{Question, Reply, receive, send};

/// How long a child may take to begin.
const BEGINS: Duration = Duration::from_secs(10);
/// What the allocator of Rust says before it gives up.
const OUT_OF_MEMORY: &str = "memory allocation of";
/// Bytes of what a child says at its end that are looked at.
const LAST_WORDS: u64 = 4 * 1024;
/// Bytes of freed memory that a child keeps for its next document.
const KEPT_MEMORY: &str = "33554432";
/// Bytes that are read at once.
const PIECE: usize = 16 * 1024;
/// Most bytes of an answer: the roles of a plan's items.
const LONGEST: usize = 1024 * 1024;

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
    answers: ChildStdout,
    /// What was read and is not yet a whole answer.
    heard: Vec<u8>,
    last_words: Option<ChildStderr>,
}

impl Process {
    /// Starts a child and waits until it is ready.
    pub(super) fn start(program: &OsStr, arguments: &[&str]) -> Result<Self, Trouble> {
        let mut child = Command::new(program)
            .args(arguments)
            // It needs nothing of what surrounds the server, and some of it is secret.
            .env_clear()
            // Documents are made and dropped all the time: their pages are not given back at once.
            .env("MALLOC_TOP_PAD_", KEPT_MEMORY)
            .env("MALLOC_TRIM_THRESHOLD_", KEPT_MEMORY)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|_| Trouble::NotStarted)?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(questions), Some(answers), last_words) = pipes else {
            return Err(Trouble::NotStarted);
        };
        let mut process = Self { child, questions, answers, heard: Vec::new(), last_words };
        match process.hear(BEGINS) {
            Ok(Reply::Ready) => Ok(process),
            _ => Err(Trouble::NotStarted),
        }
    }

    /// Asks questions; [`Process::hear`] gives the answer to each.
    pub(super) fn ask(&mut self, questions: &[Question]) -> Result<(), Trouble> {
        send(&mut self.questions, &questions).map_err(|_| self.end())
    }

    /// The next answer.
    pub(super) fn hear(&mut self, patience: Duration) -> Result<Reply, Trouble> {
        let until = Instant::now() + patience;
        loop {
            if let Some(reply) = self.whole()? {
                return Ok(reply);
            }
            let left = until.saturating_duration_since(Instant::now());
            if !self.has_more(left) {
                return Err(Trouble::TimedOut);
            }
            let mut piece = [0; PIECE];
            match self.answers.read(&mut piece) {
                Ok(0) | Err(_) => return Err(self.end()),
                Ok(read) => self.heard.extend(piece.iter().take(read)),
            }
        }
    }

    /// The first answer of what was read, when it is there to its end.
    fn whole(&mut self) -> Result<Option<Reply>, Trouble> {
        let mut rest = &self.heard[..];
        match receive::<Reply>(&mut rest) {
            Ok(Some(reply)) => {
                let left = rest.len();
                self.heard.drain(..self.heard.len() - left);
                Ok(Some(reply))
            }
            Ok(None) => Ok(None),
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                if self.heard.len() > LONGEST { Err(self.end()) } else { Ok(None) }
            }
            Err(_) => Err(self.end()),
        }
    }

    /// Whether there is something to read, or the end, within that time.
    fn has_more(&self, patience: Duration) -> bool {
        let mut pipe = [PollFd::new(&self.answers, PollFlags::IN)];
        let patience = Timespec::try_from(patience).ok();
        loop {
            match poll(&mut pipe, patience.as_ref()) {
                Ok(ready) => return ready > 0,
                Err(rustix::io::Errno::INTR) => {}
                Err(_) => return false,
            }
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
