//! One conversation with the server: a request, its answer, and what to ask next.

use std::collections::BTreeMap;

use super::repair::Repair;
use super::{SyncError, batch};
use crate::ids::{CarerId, Nonce};
use crate::port::{KeyStore, Reading};
use crate::store::Store;
use crate::time::UnixSeconds;
use crate::trust::lease::lease_time;
use crate::wire::request::StartProof;

/// Most bytes of rows that an answer should hold on a good line.
const LARGEST_PAGE: u32 = 1024 * 1024;
/// And on the worst.
const SMALLEST_PAGE: u32 = 64 * 1024;

/// What a session remembers between requests; all that must last lies in the store.
pub struct Session {
    pub(super) asked: Option<Asked>,
    pub(super) repair: Repair,
    pub(super) carers: BTreeMap<CarerId, Option<StartProof>>,
    /// The next request says that this tablet has handed in everything.
    pub(super) goodbye: bool,
    /// The server has heard that.
    pub(super) heard_goodbye: bool,
    pub(super) page: u32,
    pub(super) more: bool,
    pub(super) greeted: bool,
    /// The server has none of the buckets that are wanted: not asked again in this conversation.
    pub(super) stalled: bool,
    /// The server holds something for want of a certificate: the next request brings it.
    pub(super) proves: bool,
    /// Lease time of the request that is made.
    pub(super) now: UnixSeconds,
}

/// The request that waits for its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    pub(super) nonce: Nonce,
    /// How many buckets were asked for.
    pub(super) buckets: usize,
    pub(super) batch: Option<u64>,
    pub(super) wait: bool,
    pub(super) goodbye: bool,
}

/// What a request is, besides its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The body of `POST /v1/sync`.
    pub bytes: Vec<u8>,
    /// Whether the server holds the answer until there is something new.
    pub wait: bool,
    /// Whether a batch rides along.
    pub push: bool,
}

/// What an answer brought.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Absorbed {
    /// There is more to fetch or to send: ask again at once.
    pub more: bool,
    /// How many changes of others became visible.
    pub visible: u64,
    /// Whether both sides hold the same and nothing waits; unknown when it was not compared.
    pub equal: Option<bool>,
    /// Come again after so many seconds; nothing was judged.
    pub later: Option<u32>,
    /// Carers whose certificate came, or was refused.
    pub carers: Vec<(CarerId, bool)>,
    /// The server knows another installation under this number, or misses batches that are not here
    /// any more: enrol anew.
    pub fork: bool,
    /// Changes of this tablet were held or refused: what rests on them must be written anew.
    pub held: bool,
    /// The server takes this tablet out of use.
    pub ordered: bool,
    /// Parts of the answer that could not be trusted and were left out.
    pub distrusted: u64,
}

impl Default for Session {
    fn default() -> Self {
        Self::new()
    }
}

impl Session {
    /// A session that has not spoken yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            asked: None,
            repair: Repair::default(),
            carers: BTreeMap::new(),
            goodbye: false,
            heard_goodbye: false,
            page: LARGEST_PAGE,
            more: false,
            greeted: false,
            stalled: false,
            proves: false,
            now: UnixSeconds(0),
        }
    }

    /// The next answer shall bring this carer's certificate: for a start code, or in the place of
    /// the one that is here.
    pub fn want_carer(&mut self, carer: CarerId, proof: Option<StartProof>) {
        let wanted = self.carers.entry(carer).or_default();
        *wanted = proof.or(wanted.take());
        self.more = true;
    }

    /// A retired tablet has handed in everything.
    pub fn say_goodbye(&mut self) {
        self.goodbye = true;
        self.more = true;
    }

    /// Whether the server has heard that.
    #[must_use]
    pub fn has_said_goodbye(&self) -> bool {
        self.heard_goodbye
    }

    /// Whether something should be said now rather than waited for.
    ///
    /// # Errors
    /// [`SyncError::Store`].
    pub fn has_work(&self, store: &mut Store) -> Result<bool, SyncError> {
        if self.more
            || self.proves
            || !self.greeted
            || !self.carers.is_empty()
            || self.goodbye
            || self.repair.has_work()
        {
            return Ok(true);
        }
        store.read(|tx| Ok(batch::is_open(tx)? || (!self.stalled && tx.wanted_count()? > 0)))
    }

    /// The request did not come through: the next one asks for less.
    pub fn failed(&mut self) {
        self.cut_off();
        self.page = (self.page / 2).max(SMALLEST_PAGE);
    }

    /// Forgets the request that runs, because it was cut off on this side.
    pub fn cut_off(&mut self) {
        self.asked = None;
        self.greeted = false;
        self.stalled = false;
        self.repair = Repair::default();
    }

    pub(super) fn went_well(&mut self) {
        self.page = self.page.saturating_mul(2).min(LARGEST_PAGE);
    }

    /// Makes the next request; a waiting one when there is no work.
    ///
    /// # Errors
    /// [`SyncError`].
    pub fn request(
        &mut self,
        store: &mut Store,
        keys: &dyn KeyStore,
        reading: &Reading,
    ) -> Result<Request, SyncError> {
        let wait = !self.has_work(store)?;
        let anchor = store.read(|tx| tx.anchor())?;
        self.now = lease_time(anchor.as_ref(), reading).at;
        batch::cut(store, keys, self.now)?;
        let (request, asked) = super::compose::compose(self, store, keys, wait)?;
        self.asked = Some(asked);
        self.more = false;
        Ok(request)
    }
}
