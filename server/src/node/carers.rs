//! Certificates for carers on a tablet: for a start code the first time, for the last certificate
//! after that.

use doegnrytme_core::trust::durable::{certificate_id, open, peek, seal};
use doegnrytme_core::trust::start::Start;
use doegnrytme_core::wire::answer::CarerAnswer;
use doegnrytme_core::wire::certificate::CarerCertificate;
use doegnrytme_core::wire::request::{CarerAsk, CarerProof};

use super::context::Context;
use crate::enrol::takes_start;
use crate::intake::IntakeError;
use crate::store::certificate::{Certificate, Subject};
use crate::store::device::{Device, DeviceStatus};
use crate::store::people::Carer;
use crate::store::{StoreError, Tx};
use crate::stream::reach::Reach;

const DAY: i64 = 24 * 60 * 60;

/// A carer's certificate on the device: the present one while three quarters of its lease are
/// left and nothing changed, else a new one. None when the proof does not hold, or the carer is in
/// none of the device's teams or not there, with the same bytes.
pub(super) fn certify(
    tx: &mut dyn Tx,
    context: &Context<'_>,
    device: &Device,
    reach: &Reach,
    ask: &CarerAsk,
) -> Result<CarerAnswer, IntakeError> {
    let none = CarerAnswer { carer: ask.carer, certificate: None };
    let proved = proves(tx, context, device, ask)?;
    let Some(carer) = tx.carer(ask.carer)? else { return Ok(none) };
    let within = carer.teams.iter().any(|team| reach.reads(*team));
    if !proved || !within || device.status != DeviceStatus::Active {
        return Ok(none);
    }
    let lease = i64::from(context.rules.lease_days) * DAY;
    if let Some(present) = tx.carer_certificate(carer.id, reach.device)?
        && still_good(&present, &carer, context.now.0, lease)
    {
        return Ok(CarerAnswer { certificate: Some(present.bytes.into()), ..none });
    }
    let certificate = CarerCertificate {
        carer: carer.id,
        device: reach.device,
        roles: carer.roles,
        teams: carer.teams,
        from: context.now,
        until: context.now.plus(lease),
    };
    let bytes = seal(&context.keys.identity, &context.keys.municipality, &certificate)?;
    let CarerCertificate { carer, device, from, until, .. } = certificate;
    tx.put_certificate(&Certificate {
        id: certificate_id(&bytes),
        device,
        subject: Subject::Carer { carer, from, until },
        bytes: bytes.clone(),
    })?;
    Ok(CarerAnswer { certificate: Some(bytes.into()), ..none })
}

/// Whether the device may have a certificate of the carer. One that it had before proves it, also
/// when a roll-back made this server forget that it gave it.
fn proves(
    tx: &mut dyn Tx,
    context: &Context<'_>,
    device: &Device,
    ask: &CarerAsk,
) -> Result<bool, StoreError> {
    match &ask.proof {
        None => Ok(false),
        Some(CarerProof::Start(proof)) => {
            let (device, install) = (device.number, device.install);
            takes_start(tx, context, &Start { carer: ask.carer, device, install }, proof)
        }
        Some(CarerProof::Certificate(signed)) => {
            let key = &context.keys.identity_key;
            let said = open::<CarerCertificate>(signed, key, &context.keys.municipality);
            Ok(said.is_ok_and(|said| said.carer == ask.carer && said.device == device.number))
        }
    }
}

fn still_good(present: &Certificate, carer: &Carer, now: i64, lease: i64) -> bool {
    let Ok(said) = peek::<CarerCertificate>(&present.bytes) else { return false };
    // A certificate that begins later was made before the server's clock went back.
    let in_time = said.from.0 <= now && said.until.0.saturating_sub(now) >= lease / 4 * 3;
    in_time && said.roles == carer.roles && said.teams == carer.teams
}
