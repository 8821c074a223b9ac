//! Tries to join with a wrong code: counted by source and in all, never by code.
//!
//! A try that names no code that is good costs its source one; a source without any left is told to
//! come later, unlooked at. A try that names a good code is looked at all the same, so that a flood
//! from the next room, or from everywhere, locks nobody out who holds it. Whoever learned only the
//! name of a code may guess at its proof [`PROOFS`] times as often as that from one source; what is
//! guessed at are fifty bits.

use doegnrytme_core::time::UnixSeconds;
use doegnrytme_core::wire::sha256;

use crate::http::Source;
use crate::limits::pace::Paces;

/// Sources that are kept; a newcomer beyond these waits, unless it names a good code.
const SOURCES: usize = 16_384;
/// Wrong tries from all sources together, times those of one.
const ALL: u64 = 10;
/// Wrong proofs for one code from one source, times its wrong tries.
const PROOFS: u64 = 3;

/// A good code that a try names, as far as counting goes.
pub(super) type Named = [u8; 32];

/// Names a code.
pub(super) fn named(name: &[u8]) -> Named {
    sha256(&[name])
}

/// What was tried lately.
#[derive(Debug)]
pub(super) struct Tries {
    of_one: Paces<Source>,
    of_all: Paces<()>,
    proofs: Paces<(Source, Named)>,
    /// The control: as if a good code's name did not count.
    #[cfg(test)]
    pub(super) locks_out: bool,
}

impl Tries {
    /// So many wrong ones a minute and source; 0 for no limit.
    pub(super) fn new(a_minute: u64) -> Self {
        Self {
            of_one: Paces::new(a_minute, SOURCES),
            of_all: Paces::new(a_minute.saturating_mul(ALL), 1),
            proofs: Paces::new(a_minute.saturating_mul(PROOFS), SOURCES),
            #[cfg(test)]
            locks_out: false,
        }
    }

    /// Whether the source has wrong tries left.
    pub(super) fn has_any(&mut self, source: Source, now: UnixSeconds) -> bool {
        self.of_all.has_one((), now) && self.of_one.has_one(source, now)
    }

    /// Whether a try is looked at.
    pub(super) fn may(&mut self, source: Source, named: Option<Named>, now: UnixSeconds) -> bool {
        #[cfg(test)]
        let named = named.filter(|_| !self.locks_out);
        match named {
            Some(name) => self.proofs.is_full(now) || self.proofs.has_one((source, name), now),
            None => self.has_any(source, now),
        }
    }

    /// A try was wrong.
    pub(super) fn failed(&mut self, source: Source, named: Option<Named>, now: UnixSeconds) {
        // Whoever has none left pays nothing more: `may` has said so before.
        if let Some(name) = named {
            let _ = self.proofs.take((source, name), now);
        }
        let _ = self.of_one.take(source, now);
        let _ = self.of_all.take((), now);
    }
}
