//! What a device that is out of use is told, and what it is not.

use doegnrytme_core::ids::{DeviceNumber, InstallEpoch};
use doegnrytme_core::trust::durable::{open, seal};
use doegnrytme_core::trust::envelope::open_answer;
use doegnrytme_core::trust::software_key::SoftwareKey;
use doegnrytme_core::wire::certificate::{Order, OrderKind};
use doegnrytme_core::wire::request::RequestBody;
use doegnrytme_core::wire::verdict::Verdict;

use super::world::{Tablet, World};
use crate::intake::reason::Reason;
use crate::node::Handled;
use crate::store::device::{Device, DeviceStatus};
use crate::store::write;

fn revoke(world: &mut World, tablet: &Tablet, status: DeviceStatus) {
    let number = tablet.device;
    world.write(|tx| {
        let device = tx.device(number).unwrap().unwrap();
        tx.put_device(&Device { status, ..device }).unwrap();
    });
}

fn order(world: &World, bytes: &[u8]) -> Order {
    open(bytes, &world.keys.identity_key, &world.keys.municipality).unwrap()
}

#[test]
fn a_retired_device_hands_in_hears_its_order_and_reads_nothing() {
    let mut world = World::new();
    let citizen = world.citizen(1);
    let (mut first, mut second) = (world.tablet(1), world.tablet(2));
    world.pull(&mut first);
    let note = second.note(citizen, "En kollegas ord", world.now);
    world.push(&mut second, vec![note]);
    revoke(&mut world, &first, DeviceStatus::Retired);
    let own = first.note(citizen, "De sidste ord", world.now);
    let verdicts = world.push(&mut first, vec![own]);
    assert_eq!(verdicts, [Verdict::Held { reason: Reason::Retired.number() }]);
    let (_, body) = world.send(&mut first, RequestBody::default());
    assert!(body.pages.iter().all(|page| page.rows.clone().into_groups().unwrap().is_empty()));
    let told = order(&world, &body.orders[0]);
    assert_eq!(
        (told.device, told.install, told.kind),
        (first.device, first.install, OrderKind::Retire)
    );
}

#[test]
fn after_its_goodbye_nobody_speaks_for_a_device_and_before_it_is_retired_a_goodbye_is_nothing() {
    let mut world = World::new();
    let mut tablet = world.tablet(1);
    let goodbye = || RequestBody { goodbye: Some(true), ..RequestBody::default() };
    world.send(&mut tablet, goodbye());
    assert!(world.send(&mut tablet, RequestBody::default()).1.orders.is_empty(), "still in use");
    revoke(&mut world, &tablet, DeviceStatus::Retired);
    world.send(&mut tablet, goodbye());
    let nonce = tablet.nonces.pop().unwrap();
    let request = tablet.request(&world.keys, nonce, &RequestBody::default(), false);
    assert_eq!(world.raw(&request).status, 401);
}

#[test]
fn a_stolen_device_hears_its_order_and_not_even_its_verdicts() {
    let mut world = World::new();
    let citizen = world.citizen(1);
    let mut tablet = world.tablet(1);
    revoke(&mut world, &tablet, DeviceStatus::Stolen);
    let own = tablet.note(citizen, "Fra fremmede hænder", world.now);
    let push = tablet.cut(&world.keys, vec![own], world.now, None);
    let body = RequestBody { push: Some(push), ..RequestBody::default() };
    let (_, body) = world.send(&mut tablet, body);
    assert_eq!(order(&world, &body.orders[0]).kind, OrderKind::Wipe);
    assert!(body.verdicts.is_empty() && body.pages.is_empty() && body.carers.is_empty());
    let held = world.write(|tx| tx.count_held(None).unwrap());
    assert_eq!(held, 1, "what it brought waits for the team");
}

#[test]
fn a_device_that_waits_hears_its_order_when_it_is_woken_and_no_content() {
    let mut world = World::new();
    let citizen = world.citizen(1);
    let (mut first, mut second) = (world.tablet(1), world.tablet(2));
    world.pull(&mut first);
    let nonce = first.nonces.pop().unwrap();
    let request = first.request(&world.keys, nonce, &RequestBody::default(), true);
    let Handled::Wait(waiting) = world.handle(&request).handled else { panic!("it waits") };
    let note = second.note(citizen, "En kollegas ord", world.now);
    world.push(&mut second, vec![note]);
    revoke(&mut world, &first, DeviceStatus::Stolen);
    let World { store, engine, dice, now, .. } = &mut world;
    let looked = write(store, |tx| engine.wake(tx, *now, dice, &waiting, false));
    let answer = looked.unwrap().expect("an answer");
    let (_, body) = open_answer(&answer.body, &world.keys.identity_key, &nonce).unwrap();
    assert_eq!(order(&world, &body.orders[0]).kind, OrderKind::Wipe);
    assert!(body.pages.is_empty() && body.verdicts.is_empty());
}

#[test]
fn an_order_comes_from_the_identity_key_alone() {
    let world = World::new();
    let said =
        Order { device: DeviceNumber(7), install: InstallEpoch([1; 8]), kind: OrderKind::Wipe };
    let municipality = &world.keys.municipality;
    let strange = SoftwareKey::from_secret([8; 32]);
    let forged = seal(&strange, municipality, &said).unwrap();
    let genuine = seal(&world.keys.identity, municipality, &said).unwrap();
    let opened = |bytes: &[u8]| open::<Order>(bytes, &world.keys.identity_key, municipality);
    assert_eq!(opened(&genuine), Ok(said));
    assert!(opened(&forged).is_err());
}
