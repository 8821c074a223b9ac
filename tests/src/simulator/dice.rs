//! Every choice of a world comes from here, so that a seed is a whole story.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// Seeded dice.
#[derive(Debug, Clone)]
pub struct Dice(ChaCha8Rng);

impl Dice {
    /// The dice of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// A seed for something that draws for itself.
    pub fn seed(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number below `most`; 0 when there is none.
    pub fn below(&mut self, most: usize) -> usize {
        let most = u64::try_from(most).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.0.next_u64() % most).unwrap_or(0)
    }

    /// True once in so many throws.
    pub fn one_in(&mut self, throws: usize) -> bool {
        self.below(throws) == 0
    }

    /// A number from `low` to `high`, both of them possible.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = usize::try_from(high.saturating_sub(low)).unwrap_or(0);
        low.saturating_add(i64::try_from(self.below(span.saturating_add(1))).unwrap_or(0))
    }

    /// One of several; none of nothing.
    pub fn pick<'many, T>(&mut self, many: &'many [T]) -> Option<&'many T> {
        let at = self.below(many.len());
        many.get(at)
    }

    /// One of several, each as often as its weight says; the last when all weigh nothing.
    pub fn weigh<T: Copy>(&mut self, many: &[(usize, T)]) -> Option<T> {
        let all = many.iter().map(|(weight, _)| weight).sum();
        let mut left = self.below(all);
        for (weight, one) in many {
            match left.checked_sub(*weight) {
                None => return Some(*one),
                Some(rest) => left = rest,
            }
        }
        many.last().map(|(_, one)| *one)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_throws_the_same_and_weights_are_kept() {
        let throws = |seed| {
            let mut dice = Dice::new(seed);
            (0..1_000).filter_map(|_| dice.weigh(&[(1, 'a'), (0, 'b'), (9, 'c')])).collect()
        };
        let first: Vec<char> = throws(1);
        assert_eq!(first, throws(1));
        assert_ne!(first, throws(2));
        let rare = first.iter().filter(|throw| **throw == 'a').count();
        assert!((60..140).contains(&rare), "{rare}");
        assert!(!first.contains(&'b'));
    }
}
