//! What is left of a damaged store that the server cannot give back.

use std::cell::Cell;

use minicbor::bytes::ByteVec;

use super::faults::Faults;
use super::logged::State;
use super::passport::{ChainEnd, Passport};
use super::plans::PlanCache;
use super::queries::batches::StoredBatch;
use super::queries::certificates::Certificate;
use super::queries::drafts::Draft;
use super::queries::singles::{
    ADDRESS, ANCHOR, CARER, DEVICE, IDENTITY, INSTALL, LAST_BATCH, LastBatch, ORDER, PINS,
    PinsKept, SHIFT, WRAPPED_SECRET,
};
use super::rescue::is_new;
use super::saving::rows_of_record;
use super::{OwnRow, StoreError, Tx};
use crate::ids::{CarerId, DeviceNumber, InstallEpoch, Nonce};
use crate::time::UnixSeconds;
use crate::trust::durable;
use crate::trust::identity::Identity;
use crate::trust::lease::Anchor;
use crate::trust::pin::{Tries, Verifier};
use crate::wire::batch::Batch;
use crate::wire::certificate::{CarerCertificate, DeviceCertificate, OrderKind};

/// What could be read.
#[derive(Default)]
pub(super) struct Salvage {
    pub(super) device: Option<DeviceNumber>,
    install: Option<InstallEpoch>,
    identity: Option<Identity>,
    address: Option<String>,
    pins: Option<PinsKept>,
    anchor: Option<Anchor>,
    shift: Option<UnixSeconds>,
    order: Option<OrderKind>,
    carer: Option<CarerId>,
    /// What keys the PINs, wrapped. Lost with the database: then each carer starts with a code again.
    secret: Option<ByteVec>,
    pins_here: Vec<(CarerId, Verifier, Tries)>,
    last: Option<LastBatch>,
    nonces: Vec<Nonce>,
    certificates: Vec<Vec<u8>>,
    /// Batches with the digests of their entries, in order.
    pub(super) batches: Vec<(StoredBatch, Vec<[u8; 32]>)>,
    /// What no verdict closed, and what lies with the team, in the order of writing.
    pub(super) rows: Vec<OwnRow>,
    pub(super) drafts: Vec<Draft>,
    /// Whether something that a carer wrote may be left unread.
    pub(super) unread: bool,
}

/// Reads what pages verify. Nothing is written.
pub(super) fn read_left(mut connection: rusqlite::Connection) -> Salvage {
    let (calm, loaded) = (Faults::default(), Cell::new(0));
    let Ok(sql) = connection.transaction() else { return Salvage::of_nothing() };
    let tx = Tx::new(sql, &calm, &loaded, PlanCache::default());
    let (drafts, all_drafts) = tx.readable_drafts();
    let mut left = Salvage {
        device: tx.single(&DEVICE).ok().flatten(),
        install: tx.single(&INSTALL).ok().flatten(),
        identity: tx.single(&IDENTITY).ok().flatten(),
        address: tx.single(&ADDRESS).ok().flatten(),
        pins: tx.single(&PINS).ok().flatten(),
        anchor: tx.single(&ANCHOR).ok().flatten(),
        shift: tx.single(&SHIFT).ok().flatten(),
        order: tx.single(&ORDER).ok().flatten(),
        carer: tx.single(&CARER).ok().flatten(),
        secret: tx.single(&WRAPPED_SECRET).ok().flatten(),
        pins_here: tx.readable_pins(),
        last: tx.single(&LAST_BATCH).ok().flatten(),
        nonces: tx.readable_nonces(),
        drafts,
        unread: !all_drafts,
        ..Salvage::default()
    };
    if let Some(device) = left.device {
        left.certificates = tx.readable_certificates(device);
    }
    for batch in tx.readable_batches() {
        left.add_batch(batch);
    }
    for id in tx.readable_outbox() {
        let Ok(Some(outgoing)) = tx.outgoing_at(id) else { continue };
        let with_team = matches!(outgoing.row.state, State::Held | State::Refused);
        let origin = outgoing.row.origin.map(|origin| origin.device);
        let Some(device) = origin.or(left.device) else { continue };
        if outgoing.open || with_team {
            left.rows.push(OwnRow {
                entry: outgoing.row.entry,
                content: outgoing.row.content,
                device,
                author: outgoing.author,
                command: outgoing.command,
                heads: outgoing.heads,
                draft: None,
            });
        }
    }
    left
}

impl Tx<'_> {
    /// Keeps a certificate that was checked when it came.
    pub(super) fn put_signed(&mut self, signed: &[u8]) -> Result<(), StoreError> {
        if let Ok(of) = durable::peek::<CarerCertificate>(signed) {
            self.put_certificate(signed, &Certificate::Carer(of))?;
        } else if let Ok(of) = durable::peek::<DeviceCertificate>(signed) {
            self.put_certificate(signed, &Certificate::Device(of))?;
        }
        Ok(())
    }
}

impl Salvage {
    /// When nothing reads.
    pub(super) fn of_nothing() -> Self {
        Self { unread: true, ..Self::default() }
    }

    /// Whether it is known who the tablet is.
    pub(super) fn knows_itself(&self) -> bool {
        let whom = self.identity.is_some() && self.address.is_some();
        whom && self.device.is_some() && self.install.is_some()
    }

    fn add_batch(&mut self, batch: StoredBatch) {
        let signed: Option<Batch> = durable::peek(&batch.cose).ok();
        if let Some(digests) = signed.and_then(|signed| signed.entry_digests().ok()) {
            self.batches.push((batch, digests));
        }
    }

    /// Adds what the outbox file has and the database did not give.
    pub(super) fn add_records(&mut self, records: &[Vec<u8>]) {
        for row in records.iter().flat_map(|record| rows_of_record(record)) {
            if is_new(&self.rows, &row.entry.doc, &row.entry.hash) {
                self.rows.push(row);
            }
        }
    }

    /// Fills in what the database did not give. A passport of another installation says nothing.
    pub(super) fn add_passport(&mut self, passport: Option<Passport>) {
        let Some(passport) = passport else { return };
        let other = |ours: Option<InstallEpoch>| ours.is_some_and(|ours| ours != passport.install);
        if other(self.install) {
            return;
        }
        self.device.get_or_insert(passport.device);
        self.install.get_or_insert(passport.install);
        self.identity.get_or_insert(passport.identity);
        self.address.get_or_insert(passport.address);
        self.pins.get_or_insert(passport.pins);
        self.certificates.extend(passport.certificates.into_iter().map(Vec::from));
    }

    /// The same for the end of the chain.
    pub(super) fn add_chain(&mut self, end: Option<ChainEnd>) {
        let Some(ChainEnd { install, last, batch }) = end else { return };
        if self.install != Some(install) {
            return;
        }
        if self.last.is_none_or(|known| last.number > known.number) {
            self.last = Some(last);
            // The database is older than it was, so drafts may be, too.
            self.unread = true;
        }
        let Some(cose) = batch else { return };
        if self.batches.iter().any(|(batch, _)| batch.number == last.number) {
            return;
        }
        if let Ok(made) = durable::peek::<Batch>(&cose).map(|batch| batch.made) {
            let LastBatch { number, hash } = last;
            self.add_batch(StoredBatch { number, hash, cose: cose.into(), made, receipt: None });
        }
    }

    /// Writes down who the tablet is. Scope, cursors and everything behind them come anew.
    pub(super) fn put_singles(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let Self { device: Some(device), install: Some(install), .. } = self else { return Ok(()) };
        let (Some(identity), Some(address)) = (&self.identity, &self.address) else {
            return Ok(());
        };
        tx.put_single(&DEVICE, device)?;
        tx.put_single(&INSTALL, install)?;
        tx.put_single(&IDENTITY, identity)?;
        tx.put_single(&ADDRESS, address)?;
        if let Some(pins) = &self.pins {
            tx.put_single(&PINS, pins)?;
        }
        if let Some(anchor) = &self.anchor {
            tx.put_single(&ANCHOR, anchor)?;
        }
        if let Some(carer) = &self.carer {
            tx.put_single(&CARER, carer)?;
        }
        if let Some(shift) = &self.shift {
            tx.put_single(&SHIFT, shift)?;
        }
        if let Some(order) = &self.order {
            tx.put_single(&ORDER, order)?;
        }
        if let Some(secret) = &self.secret {
            tx.put_single(&WRAPPED_SECRET, secret)?;
            for (carer, verifier, tries) in &self.pins_here {
                tx.put_pin(*carer, verifier)?;
                tx.put_tries(*carer, tries)?;
            }
        }
        if let Some(last) = &self.last {
            tx.put_single(&LAST_BATCH, last)?;
        }
        // One that was never given is as good as a spent one: the answer brings fresh ones.
        let nonces = if self.nonces.is_empty() { &[Nonce([0; 16])][..] } else { &self.nonces };
        tx.put_nonces(nonces)?;
        for signed in &self.certificates {
            tx.put_signed(signed)?;
        }
        Ok(())
    }
}
