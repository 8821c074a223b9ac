//! When to speak to the server, and what its answers mean for the tablet.

use std::time::Duration;

use super::event::Invite;
use super::machine::Machine;
use super::notice::{EnrolProblem, Notice, SyncProblem};
use crate::port::Level;
use crate::store::StoreError;
use crate::sync::SyncError;
use crate::sync::enrol::{ENROL_PATH, Enrolment, PINS_PATH};
use crate::sync::line::{Kind, NetError, Outgoing, Reply, TlsTrust, Traffic};
use crate::sync::session::{Absorbed, Session};
use crate::trust::envelope::SYNC_PATH;
use crate::trust::identity::Identity;
use crate::wire::certificate::PinsAnswer;
use crate::wire::from_bytes;

/// How long an exchange may take; the server holds a waiting one up to 50 s.
const TIMEOUT: Duration = Duration::from_secs(60);
/// The first pause after a failure; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause: a tablet that has a line again must not wait for long.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The longest pause that the server may ask for: it may be over its limit only until the operator
/// raises it.
const LONGEST_LATER: Duration = Duration::from_secs(10 * 60);

/// The tablet's side of the line.
#[derive(Default)]
pub struct Line {
    pub(super) session: Session,
    online: bool,
    running: Option<Kind>,
    enrolment: Option<Step>,
    /// The server showed a key that is not pinned: ask for the signed pins.
    stranger: bool,
    /// Not before this monotonic time.
    pause_until: Option<Duration>,
    failures: u32,
    traffic: Traffic,
}

enum Step {
    Pins(Enrolment),
    Ask(Enrolment, [u8; 32], Vec<u8>),
}

impl Step {
    fn enrolment(self) -> Enrolment {
        match self {
            Self::Pins(enrolment) | Self::Ask(enrolment, _, _) => enrolment,
        }
    }
}

impl Line {
    /// Whether the tablet was told that there is a line.
    #[must_use]
    pub fn is_online(&self) -> bool {
        self.online
    }
}

impl Machine {
    pub(super) fn invite(&mut self, invite: Invite) -> Vec<Notice> {
        if matches!(self.store.read(|tx| tx.device()), Ok(Some(_))) {
            return vec![Notice::NotEnrolled(EnrolProblem::Already)];
        }
        let entropy = &mut *self.ports.entropy;
        let begun = match invite {
            Invite::Scanned(text) => Enrolment::scanned(&text, entropy),
            Invite::Typed { address, code } => Enrolment::typed(&address, &code, entropy),
        };
        match begun {
            Ok(enrolment) => {
                self.line.enrolment = Some(Step::Pins(enrolment));
                Vec::new()
            }
            Err(_) => vec![Notice::NotEnrolled(EnrolProblem::NotACode)],
        }
    }

    pub(super) fn go_online(&mut self) -> Vec<Notice> {
        self.line.online = true;
        self.line.pause_until = None;
        self.line.failures = 0;
        self.renew();
        Vec::new()
    }

    pub(super) fn go_offline(&mut self) -> Vec<Notice> {
        self.line.online = false;
        self.cut_off();
        Vec::new()
    }

    /// The request that runs was dropped; its answer will not come.
    pub fn cut_off(&mut self) {
        self.line.running = None;
        self.line.session.cut_off();
    }

    /// What went over the line since the tablet was opened.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        self.line.traffic
    }

    /// Whether a held request should be cut off, because there is something to say.
    pub fn interrupts(&mut self) -> bool {
        self.line.running == Some(Kind::Wait)
            && self.line.session.has_work(&mut self.store).unwrap_or(false)
    }

    /// How long nothing will be asked, whatever happens, unless an event comes.
    #[must_use]
    pub fn pause(&self) -> Option<Duration> {
        let until = self.line.pause_until?;
        Some(until.saturating_sub(self.reading().monotonic))
    }

    /// The next request, unless one runs, nobody is to be spoken to, or it is too early.
    pub fn next_request(&mut self) -> Option<Outgoing> {
        if self.wiped || self.line.running.is_some() {
            return None;
        }
        let outgoing = match &self.line.enrolment {
            Some(step) => Some(enrolling(step)),
            None => self.syncing(),
        };
        self.line.running = outgoing.as_ref().map(|outgoing| outgoing.kind);
        outgoing
    }

    fn syncing(&mut self) -> Option<Outgoing> {
        if !self.line.online || self.pause().is_some_and(|left| !left.is_zero()) {
            return None;
        }
        let (address, (_, pins)) =
            self.store.read(|tx| Ok::<_, StoreError>((tx.address()?, tx.pins()?))).ok()?;
        let address = address?;
        if self.line.stranger {
            return Some(pins_request(address));
        }
        let reading = self.reading();
        let made = self.line.session.request(&mut self.store, &*self.ports.keys, &reading);
        match made {
            Ok(request) => Some(Outgoing {
                address,
                path: SYNC_PATH,
                body: Some(request.bytes),
                trust: TlsTrust::Pins(pins),
                timeout: TIMEOUT,
                kind: match (request.wait, request.push) {
                    (true, _) => Kind::Wait,
                    (false, true) => Kind::Push,
                    (false, false) => Kind::Pull,
                },
            }),
            Err(_) => {
                self.log(Level::Error, "a request could not be made", &[]);
                self.pause_longer();
                None
            }
        }
    }

    /// Takes the answer to the request that runs.
    pub fn answer(&mut self, answer: Result<Reply, NetError>) -> Vec<Notice> {
        let Some(kind) = self.line.running.take() else { return Vec::new() };
        if let Ok(reply) = &answer {
            let down = u64::try_from(reply.body.len()).unwrap_or(u64::MAX);
            let count = self.line.traffic.of(kind);
            count.down = count.down.saturating_add(down).saturating_add(reply.head_down);
            count.up = count.up.saturating_add(reply.head_up);
        }
        let mut notices: Vec<_> = self.finds_room().map(|(saved, _)| saved).into_iter().collect();
        notices.extend(match self.line.enrolment.take() {
            Some(step) => self.enrolled(step, answer),
            None if self.line.stranger => self.pins_came(answer),
            None => self.synced(answer),
        });
        notices
    }

    /// Counts what a request weighs, when it leaves.
    pub fn sent(&mut self, outgoing: &Outgoing) {
        let size = outgoing.body.as_ref().map_or(0, Vec::len);
        let count = self.line.traffic.of(outgoing.kind);
        count.requests = count.requests.saturating_add(1);
        count.up = count.up.saturating_add(u64::try_from(size).unwrap_or(u64::MAX));
    }

    fn enrolled(&mut self, step: Step, answer: Result<Reply, NetError>) -> Vec<Notice> {
        let failed = |problem| vec![Notice::NotEnrolled(problem)];
        let reply = match answer {
            Ok(reply) if reply.status == 200 => reply,
            Ok(reply) if matches!((&step, reply.status), (Step::Ask(..), 400..=499)) => {
                return failed(EnrolProblem::CodeRefused);
            }
            Err(NetError::UnknownPin) => return failed(EnrolProblem::Stranger),
            _ => return failed(EnrolProblem::Unreachable),
        };
        let asked = matches!(step, Step::Ask(..));
        let mut enrolment = step.enrolment();
        if !asked {
            return match enrolment.ask(&reply.body, reply.tls, &*self.ports.keys) {
                Ok(body) => {
                    self.line.enrolment = Some(Step::Ask(enrolment, reply.tls, body));
                    Vec::new()
                }
                Err(_) => failed(EnrolProblem::Stranger),
            };
        }
        let Ok(enrolled) = enrolment.finish(&reply.body) else {
            return failed(EnrolProblem::Stranger);
        };
        let anchor = crate::trust::lease::Anchor::set(enrolled.answer.time, &self.reading());
        let kept = self.store.write(|tx| {
            tx.enrol(
                &enrolment.address,
                &enrolled.identity,
                enrolled.device,
                enrolled.install,
                &enrolled.answer,
            )?;
            tx.put_anchor(&anchor)?;
            Ok::<_, SyncError>(())
        });
        match kept {
            Ok(()) => vec![Notice::Enrolled],
            Err(_) => failed(EnrolProblem::Store),
        }
    }

    fn pins_came(&mut self, answer: Result<Reply, NetError>) -> Vec<Notice> {
        let Ok(reply) = answer else { return self.failed(SyncProblem::Unreachable) };
        let trusted = self.store.write(|tx| {
            let identity = tx.identity()?.ok_or(SyncError::NotEnrolled)?;
            let answer: PinsAnswer = from_bytes(&reply.body)?;
            let now = follow(&identity, &answer)?;
            let (serial, pins) = now.pins(&answer.pins)?;
            tx.put_pins(serial, &pins)?;
            let (_, pins) = tx.pins()?;
            Ok::<_, SyncError>(pins.contains(&reply.tls))
        });
        if trusted.unwrap_or(false) {
            self.line.stranger = false;
            return Vec::new();
        }
        self.failed(SyncProblem::Stranger)
    }

    fn synced(&mut self, answer: Result<Reply, NetError>) -> Vec<Notice> {
        let reply = match answer {
            Ok(reply) => reply,
            Err(NetError::UnknownPin) => {
                self.line.stranger = true;
                self.line.session.failed();
                return Vec::new();
            }
            Err(_) => return self.failed(SyncProblem::Unreachable),
        };
        match reply.status {
            200 => {}
            503 | 429 => return self.failed(SyncProblem::Busy),
            401 | 403 => return self.failed(SyncProblem::Refused),
            _ => return self.failed(SyncProblem::BadAnswer),
        }
        let reading = self.reading();
        match self.line.session.absorb(&mut self.store, &reading, &reply.body) {
            Ok(absorbed) => self.absorbed(absorbed),
            Err(SyncError::Store(_)) => self.failed(SyncProblem::Store),
            Err(_) => self.failed(SyncProblem::BadAnswer),
        }
    }

    fn absorbed(&mut self, absorbed: Absorbed) -> Vec<Notice> {
        if let Some(seconds) = absorbed.later {
            let notices = self.failed(SyncProblem::Busy);
            self.pause_at_least(Duration::from_secs(seconds.into()).min(LONGEST_LATER));
            return notices;
        }
        self.line.failures = 0;
        self.line.pause_until = None;
        if absorbed.distrusted > 0 {
            let count = i64::try_from(absorbed.distrusted).unwrap_or(i64::MAX);
            self.log(Level::Error, "parts of an answer are not trusted", &[("parts", count)]);
        }
        if absorbed.held {
            self.replay_held();
        }
        let ordered = if absorbed.ordered { self.find_order() } else { self.obey_order() };
        if self.wiped {
            return ordered;
        }
        let mut notices = ordered;
        for (carer, certified) in absorbed.carers {
            notices.extend(self.carer_came(carer, certified));
        }
        self.renew();
        if absorbed.visible > 0 {
            self.visible = self.visible.saturating_add(absorbed.visible);
            notices.push(Notice::Visible(self.visible));
        }
        if absorbed.fork {
            notices.extend(self.failed(SyncProblem::Refused));
        } else if !absorbed.more {
            notices.push(Notice::Synced { equal: absorbed.equal == Some(true) });
        }
        notices
    }

    fn failed(&mut self, problem: SyncProblem) -> Vec<Notice> {
        self.line.session.failed();
        self.pause_longer();
        vec![Notice::SyncFailed(problem)]
    }

    fn pause_at_least(&mut self, pause: Duration) {
        let until = self.reading().monotonic.saturating_add(pause);
        self.line.pause_until = self.line.pause_until.max(Some(until));
    }

    /// Waits twice as long as last time, and up to as long again by chance, so that tablets that
    /// failed together do not come back together.
    fn pause_longer(&mut self) {
        let doubled = FIRST_PAUSE.saturating_mul(1_u32 << self.line.failures.min(6));
        self.line.failures = self.line.failures.saturating_add(1);
        let [chance] = crate::port::random::<1>(&mut *self.ports.entropy);
        let pause = doubled.min(LONGEST_PAUSE);
        let pause = pause.saturating_add(pause.saturating_mul(u32::from(chance)) / 256);
        self.line.pause_until = Some(self.reading().monotonic.saturating_add(pause));
    }
}

/// The identity that signs now, reached from the one that is believed.
fn follow(identity: &Identity, answer: &PinsAnswer) -> Result<Identity, SyncError> {
    if answer.key == identity.key {
        return Ok(identity.clone());
    }
    let mut now = identity.clone();
    for signed in &answer.successors {
        // Links before the believed key do not open under it and are passed over.
        let link = crate::trust::durable::open::<crate::wire::certificate::Successor>(
            signed,
            &now.key,
            &now.municipality,
        );
        if let Ok(link) = link {
            now.key = link.key;
        }
    }
    if now.key == answer.key {
        Ok(now)
    } else {
        Err(crate::trust::TrustError::UnknownSigner.into())
    }
}

fn pins_request(address: String) -> Outgoing {
    Outgoing {
        address,
        path: PINS_PATH,
        body: None,
        trust: TlsTrust::Anyone,
        timeout: TIMEOUT,
        kind: Kind::Enrol,
    }
}

fn enrolling(step: &Step) -> Outgoing {
    match step {
        Step::Pins(enrolment) => pins_request(enrolment.address.clone()),
        Step::Ask(enrolment, tls, body) => Outgoing {
            address: enrolment.address.clone(),
            path: ENROL_PATH,
            body: Some(body.clone()),
            trust: TlsTrust::Pins(vec![*tls]),
            timeout: TIMEOUT,
            kind: Kind::Enrol,
        },
    }
}
