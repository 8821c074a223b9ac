//! What an answer means. All of it moves in one transaction: rows and cursors, verdicts and
//! receipts, or nothing.

use super::compose::{WINDOW, less};
use super::session::{Absorbed, Asked, Session};
use super::{SyncError, batch, rows};
use crate::port::Reading;
use crate::store::{ORDER, Store, Tx, VERDICT_CURSOR, root as sum};
use crate::trust::envelope::open_answer;
use crate::trust::identity::Identity;
use crate::trust::lease::Anchor;
use crate::trust::{TrustError, durable};
use crate::wire::answer::{AnswerBody, AnswerHead, Page, PushAnswer, RolledBack};
use crate::wire::certificate::{Order, Receipt};
use crate::wire::digest::{DigestAnswer, RowName};
use crate::wire::scope::Blob;
use crate::wire::verdict::{CERTIFICATE_UNKNOWN, Verdict};
use crate::wire::{frame, from_bytes};

impl Session {
    /// Takes in the answer to the request that runs.
    ///
    /// # Errors
    /// [`SyncError`]; nothing of the answer is kept then, and the request may be made again.
    pub fn absorb(
        &mut self,
        store: &mut Store,
        reading: &Reading,
        bytes: &[u8],
    ) -> Result<Absorbed, SyncError> {
        let asked = self.asked.take().ok_or(SyncError::NotAsked)?;
        let identity = store.read(|tx| tx.identity())?.ok_or(SyncError::NotEnrolled)?;
        let (head, body) = open_answer(bytes, &identity.key, &asked.nonce)?;
        if let Some(seconds) = body.later {
            store.write(|tx| tx.put_nonces(&head.nonces))?;
            return Ok(Absorbed { later: Some(seconds), ..Absorbed::default() });
        }
        let mut answer = Answer { session: self, asked, identity, reading, body };
        let absorbed = store.write(|tx| answer.take_in(tx, &head))?;
        self.greeted = true;
        self.went_well();
        self.more = absorbed.more;
        if absorbed.equal == Some(true) {
            // Damaged files that cannot be removed now are removed another time.
            let _ = store.holds_the_same(self.now);
        }
        Ok(absorbed)
    }
}

struct Answer<'a> {
    session: &'a mut Session,
    asked: Asked,
    identity: Identity,
    reading: &'a Reading,
    body: AnswerBody,
}

impl Answer<'_> {
    fn take_in(&mut self, tx: &mut Tx<'_>, head: &AnswerHead) -> Result<Absorbed, SyncError> {
        let mut absorbed = Absorbed { more: self.body.more, ..Absorbed::default() };
        tx.put_nonces(&head.nonces)?;
        tx.put_anchor(&Anchor::set(head.time, self.reading))?;
        self.orders(tx, &mut absorbed)?;
        self.push(tx, &mut absorbed)?;
        self.verdicts(tx, &mut absorbed)?;
        self.session.heard_goodbye |= self.asked.goodbye && !self.body.stale;
        if self.body.stale {
            absorbed.more = true;
            return Ok(absorbed);
        }
        if let Some(rolled_back) = self.body.rolled_back.take() {
            roll_back(tx, &rolled_back)?;
            absorbed.more = true;
        }
        if let Some(scope) = self.body.scope.take() {
            tx.put_scope(&scope)?;
        }
        self.pins(tx, &mut absorbed)?;
        for signed in std::mem::take(&mut self.body.certificates) {
            rows::certificate(tx, &self.identity, &signed, &mut absorbed)?;
        }
        self.carers(tx, &mut absorbed)?;
        for page in std::mem::take(&mut self.body.pages) {
            self.page(tx, page, &mut absorbed)?;
        }
        self.session.stalled = self.asked.buckets > 0 && self.body.blobs.is_empty();
        for blob in std::mem::take(&mut self.body.blobs) {
            self.blob(tx, &blob, &mut absorbed)?;
        }
        self.repaired(tx, &mut absorbed)?;
        absorbed.equal = self.compare(tx)?;
        let fetching = !self.session.stalled && tx.wanted_count()? > 0;
        absorbed.more |= fetching || self.session.repair.has_work();
        Ok(absorbed)
    }

    /// An order counts when the municipality signed it for this very installation.
    fn orders(&mut self, tx: &mut Tx<'_>, absorbed: &mut Absorbed) -> Result<(), SyncError> {
        let own = tx.device()?;
        for signed in std::mem::take(&mut self.body.orders) {
            let Identity { key, municipality } = &self.identity;
            match durable::open::<Order>(&signed, key, municipality) {
                Ok(order) if own == Some((order.device, order.install)) => {
                    let known = tx.single(&ORDER)?;
                    tx.put_single(
                        &ORDER,
                        &known.map_or(order.kind, |known| known.max(order.kind)),
                    )?;
                    absorbed.ordered = true;
                }
                Ok(_) | Err(_) => absorbed.distrusted += 1,
            }
        }
        Ok(())
    }

    fn push(&mut self, tx: &mut Tx<'_>, absorbed: &mut Absorbed) -> Result<(), SyncError> {
        match self.body.push.take() {
            None => {}
            Some(PushAnswer::Receipt(signed)) => {
                let receipt: Receipt =
                    durable::open(&signed, &self.identity.key, &self.identity.municipality)?;
                if self.asked.batch != Some(receipt.number) {
                    return Err(TrustError::BodyDiffers.into());
                }
                tx.store_receipt(receipt.number, &receipt.batch, &signed)?;
                absorbed.more |= batch::is_open(tx)?;
            }
            Some(PushAnswer::SendFrom(number)) if tx.can_resend_from(number)? => {
                tx.resend_from(number)?;
                absorbed.more = true;
            }
            // What the server lacks of the chain is nowhere any more: it cannot go on.
            Some(PushAnswer::SendFrom(_)) => absorbed.fork = true,
            Some(PushAnswer::Fork) => absorbed.fork = true,
            Some(PushAnswer::Rejected(_)) => absorbed.distrusted += 1,
        }
        Ok(())
    }

    fn verdicts(&mut self, tx: &mut Tx<'_>, absorbed: &mut Absorbed) -> Result<(), SyncError> {
        let unproved = Verdict::Held { reason: CERTIFICATE_UNKNOWN };
        self.session.proves = false;
        for run in &self.body.verdicts {
            self.session.proves |= run.device.is_none() && run.verdict == unproved;
            absorbed.held |= !tx.apply_verdict(run)?.is_empty();
        }
        if let Some(cursor) = &self.body.verdict_cursor {
            tx.put_single(&VERDICT_CURSOR, cursor)?;
        }
        Ok(())
    }

    fn pins(&self, tx: &mut Tx<'_>, absorbed: &mut Absorbed) -> Result<(), SyncError> {
        let Some(signed) = &self.body.pins else { return Ok(()) };
        match self.identity.pins(signed) {
            Ok((serial, pins)) => tx.put_pins(serial, &pins)?,
            Err(_) => absorbed.distrusted += 1,
        }
        Ok(())
    }

    fn carers(&mut self, tx: &mut Tx<'_>, absorbed: &mut Absorbed) -> Result<(), SyncError> {
        for answer in std::mem::take(&mut self.body.carers) {
            self.session.carers.remove(&answer.carer);
            if let Some(signed) = &answer.certificate {
                rows::certificate(tx, &self.identity, signed, absorbed)?;
            }
            absorbed.carers.push((answer.carer, answer.certificate.is_some()));
        }
        Ok(())
    }

    /// A page counts only when it begins where this tablet stands; cursor and rows move together.
    fn page(&self, tx: &mut Tx<'_>, page: Page, absorbed: &mut Absorbed) -> Result<(), SyncError> {
        match tx.cursor(page.stream)? {
            // None was named, so the server begins where this device began.
            None => tx.begin_stream(page.stream, &page.from)?,
            Some(here) if here != page.from => {
                absorbed.more = true;
                return Ok(());
            }
            Some(_) => {}
        }
        rows::pack(tx, &self.identity, page.rows, absorbed)?;
        tx.put_cursor(page.stream, &page.to)?;
        Ok(())
    }

    fn blob(&self, tx: &mut Tx<'_>, blob: &Blob, absorbed: &mut Absorbed) -> Result<(), SyncError> {
        rows::pack(tx, &self.identity, from_bytes(&frame::inflate(&blob.frame)?)?, absorbed)?;
        tx.wanted_done(&blob.ask, blob.parts)?;
        Ok(())
    }

    /// What the repair had asked for.
    fn repaired(&mut self, tx: &mut Tx<'_>, absorbed: &mut Absorbed) -> Result<(), SyncError> {
        if let Some(headers) = self.body.headers.take() {
            rows::pack(tx, &self.identity, headers, absorbed)?;
        }
        if let Some(found) = self.body.rows.take() {
            rows::pack(tx, &self.identity, found, absorbed)?;
        }
        let asked: Vec<RowName> = self.session.repair.missing();
        self.session.repair.came(&asked);
        self.session.repair.offers_arrived();
        for list in &self.body.lists {
            self.session.repair.names(tx, list)?;
        }
        Ok(())
    }

    /// Compares what both hold; known only when the server counted by the scope that is here.
    fn compare(&mut self, tx: &Tx<'_>) -> Result<Option<bool>, SyncError> {
        let Some(DigestAnswer { scope_serial, root, each }) = self.body.digest.take() else {
            return Ok(None);
        };
        if scope_serial != tx.scope_serial()? || self.body.more {
            return Ok(None);
        }
        let ours = tx.counted_digests(WINDOW, &less(tx)?)?;
        if sum(&ours) == root {
            self.session.repair.end();
            return Ok(Some(tx.open_count()? == 0 && tx.wanted_count()? == 0));
        }
        if self.session.repair.compares_each() {
            self.session.repair.compare(&each, &ours);
        } else {
            self.session.repair.begin();
        }
        Ok(Some(false))
    }
}

/// The server was rolled back: read on from its heads, resend the batches that it lost, and let
/// the digests find the rest.
fn roll_back(tx: &mut Tx<'_>, rolled_back: &RolledBack) -> Result<(), SyncError> {
    for head in &rolled_back.heads {
        tx.put_cursor(head.stream, &head.cursor)?;
    }
    tx.put_single(&VERDICT_CURSOR, &rolled_back.verdicts)?;
    tx.resend_from(rolled_back.last_batch.saturating_add(1))?;
    Ok(())
}
