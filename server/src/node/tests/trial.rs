//! What intake makes of a trial's end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use doegnrytme_core::gate;
use doegnrytme_core::trial::Reason;
use doegnrytme_core::wire::request::RequestBody;
use doegnrytme_core::wire::verdict::Verdict;

use super::world::World;
use crate::intake::tester::{Base, Candidate, Tester, Tried};
use crate::intake::{settle, untried};
use crate::node::{Context, Engine, Rules};
use crate::store::StoreError;
use crate::trial::InProcess;
use crate::trial::tests::Told;

fn world_that_says(answers: Vec<Tried>) -> World {
    let mut world = World::new();
    let rules = Rules { tester: Told::of(answers), ..Rules::default() };
    world.engine = Engine::new(Arc::clone(&world.keys), rules);
    world
}

fn is_published(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Published { .. })
}

#[test]
fn a_change_that_fails_its_trial_is_held_what_rests_on_it_too_and_nothing_else() {
    let crashed = Reason::Crashed.number();
    let mut world = world_that_says(vec![Tried::Held(crashed)]);
    let (citizen, other) = (world.citizen(1), world.citizen(2));
    let (mut anna, mut bo) = (world.tablet(1), world.tablet(2));
    let rows = vec![
        anna.edit(citizen, 1, world.now),
        anna.edit(citizen, 2, world.now),
        anna.edit(other, 1, world.now),
        anna.note(citizen, "Glad i dag", world.now),
    ];
    let verdicts = world.push(&mut anna, rows);
    assert_eq!(verdicts[0], Verdict::Held { reason: crashed });
    let with_it = Verdict::Held { reason: gate::Reason::DependencyHeld.number() };
    assert_eq!(verdicts[1], with_it);
    assert!(is_published(&verdicts[2]) && is_published(&verdicts[3]));
    world.pull(&mut bo);
    assert_eq!(bo.rows.len(), 2);
}

#[test]
fn a_refused_change_is_kept_and_never_delivered() {
    let broken = Reason::DoesNotApply.number();
    let mut world = world_that_says(vec![Tried::Refused(broken)]);
    let citizen = world.citizen(1);
    let (mut anna, mut bo) = (world.tablet(1), world.tablet(2));
    let row = anna.edit(citizen, 1, world.now);
    let (doc, hash) = (row.entry.doc, row.entry.hash);
    assert_eq!(world.push(&mut anna, vec![row])[0], Verdict::Refused { reason: broken });
    world.pull(&mut bo);
    assert!(bo.rows.is_empty());
    assert!(world.write(|tx| tx.standing(doc, hash).unwrap()).is_some());
}

#[test]
fn what_takes_too_long_is_received_holds_nobody_up_and_is_judged_when_its_trial_has_ended() {
    let mut world = world_that_says(vec![Tried::Later]);
    let citizen = world.citizen(1);
    let (mut anna, mut bo) = (world.tablet(1), world.tablet(2));
    let rows = vec![anna.edit(citizen, 1, world.now), anna.note(citizen, "Kaffe", world.now)];
    // The rest of the push is tried later too: nobody waits for it.
    assert_eq!(world.push(&mut anna, rows), [Verdict::Received, Verdict::Received]);
    let note = bo.note(citizen, "Gåtur", world.now);
    assert!(is_published(&world.push(&mut bo, vec![note])[0]));

    let waiting = world.write(|tx| untried(tx, 10).unwrap());
    assert_eq!(waiting.len(), 2);
    for (key, candidate) in waiting {
        let (keys, rules) = (Arc::clone(&world.keys), world.engine.rules().clone());
        let World { store, dice, now, .. } = &mut world;
        crate::store::write(store, |tx| {
            let context = Context::new(tx, *now, dice, &keys, &rules)?;
            settle(tx, &context, key, &candidate, Tried::Passed(Vec::new())).map(|_| ())
        })
        .unwrap();
    }
    assert!(world.write(|tx| untried(tx, 10).unwrap()).is_empty());
    world.pull(&mut bo);
    assert_eq!(bo.rows.len(), 3, "his own and both of Anna's");
}

/// Tries as always, and counts: trials are where the server's documents are.
#[derive(Debug, Default)]
struct Counting {
    tester: InProcess,
    tried: AtomicU64,
    read_from_log: AtomicU64,
}

impl Tester for Counting {
    fn try_change(
        &self,
        candidate: &Candidate,
        again: bool,
        base: &mut Base<'_>,
    ) -> Result<Tried, StoreError> {
        self.tried.fetch_add(1, Ordering::Relaxed);
        self.tester.try_change(candidate, again, &mut |doc| {
            self.read_from_log.fetch_add(1, Ordering::Relaxed);
            base(doc)
        })
    }
}

#[test]
fn a_request_that_brings_nothing_new_loads_no_document_and_a_change_of_a_plan_does() {
    let mut world = World::new();
    let citizen = world.citizen(1);
    let (mut anna, mut bo) = (world.tablet(1), world.tablet(2));
    let row = anna.edit(citizen, 1, world.now);
    assert!(is_published(&world.push(&mut anna, vec![row])[0]));
    world.pull(&mut bo);
    // A server that has just been started, whose children know no plan.
    let counting = Arc::new(Counting::default());
    let rules = Rules { tester: Arc::<Counting>::clone(&counting), ..Rules::default() };
    world.engine = Engine::new(Arc::clone(&world.keys), rules);
    let counts = || [&counting.tried, &counting.read_from_log].map(|n| n.load(Ordering::Relaxed));

    for tablet in [&mut anna, &mut bo] {
        world.send(tablet, RequestBody::default());
        world.digest(tablet);
    }
    assert_eq!(counts(), [0, 0]);
    let row = anna.edit(citizen, 2, world.now);
    assert!(is_published(&world.push(&mut anna, vec![row])[0]));
    assert_eq!(counts(), [1, 1]);
}
