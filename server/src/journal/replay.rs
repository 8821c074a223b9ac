//! Teaching a database that was rolled back what the journal remembers. A second time changes
//! nothing.

use doegnrytme_core::care::consent::{Act, ConsentEntry, ConsentId, SaidTo};
use doegnrytme_core::ids::{CitizenId, DeviceNumber, DocId, RecordKind, RelativeId};
use doegnrytme_core::time::{LocalDay, UnixSeconds};
use doegnrytme_core::trust::durable::certificate_id;
use doegnrytme_core::wire::record::Payload as _;
use doegnrytme_core::wire::row::Content;
use doegnrytme_core::wire::{SCHEMA, sha256};

use super::record::{Enrolled, Record};
use super::{JournalError, opening::OpeningError};
use crate::intake::own;
use crate::node::context::Context;
use crate::record::author;
use crate::store::certificate::{Certificate, Subject};
use crate::store::device::{Device, DeviceStatus};
use crate::store::sms::{Sms, SmsState};
use crate::store::{StoreError, Tx};

/// Teaches one record.
///
/// # Errors
/// [`OpeningError`]; nothing of the replay may stay then.
pub fn replay(
    tx: &mut dyn Tx,
    context: &mut Context<'_>,
    serial: u64,
    record: &Record,
) -> Result<(), OpeningError> {
    match record {
        Record::DeviceEnrolled(enrolled) => enrol(tx, enrolled)?,
        Record::DeviceRevoked { device, stolen, .. } => revoke(tx, *device, *stolen)?,
        Record::ConsentWithdrawn { citizen, id, salt, payload } => {
            withdraw(tx, context, *citizen, *id, *salt, payload)?;
        }
        Record::NumberStopped { phone, at } => stop(tx, context, phone, *at)?,
        // This version never writes one and cannot carry it out: the bytes must not come back.
        Record::DocumentWithheld { .. } => return Err(JournalError::Newer(serial).into()),
        Record::SmsClaimed { relative, day, reference, at } => {
            claim(tx, *relative, *day, *reference, *at)?;
        }
        Record::Lived { .. } => {}
        Record::EpochOpened { epoch, at } => {
            if tx.epochs()?.iter().all(|known| known.epoch != *epoch) {
                tx.open_epoch(*epoch, *at, true)?;
            }
        }
    }
    Ok(())
}

/// The tablet has no nonces: its first request brings it some.
fn enrol(tx: &mut dyn Tx, enrolled: &Enrolled) -> Result<(), StoreError> {
    let Enrolled { device: number, key, install, certificate, at, teams, .. } = enrolled;
    tx.use_code(enrolled.code_kind, &enrolled.code_name, *number)?;
    if tx.device(*number)?.is_some() {
        return Ok(());
    }
    let id = certificate_id(certificate);
    let (subject, bytes) = (Subject::Device, certificate.clone());
    tx.put_certificate(&Certificate { id, device: *number, subject, bytes })?;
    tx.put_device(&Device {
        number: *number,
        key: *key,
        install: *install,
        status: DeviceStatus::Active,
        certificate: id,
        enrolled: *at,
    })?;
    for team in teams {
        tx.join_stream(*number, *team)?;
    }
    Ok(())
}

fn revoke(tx: &mut dyn Tx, number: DeviceNumber, stolen: bool) -> Result<(), StoreError> {
    let Some(device) = tx.device(number)? else { return Ok(()) };
    let status = if stolen { DeviceStatus::Stolen } else { DeviceStatus::Retired };
    // Stolen stays stolen, and what was wiped is gone.
    let ended = matches!(device.status, DeviceStatus::Stolen | DeviceStatus::Wiped);
    if device.status == status || ended {
        return Ok(());
    }
    tx.put_device(&Device { status, ..device })
}

/// The very version that was published: when it comes back from a tablet it is known.
fn withdraw(
    tx: &mut dyn Tx,
    context: &mut Context<'_>,
    citizen: CitizenId,
    id: [u8; 16],
    salt: [u8; 16],
    payload: &[u8],
) -> Result<(), OpeningError> {
    let doc = DocId::Record(RecordKind::Consent as u8, id);
    let content = Content::Record { salt, payload: payload.to_vec() };
    let known = match content.hash() {
        Some(hash) => tx.standing(doc, hash)?.is_some(),
        None => true,
    };
    if known {
        return Ok(());
    }
    let draft = own::Draft {
        doc,
        citizen: Some(citizen),
        home: None,
        content,
        schema: SCHEMA,
        certificate: author::certificate(tx, context)?,
        written: context.now,
    };
    // Held when the citizen came after the backup as well: there is nobody to tell then.
    own::write(tx, context, vec![draft])?;
    Ok(())
}

/// Ids and random bytes are derived from what was said, so that a second time finds the first.
fn stop(
    tx: &mut dyn Tx,
    context: &mut Context<'_>,
    phone: &str,
    at: UnixSeconds,
) -> Result<(), OpeningError> {
    for relative in tx.relatives()? {
        if relative.phone != phone {
            continue;
        }
        let hash = sha256(&[b"stop ", &relative.id.0, &at.0.to_be_bytes()]);
        let (mut id, mut salt) = ([0; 16], [0; 16]);
        id.iter_mut().chain(&mut salt).zip(hash).for_each(|(to, from)| *to = from);
        let act = Act::Withdraw { topic: None, channel: None };
        let said_to = SaidTo::Stop;
        let entry = ConsentEntry { id: ConsentId(id), relative: relative.id, act, said_to, at };
        withdraw(tx, context, relative.citizen, id, salt, &entry.bytes())?;
    }
    Ok(())
}

/// As if the server had stopped behind the claim: the gateway is asked, and nothing sent again.
fn claim(
    tx: &mut dyn Tx,
    relative: RelativeId,
    day: LocalDay,
    reference: [u8; 16],
    at: UnixSeconds,
) -> Result<(), StoreError> {
    let (text, state) = (String::new(), SmsState::Claimed);
    let claimed = Sms { relative, day, reference, text, state, at };
    if !tx.add_sms(&claimed)? {
        tx.move_sms(SmsState::Composed, &claimed)?;
    }
    Ok(())
}
