//! So many a minute, all of them at once if need be: for each of many keys, in bounded memory.

use std::collections::HashMap;
use std::hash::Hash;

use doegnrytme_core::time::UnixSeconds;

/// Millionths of a second.
const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;

/// How many a minute each key has left. A key is kept as the moment when all of its minute is
/// there again, so a look is one look-up, and a key that has rested needs no place.
#[derive(Debug)]
pub struct Paces<K> {
    /// What one costs; none for no limit.
    each: Option<i64>,
    whole_at: HashMap<K, i64>,
    /// Keys that are kept at most.
    most: usize,
    swept: i64,
}

impl<K: Eq + Hash + Copy> Paces<K> {
    /// `a_minute` for each of at most `most` keys that are not at rest; 0 for no limit.
    #[must_use]
    pub fn new(a_minute: u64, most: usize) -> Self {
        let each = i64::try_from(a_minute).ok().filter(|number| *number > 0);
        let each = each.map(|number| (MINUTE / number).max(1));
        Self { each, whole_at: HashMap::new(), most, swept: i64::MIN }
    }

    /// Takes one.
    ///
    /// # Errors
    /// How many seconds to wait for the next one.
    pub fn take(&mut self, key: K, now: UnixSeconds) -> Result<(), u32> {
        let Some(each) = self.each else { return Ok(()) };
        let now = now.0.saturating_mul(SECOND);
        let whole_at = self.place(key, now)?.saturating_add(each);
        wait(whole_at, now)?;
        self.whole_at.insert(key, whole_at);
        Ok(())
    }

    /// Whether there is one left, without taking it.
    #[must_use]
    pub fn has_one(&mut self, key: K, now: UnixSeconds) -> bool {
        let Some(each) = self.each else { return true };
        let now = now.0.saturating_mul(SECOND);
        self.place(key, now).is_ok_and(|whole_at| wait(whole_at.saturating_add(each), now).is_ok())
    }

    /// Whether there is no place for a new key.
    #[must_use]
    pub fn is_full(&mut self, now: UnixSeconds) -> bool {
        let now = now.0.saturating_mul(SECOND);
        self.make_room(now);
        self.each.is_some() && self.whole_at.len() >= self.most
    }

    /// When the key has all of its minute again. There is no place for a new key when all others
    /// are busy: it waits then.
    fn place(&mut self, key: K, now: i64) -> Result<i64, u32> {
        if let Some(whole_at) = self.whole_at.get_mut(&key) {
            // A clock that was set back must not shut anybody out for longer than a minute.
            *whole_at = (*whole_at).clamp(now, now.saturating_add(MINUTE));
            return Ok(*whole_at);
        }
        self.make_room(now);
        if self.whole_at.len() < self.most { Ok(now) } else { Err(1) }
    }

    /// Forgets who has rested when there is no room, once for each moment.
    fn make_room(&mut self, now: i64) {
        if self.whole_at.len() >= self.most && self.swept != now {
            self.swept = now;
            self.whole_at.retain(|_, at| *at > now && *at <= now.saturating_add(MINUTE));
        }
    }
}

fn wait(whole_at: i64, now: i64) -> Result<(), u32> {
    let too_much = whole_at.saturating_sub(now).saturating_sub(MINUTE);
    if too_much <= 0 {
        return Ok(());
    }
    Err(u32::try_from(too_much.saturating_add(SECOND - 1) / SECOND).unwrap_or(60))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: UnixSeconds = UnixSeconds(1_772_452_800);

    #[test]
    fn a_minutes_worth_may_come_at_once_and_then_the_pace_holds() {
        let mut paces = Paces::new(60, 10);
        for _ in 0..60 {
            assert_eq!(paces.take(1, NOON), Ok(()));
        }
        assert_eq!(paces.take(1, NOON), Err(1));
        assert!(!paces.has_one(1, NOON));
        assert_eq!(paces.take(2, NOON), Ok(()), "another key has its own");
        assert_eq!(paces.take(1, NOON.plus(1)), Ok(()));
        assert_eq!(paces.take(1, NOON.plus(1)), Err(1));
        let later = (0..100).filter(|_| paces.take(1, NOON.plus(600)).is_ok()).count();
        assert_eq!(later, 60, "nothing is saved up beyond a minute");
    }

    #[test]
    fn whoever_is_turned_away_pays_nothing_and_hears_how_long_to_wait() {
        let mut paces = Paces::new(2, 10);
        assert_eq!((paces.take(1, NOON), paces.take(1, NOON)), (Ok(()), Ok(())));
        for _ in 0..1_000 {
            assert_eq!(paces.take(1, NOON), Err(30));
        }
        assert_eq!(paces.take(1, NOON.plus(30)), Ok(()));
    }

    #[test]
    fn a_clock_that_is_set_back_by_a_year_shuts_out_for_a_minute_at_most() {
        let mut paces = Paces::new(1, 10);
        assert_eq!(paces.take(1, NOON), Ok(()));
        let before = NOON.plus(-365 * 24 * 60 * 60);
        assert_eq!(paces.take(1, before), Err(60));
        assert_eq!(paces.take(1, before.plus(60)), Ok(()), "counted from the first look");
    }

    #[test]
    fn memory_is_bounded_and_whoever_has_rested_makes_room() {
        let mut paces = Paces::new(1, 3);
        for key in 0..3 {
            assert_eq!(paces.take(key, NOON), Ok(()));
        }
        assert_eq!(paces.take(3, NOON), Err(1));
        assert_eq!(paces.take(3, NOON.plus(60)), Ok(()));
        assert_eq!(paces.whole_at.len(), 1);
    }

    #[test]
    fn without_a_limit_nobody_waits() {
        let mut paces = Paces::new(0, 1);
        assert!((0..10_000).all(|key| paces.take(key, NOON).is_ok()));
    }
}
