//! Who gets a carer's certificate, and who does not, with the same bytes.

use doegnrytme_core::ids::{CarerId, InstallEpoch};
use doegnrytme_core::trust::durable::peek;
use doegnrytme_core::trust::start::StartCode;
use doegnrytme_core::wire::certificate::CarerCertificate;
use doegnrytme_core::wire::request::CarerProof;

use super::world::{Tablet, World};
use crate::store::device::{Device, DeviceStatus};

const DAY: i64 = 24 * 60 * 60;

fn said(bytes: &[u8]) -> CarerCertificate {
    peek(bytes).unwrap()
}

#[test]
fn without_a_proof_or_with_a_false_one_there_is_no_certificate() {
    let mut world = World::new();
    let (mut tablet, other) = (world.tablet(1), world.tablet(2));
    let carer = other.carer;
    let code = world.start_code(carer);
    let false_code = tablet.starts(carer, &StartCode::new([7; 16]));
    let of_another = tablet.starts(tablet.carer, &code);
    let elsewhere = other.starts(carer, &code);
    let installed_anew = {
        let anew = Tablet { install: InstallEpoch([99; 8]), ..world.tablet(3) };
        anew.starts(carer, &code)
    };
    let foreign = CarerProof::Certificate(world.certificate(other.certificate));
    for proof in [None, Some(false_code), Some(of_another), Some(elsewhere), Some(installed_anew)] {
        assert_eq!(world.certifies(&mut tablet, carer, proof.clone()), None, "{proof:?}");
    }
    assert_eq!(world.certifies(&mut tablet, carer, Some(foreign)), None, "another tablet's");
    let own = CarerProof::Certificate(world.certificate(tablet.certificate));
    assert_eq!(world.certifies(&mut tablet, carer, Some(own)), None, "another carer's");
    let proof = tablet.starts(carer, &code);
    assert!(world.certifies(&mut tablet, carer, Some(proof)).is_some(), "the code is still good");
}

#[test]
fn a_lost_answer_costs_no_second_code_and_after_its_time_a_code_is_void() {
    let mut world = World::new();
    let (mut tablet, other) = (world.tablet(1), world.tablet(2));
    let code = world.start_code(other.carer);
    let proof = || Some(tablet.starts(other.carer, &code));
    let (first, again) = (proof(), proof());
    let first = world.certifies(&mut tablet, other.carer, first);
    assert!(first.is_some());
    assert_eq!(world.certifies(&mut tablet, other.carer, again), first);
    let late = world.start_code(other.carer);
    world.now = world.now.plus(5 * DAY);
    let proof = tablet.starts(other.carer, &late);
    assert_eq!(world.certifies(&mut tablet, other.carer, Some(proof)), None);
}

#[test]
fn a_certificate_is_renewed_for_the_one_before_also_after_a_roll_back() {
    let mut world = World::new();
    let backup = world.backup();
    let mut tablet = world.tablet(1);
    let carer = tablet.carer;
    let before = world.certificate(tablet.certificate);
    let proof = || Some(CarerProof::Certificate(before.clone()));
    assert_eq!(world.certifies(&mut tablet, carer, proof()), Some(before.clone()), "still good");
    world.now = world.now.plus(3 * DAY);
    let renewed = world.certifies(&mut tablet, carer, proof()).unwrap();
    assert!(said(&renewed).until > said(&before).until);
    // The whole tablet is forgotten with the roll-back, so it joins again, as it would.
    world.restore(&backup);
    let mut tablet = world.tablet(1);
    assert!(world.certifies(&mut tablet, carer, proof()).is_some());
}

#[test]
fn a_device_that_is_not_active_and_a_carer_of_no_team_get_none() {
    let mut world = World::new();
    let mut tablet = world.tablet(1);
    let carer = tablet.carer;
    let proof = Some(CarerProof::Certificate(world.certificate(tablet.certificate)));
    let mut person = world.write(|tx| tx.carer(carer).unwrap().unwrap());
    let teams = std::mem::take(&mut person.teams);
    world.write(|tx| tx.put_carer(&person).unwrap());
    assert_eq!(world.certifies(&mut tablet, carer, proof.clone()), None);
    person.teams = teams;
    world.write(|tx| tx.put_carer(&person).unwrap());
    assert!(world.certifies(&mut tablet, carer, proof.clone()).is_some());
    let device = tablet.device;
    world.write(|tx| {
        let device = tx.device(device).unwrap().unwrap();
        tx.put_device(&Device { status: DeviceStatus::Retired, ..device }).unwrap();
    });
    assert_eq!(world.certifies(&mut tablet, carer, proof.clone()), None);
    assert_eq!(world.certifies(&mut tablet, CarerId([77; 16]), proof), None);
}
