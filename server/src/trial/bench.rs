//! The parent: hands changes to children, kills what takes too long, and starts another.

use std::collections::{BTreeSet, HashMap};
use std::ffi::OsString;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use doegnrytme_core::ids::{ChangeHash, DeviceNumber};
use doegnrytme_core::trial::{End, Reason};

use super::process::{Process, Trouble};
use super::protocol::{Question, Reply};
use crate::intake::tester::{Base, Candidate, Tester, Tried};
use crate::store::StoreError;

/// How long one change may take.
const PATIENCE: Duration = Duration::from_millis(250);
/// A device whose change cost a child is not waited for until then: it could cost the next ones, too.
const SLOW: Duration = Duration::from_secs(60);
/// Children that wait for work: the writer's, and one for what is tried again.
const IDLE: usize = 2;

/// Tries changes in child processes.
#[derive(Debug)]
pub struct Bench {
    program: OsString,
    arguments: Vec<&'static str>,
    idle: Mutex<Vec<Process>>,
    slow: Mutex<HashMap<DeviceNumber, Instant>>,
}

impl Bench {
    /// A bench whose children are `program` with `arguments`.
    #[must_use]
    pub fn new(program: impl Into<OsString>, arguments: Vec<&'static str>) -> Self {
        let (idle, slow) = (Mutex::default(), Mutex::default());
        Self { program: program.into(), arguments, idle, slow }
    }

    fn take(&self) -> Result<Process, Trouble> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| Process::start(&self.program, &self.arguments), Ok)
    }

    fn put_back(&self, process: Process) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE {
            idle.push(process);
        }
    }

    /// One question to one child. The outer error is the store's.
    fn ask(
        &self,
        candidate: &Candidate,
        base: &mut Base<'_>,
    ) -> Result<Result<Reply, Trouble>, StoreError> {
        let mut process = match self.take() {
            Ok(process) => process,
            Err(trouble) => return Ok(Err(trouble)),
        };
        let mut question = Question::of(candidate);
        let mut one = |question: &Question| {
            process.ask(std::slice::from_ref(question))?;
            process.hear(PATIENCE)
        };
        let mut reply = one(&question);
        if reply == Ok(Reply::NeedsBase) {
            question.base = Some(base(candidate.doc)?.into_iter().map(Into::into).collect());
            reply = one(&question);
        }
        if reply.is_ok() {
            self.put_back(process);
        }
        Ok(reply)
    }

    /// Several questions to one child, all in one message; an answer to each, as far as they came.
    fn ask_all(&self, questions: &[Question]) -> Vec<Reply> {
        let mut replies = Vec::new();
        let Ok(mut process) = self.take() else { return replies };
        if process.ask(questions).is_err() {
            return replies;
        }
        while replies.len() < questions.len() {
            match process.hear(PATIENCE) {
                Ok(reply) => replies.push(reply),
                Err(_) => return replies,
            }
        }
        self.put_back(process);
        replies
    }

    fn is_slow(&self, device: DeviceNumber) -> bool {
        let mut slow = self.slow.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        slow.retain(|_, until| *until > now);
        slow.contains_key(&device)
    }

    fn was_slow(&self, device: DeviceNumber) {
        let mut slow = self.slow.lock().unwrap_or_else(PoisonError::into_inner);
        slow.insert(device, Instant::now() + SLOW);
    }
}

impl Tester for Bench {
    fn warm(&self) {
        if let Ok(process) = self.take() {
            self.put_back(process);
        }
    }

    fn try_ahead(
        &self,
        candidates: &[Candidate],
        base: &mut Base<'_>,
    ) -> Result<Vec<(ChangeHash, Tried)>, StoreError> {
        if candidates.iter().any(|candidate| self.is_slow(candidate.device)) {
            return Ok(Vec::new());
        }
        let questions: Vec<Question> = candidates.iter().map(Question::of).collect();
        let replies = self.ask_all(&questions);
        let again = with_bases(&questions, &replies, base)?;
        let answers = if again.is_empty() { Vec::new() } else { self.ask_all(&again) };
        let first = questions.iter().zip(replies);
        let all = first.chain(again.iter().zip(answers));
        let known = all.filter(|(_, reply)| *reply != Reply::NeedsBase);
        Ok(known.map(|(question, reply)| (question.hash, told(reply))).collect())
    }

    fn try_change(
        &self,
        candidate: &Candidate,
        again: bool,
        base: &mut Base<'_>,
    ) -> Result<Tried, StoreError> {
        if !again && self.is_slow(candidate.device) {
            return Ok(Tried::Later);
        }
        let trouble = match self.ask(candidate, base)? {
            Ok(reply) => return Ok(told(reply)),
            Err(trouble) => trouble,
        };
        tracing::warn!(?trouble, device = candidate.device.0, "a trial ended without an answer");
        self.was_slow(candidate.device);
        Ok(match trouble {
            Trouble::Crashed => Tried::Held(Reason::Crashed.number()),
            Trouble::Memory => Tried::Held(Reason::Memory.number()),
            Trouble::TimedOut if again => Tried::Held(Reason::TimedOut.number()),
            // The machine has no room for a child now: nothing is wrong with the change.
            Trouble::TimedOut | Trouble::NotStarted => Tried::Later,
        })
    }
}

/// What a child could not answer without the plan, in order. The first question about a plan is
/// handed it; the later ones rest on that one, and find the plan in the child if it passed.
fn with_bases(
    questions: &[Question],
    replies: &[Reply],
    base: &mut Base<'_>,
) -> Result<Vec<Question>, StoreError> {
    let mut asked = BTreeSet::new();
    let mut again = Vec::new();
    for (question, reply) in questions.iter().zip(replies) {
        let first = asked.insert(question.doc);
        if *reply != Reply::NeedsBase {
            continue;
        }
        let changes = if first { Some(base(question.doc)?) } else { None };
        let base = changes.map(|changes| changes.into_iter().map(Into::into).collect());
        again.push(Question { base, ..question.clone() });
    }
    Ok(again)
}

/// What a child's answer means.
pub(super) fn told(reply: Reply) -> Tried {
    match reply {
        Reply::Passed(items) => {
            Tried::Passed(items.into_iter().map(|one| (one.item, one.roles)).collect())
        }
        Reply::Failed(number) => match Reason::from_number(number).map(Reason::end) {
            Some(End::Refused) => Tried::Refused(number),
            Some(End::Held) => Tried::Held(number),
            None => Tried::Held(Reason::Crashed.number()),
        },
        // Not an answer: the child is not ours.
        Reply::Ready | Reply::NeedsBase => Tried::Held(Reason::Crashed.number()),
    }
}
