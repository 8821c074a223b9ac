//! One seed, or many of them.

use std::fmt;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use super::broken::Held;
use super::{Counts, Faults, Size, World};

/// A seed whose world broke a promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The seed.
    pub seed: u64,
    /// How large the world was.
    pub size: Size,
    /// What was broken.
    pub what: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let full = if self.size == Size::Full { " --full" } else { "" };
        writeln!(f, "seed {}: {}", self.seed, self.what)?;
        let command = "cargo run --release -p doegnrytme-tests --bin simulate -- --tell --seed";
        write!(f, "  tell it again: {command} {}{full}", self.seed)
    }
}

/// Lives a world from begin to end; what was seen in it.
///
/// # Errors
/// The promise that was broken.
pub fn run(seed: u64, size: Size, faults: Faults) -> Result<Counts, Failure> {
    let failure = |broken: super::broken::Broken| Failure { seed, size, what: broken.0 };
    let mut world = World::begin(seed, size, faults).map_err(failure)?;
    live(&mut world).map_err(failure)?;
    Ok(world.counts().clone())
}

/// Lets a world live: storm, calm, and the questions at the end.
///
/// # Errors
/// The promise that was broken.
pub fn live(world: &mut World) -> Held<()> {
    world.storm(world.size().steps())?;
    world.settle()?;
    world.keep_promises()?;
    world.count_meetings()
}

/// Lives the worlds of a range of seeds on two threads; all that was seen, or the failure with the
/// lowest seed.
///
/// # Errors
/// The first promise that was broken.
pub fn many(seeds: Range<u64>, size: Size) -> Result<Counts, Failure> {
    let next = AtomicU64::new(seeds.start);
    let seen = Mutex::new(Ok::<_, Failure>(Counts::default()));
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return;
            }
            let lived = run(seed, size, Faults::default());
            let Ok(mut seen) = seen.lock() else { return };
            match (&mut *seen, lived) {
                (Ok(all), Ok(counts)) => all.join(&counts),
                (Err(_), Ok(_)) => return,
                (before, Err(failure)) => {
                    if before.as_ref().err().is_none_or(|known| known.seed > failure.seed) {
                        *before = Err(failure);
                    }
                    return;
                }
            }
        }
    };
    std::thread::scope(|threads| {
        threads.spawn(work);
        threads.spawn(work);
    });
    seen.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}
