//! A push: the batch's signature, its place in the chain, and then its entries.

use doegnrytme_core::ids::BatchHash;
use doegnrytme_core::trust::TrustError;
use doegnrytme_core::trust::durable::{open, peek, seal};
use doegnrytme_core::wire::answer::PushAnswer;
use doegnrytme_core::wire::batch::Batch;
use doegnrytme_core::wire::certificate::Receipt;
use doegnrytme_core::wire::request::Push;
use doegnrytme_core::wire::row::{Origin, Row};
use doegnrytme_core::wire::to_bytes;

use super::judge::Judge;
use super::log::{News, Reach};
use super::reason::Rejection;
use super::{IntakeError, Taken, log};
use crate::node::context::Context;
use crate::store::batch::{Aside, BatchKey, BatchState, StoredBatch};
use crate::store::device::Device;
use crate::store::{StoreError, Tx};

/// Where a batch belongs in its device's chain.
enum Step {
    /// It is the next one; the one it takes the place of, if any.
    Next(Option<StoredBatch>),
    /// It is there already, byte for byte.
    Again(StoredBatch),
    /// It was cut anew since; go on after the chain's end.
    Outdated(u64),
    /// Its predecessor is missing.
    Early(u64),
    /// Another batch has its place.
    Fork,
    /// No chain has it.
    Impossible,
}

/// Takes in a push. `heard` is how far the device has read its verdict log.
///
/// # Errors
/// [`IntakeError`]; nothing of the push may stay then.
pub fn push(
    tx: &mut dyn Tx,
    context: &mut Context<'_>,
    device: &Device,
    push: Push,
    heard: u64,
) -> Result<(PushAnswer, Taken), IntakeError> {
    let reject = |why: Rejection| Ok((PushAnswer::Rejected(why.number()), Taken::default()));
    let batch: Batch = match open(&push.batch, &device.key, &context.keys.municipality) {
        Ok(batch) => batch,
        Err(TrustError::Wire(_)) => return reject(Rejection::Malformed),
        Err(_) => return reject(Rejection::Signature),
    };
    if batch.device != device.number {
        return reject(Rejection::OtherDevice);
    }
    if batch.install != device.install {
        put_aside(tx, context, &batch, Aside::Fork, &push)?;
        return Ok((PushAnswer::Fork, Taken::default()));
    }
    let step = place(tx, &batch)?;
    if let Some((why, answer)) = beside(&step) {
        put_aside(tx, context, &batch, why, &push)?;
        return Ok((answer, Taken::default()));
    }
    let rows = match rows_of(&batch, push.rows) {
        Ok(rows) => rows,
        Err(why) => return reject(why),
    };
    match step {
        Step::Impossible => reject(Rejection::Chain),
        Step::Again(stored) => {
            let receipt = receipt_of(tx, context, &stored, &batch)?;
            let told = tx.verdicts_tell_of(device.number, batch.number, heard)?;
            let taken = if told { Taken::default() } else { judge(tx, context, rows, stored.key)? };
            Ok((PushAnswer::Receipt(receipt), taken))
        }
        Step::Next(replaced) => {
            if let Some(replaced) = replaced {
                tx.put_batch(&StoredBatch { state: BatchState::Replaced, ..replaced })?;
            }
            let (key, receipt) = store(tx, context, &batch, push.batch)?;
            Ok((PushAnswer::Receipt(receipt), judge(tx, context, rows, key)?))
        }
        Step::Outdated(from) | Step::Early(from) => {
            Ok((PushAnswer::SendFrom(from), Taken::default()))
        }
        Step::Fork => Ok((PushAnswer::Fork, Taken::default())),
    }
}

/// Where a push that does not fit goes, and what is answered.
fn beside(step: &Step) -> Option<(Aside, PushAnswer)> {
    match step {
        Step::Early(from) => Some((Aside::Early, PushAnswer::SendFrom(*from))),
        Step::Fork => Some((Aside::Fork, PushAnswer::Fork)),
        _ => None,
    }
}

fn put_aside(
    tx: &mut dyn Tx,
    context: &Context<'_>,
    batch: &Batch,
    why: Aside,
    push: &Push,
) -> Result<(), StoreError> {
    let bytes = to_bytes(push);
    tx.put_aside(batch.device, batch.number, batch.hash(), why, &bytes, context.now).map(|_| ())
}

fn place(tx: &mut dyn Tx, batch: &Batch) -> Result<Step, IntakeError> {
    let (last, last_hash) = match tx.chain_end(batch.device)? {
        Some((number, hash)) => (number, Some(hash)),
        None => (0, None),
    };
    if batch.number == 0 || (batch.number == 1) != batch.previous.is_none() {
        return Ok(Step::Impossible);
    }
    if batch.number > last + 1 {
        return Ok(Step::Early(last + 1));
    }
    if batch.number == last + 1 {
        // It may rest on a batch of our last number that was cut anew and has not come.
        let fits = batch.previous == last_hash;
        return Ok(if fits { Step::Next(None) } else { Step::Early(last) });
    }
    let Some(stored) = tx.batch(batch.device, batch.number)? else { return Ok(Step::Fork) };
    let hash = batch.hash();
    if stored.hash == hash {
        return Ok(Step::Again(stored));
    }
    let known: Batch = peek(&stored.signed)?;
    if known.replaces == Some(hash) {
        return Ok(Step::Outdated(last + 1));
    }
    let anew = batch.replaces == Some(stored.hash)
        && batch.number == last
        && known.previous == batch.previous;
    Ok(if anew { Step::Next(Some(stored)) } else { Step::Fork })
}

/// The batch's rows, each compared with the digest that was signed for it.
pub(super) fn rows_of(
    batch: &Batch,
    pack: doegnrytme_core::wire::row::Pack,
) -> Result<Vec<Row>, Rejection> {
    let digests = batch.entry_digests().map_err(|_| Rejection::Malformed)?;
    let groups = pack.into_groups().map_err(|_| Rejection::Malformed)?;
    let rows: Vec<Row> = groups.into_iter().flat_map(|group| group.rows).collect();
    if rows.len() != digests.len() {
        return Err(Rejection::Rows);
    }
    for ((row, digest), position) in rows.iter().zip(&digests).zip(0_u16..) {
        let origin = Origin { device: batch.device, number: batch.number, position };
        if row.origin != origin || row.entry.digest() != *digest {
            return Err(Rejection::Rows);
        }
    }
    Ok(rows)
}

fn store(
    tx: &mut dyn Tx,
    context: &Context<'_>,
    batch: &Batch,
    signed: Vec<u8>,
) -> Result<(BatchKey, Vec<u8>), IntakeError> {
    let hash = batch.hash();
    let receipt = sign_receipt(context, batch, hash)?;
    let key = tx.put_batch(&StoredBatch {
        key: BatchKey(0),
        device: batch.device,
        number: batch.number,
        hash,
        state: BatchState::Chained,
        received: context.now,
        signed,
        receipt: Some(receipt.clone()),
    })?;
    tx.take_from_aside(batch.device, batch.number, hash)?;
    Ok((key, receipt))
}

fn sign_receipt(
    context: &Context<'_>,
    batch: &Batch,
    hash: BatchHash,
) -> Result<Vec<u8>, TrustError> {
    let receipt = Receipt {
        device: batch.device,
        number: batch.number,
        batch: hash,
        received: context.now,
        epoch: context.epoch.epoch,
    };
    seal(&context.keys.quick, &context.keys.municipality, &receipt)
}

fn receipt_of(
    tx: &mut dyn Tx,
    context: &Context<'_>,
    stored: &StoredBatch,
    batch: &Batch,
) -> Result<Vec<u8>, IntakeError> {
    if let Some(receipt) = &stored.receipt {
        return Ok(receipt.clone());
    }
    let receipt = sign_receipt(context, batch, stored.hash)?;
    tx.put_batch(&StoredBatch { receipt: Some(receipt.clone()), ..stored.clone() })?;
    Ok(receipt)
}

fn judge(
    tx: &mut dyn Tx,
    context: &Context<'_>,
    rows: Vec<Row>,
    batch: BatchKey,
) -> Result<Taken, IntakeError> {
    let mut judge = Judge::default();
    judge.try_ahead(tx, context, &rows)?;
    for row in rows {
        let (doc, hash, origin) = (row.entry.doc, row.entry.hash, row.origin);
        let verdict = judge.entry(tx, context, row, batch, None)?;
        let settled = verdict.is_final();
        judge.news.push(News { reach: Reach::Author, origin, verdict });
        if settled {
            judge.release(tx, context, doc, hash)?;
        }
    }
    let (news, streams) = judge.finish(tx)?;
    Ok(Taken { streams, devices: log::write(tx, context, news)? })
}
