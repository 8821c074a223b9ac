//! `POST /v1/enrol`: a tablet proves that it knows a code and holds its key, and becomes a device.
//!
//! A wrong, void or used code, a broken request and a MAC made over another connection all get one
//! and the same answer: there is nothing to learn from trying.

use doegnrytme_core::ids::{DeviceNumber, Nonce};
use doegnrytme_core::port::random;
use doegnrytme_core::trust::code::{Side, Transcript};
use doegnrytme_core::trust::durable::{certificate_id, seal};
use doegnrytme_core::trust::purpose::{Message, message_aad};
use doegnrytme_core::trust::sign1;
use doegnrytme_core::wire::certificate::DeviceCertificate;
use doegnrytme_core::wire::enrol::{EnrolAnswer, EnrolRequest};
use doegnrytme_core::wire::{from_bytes, to_bytes};

use super::pins;
use super::tries::{Named, named};
use crate::intake::IntakeError;
use crate::journal::Record;
use crate::journal::record::Enrolled;
use crate::node::context::Context;
use crate::store::certificate::{Certificate, Subject};
use crate::store::code::EnrolmentCode;
use crate::store::device::{Device, DeviceStatus};
use crate::store::{StoreError, Tx};
use crate::stream::{cursor, reach::Reach};

/// The path that enrols; part of what is signed.
pub const ENROL_PATH: &str = "/v1/enrol";
/// As many unused nonces as a device ever has.
const NONCES: usize = 4;
/// Device numbers are drawn from four billion; a number that is taken is drawn again.
const DRAWS: usize = 64;

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The tablet is a device: its number, and the signed answer.
    Joined(DeviceNumber, Vec<u8>),
    /// "code not accepted", whatever the reason.
    NotAccepted,
}

/// Answers a request's body.
///
/// An answer may be lost on the way: the same device (same key, same installation) that comes again
/// with the code it used gets its answer again, while the code is still good and none of the nonces
/// that the first answer brought was spent.
///
/// # Errors
/// [`IntakeError`] when the server could not do its work.
pub fn join(
    tx: &mut dyn Tx,
    context: &mut Context<'_>,
    body: &[u8],
) -> Result<Outcome, IntakeError> {
    let Some((request, code)) = proved(tx, context, body)? else {
        return Ok(Outcome::NotAccepted);
    };
    let device = match code.used_by {
        None => enrol(tx, context, &request, &code)?,
        Some(number) => match tx.device(number)? {
            Some(device) if is_waiting(tx, &device, &request)? => device,
            _ => return Ok(Outcome::NotAccepted),
        },
    };
    let answer = answer(tx, context, &request, &code, &device)?;
    Ok(Outcome::Joined(device.number, answer))
}

/// Whether the device is the one that asks, and has never been heard of since it was enrolled.
fn is_waiting(
    tx: &mut dyn Tx,
    device: &Device,
    request: &EnrolRequest,
) -> Result<bool, StoreError> {
    let same = device.key == request.key && device.install == request.install;
    let active = device.status == DeviceStatus::Active;
    Ok(same && active && tx.nonces(device.number)?.len() == NONCES)
}

/// The request and its code, when every proof holds.
fn proved(
    tx: &mut dyn Tx,
    context: &Context<'_>,
    body: &[u8],
) -> Result<Option<(EnrolRequest, EnrolmentCode)>, IntakeError> {
    let Some(request) = signed(context, body) else { return Ok(None) };
    let Some(code) = tx.code(request.kind, &request.code)? else { return Ok(None) };
    let transcript = transcript(context, &request);
    // The MAC says which TLS key the tablet saw; it has to be one of ours, or somebody stands in
    // between and passes everything on.
    let sound = context.now < code.expires
        && transcript.check(&code.mac_key, Side::Tablet, &request.mac).is_ok()
        && pins::stored(tx)?.contains(&request.tls);
    Ok(sound.then_some((request, code)))
}

/// The code that a request names, when it is good: nothing is proved yet.
pub(super) fn named_code(
    tx: &mut dyn Tx,
    context: &Context<'_>,
    body: &[u8],
) -> Result<Option<Named>, StoreError> {
    let Some(claimed) = claimed(body) else { return Ok(None) };
    let code = tx.code(claimed.kind, &claimed.code)?;
    let good = code.is_some_and(|code| context.now < code.expires);
    Ok(good.then(|| named(&claimed.code)))
}

fn claimed(body: &[u8]) -> Option<EnrolRequest> {
    from_bytes(&sign1::unverified_payload(body).ok()?).ok()
}

/// The request, when the key that it names signed it for this server.
fn signed(context: &Context<'_>, body: &[u8]) -> Option<EnrolRequest> {
    let claimed = claimed(body)?;
    let aad = message_aad(Message::Request, &context.keys.identity_hash, ENROL_PATH);
    sign1::verify(body, &claimed.key, &aad).ok()?;
    Some(claimed)
}

fn transcript(context: &Context<'_>, request: &EnrolRequest) -> Transcript {
    Transcript {
        device_key: request.key,
        identity_key: context.keys.identity_key,
        tls: request.tls,
        install: request.install,
    }
}

fn enrol(
    tx: &mut dyn Tx,
    context: &mut Context<'_>,
    request: &EnrolRequest,
    code: &EnrolmentCode,
) -> Result<Device, IntakeError> {
    let number = free_number(tx, context)?;
    let certificate = DeviceCertificate {
        device: number,
        key: request.key,
        install: request.install,
        issued: context.now,
    };
    let bytes = seal(&context.keys.identity, &context.keys.municipality, &certificate)?;
    let device = Device {
        number,
        key: request.key,
        install: request.install,
        status: DeviceStatus::Active,
        certificate: certificate_id(&bytes),
        enrolled: context.now,
    };
    tx.put_certificate(&Certificate {
        id: device.certificate,
        device: number,
        subject: Subject::Device,
        bytes: bytes.clone(),
    })?;
    tx.put_device(&device)?;
    // A restored server has to know the tablet: what is written on it would be a stranger's.
    tx.protect(Record::DeviceEnrolled(Enrolled {
        device: number,
        key: request.key,
        install: request.install,
        certificate: bytes,
        at: context.now,
        teams: vec![code.team],
        code_kind: code.kind,
        code_name: code.name.clone(),
    }))?;
    tx.join_stream(number, code.team)?;
    let nonces: Vec<Nonce> = (0..NONCES).map(|_| Nonce(random(context.rng))).collect();
    tx.put_nonces(number, &nonces)?;
    tx.use_code(code.kind, &code.name, number)?;
    Ok(device)
}

/// Neither 0, the reserved actor's, nor 1, the server's, nor one that was ever given.
fn free_number(tx: &mut dyn Tx, context: &mut Context<'_>) -> Result<DeviceNumber, IntakeError> {
    for _ in 0..DRAWS {
        let number = DeviceNumber(u32::from_be_bytes(random(context.rng)));
        if number > DeviceNumber::SERVER && tx.device(number)?.is_none() {
            return Ok(number);
        }
    }
    Err(StoreError::Damaged("device numbers").into())
}

fn answer(
    tx: &mut dyn Tx,
    context: &mut Context<'_>,
    request: &EnrolRequest,
    code: &EnrolmentCode,
    device: &Device,
) -> Result<Vec<u8>, IntakeError> {
    let reach = Reach::load(tx, device.number)?;
    let certificate = tx.certificate_number(device.certificate)?;
    let certificate =
        tx.certificate(certificate)?.ok_or(StoreError::Damaged("a device's certificate"))?;
    let answer = EnrolAnswer {
        mac: transcript(context, request).mac(&code.mac_key, Side::Server),
        certificate: certificate.bytes,
        pins: pins::signed(tx, context)?,
        nonces: tx.nonces(device.number)?,
        scope: reach.scope(tx)?,
        cursors: cursor::starts(tx, context, &reach)?,
        time: context.now,
        // An identity key has no successor yet; the place is in the bytes.
        successors: Vec::new(),
        first_key: context.keys.first_key,
    };
    let aad = message_aad(Message::Answer, &context.keys.identity_hash, ENROL_PATH);
    Ok(sign1::sign(&context.keys.identity, &to_bytes(&answer), &aad)?)
}
