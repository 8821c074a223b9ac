//! The verbs about tablets: which there are, and how one is taken out of use.

use doegnrytme_core::ids::DeviceNumber;

use super::OperatorFailure;
use super::verbs::Done;
use crate::intake::Taken;
use crate::journal::Record;
use crate::node::Context;
use crate::socket::{DeviceLine, OperatorError, OperatorReply};
use crate::store::device::{Device, DeviceStatus};
use crate::store::{StoreError, Tx};

/// All tablets, by number.
///
/// # Errors
/// [`OperatorFailure`].
pub fn list(tx: &mut dyn Tx) -> Done {
    let mut devices = Vec::new();
    for device in tx.devices()? {
        if device.number != DeviceNumber::SERVER {
            devices.push(line(tx, &device)?);
        }
    }
    Ok((OperatorReply::Devices { devices }, Taken::default()))
}

/// Takes a tablet out of use. What it wrote and has not handed in is held for the team when it
/// comes; the journal keeps a restored server from letting it in again.
///
/// # Errors
/// [`OperatorFailure`].
pub fn revoke(tx: &mut dyn Tx, context: &mut Context<'_>, number: u32, stolen: bool) -> Done {
    let device = known(tx, number)?;
    let status = if stolen { DeviceStatus::Stolen } else { DeviceStatus::Retired };
    let ended = matches!(device.status, DeviceStatus::Stolen | DeviceStatus::Wiped);
    if device.status == status || ended {
        let device = line(tx, &device)?;
        return Ok((OperatorReply::Revoked { device, changed: false }, Taken::default()));
    }
    tx.protect(Record::DeviceRevoked { device: device.number, stolen, at: context.now })?;
    let device = Device { status, ..device };
    tx.put_device(&device)?;
    let device = line(tx, &device)?;
    Ok((OperatorReply::Revoked { device, changed: true }, Taken::default()))
}

fn known(tx: &mut dyn Tx, number: u32) -> Result<Device, OperatorFailure> {
    let unknown = || OperatorError::unknown("There is no such tablet. `device list` shows them.");
    let number = DeviceNumber(number);
    let device = tx.device(number)?.filter(|_| number != DeviceNumber::SERVER);
    Ok(device.ok_or_else(unknown)?)
}

fn line(tx: &mut dyn Tx, device: &Device) -> Result<DeviceLine, StoreError> {
    let last = match tx.chain_end(device.number)? {
        Some((number, _)) => tx.batch(device.number, number)?,
        None => None,
    };
    let streams = tx.device_streams(device.number)?;
    let status = match device.status {
        DeviceStatus::Active => "active",
        DeviceStatus::Retired => "retired",
        DeviceStatus::Stolen => "stolen",
        DeviceStatus::Wiped => "wiped",
    };
    Ok(DeviceLine {
        device: device.number.0,
        status: status.to_owned(),
        teams: streams.iter().map(|reads| reads.stream.0).collect(),
        enrolled: device.enrolled.0,
        handed_in: last.map(|batch| batch.received.0),
    })
}
