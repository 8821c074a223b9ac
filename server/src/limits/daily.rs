//! Bytes that each team's tablets handed in today.
//!
//! Counted in memory. Whenever a team has handed in another MiB, the count is written down in
//! the transaction that takes it in; so a server that starts again has forgotten less than that of
//! each team, and a usual request costs no SQL.

use std::collections::BTreeMap;

use doegnrytme_core::ids::{DeviceNumber, StreamId};
use doegnrytme_core::time::UnixSeconds;
use doegnrytme_core::wire::{from_bytes, to_bytes};
use minicbor::{Decode, Encode};

use crate::store::meta::name;
use crate::store::{StoreError, Tx};

const DAY: i64 = 24 * 60 * 60;
/// Bytes of a team between two times that the count is written down.
const STEP: u64 = 1024 * 1024;
/// One device may use this part of its team's bytes, so that one that has gone wild leaves room for
/// its colleagues.
const SHARE: u64 = 4;

/// What was handed in on one day, which begins at midnight UTC.
#[derive(Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct Count {
    #[n(0)]
    day: i64,
    #[n(1)]
    teams: BTreeMap<u32, u64>,
    #[n(2)]
    devices: BTreeMap<u32, u64>,
}

/// Today's count, and the limit.
#[derive(Debug)]
pub struct Daily {
    limit: u64,
    /// None before it was read from the store.
    count: Option<Count>,
}

impl Daily {
    /// At most so many bytes a team; 0 for no limit.
    #[must_use]
    pub fn new(limit: u64) -> Self {
        Self { limit, count: None }
    }

    /// Counts what a device brings, if there is room for it.
    ///
    /// # Errors
    /// [`StoreError`]. The inner error: no room today, and how many seconds are left of it.
    pub fn take(
        &mut self,
        tx: &mut dyn Tx,
        now: UnixSeconds,
        device: DeviceNumber,
        team: StreamId,
        bytes: u64,
    ) -> Result<Result<(), u32>, StoreError> {
        if self.limit == 0 {
            return Ok(Ok(()));
        }
        let count = match self.count.take() {
            Some(count) => count,
            None => stored(tx)?,
        };
        let day = now.0.div_euclid(DAY);
        let count = if count.day == day { count } else { Count { day, ..Count::default() } };
        let count = self.count.insert(count);
        let team = count.teams.entry(team.0).or_default();
        let device = count.devices.entry(device.0).or_default();
        let (team_then, device_then) = (team.saturating_add(bytes), device.saturating_add(bytes));
        // Whatever the setting says, one request a day gets through: nobody's note is too long.
        let first = *device == 0;
        if !first && (team_then > self.limit || device_then > self.limit / SHARE) {
            let left = DAY.saturating_sub(now.0.rem_euclid(DAY));
            return Ok(Err(u32::try_from(left).unwrap_or(u32::MAX)));
        }
        let stepped = *team / STEP != team_then / STEP;
        (*team, *device) = (team_then, device_then);
        if stepped {
            tx.put_meta(name::INTAKE_TODAY, &to_bytes(count))?;
        }
        Ok(Ok(()))
    }
}

/// The count as it was written down; one that cannot be read counts from nothing.
fn stored(tx: &mut dyn Tx) -> Result<Count, StoreError> {
    let bytes = tx.meta(name::INTAKE_TODAY)?;
    Ok(bytes.and_then(|bytes| from_bytes(&bytes).ok()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::bench::Bench;

    const TEAM: StreamId = StreamId(7);
    const ANNA: DeviceNumber = DeviceNumber(11);
    const BO: DeviceNumber = DeviceNumber(12);

    fn take(
        bench: &mut Bench,
        daily: &mut Daily,
        device: DeviceNumber,
        team: StreamId,
        bytes: u64,
    ) -> Result<(), u32> {
        let now = bench.now;
        bench.write(|tx, _| daily.take(tx, now, device, team, bytes).unwrap())
    }

    #[test]
    fn a_team_has_its_bytes_a_day_and_a_device_a_quarter_of_them() {
        let (mut bench, mut daily) = (Bench::new(), Daily::new(4_000));
        assert_eq!(take(&mut bench, &mut daily, ANNA, TEAM, 1_000), Ok(()));
        let left = take(&mut bench, &mut daily, ANNA, TEAM, 1).unwrap_err();
        assert!(left > 0 && i64::from(left) <= DAY);
        assert_eq!(take(&mut bench, &mut daily, BO, TEAM, 1_000), Ok(()), "the colleague goes on");
        for device in 13..15 {
            assert_eq!(take(&mut bench, &mut daily, DeviceNumber(device), TEAM, 1_000), Ok(()));
        }
        assert_eq!(take(&mut bench, &mut daily, DeviceNumber(15), TEAM, 1), Ok(()), "a first one");
        assert!(take(&mut bench, &mut daily, DeviceNumber(15), TEAM, 1).is_err(), "the team's");
        let other = StreamId(8);
        assert_eq!(take(&mut bench, &mut daily, DeviceNumber(16), other, 1_000), Ok(()));
        bench.now = bench.now.plus(i64::from(left));
        assert_eq!(take(&mut bench, &mut daily, ANNA, TEAM, 1_000), Ok(()), "a new day");
    }

    #[test]
    fn a_server_that_starts_again_has_forgotten_less_than_a_step() {
        let (mut bench, limit) = (Bench::new(), 64 * STEP);
        let mut daily = Daily::new(limit);
        for device in 0..63 {
            let device = DeviceNumber(100 + device / 15);
            assert_eq!(take(&mut bench, &mut daily, device, TEAM, STEP), Ok(()));
        }
        let mut again = Daily::new(limit);
        assert_eq!(take(&mut bench, &mut again, DeviceNumber(200), TEAM, 1), Ok(()));
        assert!(take(&mut bench, &mut again, DeviceNumber(200), TEAM, STEP).is_err());
        // The control: what was not written down would be forgotten.
        bench.write(|tx, _| tx.put_meta(name::INTAKE_TODAY, &[]).unwrap());
        let mut forgetful = Daily::new(limit);
        assert_eq!(take(&mut bench, &mut forgetful, DeviceNumber(200), TEAM, 1), Ok(()));
        assert_eq!(take(&mut bench, &mut forgetful, DeviceNumber(200), TEAM, STEP), Ok(()));
    }

    #[test]
    fn without_a_limit_nothing_is_counted() {
        let (mut bench, mut daily) = (Bench::new(), Daily::new(0));
        for _ in 0..3 {
            assert_eq!(take(&mut bench, &mut daily, ANNA, TEAM, u64::MAX), Ok(()));
        }
        assert_eq!(daily.count, None);
    }
}
