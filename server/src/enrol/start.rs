//! Start codes: with one a carer uses a tablet for the first time, or again after a forgotten PIN.

use doegnrytme_core::ids::CarerId;
use doegnrytme_core::port::random;
use doegnrytme_core::trust::start::{Start, StartCode};
use doegnrytme_core::wire::request::StartProof;

use super::issue::Handed;
use crate::intake::IntakeError;
use crate::node::context::Context;
use crate::store::start::HandedStart;
use crate::store::{StoreError, Tx};

/// For how many days a start code is good: over a long weekend.
pub const START_DAYS: i64 = 4;
const DAY: i64 = 24 * 60 * 60;
/// A name is four characters; one that is taken is drawn again.
const DRAWS: usize = 64;

/// Makes a start code for a carer; an earlier one that was not used is void.
///
/// # Errors
/// [`IntakeError`].
pub fn start_code(
    tx: &mut dyn Tx,
    context: &mut Context<'_>,
    carer: CarerId,
) -> Result<Handed, IntakeError> {
    tx.forget_start_codes(context.now)?;
    for _ in 0..DRAWS {
        let code = StartCode::new(random(context.rng));
        if tx.start_code(&code.name())?.is_some() {
            continue;
        }
        tx.add_start_code(&HandedStart {
            name: code.name(),
            mac_key: code.mac_key(),
            carer,
            expires: context.now.plus(START_DAYS * DAY),
            used_by: None,
        })?;
        return Ok(Handed { text: code.to_text() });
    }
    Err(StoreError::Backend("too many start codes were handed out".to_owned()).into())
}

/// Whether a proof holds, and uses up its code. An answer may be lost on the way, so the device
/// that used the code may come again with it while it is good.
///
/// # Errors
/// [`StoreError`].
pub fn takes_start(
    tx: &mut dyn Tx,
    context: &Context<'_>,
    start: &Start,
    proof: &StartProof,
) -> Result<bool, StoreError> {
    let Some(code) = tx.start_code(&proof.name)? else { return Ok(false) };
    let sound = code.carer == start.carer
        && context.now < code.expires
        && code.used_by.is_none_or(|device| device == start.device)
        && start.check(&code.mac_key, proof).is_ok();
    if sound && code.used_by.is_none() {
        tx.use_start_code(&proof.name, start.device)?;
    }
    Ok(sound)
}
