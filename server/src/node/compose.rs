//! Composing an answer: verdicts, pages, scope, and what else was asked for.

use std::collections::BTreeSet;

use doegnrytme_core::trust::cursor::Owner;
use doegnrytme_core::trust::durable::peek;
use doegnrytme_core::wire::answer::AnswerBody;
use doegnrytme_core::wire::certificate::Pins;
use doegnrytme_core::wire::digest::DigestAsk;
use doegnrytme_core::wire::request::{RequestBody, RequestHead};

use super::context::Context;
use crate::store::certificate::CertificateNumber;
use crate::store::meta::name;
use crate::store::stream::Head;
use crate::store::{StoreError, Tx};
use crate::stream::cursor::{Places, issue};
use crate::stream::digest::{Roots, list};
use crate::stream::page::page;
use crate::stream::reach::Reach;
use crate::stream::shelf::Shelf;
use crate::stream::wallet::Wallet;
use crate::stream::{bucket, cursor};

/// Lines of the verdict log in one answer.
const VERDICTS: usize = 512;
/// Bytes of rows in one answer: least, usual, most.
const PAGE: (usize, usize, usize) = (16 * 1024, 256 * 1024, 1024 * 1024);
/// Lists, rows, buckets and headers that one request may ask for.
const ASKS: usize = 2_000;
/// Names of rows in one answer, about fifty bytes each.
const NAMES: usize = 20_000;
/// What a frame's rows take before compression, times its length.
const INFLATES: usize = 3;

/// What the engine remembers between requests: caches, all of them.
#[derive(Default)]
pub(super) struct Memory {
    pub(super) shelf: Shelf,
    pub(super) wallet: Wallet,
    pub(super) roots: Roots,
}

/// A body on its way, with what must still be done for it.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) body: AnswerBody,
    /// Whether it holds anything that a waiting request is answered for.
    pub(super) news: bool,
    /// Bytes of rows that may still be added.
    pub(super) budget: usize,
    pub(super) needs: BTreeSet<CertificateNumber>,
}

/// How many bytes of rows the device asked for.
pub(super) fn page_budget(asked: u32) -> usize {
    let (least, usual, most) = PAGE;
    match usize::try_from(asked) {
        Ok(0) | Err(_) => usual,
        Ok(asked) => asked.clamp(least, most),
    }
}

/// Adds the verdicts after the device's place.
pub(super) fn verdicts(
    tx: &mut dyn Tx,
    context: &Context<'_>,
    reach: &Reach,
    heard: Head,
    draft: &mut Draft,
) -> Result<(), StoreError> {
    let (runs, head) = tx.verdicts_after(reach.device, heard.seq, VERDICTS)?;
    draft.news |= !runs.is_empty();
    draft.body.more |= runs.len() >= VERDICTS;
    draft.body.verdicts = runs;
    draft.body.verdict_cursor = Some(issue(context, Owner::Verdicts(reach.device), head));
    Ok(())
}

/// Adds what is new for the device: scope, pins, pages.
pub(super) fn news(
    tx: &mut dyn Tx,
    context: &Context<'_>,
    memory: &mut Memory,
    reach: &Reach,
    head: &RequestHead,
    places: &Places,
    draft: &mut Draft,
) -> Result<(), StoreError> {
    if head.scope_serial != reach.serial {
        draft.body.scope = Some(reach.scope(tx)?);
        draft.news = true;
    }
    pins(tx, head, draft)?;
    for place in &places.streams {
        let shelf = &mut memory.shelf;
        if draft.budget == 0 {
            let end = tx.head(place.stream)?.map_or(0, |head| head.seq);
            draft.body.more |= end > place.cursor.seq;
            continue;
        }
        let Draft { budget, needs, .. } = draft;
        let composed = page(tx, context, shelf, reach, place, budget, needs)?;
        draft.body.more |= composed.more;
        draft.news |= composed.rows > 0;
        draft.body.pages.extend(composed.page);
    }
    Ok(())
}

fn pins(tx: &mut dyn Tx, head: &RequestHead, draft: &mut Draft) -> Result<(), StoreError> {
    let Some(signed) = tx.meta(name::PINS)? else { return Ok(()) };
    let pins: Pins = peek(&signed).map_err(|_| StoreError::Damaged("pins"))?;
    if pins.serial != head.pins_serial {
        draft.body.pins = Some(signed.into());
        draft.news = true;
    }
    Ok(())
}

/// Adds the digest that was asked for. It is counted up to the heads, and only comparable once the
/// device has read that far.
pub(super) fn compared(
    tx: &mut dyn Tx,
    memory: &mut Memory,
    reach: &Reach,
    ask: Option<&DigestAsk>,
    draft: &mut Draft,
) -> Result<(), StoreError> {
    if let Some(ask) = ask
        && !draft.body.more
    {
        draft.body.digest = Some(memory.roots.answer(tx, reach, ask)?);
    }
    Ok(())
}

/// Adds what was asked for by name: digest, lists, rows, buckets, headers.
pub(super) fn asked(
    tx: &mut dyn Tx,
    memory: &mut Memory,
    reach: &Reach,
    asks: &RequestBody,
    draft: &mut Draft,
) -> Result<(), StoreError> {
    compared(tx, memory, reach, asks.digest.as_ref(), draft)?;
    let mut names = 0;
    for of in asks.lists.iter().take(ASKS) {
        // What is left out is asked for again.
        if names >= NAMES {
            draft.body.more = true;
            break;
        }
        let list = list(tx, reach, *of)?;
        names += list.rows.len();
        draft.body.lists.push(list);
    }
    let shelf = &mut memory.shelf;
    if !asks.rows.is_empty() {
        let names = asks.rows.get(..ASKS).unwrap_or(&asks.rows);
        let Draft { budget, needs, .. } = draft;
        let rows = bucket::rows(tx, shelf, reach, names, budget, needs)?;
        draft.body.rows = Some(rows);
    }
    if !asks.headers.is_empty() {
        let names = asks.headers.get(..ASKS).unwrap_or(&asks.headers);
        let Draft { budget, needs, .. } = draft;
        draft.body.headers = Some(bucket::headers(tx, shelf, reach, names, budget, needs)?);
    }
    for ask in asks.buckets.iter().take(ASKS) {
        // One at least, so that every answer goes on.
        if draft.budget == 0 && !draft.body.blobs.is_empty() {
            draft.body.more = true;
            break;
        }
        let blob = bucket::blob(tx, shelf, reach, *ask, &mut draft.needs)?;
        let taken = blob.as_ref().map_or(0, |blob| blob.frame.len().saturating_mul(INFLATES));
        draft.budget = draft.budget.saturating_sub(taken);
        draft.body.blobs.extend(blob);
    }
    Ok(())
}

/// The device's places after a roll-back, for verdicts in the same answer.
pub(super) fn checked(
    tx: &mut dyn Tx,
    context: &mut Context<'_>,
    reach: &Reach,
    head: &RequestHead,
) -> Result<cursor::Checked, StoreError> {
    cursor::check(tx, context, reach, &head.cursors, head.verdicts.as_ref())
}
