//! A request as the engine gets it: opened, its nonce spent, and what it brings taken in.

use doegnrytme_core::ids::DeviceNumber;
use doegnrytme_core::trust::TrustError;
use doegnrytme_core::trust::cursor::Owner;
use doegnrytme_core::trust::envelope::{OpenedRequest, open_request};
use doegnrytme_core::wire::cursor::Cursor;
use doegnrytme_core::wire::request::{RequestBody, RequestHead};
use doegnrytme_core::wire::{PROTOCOL, PROTOCOL_MIN};

use super::compose::Draft;
use super::context::Context;
use super::door::Arrived;
use super::nonces::Nonces;
use crate::intake::{self, IntakeError, Taken};
use crate::limits::pace::Paces;
use crate::store::device::{Device, DeviceStatus};
use crate::store::stream::Head;
use crate::store::{StoreError, Tx};

pub(super) const NOT_KNOWN: (u16, &str) = (401, "This device is not known here.");
pub(super) const NOT_READ: (u16, &str) = (400, "The request cannot be read.");
const OTHER_PROTOCOL: (u16, &str) = (426, "No protocol version in common.");

/// An opened request.
pub(super) struct Request {
    pub(super) device: Device,
    pub(super) head: RequestHead,
    pub(super) body: RequestBody,
}

/// Why a request is not handled.
pub(super) enum Stopped {
    /// The status and the words that it is refused with.
    Refused((u16, &'static str)),
    /// The device makes too many: so many seconds.
    Later(RequestHead, u32),
}

type Opened = Result<Request, Stopped>;

/// Requests that a device may make: those that spend a nonce, and apart from them those that do not,
/// which somebody may have logged and plays again. He shuts nobody out but himself.
pub(super) type DevicePaces = Paces<(DeviceNumber, bool)>;

/// Opens a request and spends its nonce: signature and digest first, then the device's pace,
/// nothing inflated before.
pub(super) fn open(
    tx: &mut dyn Tx,
    context: &Context<'_>,
    arrived: &Arrived<'_>,
    paces: &mut DevicePaces,
    nonces: &mut Option<(Nonces, bool)>,
) -> Result<Opened, StoreError> {
    let refused = |why| Ok(Err(Stopped::Refused(why)));
    let (device, opened) = match find(tx, context, arrived)? {
        Ok(found) => found,
        Err(why) => return refused(why),
    };
    let wiped = device.status == DeviceStatus::Wiped;
    let server = device.number == DeviceNumber::SERVER;
    if wiped || server || device.install != opened.head.install {
        return refused(NOT_KNOWN);
    }
    if opened.head.protocol_min > PROTOCOL || opened.head.protocol_max < PROTOCOL_MIN {
        return refused(OTHER_PROTOCOL);
    }
    let mut unused = Nonces::load(tx, device.number)?;
    let fresh = unused.spend(&opened.head.nonce);
    if let Err(seconds) = paces.take((device.number, fresh), context.now) {
        *nonces = Some((unused, fresh));
        return Ok(Err(Stopped::Later(opened.head, seconds)));
    }
    let Ok(body) = opened.body() else {
        unused.save(tx)?;
        return refused(NOT_READ);
    };
    *nonces = Some((unused, fresh));
    Ok(Ok(Request { device, head: opened.head, body }))
}

/// A request's device, and the request when its signature and digest hold.
type Found<'b> = Result<(Device, OpenedRequest<'b>), (u16, &'static str)>;

fn find<'b>(
    tx: &mut dyn Tx,
    context: &Context<'_>,
    arrived: &'b Arrived<'_>,
) -> Result<Found<'b>, StoreError> {
    let bytes = match arrived {
        Arrived::Bytes(bytes) => bytes,
        Arrived::Vouched(vouched) => {
            let device = tx.device(vouched.head.device)?;
            let device = device.filter(|device| device.key == vouched.key);
            return Ok(device.map(|device| (device, vouched.opened())).ok_or(NOT_KNOWN));
        }
    };
    let mut device = Ok(None);
    let opened = open_request(bytes, &context.keys.identity_hash, |number| {
        device = tx.device(number);
        device.as_ref().ok().and_then(Option::as_ref).map(|device| device.key)
    });
    Ok(match (opened, device?) {
        (Ok(opened), Some(device)) => Ok((device, opened)),
        (Err(TrustError::UnknownSigner | TrustError::BadSignature), _) | (Ok(_), None) => {
            Err(NOT_KNOWN)
        }
        (Err(_), _) => Err(NOT_READ),
    })
}

/// Takes in what the request brought: certificates first, so that they are there when the entries
/// that name them are judged.
pub(super) fn take_in(
    tx: &mut dyn Tx,
    context: &mut Context<'_>,
    device: &Device,
    body: &mut RequestBody,
    heard: u64,
    draft: &mut Draft,
) -> Result<Taken, IntakeError> {
    let mut taken = Taken::default();
    for offer in &body.offers {
        for bytes in &offer.certificates {
            taken.join(intake::certificate(tx, context, bytes)?);
        }
    }
    if let Some(push) = body.push.take() {
        let (answer, pushed) = intake::push(tx, context, device, push, heard)?;
        draft.body.push = Some(answer);
        taken.join(pushed);
    }
    for offer in std::mem::take(&mut body.offers) {
        taken.join(intake::offer(tx, context, device, offer)?);
    }
    Ok(taken)
}

/// Whether a request brings something that is kept.
pub(super) fn brings(body: &RequestBody) -> bool {
    body.push.is_some() || !body.offers.is_empty()
}

/// Whether a request brings and asks nothing, so that it may wait.
pub(super) fn is_idle(body: &RequestBody) -> bool {
    let RequestBody { push, offers, digest, lists, rows, buckets, headers, carers, .. } = body;
    if body.goodbye == Some(true) {
        return false;
    }
    // A digest is compared when the answer goes; only looking for a difference cannot wait.
    let searches = digest.as_ref().is_some_and(|ask| ask.each);
    let asks = push.is_some() || searches || !offers.is_empty() || !carers.is_empty();
    !asks && lists.is_empty() && rows.is_empty() && buckets.is_empty() && headers.is_empty()
}

/// The device's place in its verdict log, when its cursor is sound.
pub(super) fn heard(
    tx: &mut dyn Tx,
    context: &Context<'_>,
    device: &Device,
    cursor: Option<&Cursor>,
) -> Result<Option<Head>, StoreError> {
    let Some(cursor) = cursor else { return Ok(Some(Head { seq: 0, running: [0; 16] })) };
    let owner = Owner::Verdicts(device.number);
    let sound = context.keys.cursor.is_authentic(owner, cursor)
        && tx.verdict_running_at(device.number, cursor.seq)? == Some(cursor.running);
    Ok(sound.then_some(Head { seq: cursor.seq, running: cursor.running }))
}
