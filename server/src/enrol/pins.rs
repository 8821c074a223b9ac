//! The TLS keys that tablets may meet, signed by the identity key; the serial only rises.

use doegnrytme_core::trust::durable::{peek, seal};
use doegnrytme_core::wire::certificate::Pins;

use crate::intake::IntakeError;
use crate::node::context::Context;
use crate::store::meta::name;
use crate::store::{StoreError, Tx};

fn read(tx: &mut dyn Tx) -> Result<Option<(Vec<u8>, Pins)>, IntakeError> {
    let Some(bytes) = tx.meta(name::PINS)? else { return Ok(None) };
    let pins = peek::<Pins>(&bytes).map_err(|_| StoreError::Damaged("the pins"))?;
    Ok(Some((bytes, pins)))
}

/// The pins in force.
///
/// # Errors
/// [`IntakeError`].
pub fn stored(tx: &mut dyn Tx) -> Result<Vec<[u8; 32]>, IntakeError> {
    let pins = read(tx)?.map(|(_, pins)| pins.pins).unwrap_or_default();
    Ok(pins.iter().filter_map(|pin| pin.as_slice().try_into().ok()).collect())
}

/// The signed list; signed now, and empty, when there was none.
///
/// # Errors
/// [`IntakeError`].
pub fn signed(tx: &mut dyn Tx, context: &Context<'_>) -> Result<Vec<u8>, IntakeError> {
    match read(tx)? {
        Some((bytes, _)) => Ok(bytes),
        None => put(tx, context, 1, &[]),
    }
}

/// Makes a set of pins the one in force. The same set again, in any order, changes nothing;
/// another one gets the next serial. Returns whether anything changed.
///
/// # Errors
/// [`IntakeError`].
pub fn announce(
    tx: &mut dyn Tx,
    context: &Context<'_>,
    pins: &[[u8; 32]],
) -> Result<bool, IntakeError> {
    let mut pins = pins.to_vec();
    pins.sort_unstable();
    pins.dedup();
    let serial = read(tx)?.map_or(0, |(_, pins)| pins.serial);
    if serial > 0 && stored(tx)? == pins {
        return Ok(false);
    }
    put(tx, context, serial + 1, &pins)?;
    Ok(true)
}

fn put(
    tx: &mut dyn Tx,
    context: &Context<'_>,
    serial: u64,
    pins: &[[u8; 32]],
) -> Result<Vec<u8>, IntakeError> {
    let pins = pins.iter().map(|pin| pin.to_vec().into()).collect();
    let keys = context.keys;
    let bytes = seal(&keys.identity, &keys.municipality, &Pins { serial, pins })?;
    tx.put_meta(name::PINS, &bytes)?;
    Ok(bytes)
}
