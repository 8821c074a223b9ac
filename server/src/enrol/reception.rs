//! The door for tablets that are not devices yet.

use std::net::IpAddr;

use super::{Outcome, join};
use crate::http::Answer;
use crate::intake::IntakeError;
use crate::node::{Context, EnrolDesk};
use crate::store::Tx;

/// Answers `POST /v1/enrol` on the writer's thread.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reception;

impl EnrolDesk for Reception {
    fn enrol(
        &mut self,
        tx: &mut dyn Tx,
        context: &mut Context<'_>,
        body: &[u8],
        _: IpAddr,
    ) -> Result<Answer, IntakeError> {
        Ok(match join(tx, context, body)? {
            Outcome::Joined(_, answer) => {
                tracing::info!("a tablet was enrolled");
                Answer::ok(answer)
            }
            Outcome::NotAccepted => {
                // Neither code nor source: a log must not help anybody to try again.
                tracing::warn!(bytes = body.len(), "an enrolment was not accepted");
                Answer::text(403, "Code not accepted.")
            }
        })
    }
}
