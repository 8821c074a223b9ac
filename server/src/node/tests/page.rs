//! Pages: cut by size, headers once, own rows left out, certificates once.

use doegnrytme_core::wire::request::RequestBody;

use super::world::World;

#[test]
fn a_page_that_is_cut_by_size_goes_on_where_it_ended_and_the_header_travels_once() {
    let mut world = World::new();
    let citizen = world.citizen(1);
    let (mut anna, mut bo) = (world.tablet(1), world.tablet(2));
    let long = "Kaffe og avis ved vinduet, som vi plejer. ".repeat(40);
    let notes = (0..60).map(|_| anna.note(citizen, &long, world.now)).collect();
    world.push(&mut anna, notes);
    let mut pages = 0;
    loop {
        let (_, body) = world.send(&mut bo, RequestBody { page: 1, ..RequestBody::default() });
        pages += 1;
        assert!(body.pages.iter().all(|page| page.rows.len() < 30));
        if !body.more {
            break;
        }
        assert!(body.digest.is_none());
    }
    assert!(pages > 4, "{pages}");
    assert_eq!(bo.rows.len(), 60);
    assert_eq!(bo.headers.len(), 1, "the rest of the batch needs no second header");
    assert_eq!(world.digest(&mut bo), bo.counted());
}

#[test]
fn a_tablet_does_not_get_its_own_rows_but_its_cursor_passes_them() {
    let mut world = World::new();
    let citizen = world.citizen(1);
    let (mut anna, mut bo) = (world.tablet(1), world.tablet(2));
    for _ in 0..3 {
        let (hers, his) = (anna.note(citizen, "A", world.now), bo.note(citizen, "B", world.now));
        world.push(&mut anna, vec![hers]);
        world.push(&mut bo, vec![his]);
    }
    world.pull(&mut anna);
    assert_eq!(anna.cursors[&world.team].seq, 6);
    assert_eq!(anna.rows.len(), 6, "three written, three read");
    assert_eq!(anna.headers.len(), 3);
    let (_, body) = world.send(&mut anna, RequestBody::default());
    assert!(body.pages.is_empty());
}

#[test]
fn certificates_travel_with_the_first_rows_that_need_them_only() {
    let mut world = World::new();
    let citizen = world.citizen(1);
    let (mut anna, mut bo) = (world.tablet(1), world.tablet(2));
    for round in 0..6 {
        let note = anna.note(citizen, "Igen", world.now);
        world.push(&mut anna, vec![note]);
        // The harness fails when a certificate comes twice.
        let (_, body) = world.send(&mut bo, RequestBody::default());
        assert_eq!(body.certificates.len(), if round == 0 { 2 } else { 0 });
    }
    // A restart forgets nothing that was proved.
    world.engine.forget();
    let note = anna.note(citizen, "Efter genstart", world.now);
    world.push(&mut anna, vec![note]);
    world.pull(&mut bo);
}

#[test]
fn a_citizen_who_joins_later_is_read_from_then_on() {
    let mut world = World::new();
    let first = world.citizen(1);
    let (mut anna, mut bo) = (world.tablet(1), world.tablet(2));
    let note = anna.note(first, "Før", world.now);
    world.push(&mut anna, vec![note]);
    world.pull(&mut bo);
    let serial = bo.serial;
    let second = world.citizen(2);
    let note = anna.note(second, "Efter", world.now);
    world.push(&mut anna, vec![note]);
    let (_, body) = world.send(&mut bo, RequestBody::default());
    let scope = body.scope.unwrap();
    assert!(scope.serial > serial);
    assert_eq!(scope.grants.len(), 2);
    assert_eq!(bo.rows.len(), 2);
}
