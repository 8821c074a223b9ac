//! The trial in this process: for tests of intake and the simulator, where thousands of servers
//! live and die in a second. A server that serves uses [`super::Bench`].

use std::sync::Mutex;

use super::bench::told;
use super::protocol::{Question, Reply};
use super::questions::{Handler as _, Questions};
use crate::intake::tester::{Base, Candidate, Tester, Tried};
use crate::store::StoreError;

/// Tries changes where it is called.
#[derive(Debug, Default)]
pub struct InProcess(Mutex<Questions>);

impl Tester for InProcess {
    fn try_change(
        &self,
        candidate: &Candidate,
        _: bool,
        base: &mut Base<'_>,
    ) -> Result<Tried, StoreError> {
        let mut questions = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let question = Question::of(candidate);
        let reply = match questions.answer(question.clone()) {
            Reply::NeedsBase => {
                let changes = base(candidate.doc)?.into_iter().map(Into::into).collect();
                questions.answer(Question { base: Some(changes), ..question })
            }
            reply => reply,
        };
        Ok(told(reply))
    }
}
