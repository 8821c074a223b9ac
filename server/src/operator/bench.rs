//! What the tests of enrolment, imports and relatives stand on: a small invented municipality with
//! a real store, and a clock that only the test moves.

use doegnrytme_core::port::Entropy;
use doegnrytme_core::time::UnixSeconds;
use doegnrytme_core::wire::sha256;

use crate::node::context::{Context, Rules};
use crate::node::keys::Keys;
use crate::store::sqlite::SqliteStore;
use crate::store::{self, Store, Tx};

/// The TLS key that tests meet.
pub(crate) const TLS: [u8; 32] = [0x71; 32];
/// 2026-03-02, 18:00 in Copenhagen.
pub(crate) const EVENING: UnixSeconds = UnixSeconds(1_772_470_800);

/// Randomness from a counter.
pub(crate) struct Counted(u64);

impl Entropy for Counted {
    fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            self.0 += 1;
            let block = sha256(&[&self.0.to_be_bytes()]);
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
    }
}

/// A municipality.
pub(crate) struct Bench {
    pub(crate) store: Box<dyn Store>,
    pub(crate) keys: Keys,
    pub(crate) rules: Rules,
    pub(crate) rng: Counted,
    pub(crate) now: UnixSeconds,
    _dir: tempfile::TempDir,
}

impl Bench {
    /// One that nobody has joined yet.
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut rng = Counted(0);
        let mut store: Box<dyn Store> =
            Box::new(SqliteStore::create(&dir.path().join("server.db"), &[7; 32]).unwrap());
        let mut tx = store.begin().unwrap();
        let keys = Keys::create(&mut *tx, [9; 32], &mut rng, EVENING).unwrap();
        tx.commit().unwrap();
        let rules = Rules::default();
        let mut bench = Self { store, keys, rules, rng, now: EVENING, _dir: dir };
        bench.write(|tx, context| crate::enrol::pins::announce(tx, context, &[TLS]).unwrap());
        bench
    }

    /// Works in one transaction that is kept.
    pub(crate) fn write<T>(&mut self, work: impl FnOnce(&mut dyn Tx, &mut Context<'_>) -> T) -> T {
        let Self { store, keys, rules, rng, now, .. } = self;
        store::write(store.as_mut(), |tx| {
            let mut context = Context::new(tx, *now, rng, keys, rules)?;
            Ok::<_, store::StoreError>(work(tx, &mut context))
        })
        .unwrap()
    }
}
