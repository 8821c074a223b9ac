//! `POST /v1/sync`, whole: from a request's bytes to an answer's, over one transaction.

use std::collections::HashMap;
use std::sync::Arc;

use doegnrytme_core::ids::DeviceNumber;
use doegnrytme_core::port::Entropy;
use doegnrytme_core::time::UnixSeconds;
use doegnrytme_core::trust::envelope::seal_answer;
use doegnrytme_core::wire::PROTOCOL;
use doegnrytme_core::wire::answer::AnswerHead;
use doegnrytme_core::wire::request::RequestHead;

use super::carers;
use super::compose::{self, Draft, Memory, page_budget};
use super::context::{Context, Rules};
use super::door::Arrived;
use super::keys::Keys;
use super::nonces::Nonces;
use super::orders;
use super::request::{
    DevicePaces, NOT_KNOWN, NOT_READ, Request, Stopped, brings, heard, is_idle, open, take_in,
};
use crate::http::Answer;
use crate::intake::{self, IntakeError, Taken};
use crate::limits::daily::Daily;
use crate::store::device::DeviceStatus;
use crate::store::{StoreError, Tx};
use crate::stream::cursor::{Checked, Places};
use crate::stream::reach::Reach;

pub use super::handled::{Done, Handled, Waiting};

/// The synchronous server. What it remembers are caches; the truth is in the transaction.
pub struct Engine {
    keys: Arc<Keys>,
    rules: Rules,
    memory: Memory,
    reaches: HashMap<DeviceNumber, Arc<Reach>>,
    paces: DevicePaces,
    daily: Daily,
}

/// Devices whose requests are counted; more than any municipality has.
const DEVICES: usize = 65_536;

impl Engine {
    /// An engine with empty caches.
    #[must_use]
    pub fn new(keys: Arc<Keys>, rules: Rules) -> Self {
        let paces = DevicePaces::new(rules.limits.device_requests, DEVICES);
        let daily = Daily::new(rules.limits.team_bytes);
        Self { keys, rules, memory: Memory::default(), reaches: HashMap::new(), paces, daily }
    }

    /// The keys it signs with.
    #[must_use]
    pub fn keys(&self) -> &Arc<Keys> {
        &self.keys
    }

    /// The rules it follows.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Must be called when a transaction, or a part of it, in which the engine worked was taken
    /// back.
    pub fn forget(&mut self) {
        let mut memory = Memory::default();
        std::mem::swap(&mut memory.wallet, &mut self.memory.wallet);
        memory.wallet.forget();
        self.memory = memory;
        self.reaches.clear();
    }

    /// Handles one request. A request that cannot be trusted or read is answered with a status
    /// and a short text; whatever is answered with 200 is signed.
    ///
    /// # Errors
    /// [`IntakeError`]: take the transaction back, call [`Engine::forget`], answer "later".
    pub fn handle(
        &mut self,
        tx: &mut dyn Tx,
        now: UnixSeconds,
        rng: &mut dyn Entropy,
        bytes: &[u8],
    ) -> Result<Done, IntakeError> {
        self.handle_arrived(tx, now, rng, &Arrived::Bytes(bytes))
    }

    /// The same for a request that may have been checked at the door.
    ///
    /// # Errors
    /// As [`Engine::handle`].
    pub fn handle_arrived(
        &mut self,
        tx: &mut dyn Tx,
        now: UnixSeconds,
        rng: &mut dyn Entropy,
        arrived: &Arrived<'_>,
    ) -> Result<Done, IntakeError> {
        let (keys, rules) = (Arc::clone(&self.keys), self.rules.clone());
        let mut context = Context::new(tx, now, rng, &keys, &rules)?;
        let mut nonces = None;
        let request = match open(tx, &context, arrived, &mut self.paces, &mut nonces)? {
            Ok(request) => Ok(request),
            Err(Stopped::Refused((status, text))) => return Ok(Done::refuse(status, text)),
            Err(Stopped::Later(head, seconds)) => Err((head, seconds)),
        };
        let Some((nonces, fresh)) = nonces else {
            return Ok(Done::refuse(NOT_READ.0, NOT_READ.1));
        };
        let request = match request {
            Ok(request) => request,
            Err((head, seconds)) => {
                return self.later(tx, &mut context, &head, (nonces, fresh), seconds);
            }
        };
        if request.head.cursors.is_empty() {
            // Even a new device has cursors: this one had to make its store anew.
            self.memory.wallet.emptied(tx, request.device.number)?;
        }
        if brings(&request.body) {
            let reach = self.reach(tx, request.device.number)?;
            let room = self.daily.take(tx, now, reach.device, reach.home(), arrived.len())?;
            if let Err(seconds) = room {
                tracing::warn!(team = reach.home().0, "a team has handed in its bytes for today");
                return self.later(tx, &mut context, &request.head, (nonces, fresh), seconds);
            }
        }
        if !fresh {
            return self.handle_stale(tx, &mut context, request, nonces);
        }
        self.memory.wallet.spent(tx, request.device.number, &request.head.nonce)?;
        self.handle_fresh(tx, &mut context, request, nonces)
    }

    /// "Later", signed. Nothing was judged, and the device has its four nonces again.
    fn later(
        &mut self,
        tx: &mut dyn Tx,
        context: &mut Context<'_>,
        head: &RequestHead,
        (mut nonces, fresh): (Nonces, bool),
        seconds: u32,
    ) -> Result<Done, IntakeError> {
        if fresh {
            self.memory.wallet.spent(tx, head.device, &head.nonce)?;
        }
        let mut draft = Draft::default();
        draft.body.later = Some(seconds);
        draft.body.stale = !fresh;
        let answer = self.seal(tx, context, head, draft, &mut nonces)?;
        Ok(Done { handled: Handled::Answer(answer), taken: Taken::default() })
    }

    /// Under a spent nonce a batch is judged, but only verdicts and nonces come back: a logged
    /// request is worth nothing.
    fn handle_stale(
        &mut self,
        tx: &mut dyn Tx,
        context: &mut Context<'_>,
        request: Request,
        mut nonces: Nonces,
    ) -> Result<Done, IntakeError> {
        let Request { device, head, body } = request;
        let mut draft = Draft::default();
        let mut taken = Taken::default();
        let reach = self.reach(tx, device.number)?;
        draft.body.orders = orders::to(context, &device)?;
        // After a restore every nonce is spent. What the cursors prove must be known before the
        // push is judged: it belongs in the new epoch.
        let epoch = context.epoch.number;
        compose::checked(tx, context, &reach, &head)?;
        if context.epoch.number != epoch {
            nonces.forget();
        }
        let heard = heard(tx, context, &device, head.verdicts.as_ref())?;
        if let Some(push) = body.push {
            let seq = heard.map_or(0, |head| head.seq);
            let (answer, pushed) = intake::push(tx, context, &device, push, seq)?;
            draft.body.push = Some(answer);
            taken.join(pushed);
        }
        if let Some(heard) = heard {
            compose::verdicts(tx, context, &reach, heard, &mut draft)?;
        }
        draft.body.stale = true;
        let answer = self.seal(tx, context, &head, draft, &mut nonces)?;
        Ok(Done { handled: Handled::Answer(answer), taken })
    }

    fn handle_fresh(
        &mut self,
        tx: &mut dyn Tx,
        context: &mut Context<'_>,
        request: Request,
        mut nonces: Nonces,
    ) -> Result<Done, IntakeError> {
        let Request { device, head, mut body } = request;
        let reach = self.reach(tx, device.number)?;
        let epoch = context.epoch.number;
        let checked = compose::checked(tx, context, &reach, &head)?;
        if context.epoch.number != epoch {
            nonces.forget();
        }
        if checked == Checked::Foreign {
            nonces.save(tx)?;
            return Ok(Done::refuse(NOT_READ.0, "A cursor is not from this server."));
        }
        let mut draft = Draft::default();
        draft.body.orders = orders::to(context, &device)?;
        let heard = match &checked {
            Checked::Sound(places) => places.verdicts.seq,
            _ => 0,
        };
        let asks = !is_idle(&body);
        let taken = take_in(tx, context, &device, &mut body, heard, &mut draft)?;
        if body.goodbye == Some(true) {
            orders::goodbye(tx, &device)?;
        }
        for ask in &body.carers {
            draft.body.carers.push(carers::certify(tx, context, &device, &reach, ask)?);
        }
        if device.status == DeviceStatus::Stolen {
            // Strange hands hear nothing but the order.
            let answer = self.seal(tx, context, &head, draft, &mut nonces)?;
            return Ok(Done { handled: Handled::Answer(answer), taken });
        }
        let places = match checked {
            Checked::Sound(places) if device.status == DeviceStatus::Active => places,
            Checked::RolledBack(rolled_back) => {
                draft.body.rolled_back = Some(rolled_back);
                let answer = self.seal(tx, context, &head, draft, &mut nonces)?;
                return Ok(Done { handled: Handled::Answer(answer), taken });
            }
            // A retired device hands in and hears, and reads nothing.
            Checked::Sound(places) => Places { streams: Vec::new(), ..places },
            Checked::Foreign => return Ok(Done::refuse(NOT_READ.0, NOT_READ.1)),
        };
        draft.budget = page_budget(body.page);
        self.tell(tx, context, &reach, &head, &places, &mut draft)?;
        if device.status == DeviceStatus::Active {
            compose::asked(tx, &mut self.memory, &reach, &body, &mut draft)?;
        }
        if head.wait && !asks && !draft.news {
            nonces.save(tx)?;
            let budget = page_budget(body.page);
            let waiting = Box::new(Waiting { head, places, budget, digest: body.digest });
            return Ok(Done { handled: Handled::Wait(waiting), taken });
        }
        let answer = self.seal(tx, context, &head, draft, &mut nonces)?;
        Ok(Done { handled: Handled::Answer(answer), taken })
    }

    /// Looks whether there is news for a waiting request by now. `last` answers it in any case.
    ///
    /// # Errors
    /// As [`Engine::handle`].
    pub fn wake(
        &mut self,
        tx: &mut dyn Tx,
        now: UnixSeconds,
        rng: &mut dyn Entropy,
        waiting: &Waiting,
        last: bool,
    ) -> Result<Option<Answer>, IntakeError> {
        let (keys, rules) = (Arc::clone(&self.keys), self.rules.clone());
        let context = Context::new(tx, now, rng, &keys, &rules)?;
        let Waiting { head, places, budget, digest } = waiting;
        // Read again: the device may have been revoked while it waited. Then it reads nothing more.
        let mut context = context;
        let device = tx.device(head.device)?;
        let known = device.filter(|device| device.status != DeviceStatus::Wiped);
        let Some(device) = known else {
            return Ok(Some(Answer::text(NOT_KNOWN.0, NOT_KNOWN.1)));
        };
        if device.status != DeviceStatus::Active {
            let mut draft = Draft::default();
            draft.body.orders = orders::to(&context, &device)?;
            let mut nonces = Nonces::load(tx, head.device)?;
            return self.seal(tx, &mut context, head, draft, &mut nonces).map(Some);
        }
        let reach = self.reach(tx, head.device)?;
        let mut draft = Draft { budget: *budget, ..Draft::default() };
        self.tell(tx, &context, &reach, head, places, &mut draft)?;
        if !draft.news && !last {
            return Ok(None);
        }
        compose::compared(tx, &mut self.memory, &reach, digest.as_ref(), &mut draft)?;
        let mut nonces = Nonces::load(tx, head.device)?;
        self.seal(tx, &mut context, head, draft, &mut nonces).map(Some)
    }

    fn tell(
        &mut self,
        tx: &mut dyn Tx,
        context: &Context<'_>,
        reach: &Reach,
        head: &RequestHead,
        places: &Places,
        draft: &mut Draft,
    ) -> Result<(), StoreError> {
        compose::verdicts(tx, context, reach, places.verdicts, draft)?;
        compose::news(tx, context, &mut self.memory, reach, head, places, draft)
    }

    /// What a device may read, read anew when its serial changed.
    fn reach(&mut self, tx: &mut dyn Tx, device: DeviceNumber) -> Result<Arc<Reach>, StoreError> {
        let serial = tx.scope_serial(device)?;
        if let Some(reach) = self.reaches.get(&device)
            && reach.serial == serial
        {
            return Ok(Arc::clone(reach));
        }
        let reach = Arc::new(Reach::load(tx, device)?);
        self.reaches.insert(device, Arc::clone(&reach));
        Ok(reach)
    }

    fn seal(
        &mut self,
        tx: &mut dyn Tx,
        context: &mut Context<'_>,
        head: &RequestHead,
        mut draft: Draft,
        nonces: &mut Nonces,
    ) -> Result<Answer, IntakeError> {
        let new = if draft.body.stale {
            // Handed out again, they no longer prove that the answers arrived that brought them. And a
            // tablet whose store went back, because its log was damaged, spends its nonces again:
            // nobody can tell that from a doubled request, so certificates travel once too often.
            self.memory.wallet.emptied(tx, head.device)?;
            nonces.all(context.rng)
        } else {
            nonces.top_up(context.rng)
        };
        nonces.save(tx)?;
        let lacking = self.memory.wallet.lacking(tx, head.device, &draft.needs)?;
        let numbers = lacking.iter().map(|(number, _)| *number).collect();
        self.memory.wallet.sent(head.device, &new, numbers);
        draft.body.certificates =
            lacking.into_iter().map(|(_, bytes)| bytes.to_vec().into()).collect();
        let answer = AnswerHead {
            protocol: PROTOCOL,
            nonce: head.nonce,
            time: context.now,
            body: [0; 32],
            nonces: new,
        };
        let keys = context.keys;
        Ok(Answer::ok(seal_answer(&keys.quick, &keys.identity_hash, answer, &draft.body)?))
    }
}
