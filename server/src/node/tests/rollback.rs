//! A server that was restored from a backup.

use doegnrytme_core::gate;
use doegnrytme_core::wire::answer::PushAnswer;
use doegnrytme_core::wire::digest::RowName;
use doegnrytme_core::wire::request::{Offer, RequestBody};
use doegnrytme_core::wire::row::Pack;
use doegnrytme_core::wire::verdict::Verdict;

use super::world::{World, each};

#[test]
fn an_authentic_cursor_from_a_lost_future_opens_a_new_epoch_once() {
    let mut world = World::new();
    let citizen = world.citizen(1);
    let (mut anna, mut bo, mut carl) = (world.tablet(1), world.tablet(2), world.tablet(3));
    let note = anna.note(citizen, "Før sikkerhedskopien", world.now);
    world.push(&mut anna, vec![note]);
    world.pull(&mut carl);
    let backup = world.backup();
    let note = anna.note(citizen, "Tabt", world.now);
    let lost = anna.cut(&world.keys, vec![note], world.now, None);
    let body = RequestBody { push: Some(lost.clone()), ..RequestBody::default() };
    world.send(&mut anna, body);
    world.pull(&mut anna);
    world.pull(&mut bo);
    world.restore(&backup);
    for tablet in [&mut anna, &mut bo] {
        // Its nonces are of the lost future too.
        let (_, body) = world.send(tablet, RequestBody::default());
        assert!(body.stale && body.rolled_back.is_none());
        let (_, body) = world.send(tablet, RequestBody::default());
        let rolled_back = body.rolled_back.expect("the cursor proves it");
        assert_eq!(rolled_back.heads.len(), 2);
        assert_eq!(rolled_back.heads[1].cursor.seq, 1);
        assert!(body.pages.is_empty());
    }
    let epochs = world.write(|tx| tx.epochs().unwrap());
    assert_eq!(epochs.len(), 2, "the second tablet opens nothing more");
    // A tablet whose cursor the server still contains goes on.
    carl.rolled_back = true;
    let (_, body) = world.send(&mut carl, RequestBody::default());
    assert!(body.rolled_back.is_none());
    // The author sends again what was lost, and everybody ends up equal.
    let body = RequestBody { push: Some(lost), ..RequestBody::default() };
    let (_, body) = world.send(&mut anna, body);
    assert!(matches!(body.push, Some(PushAnswer::Receipt(_))));
    assert!(matches!(each(&body.verdicts, 2)[0], Verdict::Published { seq: 2, .. }));
    for tablet in [&mut anna, &mut bo, &mut carl] {
        world.pull(tablet);
        assert_eq!(world.digest(tablet), tablet.counted());
    }
}

#[test]
fn a_cursor_of_a_lost_epoch_is_written_down_so_that_the_next_one_proves_nothing_new() {
    let mut world = World::new();
    let citizen = world.citizen(1);
    let (mut anna, mut bo) = (world.tablet(1), world.tablet(2));
    let backup = world.backup();
    let note = anna.note(citizen, "Første liv", world.now);
    world.push(&mut anna, vec![note]);
    world.pull(&mut bo);
    world.restore(&backup);
    world.send(&mut bo, RequestBody::default());
    world.send(&mut bo, RequestBody::default());
    let note = bo.note(citizen, "Andet liv", world.now);
    world.push(&mut bo, vec![note]);
    let note = bo.note(citizen, "Andet liv", world.now);
    world.push(&mut bo, vec![note]);
    world.pull(&mut bo);
    // The same backup again: the second life's epoch is lost as well.
    world.restore(&backup);
    world.send(&mut bo, RequestBody::default());
    let (_, body) = world.send(&mut bo, RequestBody::default());
    assert!(body.rolled_back.is_some());
    let epochs = world.write(|tx| tx.epochs().unwrap());
    assert_eq!(epochs.iter().filter(|epoch| epoch.lost).count(), 1);
    world.send(&mut anna, RequestBody::default());
    let (_, body) = world.send(&mut anna, RequestBody::default());
    assert!(body.rolled_back.is_some());
    assert_eq!(world.write(|tx| tx.epochs().unwrap()).len(), epochs.len());
}

#[test]
fn a_row_asked_for_by_name_that_was_lost_is_simply_not_there() {
    let mut world = World::new();
    let citizen = world.citizen(1);
    let mut anna = world.tablet(1);
    let note = anna.note(citizen, "Findes ikke", world.now);
    let rows = vec![RowName { doc: note.entry.doc, hash: note.entry.hash }];
    let (_, body) = world.send(&mut anna, RequestBody { rows, ..RequestBody::default() });
    assert!(body.rows.unwrap().is_empty());
}

#[test]
fn what_was_held_for_want_of_a_certificate_is_published_when_the_author_brings_it() {
    let mut world = World::new();
    let citizen = world.citizen(1);
    let backup = world.backup();
    let mut anna = world.tablet(1);
    let certificate = world.certificate(anna.certificate);
    let note = anna.note(citizen, "Skrevet i det tabte", world.now);
    let lost = anna.cut(&world.keys, vec![note], world.now, None);
    world.restore(&backup);
    // Enrolled anew by hand: the same device, but the carer's certificate is lost.
    world.tablet(1);
    world.now = world.now.plus(60);
    let push = RequestBody { push: Some(lost), ..RequestBody::default() };
    let (_, body) = world.send(&mut anna, push);
    assert!(matches!(each(&body.verdicts, 1)[0], Verdict::Held { .. }));
    let rows = Pack::from_groups(&[]);
    let offers = vec![Offer { certificates: vec![certificate.into()], rows }];
    let (_, body) = world.send(&mut anna, RequestBody { offers, ..RequestBody::default() });
    assert!(matches!(each(&body.verdicts, 1)[0], Verdict::Published { seq: 1, .. }));
}

#[test]
fn edits_that_were_held_with_the_one_they_rest_on_are_let_in_with_it_in_order() {
    let mut world = World::new();
    let citizen = world.citizen(1);
    let backup = world.backup();
    let mut anna = world.tablet(1);
    let certificate = world.certificate(anna.certificate);
    let first = anna.edit(citizen, 1, world.now);
    let lost = anna.cut(&world.keys, vec![first], world.now, None);
    world.restore(&backup);
    // Enrolled anew by hand, and certified anew: only the first edit names the lost certificate.
    let certified = world.tablet(1).certificate;
    world.now = world.now.plus(60);
    let push = RequestBody { push: Some(lost), ..RequestBody::default() };
    world.send(&mut anna, push);
    anna.certificate = certified;
    let rows = vec![anna.edit(citizen, 2, world.now), anna.edit(citizen, 3, world.now)];
    let with_it = Verdict::Held { reason: gate::Reason::DependencyHeld.number() };
    assert_eq!(world.push(&mut anna, rows), [with_it.clone(), with_it]);
    let rows = Pack::from_groups(&[]);
    let offers = vec![Offer { certificates: vec![certificate.into()], rows }];
    let (_, body) = world.send(&mut anna, RequestBody { offers, ..RequestBody::default() });
    let places: Vec<u64> = [1, 2]
        .into_iter()
        .flat_map(|batch| each(&body.verdicts, batch))
        .map(|verdict| match verdict {
            Verdict::Published { seq, .. } => seq,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(places, [1, 2, 3]);
}

#[test]
fn a_push_under_a_spent_nonce_belongs_in_the_epoch_that_its_cursors_open() {
    let mut world = World::new();
    let citizen = world.citizen(1);
    let (mut anna, mut bo, mut carl) = (world.tablet(1), world.tablet(2), world.tablet(3));
    let note = carl.note(citizen, "Før sikkerhedskopien", world.now);
    world.push(&mut carl, vec![note]);
    let backup = world.backup();
    let note = carl.note(citizen, "Tabt", world.now);
    world.push(&mut carl, vec![note]);
    world.pull(&mut anna);
    world.pull(&mut bo);
    world.restore(&backup);
    // Every nonce is of the lost future, so the first thing anybody says is said under a spent one.
    let note = anna.note(citizen, "Efter tilbageføringen", world.now);
    let name = (note.entry.doc, note.entry.hash);
    let push = anna.cut(&world.keys, vec![note], world.now, None);
    let (_, body) =
        world.send(&mut anna, RequestBody { push: Some(push), ..RequestBody::default() });
    assert!(body.stale && matches!(body.push, Some(PushAnswer::Receipt(_))));
    let team = world.team;
    assert_eq!(world.write(|tx| tx.epoch_begin(1, team).unwrap()), Some(1));
    // Her row lies where Bo's cursor points; had it no epoch of its own he would never see it.
    bo.rolled_back = true;
    for _ in 0..2 {
        world.send(&mut bo, RequestBody::default());
    }
    world.pull(&mut bo);
    assert!(bo.rows.contains_key(&name));
    // Her verdict is told, whatever cursor she had into the lost log.
    for _ in 0..2 {
        world.send(&mut anna, RequestBody::default());
    }
    let told = each(&anna.verdicts, 1);
    assert!(matches!(told[..], [Verdict::Published { seq: 2, .. }]), "{told:?}");
}
