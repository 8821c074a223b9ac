//! "Som aftalt": what one tap ticks, and what keeps a visit open (M45, design §8).

use super::day_part::DayPart;
use super::note::Note;
use super::plan::PlanItem;
use super::role::Roles;
use crate::ids::ItemId;
use crate::time::LocalDay;

/// The items of a visit, by what "som aftalt" does with them. Each list is in the plan's order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AsAgreed {
    /// Ticked by the one tap.
    pub ticked: Vec<ItemId>,
    /// "Hver for sig": each is ticked by itself or marked "ikke givet"; until then the visit
    /// stays open.
    pub each_on_its_own: Vec<ItemId>,
    /// For roles that this carer has not (M14); somebody else's to do.
    pub for_others: Vec<ItemId>,
}

impl AsAgreed {
    /// Sorts the items that are to be done in that part of that day for a carer of these roles.
    #[must_use]
    pub fn of<'plan>(
        items: impl IntoIterator<Item = &'plan PlanItem>,
        day: LocalDay,
        part: DayPart,
        carer: Roles,
    ) -> Self {
        let mut sorted = Self::default();
        for item in items.into_iter().filter(|item| item.is_for(day) && item.part == part) {
            let list = match (item.roles.meets(carer), item.each_on_its_own) {
                (false, _) => &mut sorted.for_others,
                (true, true) => &mut sorted.each_on_its_own,
                (true, false) => &mut sorted.ticked,
            };
            list.push(item.entry.id);
        }
        sorted
    }

    /// The items that keep the visit open: "hver for sig", and neither ticked nor "ikke givet" in
    /// what has been noted so far.
    #[must_use]
    pub fn still_open(&self, so_far: &Note) -> Vec<ItemId> {
        let settled = |item: &ItemId| {
            so_far.not_given.contains(item) || so_far.ticks.iter().any(|tick| tick.item == *item)
        };
        self.each_on_its_own.iter().copied().filter(|item| !settled(item)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::care::example::{anna, day, item, item_id, tick, visit_note};
    use crate::care::field::Status;
    use crate::care::role::Role;

    fn items() -> Vec<PlanItem> {
        let mut eye_drops = item(2);
        eye_drops.each_on_its_own = true;
        let mut wound = item(3);
        wound.roles = Roles::of(&[Role::Nurse]);
        let mut supper = item(4);
        supper.part = DayPart::Evening;
        let mut friday = item(5);
        friday.days = "fr".parse().unwrap();
        let mut ended = item(6);
        ended.entry.status = Status::Ended;
        vec![item(7), item(1), eye_drops, wound, supper, friday, ended]
    }

    fn monday_morning(roles: &[Role]) -> AsAgreed {
        AsAgreed::of(&items(), day("2026-03-02"), DayPart::Morning, Roles::of(roles))
    }

    #[test]
    fn one_tap_ticks_what_this_role_may_do_now_and_not_what_is_done_each_by_itself() {
        assert_eq!(
            monday_morning(&[Role::Helper]),
            AsAgreed {
                ticked: vec![item_id(7), item_id(1)],
                each_on_its_own: vec![item_id(2)],
                for_others: vec![item_id(3)],
            }
        );
    }

    #[test]
    fn a_nurse_may_do_what_is_a_nurses() {
        let nurse = monday_morning(&[Role::Nurse]);
        assert!(nurse.for_others.is_empty());
        assert_eq!(nurse.ticked, [item_id(7), item_id(1), item_id(3)]);
    }

    #[test]
    fn who_has_no_role_ticks_nothing() {
        let nobody = monday_morning(&[]);
        assert!(nobody.ticked.is_empty() && nobody.each_on_its_own.is_empty());
        assert_eq!(nobody.for_others.len(), 4);
    }

    #[test]
    fn eye_drops_keep_the_visit_open_until_given_or_not_given() {
        let helper = monday_morning(&[Role::Helper]);
        let mut note = visit_note(1, anna());
        assert_eq!(helper.still_open(&note), [item_id(2)]);
        note.not_given = vec![item_id(2)];
        assert!(helper.still_open(&note).is_empty());
        note.not_given.clear();
        note.ticks.push(tick(2));
        assert!(helper.still_open(&note).is_empty());
    }
}
