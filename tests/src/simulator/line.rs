//! Requests and answers over a line that loses, doubles, delays and cuts.

use doegnrytme_core::ids::hex;
use doegnrytme_core::store::StoreError;
use doegnrytme_core::sync::line::{Kind, NetError, Outgoing, Reply};
use doegnrytme_core::wire::cursor::Cursor;
use doegnrytme_core::wire::sha256;
use doegnrytme_core::wire::verdict::Verdict;
use doegnrytme_server::intake::Taken;

use super::broken::Held;
use super::counts::Seen;
use super::server::{Fate, Told, busy};
use super::tablet::Pending;
use super::world::World;

/// What came of letting a tablet speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spoke {
    /// It had nothing to ask, or waits for an answer already.
    Silent,
    /// It asked for news, and there was none.
    Listens,
    /// It asked, and that was answered or went wrong.
    Asked(Kind),
}

/// How often each trouble of a line happens, against 60 without any.
const TROUBLES: &[(usize, Option<Seen>)] = &[
    (60, None),
    (6, Some(Seen::RequestLost)),
    (8, Some(Seen::AnswerLost)),
    (3, Some(Seen::AnswerCut)),
    (3, Some(Seen::AnswerDoubled)),
    (4, Some(Seen::RequestDoubled)),
    (4, Some(Seen::RequestDelayed)),
    (6, Some(Seen::AnswerDelayed)),
    (2, Some(Seen::ServerBusy)),
    (2, Some(Seen::ServerCrash)),
    (2, Some(Seen::ServerCrashAfter)),
];

impl World {
    /// Lets a tablet ask what it has to ask.
    pub(super) fn speak(&mut self, at: usize) -> Held<Spoke> {
        if !self.may_speak(at)? {
            return Ok(Spoke::Silent);
        }
        let crash_after = self.maybe_crash(20);
        let did = self.tablet(at)?.does(crash_after, |machine| {
            let outgoing = machine.next_request();
            outgoing.iter().for_each(|outgoing| machine.sent(outgoing));
            outgoing
        })?;
        if did.crashed {
            self.after(at, true, Vec::new())?;
            return Ok(Spoke::Silent);
        }
        let Some(request) = did.gave else { return Ok(Spoke::Silent) };
        let trouble = if self.stormy { self.dice.weigh(TROUBLES).flatten() } else { None };
        if let Some(trouble) = trouble {
            self.counts.add(trouble);
        }
        self.note(|| format!("tablet {at} asks: {:?}, {trouble:?}", request.kind));
        self.look_for_offers(&request)?;
        let kind = request.kind;
        let listens = self.carry(at, request, trouble)?;
        Ok(if listens { Spoke::Listens } else { Spoke::Asked(kind) })
    }

    /// False while an answer is under way. A tablet that listens stops when it has something to
    /// say.
    fn may_speak(&mut self, at: usize) -> Held<bool> {
        let tablet = self.tablet(at)?;
        match tablet.pending {
            None => Ok(true),
            Some(Pending::Slow(_)) => Ok(false),
            Some(Pending::Waits(_)) => {
                let machine = tablet.machine()?;
                let interrupts = machine.interrupts();
                if interrupts {
                    machine.cut_off();
                    tablet.pending = None;
                }
                Ok(interrupts)
            }
        }
    }

    /// Carries a request through one trouble. True when the tablet listens for news now.
    fn carry(&mut self, at: usize, request: Outgoing, trouble: Option<Seen>) -> Held<bool> {
        match trouble {
            Some(Seen::RequestLost) => self.answer(at, Err(NetError::Unreachable))?,
            Some(Seen::ServerBusy) => self.answer(at, Ok(busy()))?,
            Some(Seen::RequestDelayed) => {
                self.post.push(request);
                self.answer(at, Err(NetError::TimedOut))?;
            }
            Some(Seen::AnswerLost) => {
                self.ask(&request, Fate::Works)?;
                self.answer(at, Err(NetError::TimedOut))?;
            }
            Some(Seen::ServerCrash) => {
                self.ask(&request, Fate::DiesBefore)?;
                self.answer(at, Err(NetError::Unreachable))?;
            }
            Some(Seen::ServerCrashAfter) => {
                self.ask(&request, Fate::DiesAfter)?;
                self.answer(at, Err(NetError::Unreachable))?;
            }
            Some(Seen::RequestDoubled) => {
                self.ask(&request, Fate::Works)?;
                let told = self.ask(&request, Fate::Works)?;
                return self.told(at, told, None);
            }
            other => {
                let told = self.ask(&request, Fate::Works)?;
                return self.told(at, told, other);
            }
        }
        Ok(false)
    }

    fn told(&mut self, at: usize, told: Told, trouble: Option<Seen>) -> Held<bool> {
        match (told, trouble) {
            (Told::Waits(waiting), _) => {
                self.tablet(at)?.pending = Some(Pending::Waits(waiting));
                return Ok(true);
            }
            (Told::Nothing, _) => self.answer(at, Err(NetError::Unreachable))?,
            (Told::Reply(reply), Some(Seen::AnswerDelayed)) => {
                self.tablet(at)?.pending = Some(Pending::Slow(reply));
            }
            (Told::Reply(mut reply), Some(Seen::AnswerCut)) => {
                reply.body.truncate(reply.body.len() / 2);
                self.answer(at, Ok(reply))?;
            }
            (Told::Reply(reply), Some(Seen::AnswerDoubled)) => {
                self.answer(at, Ok(reply.clone()))?;
                self.answer(at, Ok(reply))?;
            }
            (Told::Reply(reply), _) => self.answer(at, Ok(reply))?,
        }
        Ok(false)
    }

    /// The server gets a request. Whoever listens and may care hears of what it took in.
    fn ask(&mut self, request: &Outgoing, fate: Fate) -> Held<Told> {
        let (told, taken) = self.server.ask(request, fate)?;
        if let Told::Reply(reply) = &told {
            let sum = |bytes: &[u8]| hex(sha256(&[bytes]).get(..4).unwrap_or_default());
            let asked = sum(request.body.as_deref().unwrap_or_default());
            self.note(|| format!("the server is asked {asked} and answers {}", sum(&reply.body)));
        }
        if fate != Fate::Works {
            self.lines_die()?;
        }
        if !taken.is_empty() && self.stormy {
            self.stir(&taken)?;
        }
        Ok(told)
    }

    fn stir(&mut self, taken: &Taken) -> Held<()> {
        for at in 0..self.tablets.len() {
            let stirred = match &self.tablet(at)?.pending {
                Some(Pending::Waits(waiting)) => waiting.is_stirred_by(taken),
                _ => false,
            };
            if stirred && self.dice.one_in(2) {
                self.wake(at, false)?;
            }
        }
        Ok(())
    }

    /// Answers a tablet that listens, when there is news or `last` says that it waited enough.
    /// True when it was answered.
    pub(super) fn wake(&mut self, at: usize, last: bool) -> Held<bool> {
        let Some(Pending::Waits(waiting)) = self.tablet(at)?.pending.take() else {
            return Ok(false);
        };
        match self.server.wake(&waiting, last)? {
            None => {
                self.tablet(at)?.pending = Some(Pending::Waits(waiting));
                Ok(false)
            }
            Some(reply) => {
                self.note(|| format!("tablet {at} is answered after it listened"));
                self.answer(at, Ok(reply))?;
                Ok(true)
            }
        }
    }

    /// A slow answer arrives, unless the line died meanwhile.
    pub(super) fn arrives(&mut self, at: usize) -> Held<()> {
        let Some(Pending::Slow(reply)) = self.tablet(at)?.pending.take() else { return Ok(()) };
        let dead = self.dice.one_in(4);
        self.answer(at, if dead { Err(NetError::TimedOut) } else { Ok(reply) })
    }

    /// A request that everybody had given up arrives; nobody hears the answer.
    pub(super) fn post_arrives(&mut self) -> Held<()> {
        if self.post.is_empty() {
            return Ok(());
        }
        let at = self.dice.below(self.post.len());
        let request = self.post.swap_remove(at);
        self.note(|| format!("a delayed request arrives: {:?}", request.kind));
        self.ask(&request, Fate::Works).map(drop)
    }

    /// A tablet gets an answer, or learns that there will be none.
    pub(super) fn answer(&mut self, at: usize, answer: Result<Reply, NetError>) -> Held<()> {
        let came = answer.is_ok();
        let crash_after = self.maybe_crash(12);
        let tablet = self.tablet(at)?;
        let flew = tablet.in_flight()?;
        let did = tablet.does(crash_after, |machine| machine.answer(answer))?;
        let crashed = did.crashed;
        self.after(at, crashed, did.gave)?;
        if came && !crashed {
            self.count_verdicts(at, flew)?;
            self.tell_where(at)?;
        }
        Ok(())
    }

    /// Says where a tablet stands, when somebody listens.
    fn tell_where(&mut self, at: usize) -> Held<()> {
        if self.story.is_none() {
            return Ok(());
        }
        let (streams, verdicts, last) = self.tablet(at)?.machine()?.store().read(|tx| {
            Ok::<_, StoreError>((tx.cursors()?, tx.verdict_cursor()?, tx.last_batch()?))
        })?;
        let place = |cursor: &Cursor| {
            format!("{}@{}", cursor.seq, hex(cursor.epoch.as_bytes().get(..2).unwrap_or_default()))
        };
        let streams: Vec<_> =
            streams.iter().map(|at| format!("{}:{}", at.stream, place(&at.cursor))).collect();
        let (verdicts, last) = (verdicts.as_ref().map(place), last.map(|(number, _)| number));
        self.note(|| {
            format!("tablet {at} stands at {streams:?}, verdicts {verdicts:?}, batch {last:?}")
        });
        Ok(())
    }

    fn count_verdicts(&mut self, at: usize, flew: Option<u64>) -> Held<()> {
        let tablet = self.tablet(at)?;
        let flies = tablet.in_flight()?;
        let open = tablet.machine()?.store().read(|tx| tx.outbox_open())?;
        if flew.is_some() && flew != flies {
            self.counts.add(Seen::Received);
        }
        if open.iter().any(|row| matches!(row.verdict, Some(Verdict::Parked { .. }))) {
            self.counts.add(Seen::Parked);
        }
        Ok(())
    }

    /// Offers come only after a roll-back; then each request is opened to see whether it has some.
    fn look_for_offers(&mut self, request: &Outgoing) -> Held<()> {
        let Some(body) = request.body.as_deref().filter(|_| self.rolled_back) else {
            return Ok(());
        };
        let identity = self.server.identity()?;
        let opened = self.server.look(|tx| {
            let key = |number| tx.device(number).ok().flatten().map(|device| device.key);
            Ok(doegnrytme_core::trust::envelope::open_request(body, &identity, key))
        })?;
        if let Ok(opened) = opened
            && let Ok(body) = opened.body()
            && body
                .offers
                .iter()
                .any(|offer| !offer.rows.clone().into_groups().unwrap_or_default().is_empty())
        {
            self.counts.add(Seen::Offered);
        }
        Ok(())
    }
}
