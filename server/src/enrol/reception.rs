//! The door for tablets that are not devices yet.

use std::net::IpAddr;

use super::tries::Tries;
use super::{Outcome, join, named_code};
use crate::http::{Answer, Source};
use crate::intake::IntakeError;
use crate::limits::Limits;
use crate::node::{Context, EnrolDesk};
use crate::store::Tx;

/// Answers `POST /v1/enrol` on the writer's thread.
#[derive(Debug)]
pub struct Reception {
    pub(super) tries: Tries,
}

impl Reception {
    /// A reception where nothing was tried yet.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self { tries: Tries::new(limits.enrol_tries) }
    }
}

impl EnrolDesk for Reception {
    fn enrol(
        &mut self,
        tx: &mut dyn Tx,
        context: &mut Context<'_>,
        body: &[u8],
        peer: IpAddr,
    ) -> Result<Answer, IntakeError> {
        let (source, now) = (Source::from(peer), context.now);
        let named = named_code(tx, context, body)?;
        if !self.tries.may(source, named, now) {
            return Ok(Answer::later());
        }
        let outcome = join(tx, context, body)?;
        if let Outcome::Joined(_, answer) = outcome {
            tracing::info!("a tablet was enrolled");
            return Ok(Answer::ok(answer));
        }
        // Asked before this one counts. Whoever has none left must not learn from the answer that
        // he found the name of a good code.
        let told = self.tries.has_any(source, now);
        self.tries.failed(source, named, now);
        if !told {
            return Ok(Answer::later());
        }
        // Neither code nor source: a log must not help anybody to try again.
        tracing::warn!(bytes = body.len(), "an enrolment was not accepted");
        Ok(Answer::text(403, "Code not accepted."))
    }
}
