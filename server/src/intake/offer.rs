//! An offer: a colleague's rows, handed in with the header that signs them.

use doegnrytme_core::ids::{DeviceNumber, InstallEpoch};
use doegnrytme_core::trust::durable::{certificate_id, open, peek, verify_reassembled};
use doegnrytme_core::wire::certificate::{CarerCertificate, DeviceCertificate};
use doegnrytme_core::wire::request::Offer;
use doegnrytme_core::wire::row::Group;

use super::judge::Judge;
use super::log::{News, Reach};
use super::reason::Reason;
use super::{IntakeError, Taken, log};
use crate::node::context::Context;
use crate::store::batch::{BatchKey, BatchState, StoredBatch};
use crate::store::certificate::{Certificate, Subject};
use crate::store::device::Device;
use crate::store::{StoreError, Tx};

/// Keeps a certificate that the identity key signed; anything else is passed over. What was held
/// because it had not come is judged again: after a restore the authors bring their proofs.
///
/// # Errors
/// [`IntakeError`].
pub fn certificate(
    tx: &mut dyn Tx,
    context: &Context<'_>,
    bytes: &[u8],
) -> Result<Taken, IntakeError> {
    let id = certificate_id(bytes);
    let number = tx.certificate_number(id)?;
    if tx.certificate(number)?.is_some() {
        return Ok(Taken::default());
    }
    let (key, municipality) = (&context.keys.identity_key, &context.keys.municipality);
    let (device, subject) = if let Ok(carer) = open::<CarerCertificate>(bytes, key, municipality) {
        let CarerCertificate { carer, device, from, until, .. } = carer;
        (device, Subject::Carer { carer, from, until })
    } else if let Ok(device) = open::<DeviceCertificate>(bytes, key, municipality) {
        (device.device, Subject::Device)
    } else {
        return Ok(Taken::default());
    };
    tx.put_certificate(&Certificate { id, device, subject, bytes: bytes.to_vec() })?;
    let held = tx.held_for(Reason::CertificateUnknown.number(), number)?;
    let mut judge = Judge::default();
    judge.again(tx, context, held.into())?;
    let (news, streams) = judge.finish(tx)?;
    Ok(Taken { streams, devices: log::write(tx, context, news)? })
}

/// Takes in offered rows; their certificates were taken in before. A group whose signature does
/// not hold is passed over: the carrier cannot mend it, and the author pushes it himself.
///
/// # Errors
/// [`IntakeError`].
pub fn offer(
    tx: &mut dyn Tx,
    context: &mut Context<'_>,
    carrier: &Device,
    offer: Offer,
) -> Result<Taken, IntakeError> {
    let Ok(groups) = offer.rows.into_groups() else { return Ok(Taken::default()) };
    let mut judge = Judge::default();
    for group in groups {
        let Some(batch) = vouched_for(tx, context, &group)? else { continue };
        for row in group.rows {
            let (doc, hash, origin) = (row.entry.doc, row.entry.hash, row.origin);
            let new = tx.standing(doc, hash)?.is_none();
            let verdict = judge.entry(tx, context, row, batch, None)?;
            let carrier = Reach::Carrier(carrier.number);
            judge.news.push(News { reach: carrier, origin, verdict: verdict.clone() });
            if !new {
                continue;
            }
            let settled = verdict.is_final();
            if origin.device != carrier_number(carrier) {
                judge.news.push(News { reach: Reach::Author, origin, verdict });
            }
            if settled {
                judge.release(tx, context, doc, hash)?;
            }
        }
    }
    judge.news.sort_by_key(|news| matches!(news.reach, Reach::Author));
    let (news, streams) = judge.finish(tx)?;
    Ok(Taken { streams, devices: log::write(tx, context, news)? })
}

fn carrier_number(reach: Reach) -> DeviceNumber {
    match reach {
        Reach::Carrier(carrier) => carrier,
        Reach::Author => DeviceNumber::SERVER,
    }
}

/// The stored batch that signs a group, when the signature over header and entries holds.
fn vouched_for(
    tx: &mut dyn Tx,
    context: &Context<'_>,
    group: &Group,
) -> Result<Option<BatchKey>, IntakeError> {
    let Some((key, install)) = signer(tx, group.device)? else { return Ok(None) };
    let Some(header) = &group.header else { return Ok(None) };
    let present: Vec<(u16, [u8; 32])> =
        group.rows.iter().map(|row| (row.origin.position, row.entry.digest())).collect();
    let Ok(batch) = header.batch(group.device, group.number, &present) else { return Ok(None) };
    if batch.install != install {
        return Ok(None);
    }
    let municipality = &context.keys.municipality;
    let Ok(signed) = verify_reassembled(&batch, header, &key, municipality) else {
        return Ok(None);
    };
    let hash = batch.hash();
    if let Some(stored) = tx.batch(group.device, group.number)?
        && stored.hash == hash
    {
        return Ok(Some(stored.key));
    }
    let key = tx.put_batch(&StoredBatch {
        key: BatchKey(0),
        device: group.device,
        number: group.number,
        hash,
        state: BatchState::Carried,
        received: context.now,
        signed,
        receipt: None,
    })?;
    Ok(Some(key))
}

/// Key and installation of a device: enrolled here, or known by its certificate alone.
fn signer(
    tx: &mut dyn Tx,
    number: DeviceNumber,
) -> Result<Option<([u8; 65], InstallEpoch)>, StoreError> {
    if let Some(device) = tx.device(number)? {
        return Ok(Some((device.key, device.install)));
    }
    let Some(certificate) = tx.device_certificate(number)? else { return Ok(None) };
    let known = peek::<DeviceCertificate>(&certificate.bytes).ok();
    Ok(known.map(|certificate| (certificate.key, certificate.install)))
}
