//! Pushes: repeated, early, forked, cut anew, and what each entry gets.

use doegnrytme_core::ids::CertificateId;
use doegnrytme_core::wire::answer::PushAnswer;
use doegnrytme_core::wire::request::{Push, RequestBody};
use doegnrytme_core::wire::row::Content;
use doegnrytme_core::wire::verdict::Verdict;

use super::world::{Tablet, World, each};
use crate::intake::reason::{Reason, Rejection};

fn send(world: &mut World, tablet: &mut Tablet, push: Push) -> (PushAnswer, Vec<Verdict>) {
    let number = tablet.batch(&world.keys, &push).number;
    let (_, body) = world.send(tablet, RequestBody { push: Some(push), ..RequestBody::default() });
    (body.push.unwrap(), each(&body.verdicts, number))
}

fn is_receipt(answer: &PushAnswer) -> bool {
    matches!(answer, PushAnswer::Receipt(_))
}

#[test]
fn a_repeated_push_gives_the_same_receipt_and_publishes_nothing_twice() {
    let mut world = World::new();
    let citizen = world.citizen(1);
    let (mut anna, mut bo) = (world.tablet(1), world.tablet(2));
    let note = anna.note(citizen, "En gang", world.now);
    let push = anna.cut(&world.keys, vec![note], world.now, None);
    let (first, verdicts) = send(&mut world, &mut anna, push.clone());
    world.now = world.now.plus(3_600);
    let (second, again) = send(&mut world, &mut anna, push);
    assert_eq!(first, second);
    assert_eq!(verdicts, again, "the log tells it again when it was heard before");
    world.pull(&mut bo);
    assert_eq!(bo.rows.len(), 1);
}

#[test]
fn a_push_whose_predecessor_is_missing_is_asked_for_again_and_gets_no_verdict() {
    let mut world = World::new();
    let citizen = world.citizen(1);
    let mut anna = world.tablet(1);
    let note = anna.note(citizen, "Først", world.now);
    let first = anna.cut(&world.keys, vec![note], world.now, None);
    let note = anna.note(citizen, "Dernæst", world.now);
    let second = anna.cut(&world.keys, vec![note], world.now, None);
    let (answer, verdicts) = send(&mut world, &mut anna, second.clone());
    assert_eq!((answer, verdicts.len()), (PushAnswer::SendFrom(1), 0));
    assert!(is_receipt(&send(&mut world, &mut anna, first).0));
    let (answer, verdicts) = send(&mut world, &mut anna, second);
    assert!(is_receipt(&answer));
    assert!(matches!(verdicts[0], Verdict::Published { seq: 2, .. }));
}

#[test]
fn two_batches_with_one_predecessor_are_a_fork_and_both_are_kept() {
    let mut world = World::new();
    let citizen = world.citizen(1);
    let mut anna = world.tablet(1);
    let note = anna.note(citizen, "Den ene", world.now);
    let one = anna.cut(&world.keys, vec![note], world.now, None);
    (anna.number, anna.last) = (0, None);
    let note = anna.note(citizen, "Den anden", world.now);
    let other = anna.cut(&world.keys, vec![note], world.now, None);
    assert!(is_receipt(&send(&mut world, &mut anna, one).0));
    assert_eq!(send(&mut world, &mut anna, other).0, PushAnswer::Fork);
}

#[test]
fn a_batch_that_is_cut_anew_takes_the_place_of_the_one_it_names() {
    let mut world = World::new();
    let citizen = world.citizen(1);
    let (mut anna, mut bo) = (world.tablet(1), world.tablet(2));
    let note = anna.note(citizen, "Samme note", world.now);
    let first = anna.cut(&world.keys, vec![note.clone()], world.now, None);
    let old = anna.batch(&world.keys, &first);
    assert!(is_receipt(&send(&mut world, &mut anna, first.clone()).0));
    let more = anna.note(citizen, "Og en til", world.now);
    let anew = anna.cut(&world.keys, vec![note, more], world.now, Some(&old));
    let (answer, verdicts) = send(&mut world, &mut anna, anew);
    assert!(is_receipt(&answer));
    assert!(matches!(verdicts[1], Verdict::Published { seq: 2, .. }), "{verdicts:?}");
    assert_eq!(send(&mut world, &mut anna, first).0, PushAnswer::SendFrom(2));
    let last = anna.note(citizen, "Videre", world.now);
    world.push(&mut anna, vec![last]);
    world.pull(&mut bo);
    assert_eq!(bo.rows.len(), 3);
}

#[test]
fn a_parked_change_is_published_when_what_it_rests_on_arrives() {
    let mut world = World::new();
    let citizen = world.citizen(1);
    let (mut anna, mut bo) = (world.tablet(1), world.tablet(2));
    let base = anna.edit(citizen, 1, world.now);
    bo.apply(&base);
    let first = bo.edit(citizen, 2, world.now);
    let second = bo.edit(citizen, 3, world.now);
    let verdicts = world.push(&mut bo, vec![first, second]);
    assert!(matches!(&verdicts[0], Verdict::Parked { missing } if *missing == [base.entry.hash]));
    assert!(matches!(&verdicts[1], Verdict::Parked { .. }));
    let verdicts = world.push(&mut anna, vec![base]);
    assert!(matches!(verdicts[0], Verdict::Published { seq: 1, .. }));
    let (_, body) = world.send(&mut bo, RequestBody::default());
    let verdicts = each(&body.verdicts, 1);
    assert!(matches!(verdicts[0], Verdict::Published { seq: 2, .. }), "{verdicts:?}");
    assert!(matches!(verdicts[1], Verdict::Published { seq: 3, .. }), "{verdicts:?}");
    world.pull(&mut anna);
    assert_eq!(world.digest(&mut anna), anna.counted());
    assert_eq!(world.digest(&mut bo), bo.counted());
}

#[test]
fn a_newer_schema_is_parked_until_the_server_knows_it() {
    let mut world = World::new();
    let citizen = world.citizen(1);
    let mut anna = world.tablet(1);
    let mut note = anna.note(citizen, "Fra fremtiden", world.now);
    note.entry.schema = 2;
    let verdicts = world.push(&mut anna, vec![note]);
    assert_eq!(verdicts, [Verdict::Parked { missing: Vec::new() }]);
}

#[test]
fn what_was_written_without_a_valid_certificate_is_held_for_a_person() {
    let mut world = World::new();
    let citizen = world.citizen(1);
    let (mut anna, bo) = (world.tablet(1), world.tablet(2));
    let mut unknown = anna.note(citizen, "Ukendt", world.now);
    unknown.entry.certificate = CertificateId([5; 32]);
    let mut borrowed = anna.note(citizen, "Lånt", world.now);
    borrowed.entry.certificate = bo.certificate;
    let mut late = anna.note(citizen, "For sent", world.now);
    late.entry.written = world.now.plus(9 * 24 * 60 * 60);
    let held = |reason: Reason| Verdict::Held { reason: reason.number() };
    assert_eq!(
        world.push(&mut anna, vec![unknown, borrowed, late]),
        [
            held(Reason::CertificateUnknown),
            held(Reason::CertificateOfAnother),
            held(Reason::OutsideLease)
        ]
    );
}

#[test]
fn a_broken_change_is_refused_and_blocks_nothing_beside_it() {
    let mut world = World::new();
    let citizen = world.citizen(1);
    let mut anna = world.tablet(1);
    let good = anna.note(citizen, "God", world.now);
    let Content::Change(mut chunk) = anna.note(citizen, "Ødelagt", world.now).content else {
        panic!("a note is a change")
    };
    let end = chunk.len() - 1;
    chunk[end] = 0xff;
    let doc = anna.note(citizen, "Navn", world.now).entry.doc;
    let broken = anna.row(doc, citizen, Content::Change(chunk), world.now);
    let verdicts = world.push(&mut anna, vec![broken, good]);
    assert!(matches!(verdicts[0], Verdict::Refused { .. }), "{verdicts:?}");
    assert!(matches!(verdicts[1], Verdict::Published { .. }));
}

#[test]
fn rows_that_were_not_signed_are_rejected_with_the_whole_batch() {
    let mut world = World::new();
    let citizen = world.citizen(1);
    let mut anna = world.tablet(1);
    let signed = anna.note(citizen, "Underskrevet", world.now);
    let other = anna.note(citizen, "Byttet ud", world.now);
    let push = anna.cut(&world.keys, vec![signed], world.now, None);
    anna.number = 0;
    let swapped = anna.cut(&world.keys, vec![other], world.now, None);
    let mixed = Push { batch: push.batch.clone(), rows: swapped.rows };
    let answer = send(&mut world, &mut anna, mixed).0;
    assert_eq!(answer, PushAnswer::Rejected(Rejection::Rows.number()));
    assert!(is_receipt(&send(&mut world, &mut anna, push).0));
}

#[test]
fn a_change_takes_the_place_of_a_held_one_but_not_of_a_published_one() {
    let mut world = World::new();
    let citizen = world.citizen(1);
    let mut anna = world.tablet(1);
    let mut held = anna.note(citizen, "Første forsøg", world.now);
    held.entry.certificate = CertificateId([5; 32]);
    let mut anew = anna.note(citizen, "Andet forsøg", world.now);
    anew.entry.doc = held.entry.doc;
    anew.entry.replaces = Some(held.entry.hash);
    let mut third = anna.note(citizen, "Tredje forsøg", world.now);
    third.entry.doc = held.entry.doc;
    third.entry.replaces = Some(anew.entry.hash);
    let verdicts = world.push(&mut anna, vec![held, anew, third]);
    assert!(matches!(verdicts[0], Verdict::Held { .. }));
    assert!(matches!(verdicts[1], Verdict::Published { .. }), "{verdicts:?}");
    assert_eq!(verdicts[2], Verdict::Held { reason: Reason::ReplacedPublished.number() });
}
