//! One tablet writes, another reads.

use doegnrytme_core::ids::{CitizenId, Nonce};
use doegnrytme_core::trust::envelope::open_answer;
use doegnrytme_core::wire::request::RequestBody;
use doegnrytme_core::wire::verdict::Verdict;

use super::world::World;
use crate::node::Handled;

#[test]
fn a_note_and_a_plan_edit_reach_the_colleague_with_proof() {
    let mut world = World::new();
    let citizen = world.citizen(1);
    let (mut anna, mut bo) = (world.tablet(1), world.tablet(2));
    let rows = vec![anna.note(citizen, "Glad i dag", world.now), anna.edit(citizen, 1, world.now)];
    let verdicts = world.push(&mut anna, rows.clone());
    for (verdict, place) in verdicts.iter().zip(1..) {
        assert!(matches!(verdict, Verdict::Published { seq, .. } if *seq == place), "{verdict:?}");
    }
    world.pull(&mut bo);
    assert_eq!(bo.rows.len(), 2);
    for row in &rows {
        assert_eq!(bo.rows[&(row.entry.doc, row.entry.hash)].content, row.content);
    }
    assert_eq!(bo.headers.len(), 1);
    assert_eq!(world.digest(&mut anna), anna.counted());
    assert_eq!(world.digest(&mut bo), bo.counted());
}

#[test]
fn a_row_about_a_citizen_of_another_team_is_held_and_never_delivered() {
    let mut world = World::new();
    let citizen = world.citizen(1);
    let (mut anna, mut bo) = (world.tablet(1), world.tablet(2));
    let stranger = CitizenId([99; 16]);
    let rows = vec![
        anna.note(stranger, "Forkert hus", world.now),
        anna.note(citizen, "Rigtigt", world.now),
    ];
    let verdicts = world.push(&mut anna, rows);
    assert!(matches!(verdicts[0], Verdict::Held { .. }));
    assert!(matches!(verdicts[1], Verdict::Published { seq: 1, .. }));
    world.pull(&mut bo);
    assert_eq!(bo.rows.len(), 1);
    // The held entry travels as its digest, so that the signature still verifies.
    assert_eq!(bo.headers[0].2.absent.len(), 1);
}

#[test]
fn under_a_spent_nonce_a_batch_is_judged_but_no_content_comes_back() {
    let mut world = World::new();
    let citizen = world.citizen(1);
    let (mut anna, mut bo) = (world.tablet(1), world.tablet(2));
    let note = anna.note(citizen, "Til Bo", world.now);
    world.push(&mut anna, vec![note]);
    let note = bo.note(citizen, "Til Anna", world.now);
    let push = bo.cut(&world.keys, vec![note], world.now, None);
    let body = RequestBody { push: Some(push), ..RequestBody::default() };
    let nonce = Nonce([0; 16]);
    let logged = bo.request(&world.keys, nonce, &body, false);
    for _ in 0..2 {
        let answer = world.raw(&logged);
        let (head, body) = open_answer(&answer.body, &world.keys.identity_key, &nonce).unwrap();
        assert!(body.stale && body.pages.is_empty() && body.scope.is_none());
        assert!(body.push.is_some());
        assert_eq!(body.verdicts.len(), 1);
        assert_eq!(head.nonces.len(), 4);
    }
}

#[test]
fn a_doubled_request_costs_the_tablet_none_of_its_nonces() {
    let mut world = World::new();
    let mut anna = world.tablet(1);
    for _ in 0..6 {
        let nonce = anna.nonces.remove(0);
        let bytes = anna.request(&world.keys, nonce, &RequestBody::default(), false);
        let first = world.raw(&bytes);
        world.raw(&bytes);
        let (head, body) = open_answer(&first.body, &world.keys.identity_key, &nonce).unwrap();
        assert!(!body.stale);
        anna.nonces.extend(head.nonces);
        assert!(anna.nonces.len() >= 3);
    }
}

#[test]
fn certificates_whose_answer_was_lost_come_again_after_a_spent_nonce() {
    let mut world = World::new();
    let citizen = world.citizen(1);
    let (mut anna, mut bo) = (world.tablet(1), world.tablet(2));
    let note = anna.note(citizen, "Til Bo", world.now);
    world.push(&mut anna, vec![note]);
    let nonce = bo.nonces.remove(0);
    let asks = bo.request(&world.keys, nonce, &RequestBody::default(), false);
    // Row and certificates were on their way and are lost; so the nonce is spent when he asks again
    // and the nonces that come back are those of the lost answer.
    world.raw(&asks);
    let (head, body) =
        open_answer(&world.raw(&asks).body, &world.keys.identity_key, &nonce).unwrap();
    assert!(body.stale);
    bo.nonces = head.nonces;
    world.pull(&mut bo);
    // Without Anna's certificate her signature could not have been checked.
    assert_eq!(bo.headers.len(), 1);
}

#[test]
fn certificates_come_again_to_a_tablet_whose_store_went_back() {
    let mut world = World::new();
    let citizen = world.citizen(1);
    let (mut anna, mut bo, mut carl) = (world.tablet(1), world.tablet(2), world.tablet(3));
    let note = carl.note(citizen, "Til Bo", world.now);
    world.push(&mut carl, vec![note]);
    world.pull(&mut bo);
    let (cursors, certificates) = (bo.cursors.clone(), bo.certificates.clone());
    let nonce = *bo.nonces.last().unwrap();
    let note = anna.note(citizen, "Til Bo", world.now);
    world.push(&mut anna, vec![note]);
    // The second pull proves that the first one's answer arrived.
    world.pull(&mut bo);
    world.pull(&mut bo);
    assert_eq!(bo.headers.len(), 2);
    // The end of his log is damaged: what came last is gone, and a spent nonce is back.
    (bo.cursors, bo.certificates, bo.nonces) = (cursors, certificates, vec![nonce]);
    bo.headers.pop();
    world.pull(&mut bo);
    world.pull(&mut bo);
    // Without Anna's certificate her signature could not have been checked.
    assert_eq!(bo.headers.len(), 2);
}

#[test]
fn certificates_come_again_to_a_tablet_that_made_its_store_anew() {
    let mut world = World::new();
    let citizen = world.citizen(1);
    let (mut anna, mut bo) = (world.tablet(1), world.tablet(2));
    let note = anna.note(citizen, "Til Bo", world.now);
    world.push(&mut anna, vec![note]);
    world.pull(&mut bo);
    world.pull(&mut bo);
    bo.cursors.clear();
    bo.certificates.clear();
    bo.headers.clear();
    world.pull(&mut bo);
    assert_eq!(bo.headers.len(), 1);
}

#[test]
fn a_request_that_waits_is_answered_when_a_colleague_writes_and_not_before() {
    let mut world = World::new();
    let citizen = world.citizen(1);
    let (mut anna, mut bo) = (world.tablet(1), world.tablet(2));
    world.pull(&mut bo);
    let nonce = bo.nonces.pop().unwrap();
    let bytes = bo.request(&world.keys, nonce, &RequestBody::default(), true);
    let Handled::Wait(waiting) = world.handle(&bytes).handled else { panic!("nothing is new") };
    let looked = |world: &mut World, last: bool| {
        let World { store, engine, dice, now, .. } = world;
        crate::store::write(store, |tx| engine.wake(tx, *now, dice, &waiting, last)).unwrap()
    };
    assert_eq!(looked(&mut world, false), None);
    let note = anna.note(citizen, "Nyt", world.now);
    world.push(&mut anna, vec![note]);
    let answer = looked(&mut world, false).unwrap();
    let (_, body) = open_answer(&answer.body, &world.keys.identity_key, &nonce).unwrap();
    assert_eq!(body.pages.len(), 1);
    assert_eq!(body.pages[0].rows.len(), 1);
}

#[test]
fn a_request_with_nothing_new_is_small_and_brings_one_nonce() {
    let mut world = World::new();
    world.citizen(1);
    let mut anna = world.tablet(1);
    world.pull(&mut anna);
    let nonce = anna.nonces.pop().unwrap();
    let bytes = anna.request(&world.keys, nonce, &RequestBody::default(), false);
    let answer = world.raw(&bytes);
    assert!(bytes.len() + answer.body.len() < 1_000, "{} {}", bytes.len(), answer.body.len());
    let (head, _) = open_answer(&answer.body, &world.keys.identity_key, &nonce).unwrap();
    assert_eq!(head.nonces.len(), 1);
}

#[test]
fn a_stranger_a_forger_and_garbage_get_no_signed_word() {
    let mut world = World::new();
    let mut anna = world.tablet(1);
    let nonce = anna.nonces.pop().unwrap();
    let good = anna.request(&world.keys, nonce, &RequestBody::default(), false);
    let forged = good.len() - 1;
    let mut bent = good.clone();
    bent[forged] ^= 1;
    assert_eq!(world.raw(&bent).status, 400);
    let mut bent = good.clone();
    bent[20] ^= 1;
    assert!(matches!(world.raw(&bent).status, 400 | 401));
    assert_eq!(world.raw(b"hello").status, 400);
    anna.device.0 += 1;
    let stranger = anna.request(&world.keys, nonce, &RequestBody::default(), false);
    assert_eq!(world.raw(&stranger).status, 401);
    assert_eq!(world.raw(&good).status, 200, "the nonce was not spent by any of them");
}
