//! One who does the jobs: reads on a connection of its own, writes through the writer's thread.

use std::sync::Arc;

use doegnrytme_core::ids::RelativeId;
use doegnrytme_core::time::{LocalDay, UnixSeconds};

use super::schedule;
use crate::intake::{IntakeError, Taken};
use crate::node::ServerNode;
use crate::node::context::Context;
use crate::projection::{Anew, Difference, Progress, pages};
use crate::record;
use crate::relatives::outbox::{self, Claim, Composed, DigestRun};
use crate::relatives::{Gateway, Outcome};
use crate::store::sms::{Sms, SmsState};
use crate::store::{self, Store, StoreError, Tx};

/// Name of the singleton that says which day's digests were done: the day's number, big endian.
const DONE: &str = "digests done";
/// Messages that are written into the outbox in one transaction.
const TOGETHER: usize = 100;

pub(crate) struct Clerk {
    node: Arc<ServerNode>,
    reader: Box<dyn Store>,
    gateway: Box<dyn Gateway>,
    /// The minute in which the schedule was last looked at.
    looked: Option<i64>,
}

impl Clerk {
    pub(crate) fn new(
        node: Arc<ServerNode>,
        reader: Box<dyn Store>,
        gateway: Box<dyn Gateway>,
    ) -> Self {
        Self { node, reader, gateway, looked: None }
    }

    pub(crate) fn read<T>(
        &mut self,
        work: impl FnOnce(&mut dyn Tx) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        store::read(&mut *self.reader, work)
    }

    /// Durable when this returns. Nothing of it is published, so nobody is woken.
    fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Tx, &mut Context<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, IntakeError> {
        self.node.work(move |tx, context| Ok((work(tx, context)?, Taken::default())))
    }

    /// What is done at every look.
    pub(crate) fn tend(&mut self, now: UnixSeconds) -> Result<(), IntakeError> {
        self.project()?;
        let minute = now.0.div_euclid(60);
        if self.looked == Some(minute) {
            return Ok(());
        }
        let (at, done) = self.read(|tx| {
            let done = tx.meta(DONE)?.and_then(|bytes| bytes.try_into().ok());
            let done = done.map(|bytes| LocalDay(i32::from_be_bytes(bytes)));
            Ok((record::in_force(tx)?.digest_minute(), done))
        })?;
        if let Some(day) = schedule::due(now, at, done) {
            self.write(move |tx, context| outbox::expire(tx, context.now, day))?;
            // Done is done also when some could not be sent; what can be tried again is.
            if self.run_digests(day)?.later == 0 {
                self.write(move |tx, _| tx.put_meta(DONE, &day.0.to_be_bytes()))?;
            }
        }
        self.looked = Some(minute);
        Ok(())
    }

    /// Reads what was published, until nothing is left.
    pub(crate) fn project(&mut self) -> Result<Progress, IntakeError> {
        let mut progress = Progress::default();
        loop {
            let pages = self.read(pages::next)?;
            if pages.is_empty() {
                return Ok(progress);
            }
            for page in pages {
                let kept = self.write(move |tx, _| {
                    let kept = pages::keep(tx, &page)?;
                    Ok(kept.then_some(page))
                })?;
                if let Some(page) = kept {
                    progress.count(&page);
                    if page.unread > 0 {
                        tracing::warn!(notes = page.unread, "notes that this version cannot read");
                    }
                }
            }
        }
    }

    /// Reads all facts anew and puts right what differed.
    pub(crate) fn rebuild(&mut self) -> Result<Vec<Difference>, IntakeError> {
        let (anew, differences) = self.read(|tx| {
            let anew = Anew::read(tx)?;
            let differences = anew.compare(tx)?;
            Ok((anew, differences))
        })?;
        if !differences.is_empty() {
            tracing::warn!(facts = differences.len(), "facts differed from the notes");
            self.write(move |tx, _| anew.replace(tx))?;
        }
        Ok(differences)
    }

    /// The digests of a day, from its notes to the gateway.
    pub(crate) fn run_digests(&mut self, day: LocalDay) -> Result<DigestRun, IntakeError> {
        self.project()?;
        let mut run = DigestRun { unknown: self.recover()?, ..DigestRun::default() };
        let Composed { messages, unsendable, nameless } =
            self.read(|tx| outbox::compose(tx, day))?;
        (run.unsendable, run.nameless) = (unsendable, nameless);
        for part in messages.chunks(TOGETHER) {
            let part = part.to_vec();
            run.composed += self.write(move |tx, context| {
                outbox::enter(tx, context.rng, context.now, day, &part)
            })?;
        }
        for sms in self.read(|tx| tx.sms_of(day))? {
            if sms.state == SmsState::Composed {
                self.send(sms.relative, day, &mut run)?;
            }
        }
        report(&run);
        Ok(run)
    }

    /// Claims one message, hands it over, and writes down what came of it.
    fn send(
        &mut self,
        relative: RelativeId,
        day: LocalDay,
        run: &mut DigestRun,
    ) -> Result<(), IntakeError> {
        let claim = self.write(move |tx, context| outbox::claim(tx, context.now, relative, day))?;
        let outgoing = match claim {
            Claim::Send(outgoing) => outgoing,
            Claim::Withdrawn => {
                run.withdrawn += 1;
                return Ok(());
            }
            Claim::Gone => return Ok(()),
            Claim::Off => {
                run.later += 1;
                return Ok(());
            }
        };
        let outcome = self.gateway.send(&outgoing);
        let count = match outcome {
            Outcome::Taken => &mut run.sent,
            Outcome::Refused => &mut run.refused,
            Outcome::NotNow => &mut run.later,
            Outcome::Unknown => &mut run.unknown,
        };
        *count += 1;
        self.settle(relative, day, outcome)
    }

    fn settle(
        &self,
        relative: RelativeId,
        day: LocalDay,
        outcome: Outcome,
    ) -> Result<(), IntakeError> {
        self.write(move |tx, context| outbox::settle(tx, context.now, relative, day, outcome))
    }

    /// Messages that were claimed when the server stopped: the gateway is asked, and what it does
    /// not know for certain stays unknown. Only one clerk works in a folder, so nobody is sending
    /// them now. How many stay unknown.
    fn recover(&mut self) -> Result<usize, IntakeError> {
        let mut unknown = 0;
        for Sms { relative, day, reference, .. } in self.read(|tx| tx.sms_in(SmsState::Claimed))? {
            let outcome = match self.gateway.look_up(reference) {
                Outcome::Taken => Outcome::Taken,
                Outcome::Refused => Outcome::Refused,
                Outcome::NotNow | Outcome::Unknown => Outcome::Unknown,
            };
            unknown += usize::from(outcome == Outcome::Unknown);
            self.settle(relative, day, outcome)?;
        }
        Ok(unknown)
    }
}

fn report(run: &DigestRun) {
    let DigestRun { composed, sent, withdrawn, refused, unknown, later, unsendable, nameless } =
        *run;
    tracing::info!(composed, sent, withdrawn, "digests");
    if refused + unknown + later > 0 {
        tracing::warn!(refused, unknown, later, "digests that did not leave for certain");
    }
    if unsendable + nameless > 0 {
        tracing::error!(unsendable, nameless, "digests that cannot be composed");
    }
}
