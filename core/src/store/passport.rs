//! The tablet's passport and the end of its chain of batches, each sealed in a file of its own beside
//! the database.
//!
//! All of it stands in the database, too. When that is damaged, these two let the tablet go on as the
//! same device: without them every unsent change would be another device's.
//!
//! - The passport says who the tablet is. It changes with an enrolment, a carer's new certificate or
//!   new pins, and is durable before that goes on: two waits for the disk, a few times a month.
//! - The end of the chain changes with each batch that is cut, before the batch leaves. It is written
//!   whole but not waited for, so it costs a push no sync. A power cut may leave it older; that matters
//!   only when the same cut damaged the database: then the server holds what is sent as a fork.
//!
//! Both are sealed with ChaCha20-Poly1305 under a key of their own for each opening, as the outbox
//! file is.

use std::cell::Cell;
use std::fs;
use std::path::Path;

use minicbor::{Decode, Encode, bytes::ByteVec};
use ring::aead;

use super::faults::Faults;
use super::keys::Keys;
use super::plans::PlanCache;
use super::queries::singles::{
    ADDRESS, DEVICE, IDENTITY, INSTALL, LAST_BATCH, LastBatch, PINS, PinsKept,
};
use super::{OpenError, Store, StoreError, Tx, files};
use crate::ids::{DeviceNumber, InstallEpoch};
use crate::trust::durable::certificate_id;
use crate::trust::identity::Identity;
use crate::wire::{from_bytes, to_bytes};

pub(super) const FILE: &str = "passport.seal";
pub(super) const CHAIN_FILE: &str = "chain.seal";
const MAGIC: &[u8; 4] = b"DRp1";
const CHAIN_MAGIC: &[u8; 4] = b"DRc1";
const HEAD: usize = 4 + 16 + 8;

/// Who the tablet is.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Passport {
    #[n(0)]
    pub(super) address: String,
    #[n(1)]
    pub(super) identity: Identity,
    #[n(2)]
    pub(super) device: DeviceNumber,
    #[n(3)]
    pub(super) install: InstallEpoch,
    #[n(4)]
    pub(super) pins: PinsKept,
    /// The device's certificate and its carers' as they were signed: without them nobody can tell
    /// who wrote what was written here.
    #[n(5)]
    pub(super) certificates: Vec<ByteVec>,
}

/// The last batch that was cut.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct ChainEnd {
    #[n(0)]
    pub(super) install: InstallEpoch,
    #[n(1)]
    pub(super) last: LastBatch,
    /// As it was signed: it must be sent byte for byte until there is a receipt.
    #[n(2)]
    pub(super) batch: Option<ByteVec>,
}

/// Writes the files.
pub(super) struct Clerk {
    key: Option<aead::LessSafeKey>,
    session: [u8; 16],
    counter: u64,
    /// What lies in the files.
    passport: Option<Passport>,
    end: Option<ChainEnd>,
}

fn nonce(counter: u64) -> aead::Nonce {
    let mut bytes = [0; 12];
    let (_, tail) = bytes.split_at_mut(4);
    tail.copy_from_slice(&counter.to_le_bytes());
    aead::Nonce::assume_unique_for_key(bytes)
}

/// Reads the passport of a folder; none when there is none or it does not read.
pub(super) fn read(dir: &Path, keys: &Keys) -> Option<Passport> {
    from_bytes(&unsealed(&dir.join(FILE), MAGIC, keys)?).ok()
}

/// The same for the end of the chain.
pub(super) fn read_end(dir: &Path, keys: &Keys) -> Option<ChainEnd> {
    from_bytes(&unsealed(&dir.join(CHAIN_FILE), CHAIN_MAGIC, keys)?).ok()
}

fn unsealed(path: &Path, magic: &[u8; 4], keys: &Keys) -> Option<Vec<u8>> {
    let bytes = fs::read(path).ok()?;
    let (head, sealed) = bytes.split_at_checked(HEAD)?;
    let rest = head.strip_prefix(magic)?;
    let (session, counter) = rest.split_first_chunk::<16>()?;
    let counter = u64::from_le_bytes(counter.try_into().ok()?);
    let mut sealed = sealed.to_vec();
    let key = keys.passport(session)?;
    let plain = key.open_in_place(nonce(counter), aead::Aad::from(head), &mut sealed).ok()?;
    Some(plain.to_vec())
}

/// Whether a folder has a passport.
pub(super) fn is_there(dir: &Path) -> bool {
    dir.join(FILE).exists()
}

/// Whether the files know of an enrolment, or a batch, that the database has forgotten: they are
/// written after the commit, so commits were lost. A log with a damaged frame looks like one that ends
/// before it. What a store that was made anew does not know either must not count, or it would be made
/// anew for ever.
pub(super) fn is_ahead(
    dir: &Path,
    keys: &Keys,
    connection: &mut rusqlite::Connection,
) -> Result<bool, StoreError> {
    let (calm, loaded) = (Faults::default(), Cell::new(0));
    let tx = Tx::new(connection.transaction()?, &calm, &loaded, PlanCache::default());
    if !tx.has_singles()? {
        return Ok(is_there(dir));
    }
    let Some(install) = tx.single(&INSTALL)? else { return Ok(read(dir, keys).is_some()) };
    let known = tx.single(&LAST_BATCH)?.map_or(0, |last| last.number);
    let end = read_end(dir, keys);
    Ok(end.is_some_and(|end| end.install == install && end.last.number > known))
}

impl Clerk {
    pub(super) fn new(dir: &Path, keys: &Keys, session: [u8; 16]) -> Self {
        Self {
            key: keys.passport(&session),
            session,
            counter: 0,
            passport: read(dir, keys),
            end: read_end(dir, keys),
        }
    }

    fn sealed(&mut self, magic: &[u8; 4], mut plain: Vec<u8>) -> Result<Vec<u8>, OpenError> {
        let counter = self.counter;
        // Counted before it is written: what was torn has used its nonce.
        self.counter += 1;
        let mut bytes = magic.to_vec();
        bytes.extend_from_slice(&self.session);
        bytes.extend_from_slice(&counter.to_le_bytes());
        let key = self.key.as_ref().ok_or(OpenError::Damaged)?;
        key.seal_in_place_append_tag(nonce(counter), aead::Aad::from(&bytes), &mut plain)
            .map_err(|_| OpenError::Damaged)?;
        bytes.extend_from_slice(&plain);
        Ok(bytes)
    }

    /// Writes the passport, unless it says the same already.
    fn keep(&mut self, dir: &Path, passport: Passport, faults: &Faults) -> Result<(), OpenError> {
        if self.passport.as_ref() != Some(&passport) {
            let bytes = self.sealed(MAGIC, to_bytes(&passport))?;
            files::write_whole(&dir.join(FILE), &bytes, true, faults)?;
            self.passport = Some(passport);
        }
        Ok(())
    }

    /// The same for the end of the chain.
    fn keep_end(&mut self, dir: &Path, end: ChainEnd, faults: &Faults) -> Result<(), OpenError> {
        if self.end.as_ref() != Some(&end) {
            let bytes = self.sealed(CHAIN_MAGIC, to_bytes(&end))?;
            files::write_whole(&dir.join(CHAIN_FILE), &bytes, false, faults)?;
            self.end = Some(end);
        }
        Ok(())
    }
}

impl Tx<'_> {
    /// What the passport should say; none before the tablet is enrolled.
    fn passport(&self) -> Result<Option<Passport>, StoreError> {
        let who = self.single(&DEVICE)?.zip(self.single(&INSTALL)?);
        let whom = self.single(&ADDRESS)?.zip(self.single(&IDENTITY)?);
        let Some(((device, install), (address, identity))) = who.zip(whom) else { return Ok(None) };
        let pins = self.single(&PINS)?.unwrap_or_default();
        let certificates = self.own_certificates(device)?.into_iter().map(ByteVec::from).collect();
        Ok(Some(Passport { address, identity, device, install, pins, certificates }))
    }

    /// Where the chain ends; none before the first batch.
    fn chain_end(&self) -> Result<Option<ChainEnd>, StoreError> {
        let Some((install, last)) = self.single(&INSTALL)?.zip(self.single(&LAST_BATCH)?) else {
            return Ok(None);
        };
        let batch = self.batches_from(last.number)?.pop().map(|batch| batch.cose.into());
        Ok(Some(ChainEnd { install, last, batch }))
    }
}

impl Store {
    /// Takes over the certificates that the passport has and the database lost.
    pub(super) fn take_certificates(&mut self) -> Result<(), StoreError> {
        let Some(passport) = &self.clerk.passport else { return Ok(()) };
        let certificates = passport.certificates.clone();
        let lacking = self.read(|tx| {
            let mut lacking = Vec::new();
            for signed in certificates {
                if !tx.has_certificate(certificate_id(&signed))? {
                    lacking.push(signed);
                }
            }
            Ok::<_, StoreError>(lacking)
        })?;
        if lacking.is_empty() {
            return Ok(());
        }
        self.write(|tx| lacking.iter().try_for_each(|signed| tx.put_signed(signed)))
    }

    /// Brings both files up to date. When that fails it is tried again after the next batch and at
    /// the next opening; until then they are only a little older than they could be.
    pub(super) fn keep_passport(&mut self) {
        let found = self.read(|tx| Ok::<_, StoreError>((tx.passport()?, tx.chain_end()?)));
        let Ok((Some(passport), end)) = found else { return };
        let _ = self.clerk.keep(&self.dir, passport, &self.faults);
        if let Some(end) = end {
            let _ = self.clerk.keep_end(&self.dir, end, &self.faults);
        }
    }
}
