//! Who may queue for the writer: nobody but devices whose signature holds, a few requests each, and
//! a few that want to join.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use doegnrytme_core::ids::DeviceNumber;

/// Requests of one device that queue or are worked on. A tablet has one, and one more when it hung
/// up on the first.
const DEVICE: u32 = 4;
/// Requests to join that queue: a stranger's, all of them.
const ENROL: u32 = 32;

/// In whose name a request queues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lane {
    /// A device's.
    Device(DeviceNumber),
    /// Whoever wants to join.
    Enrol,
}

/// How many are queued in each lane. Copies are one.
#[derive(Debug, Clone, Default)]
pub struct Lanes(Arc<Mutex<HashMap<Lane, u32>>>);

/// A place in a lane; dropping it gives the place back.
#[derive(Debug)]
pub struct Place {
    lanes: Lanes,
    lane: Lane,
}

impl Lanes {
    /// A place in a lane, if there is one.
    #[must_use]
    pub fn enter(&self, lane: Lane) -> Option<Place> {
        let most = match lane {
            Lane::Device(_) => DEVICE,
            Lane::Enrol => ENROL,
        };
        let mut queued = self.0.lock().ok()?;
        let here = queued.entry(lane).or_default();
        if *here >= most {
            return None;
        }
        *here += 1;
        Some(Place { lanes: self.clone(), lane })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Ok(mut queued) = self.lanes.0.lock() else { return };
        if let Some(here) = queued.get_mut(&self.lane) {
            *here = here.saturating_sub(1);
            if *here == 0 {
                queued.remove(&self.lane);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_floods_fills_its_own_lane_and_nobody_elses() {
        let lanes = Lanes::default();
        let lane = |number| Lane::Device(DeviceNumber(number));
        let flood: Vec<_> = (0..100).filter_map(|_| lanes.enter(lane(7))).collect();
        assert_eq!(flood.len(), 4);
        assert!(lanes.enter(lane(8)).is_some());
        assert_eq!((0..100).filter_map(|_| lanes.enter(Lane::Enrol)).count(), 100, "one by one");
        drop(flood);
        assert!(lanes.enter(lane(7)).is_some());
        assert!(lanes.0.lock().unwrap().is_empty(), "an empty lane takes no memory");
    }

    #[test]
    fn those_who_want_to_join_share_one_lane() {
        let lanes = Lanes::default();
        let places: Vec<_> = (0..100).filter_map(|_| lanes.enter(Lane::Enrol)).collect();
        assert_eq!(places.len(), 32);
    }
}
