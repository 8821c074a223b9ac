//! The visits of a day: what the driving list says, and what the plans ask for where it says
//! nothing.

use std::collections::BTreeSet;

use super::{StoreError, Tx};
use crate::care::visit::{PlannedVisit, derive};
use crate::ids::CitizenId;
use crate::time::LocalDay;

impl Tx<'_> {
    /// The visits of a day to the citizens whom this tablet may read, in the order of the day's
    /// parts. A citizen without a planned one has those that the plan's items give (M65).
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn visits_of_day(&self, day: LocalDay) -> Result<Vec<PlannedVisit>, StoreError> {
        let mut visits = self.planned_visits(day)?;
        let planned: BTreeSet<CitizenId> = visits.iter().map(|visit| visit.key.citizen).collect();
        for (citizen, _) in self.granted()? {
            if !planned.contains(&citizen) {
                visits.extend(derive(citizen, day, &self.plan(citizen)?.items));
            }
        }
        visits.sort_by_key(|visit| (visit.key.part, visit.key.citizen, visit.key.number));
        Ok(visits)
    }
}
