//! Devices, certificates, teams, citizens, carers.

use doegnrytme_core::ids::*;
use doegnrytme_core::time::UnixSeconds;

use super::{kept, refuses};
use crate::store::certificate::{Certificate, Subject};
use crate::store::device::{Device, DeviceStatus, DeviceStream};
use crate::store::people::Carer;
use crate::store::stream::Head;
use crate::store::{Store, StoreError, Tx};

const DEVICE: DeviceNumber = DeviceNumber(0xdead_beef);

fn enrol(tx: &mut dyn Tx) -> Result<StreamId, StoreError> {
    tx.put_device(&Device {
        number: DEVICE,
        key: [4; 65],
        install: InstallEpoch([1; 8]),
        status: DeviceStatus::Active,
        certificate: CertificateId([2; 32]),
        enrolled: UnixSeconds(5),
    })?;
    Ok(tx.add_team("Team Ærø")?.stream)
}

pub(crate) fn a_device_joins_a_stream_at_its_head_once(store: &mut dyn Store) {
    kept(store, |tx| {
        let team = enrol(tx)?;
        tx.set_head(team, Head { seq: 3, running: [1; 16] })?;
        let serial = tx.scope_serial(DEVICE)?;
        tx.join_stream(DEVICE, team)?;
        assert!(tx.scope_serial(DEVICE)? > serial);
        tx.set_head(team, Head { seq: 9, running: [1; 16] })?;
        let serial = tx.scope_serial(DEVICE)?;
        tx.join_stream(DEVICE, team)?;
        assert_eq!(tx.scope_serial(DEVICE)?, serial);
        assert_eq!(tx.device_streams(DEVICE)?, [DeviceStream { stream: team, since: 3 }]);
        let mut device = tx.device(DEVICE)?.unwrap();
        device.status = DeviceStatus::Stolen;
        tx.put_device(&device)?;
        assert_eq!(tx.devices()?, [device]);
        assert_eq!(tx.scope_serial(DEVICE)?, serial, "its scope is as it was");
        assert_eq!(tx.device(DeviceNumber(7))?, None);
        Ok(())
    });
}

pub(crate) fn a_new_citizen_raises_the_serial_of_whoever_reads_the_team(store: &mut dyn Store) {
    kept(store, |tx| {
        let team = enrol(tx)?;
        let other = tx.add_team("Team Fanø")?.stream;
        tx.join_stream(DEVICE, team)?;
        tx.set_head(team, Head { seq: 4, running: [1; 16] })?;
        let serial = tx.scope_serial(DEVICE)?;
        tx.add_citizen(CitizenId([1; 16]), other, Some("A-1"))?;
        assert_eq!(tx.scope_serial(DEVICE)?, serial);
        tx.add_citizen(CitizenId([2; 16]), team, Some("A-2"))?;
        assert!(tx.scope_serial(DEVICE)? > serial);
        let citizen = tx.citizen_by_outside("A-2")?.unwrap();
        assert_eq!((citizen.id, citizen.stream, citizen.since), (CitizenId([2; 16]), team, 4));
        assert_eq!(tx.citizens_of(team)?, std::slice::from_ref(&citizen));
        assert_eq!(tx.citizen(citizen.id)?, Some(citizen));
        refuses(tx, |tx| tx.add_citizen(CitizenId([2; 16]), team, None));
        let before = tx.scope_serial(DEVICE)?;
        tx.open_epoch(ServerEpoch([1; 8]), UnixSeconds(1), false)?;
        assert!(tx.scope_serial(DEVICE)? > before + 1_000_000, "a roll-back repeats no serial");
        Ok(())
    });
}

pub(crate) fn nonces_are_replaced_as_a_whole(store: &mut dyn Store) {
    kept(store, |tx| {
        assert_eq!(tx.nonces(DEVICE)?, []);
        tx.put_nonces(DEVICE, &[Nonce([1; 16]), Nonce([2; 16])])?;
        tx.put_nonces(DEVICE, &[Nonce([2; 16]), Nonce([3; 16])])?;
        assert_eq!(tx.nonces(DEVICE)?, [Nonce([2; 16]), Nonce([3; 16])]);
        tx.forget_nonces()?;
        assert_eq!(tx.nonces(DEVICE)?, []);
        Ok(())
    });
}

pub(crate) fn teams_are_numbered_from_one(store: &mut dyn Store) {
    kept(store, |tx| {
        assert_eq!(tx.teams()?, []);
        let (one, two) = (tx.add_team("A")?, tx.add_team("B")?);
        assert_eq!((one.stream, two.stream), (StreamId(1), StreamId(2)));
        assert_eq!(tx.teams()?, [one, two]);
        // A name is used once.
        refuses(tx, |tx| tx.add_team("A"));
        Ok(())
    });
}

pub(crate) fn a_carers_teams_are_those_of_the_last_writing(store: &mut dyn Store) {
    kept(store, |tx| {
        let id = CarerId([5; 16]);
        let name = String::from("Opdigtet Person");
        let teams = vec![StreamId(1), StreamId(2)];
        tx.put_carer(&Carer { id, name: name.clone(), roles: 1, teams })?;
        let last = Carer { id, name, roles: 6, teams: vec![StreamId(2)] };
        tx.put_carer(&last)?;
        assert_eq!(tx.carer(id)?, Some(last.clone()));
        assert_eq!(tx.carers()?, [last]);
        assert_eq!(tx.carer(CarerId([6; 16]))?, None);
        Ok(())
    });
}

fn certificate(id: u8, until: i64) -> Certificate {
    let subject =
        Subject::Carer { carer: CarerId([5; 16]), from: UnixSeconds(1), until: UnixSeconds(until) };
    Certificate { id: CertificateId([id; 32]), device: DEVICE, subject, bytes: vec![id] }
}

pub(crate) fn a_certificate_has_its_number_before_it_comes(store: &mut dyn Store) {
    kept(store, |tx| {
        let number = tx.certificate_number(CertificateId([1; 32]))?;
        assert_eq!(tx.certificate(number)?, None);
        assert_ne!(tx.certificate_number(CertificateId([2; 32]))?, number);
        let came = certificate(1, 9);
        assert_eq!(tx.put_certificate(&came)?, number);
        assert_eq!(tx.put_certificate(&came)?, number);
        assert_eq!(tx.certificate(number)?, Some(came));
        Ok(())
    });
}

pub(crate) fn the_longest_certificate_counts(store: &mut dyn Store) {
    kept(store, |tx| {
        for (id, until) in [(1, 9), (2, 30), (3, 20)] {
            tx.put_certificate(&certificate(id, until))?;
        }
        let found = tx.carer_certificate(CarerId([5; 16]), DEVICE)?;
        assert_eq!(found, Some(certificate(2, 30)));
        assert_eq!(tx.carer_certificate(CarerId([5; 16]), DeviceNumber(2))?, None);
        assert_eq!(tx.device_certificate(DEVICE)?, None, "a carer's is not the device's");
        let own = Certificate {
            id: CertificateId([8; 32]),
            device: DEVICE,
            subject: Subject::Device,
            bytes: vec![8],
        };
        tx.put_certificate(&own)?;
        assert_eq!(tx.device_certificate(DEVICE)?, Some(own));
        Ok(())
    });
}

pub(crate) fn what_a_device_has_is_remembered(store: &mut dyn Store) {
    kept(store, |tx| {
        let number = tx.certificate_number(CertificateId([1; 32]))?;
        assert!(!tx.has_certificate(DEVICE, number)?);
        tx.note_certificate(DEVICE, number)?;
        tx.note_certificate(DEVICE, number)?;
        assert!(tx.has_certificate(DEVICE, number)?);
        assert!(!tx.has_certificate(DeviceNumber(2), number)?);
        tx.note_certificate(DeviceNumber(2), number)?;
        tx.forget_certificates(DEVICE)?;
        assert!(!tx.has_certificate(DEVICE, number)?);
        assert!(tx.has_certificate(DeviceNumber(2), number)?);
        Ok(())
    });
}
