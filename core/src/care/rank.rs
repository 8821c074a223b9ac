//! Where an entry stands among its like: a short text that sorts between its neighbours', so that
//! putting one in between moves no other.

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE: usize = DIGITS.len();

fn digit(text: &[u8], at: usize) -> Option<usize> {
    let byte = text.get(at)?;
    DIGITS.iter().position(|known| known == byte)
}

/// A rank after `before` and ahead of `after`; without one, at that end. Two carers who put
/// something in the same place may get the same rank; then the ids decide. A rank never ends in
/// `0`, because nothing would fit between `a` and `a0`. When `after` does not sort after `before`,
/// the rank is the next one after `before`.
#[must_use]
pub fn between(before: Option<&str>, after: Option<&str>) -> String {
    let low = before.unwrap_or_default().as_bytes();
    let high = after.map(str::as_bytes).filter(|high| low < *high);
    let mut rank = String::new();
    let mut bounded = high;
    for at in 0.. {
        // Behind a foreign rank that ends in `0` nothing fits; the loop ends all the same.
        bounded = bounded.filter(|high| at < high.len());
        let floor = digit(low, at).unwrap_or(0);
        let ceiling = bounded.map_or(BASE, |high| digit(high, at).unwrap_or(0));
        if ceiling > floor + 1 {
            // A step of one keeps ranks short where entries are only appended.
            let step = if high.is_none() { floor + 1 } else { floor.midpoint(ceiling) };
            push(&mut rank, step);
            break;
        }
        push(&mut rank, floor);
        if ceiling > floor {
            bounded = None;
        }
    }
    rank
}

fn push(rank: &mut String, digit: usize) {
    if let Some(byte) = DIGITS.get(digit) {
        rank.push(char::from(*byte));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ranks_are_short_and_sort_in_between() {
        for (before, after, rank) in [
            (None, None, "1"),
            (Some("1"), None, "2"),
            (Some("z"), None, "z1"),
            (None, Some("1"), "0V"),
            (Some("1"), Some("2"), "1V"),
            (Some("1"), Some("5"), "3"),
            (Some("2"), Some("1"), "3"),
            (Some("1"), Some("10"), "10V"),
            (Some("-"), Some("æ"), "00V"),
        ] {
            assert_eq!(between(before, after), rank, "{before:?} {after:?}");
        }
    }

    #[test]
    fn a_hundred_entries_put_first_keep_short_ranks() {
        let mut first = between(None, None);
        for _ in 0..100 {
            let earlier = between(None, Some(&first));
            assert!(earlier < first && earlier.len() < 24, "{earlier}");
            first = earlier;
        }
    }

    proptest! {
        #[test]
        fn however_often_one_puts_in_between_there_is_room(
            places in prop::collection::vec(0_usize..1000, 1..80),
        ) {
            let mut ranks: Vec<String> = Vec::new();
            for place in places {
                let at = place % (ranks.len() + 1);
                let before = at.checked_sub(1).map(|before| ranks[before].clone());
                let after = ranks.get(at).cloned();
                let rank = between(before.as_deref(), after.as_deref());
                prop_assert!(before.is_none_or(|before| before < rank));
                prop_assert!(after.is_none_or(|after| rank < after));
                prop_assert!(!rank.ends_with('0') && rank.len() <= 64);
                ranks.insert(at, rank);
            }
        }
    }
}
