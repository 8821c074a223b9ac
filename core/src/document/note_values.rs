//! How single values of a note read; `None` is a newer version's.

use super::schema::note as key;
use crate::care::day_part::DayPart;
use crate::care::note::{HeadPrefix, Outcome};
use crate::care::visit::VisitKey;
use crate::gate::Value;
use crate::ids::CitizenId;
use crate::time::LocalDay;

pub(super) fn number(value: Value<'_>) -> Option<i64> {
    match value {
        Value::Signed(number) => Some(number),
        Value::Unsigned(number) => i64::try_from(number).ok(),
        _ => None,
    }
}

pub(super) fn bytes(value: Value<'_>) -> Option<&[u8]> {
    match value {
        Value::Bytes(bytes) => Some(bytes),
        _ => None,
    }
}

pub(super) fn flag(value: Value<'_>) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(flag),
        _ => None,
    }
}

pub(super) fn heads(value: Value<'_>) -> Option<Vec<HeadPrefix>> {
    let (heads, rest) = bytes(value)?.as_chunks();
    rest.is_empty().then(|| heads.iter().copied().map(HeadPrefix).collect())
}

pub(super) fn outcome(word: &str) -> Option<Outcome> {
    Some(match word {
        key::AS_AGREED => Outcome::AsAgreed,
        key::DEVIATION => Outcome::Deviation { needs_action: false },
        key::NEEDS_ACTION => Outcome::Deviation { needs_action: true },
        _ => return None,
    })
}

/// Reads `2026-03-02 morgen 1`.
pub(super) fn visit(citizen: CitizenId, text: &str) -> Option<VisitKey> {
    let mut words = text.split(' ');
    let day: LocalDay = words.next()?.parse().ok()?;
    let part = DayPart::from_key(words.next()?)?;
    let number = words.next()?.parse().ok()?;
    words.next().is_none().then_some(VisitKey { citizen, day, part, number })
}

pub(super) fn spaced<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    text.split(' ').map(read).collect()
}
