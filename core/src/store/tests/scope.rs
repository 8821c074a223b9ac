//! Scope, wanted buckets, cursors, nonces and certificates.

use super::*;
use crate::ids::{Nonce, ServerEpoch};
use crate::time::Month;
use crate::wire::cursor::Cursor;
use crate::wire::scope::{Bucket, Owner};

fn grant(citizen: CitizenId, stream: StreamId) -> Grant {
    let buckets = vec![Bucket::Plan, Bucket::Records, Bucket::Month(Month(670))];
    Grant { citizen, stream, covered: 9, buckets }
}

fn cursor(seq: u64) -> Cursor {
    Cursor { epoch: ServerEpoch([1; 8]), seq, running: [0; 16], mac: [0; 16] }
}

#[test]
fn a_new_grant_wants_its_buckets_and_a_moved_citizen_does_again() {
    let mut tablet = Tablet::new(1);
    let lise = CitizenId([0xc3; 16]);
    let mut scope = Scope {
        serial: 2,
        streams: vec![TEAM],
        grants: vec![grant(KAREN, TEAM), grant(POUL, TEAM), grant(lise, TEAM)],
    };
    tablet.write(|tx| tx.wanted(100).map(drop));
    tablet.write(|tx| {
        for ask in tx.wanted(100)? {
            tx.wanted_done(&ask, 1)?;
        }
        Ok(())
    });
    tablet.write(|tx| tx.put_scope(&scope));
    let wanted = tablet.read(|tx| tx.wanted(100));
    let order: Vec<Bucket> = wanted.iter().map(|ask| ask.bucket).collect();
    assert_eq!(order, [Bucket::Plan, Bucket::Records, Bucket::Month(Month(670))]);
    assert!(wanted.iter().all(|ask| ask.owner == Owner::Citizen(lise)));

    // A part is fetched of several, then the last.
    tablet.write(|tx| tx.wanted_done(&wanted[0], 2));
    let next = tablet.read(|tx| tx.wanted(1)).remove(0);
    assert_eq!((next.bucket, next.part), (Bucket::Plan, 1));
    tablet.write(|tx| tx.wanted_done(&next, 2));
    assert_eq!(tablet.read(|tx| tx.wanted_count()), 2);

    scope.serial = 3;
    scope.streams.push(StreamId(4));
    scope.grants = vec![grant(KAREN, StreamId(4)), grant(POUL, TEAM)];
    assert_eq!(tablet.write(|tx| tx.put_scope(&scope)), [lise]);
    let wanted = tablet.read(|tx| tx.wanted(100));
    assert_eq!(wanted[0].owner, Owner::Stream(StreamId(4)));
    assert!(wanted[1..].iter().all(|ask| ask.owner == Owner::Citizen(KAREN)));
    assert_eq!((wanted.len(), tablet.read(|tx| tx.scope_serial())), (4, 3));
}

#[test]
fn nonces_are_spent_oldest_first_and_the_last_one_is_handed_out_again() {
    let mut tablet = Tablet::new(1);
    assert_eq!(tablet.write(|tx| tx.take_nonce()), None);
    let nonce = |number| Nonce([number; 16]);
    tablet.write(|tx| tx.put_nonces(&(1..=6).map(nonce).collect::<Vec<_>>()));
    let taken: Vec<Nonce> = (0..6).map(|_| tablet.write(|tx| tx.take_nonce()).unwrap()).collect();
    assert_eq!(taken, [3, 4, 5, 6, 6, 6].map(nonce));
    tablet.write(|tx| tx.put_nonces(&[nonce(7)]));
    assert_eq!(tablet.write(|tx| tx.take_nonce()), Some(nonce(7)));
}

#[test]
fn cursor_and_data_move_together_or_not_at_all() {
    let mut broken = 0;
    for apart in [false, true] {
        for step in 0..40 {
            let (mut writer, mut tablet) = (Tablet::new(1), Tablet::new(2));
            let own = writer.note(KAREN, "x");
            let row = Stream::default().publish(&own);
            tablet.store().faults_mut().cursor_apart_from_data = apart;
            tablet.store().faults_mut().crash_after.set(Some(step));
            let _ = tablet.store().write(|tx| {
                tx.take_row(&row)?;
                tx.put_cursor(TEAM, &cursor(1))
            });
            tablet.reopen();
            let read = tablet.read(|tx| tx.cursor(TEAM)).is_some();
            let torn = read != (tablet.texts(KAREN).len() == 1);
            assert!(apart || !torn, "step {step}");
            broken += usize::from(torn);
        }
    }
    assert!(broken > 0, "the negative control is not red");
}

#[test]
fn the_longest_lease_counts_and_keys_are_found_by_installation() {
    use crate::wire::certificate::DeviceCertificate;
    let mut tablet = Tablet::new(1);
    let device = tablet.number;
    let (who, key) = (carer(device.0), |byte| [byte; 65]);
    let mut leases = Vec::new();
    for (signed, until) in [(b"a", 20), (b"b", 30), (b"c", 10)] {
        let certificate = CarerCertificate {
            carer: who,
            device,
            roles: 1,
            teams: vec![TEAM],
            from: MORNING,
            until: MORNING.plus(until * 86_400),
        };
        let certificate = Certificate::Carer(certificate);
        leases.push(tablet.write(|tx| tx.put_certificate(signed, &certificate)));
    }
    let (id, found) = tablet.read(|tx| tx.carer_certificate(who, device)).unwrap();
    assert_eq!((id, found.until), (leases[1], MORNING.plus(30 * 86_400)));
    assert_eq!(tablet.read(|tx| tx.signed_certificate(id)).as_deref(), Some(&b"b"[..]));
    for byte in [1, 2] {
        let certificate = Certificate::Device(DeviceCertificate {
            device,
            key: key(byte),
            install: InstallEpoch([byte; 8]),
            issued: MORNING.plus(i64::from(byte)),
        });
        tablet.write(|tx| tx.put_certificate(&[byte], &certificate));
    }
    let found = |install| move |tx: &Tx<'_>| tx.device_key(device, install);
    assert_eq!(tablet.read(found(None)), Some(key(2)));
    assert_eq!(tablet.read(found(Some(InstallEpoch([1; 8])))), Some(key(1)));
    assert_eq!(tablet.read(found(Some(InstallEpoch([3; 8])))), None);
}

#[test]
fn pins_only_rise() {
    let mut tablet = Tablet::new(1);
    tablet.write(|tx| tx.put_pins(2, &[[2; 32]]));
    tablet.write(|tx| tx.put_pins(1, &[[1; 32]]));
    assert_eq!(tablet.read(|tx| tx.pins()), (2, vec![[2; 32]]));
}
