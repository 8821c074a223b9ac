//! What is known of published plans.

use doegnrytme_core::care::role::{Role, Roles};
use doegnrytme_core::ids::{ChangeHash, CitizenId, DocId, ItemId, NoteId};
use doegnrytme_core::wire::row::Content;

use super::entries::{CITIZEN, PLAN, entry, published};
use super::kept;
use crate::store::Store;
use crate::store::entry::EntryState;
use crate::store::plan::PlanVersion;

pub(crate) fn a_plan_has_its_last_version_and_an_unwritten_one_the_first(store: &mut dyn Store) {
    kept(store, |tx| {
        assert_eq!(tx.plan_version(PLAN)?, PlanVersion::default());
        let one = PlanVersion::default().with(ChangeHash([1; 32]));
        let two = one.with(ChangeHash([2; 32]));
        for version in [one, two] {
            tx.set_plan_version(PLAN, version)?;
            assert_eq!(tx.plan_version(PLAN)?, version);
        }
        assert_eq!(tx.plan_version(DocId::Plan(CITIZEN, 1))?, PlanVersion::default());
        Ok(())
    });
}

pub(crate) fn a_plans_changes_are_the_published_ones_in_order_of_arrival(store: &mut dyn Store) {
    kept(store, |tx| {
        let note = DocId::Note(NoteId([4; 16]));
        let mut second = None;
        for (doc, hash, state) in [
            (PLAN, 9, published(1)),
            (PLAN, 3, EntryState::Parked),
            (PLAN, 7, published(2)),
            (note, 1, published(3)),
            (DocId::Plan(CITIZEN, 1), 2, published(4)),
            (PLAN, 4, EntryState::Held { reason: 1 }),
            (PLAN, 5, EntryState::Refused { reason: 1 }),
            (PLAN, 6, EntryState::SetAside),
            (PLAN, 8, EntryState::Received),
        ] {
            let put = entry(tx, doc, hash, state)?;
            let key = tx.put_entry(&put, &[])?;
            second = second.or((hash == 3).then_some(key));
        }
        let mut erased = entry(tx, PLAN, 10, published(5))?;
        erased.row.content = Content::Withheld;
        tx.put_entry(&erased, &[])?;
        assert_eq!(tx.plan_changes(PLAN)?, [vec![9; 40], vec![7; 40]]);
        // Published late, it keeps its place in the order of arrival.
        tx.set_state(second.unwrap(), published(6), &[])?;
        assert_eq!(tx.plan_changes(PLAN)?, [vec![9; 40], vec![3; 40], vec![7; 40]]);
        assert_eq!(tx.plan_changes(DocId::Plan(CitizenId([9; 16]), 0))?, [[0_u8; 0]; 0]);
        Ok(())
    });
}

pub(crate) fn an_item_has_the_roles_that_were_said_last_and_items_come_by_id(
    store: &mut dyn Store,
) {
    kept(store, |tx| {
        let item = |number: u8| ItemId([number; 5]);
        let (nurse, newer) = (Roles::of(&[Role::Nurse]), Roles::from_bits(u32::MAX));
        for (number, roles) in [(9, nurse), (1, newer), (0xff, Roles::NONE), (9, Roles::ALL)] {
            tx.set_item_roles(CITIZEN, item(number), roles)?;
        }
        tx.set_item_roles(CitizenId([2; 16]), item(9), nurse)?;
        let all = [(item(1), newer), (item(9), Roles::ALL), (item(0xff), Roles::NONE)];
        assert_eq!(tx.item_roles(CITIZEN)?, all);
        assert_eq!(tx.item_roles(CitizenId([3; 16]))?, []);
        Ok(())
    });
}
