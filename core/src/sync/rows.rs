//! Taking colleagues' rows in: signatures checked, gates passed, documents and projections moved.

use super::SyncError;
use super::session::Absorbed;
use crate::ids::DeviceNumber;
use crate::store::{Certificate, Taken, Tx};
use crate::trust::durable::{self, verify_reassembled};
use crate::trust::identity::Identity;
use crate::wire::batch::Header;
use crate::wire::certificate::CarerCertificate;
use crate::wire::row::{Group, Pack};

/// Keeps a certificate that the municipality signed; any other is left out.
pub(super) fn certificate(
    tx: &mut Tx<'_>,
    identity: &Identity,
    signed: &[u8],
    absorbed: &mut Absorbed,
) -> Result<(), SyncError> {
    let (key, municipality) = (&identity.key, &identity.municipality);
    // What the payload looks like says which signature to check, so that only one is checked.
    let certificate = if durable::peek::<CarerCertificate>(signed).is_ok() {
        durable::open(signed, key, municipality).map(Certificate::Carer)
    } else {
        durable::open(signed, key, municipality).map(Certificate::Device)
    };
    match certificate {
        Ok(certificate) => tx.put_certificate(signed, &certificate).map(drop)?,
        Err(_) => absorbed.distrusted += 1,
    }
    Ok(())
}

/// Takes a pack of rows in, each under the batch that it was signed in.
pub(super) fn pack(
    tx: &mut Tx<'_>,
    identity: &Identity,
    pack: Pack,
    absorbed: &mut Absorbed,
) -> Result<(), SyncError> {
    for group in pack.into_groups()? {
        for row in &group.rows {
            if tx.take_row(row)? == Taken::New {
                absorbed.visible += 1;
            }
        }
        if let Some(found) = &group.header {
            header(tx, identity, &group, found, absorbed)?;
        }
    }
    Ok(())
}

/// Puts a batch together from its header and the entries that are here, and keeps the header when
/// the device signed exactly this.
fn header(
    tx: &mut Tx<'_>,
    identity: &Identity,
    group: &Group,
    header: &Header,
    absorbed: &mut Absorbed,
) -> Result<(), SyncError> {
    let (device, number) = (group.device, group.number);
    let verified = verifies(tx, identity, device, number, header)?;
    if !verified {
        absorbed.distrusted += 1;
    }
    tx.put_header(device, number, header, verified)?;
    Ok(())
}

fn verifies(
    tx: &Tx<'_>,
    identity: &Identity,
    device: DeviceNumber,
    number: u64,
    header: &Header,
) -> Result<bool, SyncError> {
    let absent = |position: &u16| header.absent.iter().any(|one| one.position == *position);
    let mut present = tx.entry_digests_of(device, number)?;
    present.retain(|(position, _)| !absent(position));
    let Ok(batch) = header.batch(device, number, &present) else { return Ok(false) };
    let Some(key) = tx.device_key(device, Some(header.install))? else { return Ok(false) };
    Ok(verify_reassembled(&batch, header, &key, &identity.municipality).is_ok())
}
