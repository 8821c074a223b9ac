//! What a device that is taken out of use is told, and what it says when it is done.

use doegnrytme_core::trust::durable::seal;
use doegnrytme_core::wire::certificate::{Order, OrderKind};
use minicbor::bytes::ByteVec;

use super::context::Context;
use crate::intake::IntakeError;
use crate::store::device::{Device, DeviceStatus};
use crate::store::{StoreError, Tx};

/// The orders to a device, signed for its installation; none for one in use. Each answer carries
/// them until the device has gone, because any answer may be lost.
pub(super) fn to(context: &Context<'_>, device: &Device) -> Result<Vec<ByteVec>, IntakeError> {
    let kind = match device.status {
        DeviceStatus::Active | DeviceStatus::Wiped => return Ok(Vec::new()),
        DeviceStatus::Retired => OrderKind::Retire,
        DeviceStatus::Stolen => OrderKind::Wipe,
    };
    let order = Order { device: device.number, install: device.install, kind };
    Ok(vec![seal(&context.keys.identity, &context.keys.municipality, &order)?.into()])
}

/// A retired device has handed in everything and wipes itself: from now on nobody speaks for it.
pub(super) fn goodbye(tx: &mut dyn Tx, device: &Device) -> Result<(), StoreError> {
    if device.status != DeviceStatus::Retired {
        return Ok(());
    }
    tx.put_device(&Device { status: DeviceStatus::Wiped, ..device.clone() })
}
