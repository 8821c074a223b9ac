//! What a request says: the batch in flight, how far everything was read, and what is wanted.

use super::SyncError;
use super::session::{Asked, Request, Session};
use crate::port::KeyStore;
use crate::store::{Store, Tx, VERDICT_CURSOR, batches_kept_since};
use crate::time::Month;
use crate::trust::envelope::seal_request;
use crate::wire::digest::{BucketOf, DigestAsk};
use crate::wire::request::{CarerAsk, CarerProof, Push, RequestBody, RequestHead};
use crate::wire::row::{Group, Pack, Row};
use crate::wire::{PROTOCOL, PROTOCOL_MIN};

/// Buckets asked for in one request; the server answers as many as fit a page.
const MOST_BUCKETS: u32 = 128;
/// More buckets than this still wanted, and comparing digests waits: naming them would cost more.
const MOST_LESS: u32 = 64;
/// Batch headers asked for in one request.
const MOST_HEADERS: u32 = 256;

/// The first month that is compared: all of them, until retention is a setting.
pub(super) const WINDOW: Month = Month(0);

/// Makes a request's bytes.
///
/// # Errors
/// [`SyncError`].
pub fn compose(
    session: &Session,
    store: &mut Store,
    keys: &dyn KeyStore,
    wait: bool,
) -> Result<(Request, Asked), SyncError> {
    // Spending a nonce must be durable before the request leaves: a spent one brings no content.
    let nonce = store.write(|tx| tx.take_nonce())?.ok_or(SyncError::NotEnrolled)?;
    store.read(|tx| {
        let identity = tx.identity()?.ok_or(SyncError::NotEnrolled)?;
        let (device, install) = tx.device()?.ok_or(SyncError::NotEnrolled)?;
        let (batch, push) = push(tx)?.unzip();
        let head = RequestHead {
            protocol_min: PROTOCOL_MIN,
            protocol_max: PROTOCOL,
            device,
            install,
            nonce,
            body: [0; 32],
            cursors: tx.cursors()?,
            verdicts: tx.single(&VERDICT_CURSOR)?,
            scope_serial: tx.scope_serial()?,
            pins_serial: tx.pins()?.0,
            wait: wait && push.is_none() && !session.goodbye,
        };
        let body = body(session, tx, push)?;
        let identity_key = crate::trust::identity_hash(&identity.key);
        let (wait, push) = (head.wait, body.push.is_some());
        let (buckets, goodbye) = (body.buckets.len(), session.goodbye);
        let bytes = seal_request(keys, &identity_key, head, &body)?;
        Ok((Request { bytes, wait, push }, Asked { nonce, batch, wait, buckets, goodbye }))
    })
}

fn push(tx: &Tx<'_>) -> Result<Option<(u64, Push)>, SyncError> {
    let Some(flying) = tx.in_flight()? else { return Ok(None) };
    let (device, _) = tx.device()?.ok_or(SyncError::NotEnrolled)?;
    let number = flying.batch.number;
    let rows = flying.rows.into_iter().map(|row| Row { placed: None, ..row }).collect();
    let group = Group { device, number, header: None, rows };
    Ok(Some((number, Push { batch: flying.batch.cose, rows: Pack::from_groups(&[group]) })))
}

fn body(session: &Session, tx: &Tx<'_>, push: Option<Push>) -> Result<RequestBody, SyncError> {
    let repair = &session.repair;
    let mut offers = repair.offers(tx)?;
    if session.proves || !session.greeted {
        offers.extend(super::repair::proofs(tx)?);
    }
    Ok(RequestBody {
        push,
        offers,
        digest: digest_ask(session, tx)?,
        lists: repair.lists(),
        rows: repair.missing(),
        buckets: if session.stalled { Vec::new() } else { tx.wanted(MOST_BUCKETS)? },
        headers: tx.missing_headers(batches_kept_since(session.now), MOST_HEADERS)?,
        carers: carers(session, tx)?,
        page: session.page,
        reads: None,
        goodbye: session.goodbye.then_some(true),
    })
}

/// Carers whose certificate is wanted, each with why this tablet may have it.
fn carers(session: &Session, tx: &Tx<'_>) -> Result<Vec<CarerAsk>, SyncError> {
    let (device, _) = tx.device()?.ok_or(SyncError::NotEnrolled)?;
    let asks = session.carers.iter().map(|(carer, started)| {
        let proof = match started {
            Some(proof) => Some(CarerProof::Start(proof.clone())),
            None => match tx.carer_certificate(*carer, device)? {
                Some((id, _)) => tx.signed_certificate(id)?.map(CarerProof::Certificate),
                None => None,
            },
        };
        Ok(CarerAsk { carer: *carer, proof })
    });
    asks.collect()
}

fn digest_ask(session: &Session, tx: &Tx<'_>) -> Result<Option<DigestAsk>, SyncError> {
    if tx.wanted_count()? > u64::from(MOST_LESS) {
        return Ok(None);
    }
    Ok(Some(DigestAsk {
        scope_serial: tx.scope_serial()?,
        window: WINDOW,
        less: less(tx)?,
        each: session.repair.compares_each(),
    }))
}

/// The buckets that are not counted, because they are still to be fetched.
pub(super) fn less(tx: &Tx<'_>) -> Result<Vec<BucketOf>, SyncError> {
    let wanted = tx.wanted(MOST_LESS)?;
    Ok(wanted.iter().map(|ask| BucketOf { owner: ask.owner, bucket: ask.bucket }).collect())
}
