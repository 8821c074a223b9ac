//! The world's time, and the clocks of tablets that may be wrong about it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use doegnrytme_core::port::{Clock, Reading};
use doegnrytme_core::time::UnixSeconds;

/// The world's time in milliseconds since 1970. Copies are one time.
#[derive(Debug, Clone)]
pub struct WorldTime(Arc<AtomicI64>);

impl WorldTime {
    /// Time that begins at a moment and stands until it is moved.
    #[must_use]
    pub fn new(at: UnixSeconds) -> Self {
        Self(Arc::new(AtomicI64::new(at.0.saturating_mul(1_000))))
    }

    /// Lets time pass.
    pub fn passes(&self, time: Duration) {
        self.0.fetch_add(i64::try_from(time.as_millis()).unwrap_or(0), Ordering::Relaxed);
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> UnixSeconds {
        UnixSeconds(self.milliseconds() / 1_000)
    }

    fn milliseconds(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[derive(Debug)]
struct Hands {
    ahead: i64,
    booted: i64,
    boot: u64,
}

/// A tablet's clock. Copies are one clock.
#[derive(Debug, Clone)]
pub struct TabletClock {
    world: WorldTime,
    hands: Arc<Mutex<Hands>>,
}

impl TabletClock {
    /// A clock that is right.
    #[must_use]
    pub fn new(world: WorldTime) -> Self {
        let hands = Hands { ahead: 0, booted: world.milliseconds() - 3_600_000, boot: 1 };
        Self { world, hands: Arc::new(Mutex::new(hands)) }
    }

    fn change(&self, change: impl FnOnce(&mut Hands)) {
        change(&mut self.hands.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// The wall clock is set so far ahead of the world's time (behind, when negative).
    pub fn is_ahead(&self, seconds: i64) {
        self.change(|hands| hands.ahead = seconds);
    }

    /// The wall clock is set to a moment, and runs on from there.
    pub fn says(&self, wall: UnixSeconds) {
        self.is_ahead(wall.0 - self.world.now().0);
    }

    /// The tablet is switched off and on: the monotonic clock begins anew.
    pub fn reboots(&self) {
        let now = self.world.milliseconds();
        self.change(|hands| {
            hands.boot += 1;
            hands.booted = now - 20_000;
        });
    }
}

impl Clock for TabletClock {
    fn read(&self) -> Reading {
        let hands = self.hands.lock().unwrap_or_else(PoisonError::into_inner);
        let since = self.world.milliseconds() - hands.booted;
        Reading {
            wall: self.world.now().plus(hands.ahead),
            monotonic: Duration::from_millis(u64::try_from(since).unwrap_or(0)),
            boot: hands.boot,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_may_be_wrong_but_its_time_since_the_boot_is_not() {
        let world = WorldTime::new(UnixSeconds(1_000_000));
        let clock = TabletClock::new(world.clone());
        let before = clock.read();
        clock.says(UnixSeconds(17));
        world.passes(Duration::from_secs(60));
        let after = clock.read();
        assert_eq!(after.wall, UnixSeconds(77));
        assert_eq!(after.monotonic - before.monotonic, Duration::from_secs(60));
        clock.reboots();
        assert_ne!(clock.read().boot, after.boot);
        assert!(clock.read().monotonic < Duration::from_secs(60));
    }
}
