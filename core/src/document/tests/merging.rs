//! Merging is commutative, associative and idempotent, whatever was written and however it came.

use std::collections::{BTreeMap, VecDeque};

use proptest::prelude::*;
use proptest::sample::Index;

use super::{Tablet, add, gated, put};
use crate::care::field::Field;
use crate::document::{DocumentError, OwnChange, PlanDoc, genesis};
use crate::ids::ChangeHash;

const FIELDS: [Field; 3] = [Field::Title, Field::Text, Field::Slot];

/// What happens: a tablet writes in a field of one of its items or a common one, or hears of
/// another's changes.
#[derive(Debug, Clone)]
enum Event {
    Write { tablet: usize, item: u8, field: usize, value: u8 },
    Hear { tablet: usize, of: usize },
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let write = (0_usize..3, 0_u8..4, 0_usize..3, 0_u8..5)
        .prop_map(|(tablet, item, field, value)| Event::Write { tablet, item, field, value });
    let hear = (0_usize..3, 0_usize..3).prop_map(|(tablet, of)| Event::Hear { tablet, of });
    prop::collection::vec(prop_oneof![3 => write, 1 => hear], 1..40)
}

fn play(events: &[Event]) -> Vec<Tablet> {
    let mut tablets: Vec<Tablet> = (0..3).map(Tablet::new).collect();
    for event in events {
        match *event {
            Event::Write { tablet, item, field, value } => {
                let value = format!("værdi {value}");
                let tablet = &mut tablets[tablet];
                let edit = put(item, FIELDS[field], &value);
                match tablet.write(std::slice::from_ref(&edit)) {
                    // Whoever does not know the item adds it: sometimes two under one id.
                    Err(DocumentError::NoEntry(_)) => {
                        tablet.write(&[add(item, "ny"), edit]).unwrap();
                    }
                    Ok(_) | Err(DocumentError::NothingChanged) => {}
                    Err(error) => panic!("{error}"),
                }
            }
            Event::Hear { tablet, of } => {
                let other = tablets[of].clone();
                deliver(&mut tablets[tablet].plan, &other.written, &[]);
            }
        }
    }
    tablets
}

/// Delivers changes in an order that the picks decide; what comes too early comes again.
/// The order in which they were taken comes back.
fn deliver<'all>(
    plan: &mut PlanDoc,
    changes: &'all [OwnChange],
    picks: &[Index],
) -> Vec<&'all OwnChange> {
    let mut taken = Vec::new();
    let mut waiting: VecDeque<&OwnChange> = changes.iter().collect();
    let mut picks = picks.iter();
    let mut in_vain = 0;
    while in_vain < waiting.len() {
        let pick = picks.next();
        let at = pick.map_or(0, |pick| pick.index(waiting.len()));
        let Some(change) = waiting.remove(at) else { break };
        match plan.apply(&gated(change)) {
            Ok(_) => {
                taken.push(change);
                in_vain = 0;
            }
            Err(DocumentError::Missing(_)) => {
                waiting.push_back(change);
                // Only when they come in turn has every one been tried.
                in_vain += usize::from(pick.is_none());
            }
            Err(error) => panic!("{error}"),
        }
    }
    taken
}

fn all_written(tablets: &[Tablet]) -> Vec<OwnChange> {
    tablets.iter().flat_map(|tablet| tablet.written.clone()).collect()
}

fn state(plan: &PlanDoc) -> (Vec<ChangeHash>, Vec<super::PlanField>) {
    (plan.heads(), plan.fields().unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn tablets_that_heard_everything_are_equal_in_whatever_order_it_came(
        events in events(),
        picks in prop::collection::vec(any::<Index>(), 60),
    ) {
        let mut tablets = play(&events);
        let all = all_written(&tablets);
        let mut fresh = PlanDoc::new().unwrap();
        let order = deliver(&mut fresh, &all, &picks);
        let mut at_once = PlanDoc::new().unwrap();
        at_once.apply_all(&order.into_iter().map(gated).collect::<Vec<_>>()).unwrap();
        prop_assert_eq!(state(&at_once), state(&fresh));
        for (tablet, skip) in tablets.iter_mut().zip([0, 7, 19]) {
            deliver(&mut tablet.plan, &all, &picks[skip..]);
            prop_assert_eq!(state(&tablet.plan), state(&fresh));
            // Idempotent.
            deliver(&mut tablet.plan, &all, &picks);
            prop_assert_eq!(state(&tablet.plan), state(&fresh));
        }
        let reloaded = PlanDoc::load(&fresh.save().unwrap()).unwrap();
        prop_assert_eq!(state(&reloaded), state(&fresh));
    }

    #[test]
    fn it_does_not_matter_who_met_whom_first(events in events()) {
        let [a, b, c] = play(&events).try_into().unwrap();
        let join = |groups: [&[OwnChange]; 3]| {
            let mut plan = PlanDoc::new().unwrap();
            deliver(&mut plan, &groups.concat(), &[]);
            state(&plan)
        };
        let (a, b, c) = (&a.written[..], &b.written[..], &c.written[..]);
        prop_assert_eq!(join([a, b, c]), join([c, b, a]));
        prop_assert_eq!(join([b, a, c]), join([a, c, b]));
    }

    #[test]
    fn what_is_new_is_what_the_seen_heads_do_not_hold(events in events(), cut in any::<Index>()) {
        let tablets = play(&events);
        let all = all_written(&tablets);
        prop_assume!(!all.is_empty());
        let mut plan = PlanDoc::new().unwrap();
        deliver(&mut plan, &all, &[]);
        let seen = [all[cut.index(all.len())].hash()];
        let known = plan.fork_at(&seen).unwrap();
        let prefixes = known.head_prefixes();
        for field in plan.changed_fields_since(&prefixes).unwrap() {
            prop_assert!(field.writers().any(|hash| !known.has_change(hash)));
        }
        let new = plan.changed_fields_since(&prefixes).unwrap();
        for field in plan.fields().unwrap() {
            let is_new = field.writers().any(|hash| !known.has_change(hash));
            prop_assert_eq!(new.contains(&field), is_new);
        }
    }

    #[test]
    fn every_change_is_one_that_the_gate_knows(events in events()) {
        let tablets = play(&events);
        let last: BTreeMap<ChangeHash, u64> = all_written(&tablets)
            .into_iter()
            .map(|change| (change.hash(), change.shape.max_op()))
            .chain([(genesis::HASH, genesis::MAX_OP)])
            .collect();
        for tablet in tablets {
            for (change, seq) in tablet.written.iter().zip(1..) {
                let shape = crate::gate::examine(&change.bytes).unwrap();
                prop_assert_eq!(&shape, &change.shape);
                // What the gate will ask the tables.
                prop_assert_eq!(shape.seq, seq);
                let before = shape.deps.iter().filter_map(|dep| last.get(dep)).max();
                prop_assert_eq!(Some(shape.start_op - 1), before.copied());
                let automerges = automerge::Change::try_from(&change.bytes[..]).unwrap();
                prop_assert_eq!(automerges.hash().0, shape.hash.0);
            }
        }
    }
}
