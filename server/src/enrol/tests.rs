use doegnrytme_core::ids::StreamId;
use doegnrytme_core::port::KeyStore as _;
use doegnrytme_core::sync::enrol::{Enrolled, Enrolment};
use doegnrytme_core::trust::code::{Code, Side, Transcript};
use doegnrytme_core::trust::durable::{open, peek};
use doegnrytme_core::trust::purpose::{Message, message_aad};
use doegnrytme_core::trust::sign1;
use doegnrytme_core::trust::software_key::SoftwareKey;
use doegnrytme_core::wire::certificate::{DeviceCertificate, PinsAnswer};
use doegnrytme_core::wire::enrol::EnrolRequest;
use doegnrytme_core::wire::{from_bytes, to_bytes};

use super::*;
use crate::limits::Limits;
use crate::node::EnrolDesk as _;
use crate::operator::bench::{Bench, TLS};
use crate::store::device::Device;

/// A tablet on its way in.
struct Tablet {
    key: SoftwareKey,
    enrolment: Enrolment,
}

fn team(bench: &mut Bench) -> StreamId {
    bench.write(|tx, _| tx.add_team("Team Åen").unwrap().stream)
}

fn code(bench: &mut Bench, team: StreamId, typed: bool) -> String {
    bench.write(|tx, context| issue(tx, context, team, typed, "omsorg.invalid:8443").unwrap()).text
}

fn tablet(bench: &mut Bench, code: &str, secret: u8) -> Tablet {
    let enrolment = match code.starts_with("doegnrytme://") {
        true => Enrolment::scanned(code, &mut bench.rng).unwrap(),
        false => Enrolment::typed("omsorg.invalid:8443", code, &mut bench.rng).unwrap(),
    };
    Tablet { key: SoftwareKey::from_secret([secret; 32]), enrolment }
}

fn ask(bench: &mut Bench, tablet: &mut Tablet, tls: [u8; 32]) -> Vec<u8> {
    let signed = bench.write(|tx, context| pins::signed(tx, context).unwrap());
    let (key, successors) = (bench.keys.identity_key, Vec::new());
    let pins = to_bytes(&PinsAnswer { pins: signed, key, successors });
    tablet.enrolment.ask(&pins, tls, &tablet.key).unwrap()
}

fn send(bench: &mut Bench, body: &[u8]) -> Outcome {
    bench.write(|tx, context| join(tx, context, body).unwrap())
}

fn joined(bench: &mut Bench, code: &str, secret: u8) -> Enrolled {
    let mut tablet = tablet(bench, code, secret);
    let body = ask(bench, &mut tablet, TLS);
    let Outcome::Joined(number, answer) = send(bench, &body) else { panic!("not accepted") };
    let enrolled = tablet.enrolment.finish(&answer).unwrap();
    assert_eq!(enrolled.device, number);
    enrolled
}

fn stored(bench: &mut Bench, enrolled: &Enrolled) -> Device {
    bench.write(|tx, _| tx.device(enrolled.device).unwrap().unwrap())
}

#[test]
fn a_tablet_joins_with_a_scanned_code_and_with_a_typed_one() {
    let mut bench = Bench::new();
    let team = team(&mut bench);
    for (typed, secret) in [(false, 1), (true, 2)] {
        let code = code(&mut bench, team, typed);
        let enrolled = joined(&mut bench, &code, secret);
        assert!(enrolled.device.0 > 1);
        assert_eq!(enrolled.answer.scope.streams, [team]);
        assert_eq!(enrolled.answer.cursors.len(), 2, "the common stream and the team's");
        assert_eq!(enrolled.answer.nonces.len(), 4);
        let device = stored(&mut bench, &enrolled);
        let certificate: DeviceCertificate = peek(&enrolled.answer.certificate).unwrap();
        assert_eq!((certificate.key, certificate.install), (device.key, device.install));
    }
}

#[test]
fn every_wrong_code_gets_one_and_the_same_answer_and_leaves_no_device() {
    let mut bench = Bench::new();
    let team = team(&mut bench);
    let used = code(&mut bench, team, false);
    joined(&mut bench, &used, 1);
    let unknown = Code::scanned([8; 16]);
    let unknown = code(&mut bench, team, false)
        .rsplit_once('/')
        .map(|(head, _)| format!("{head}/{}", hex_of(&unknown)))
        .unwrap();
    let mistyped = swap_last(&code(&mut bench, team, true));
    let late = code(&mut bench, team, false);
    let devices = bench.write(|tx, _| tx.devices().unwrap().len());
    for (wrong, minutes) in [(&used, 0), (&unknown, 0), (&mistyped, 0), (&late, 15)] {
        let mut tablet = tablet(&mut bench, wrong, 3);
        let body = ask(&mut bench, &mut tablet, TLS);
        bench.now = bench.now.plus(minutes * 60);
        assert_eq!(send(&mut bench, &body), Outcome::NotAccepted);
    }
    for broken in [&b""[..], b"\x80", &[0xff; 300]] {
        assert_eq!(send(&mut bench, broken), Outcome::NotAccepted);
    }
    assert_eq!(bench.write(|tx, _| tx.devices().unwrap().len()), devices);
}

fn hex_of(code: &Code) -> String {
    match code {
        Code::Scanned(secret) => doegnrytme_core::ids::hex(secret),
        Code::Typed(_) => String::new(),
    }
}

fn swap_last(code: &str) -> String {
    let last = if code.ends_with('0') { '1' } else { '0' };
    code[..code.len() - 1].to_owned() + &last.to_string()
}

#[test]
fn a_code_that_is_not_void_for_another_second_is_good() {
    let mut bench = Bench::new();
    let team = team(&mut bench);
    let code = code(&mut bench, team, false);
    bench.now = bench.now.plus(15 * 60 - 1);
    joined(&mut bench, &code, 1);
}

#[test]
fn somebody_in_between_with_a_tls_key_of_his_own_is_refused() {
    let mut bench = Bench::new();
    let team = team(&mut bench);
    let code = code(&mut bench, team, true);
    let mut tablet = tablet(&mut bench, &code, 1);
    // The tablet saw another key than ours and its request is passed on as it is.
    let body = ask(&mut bench, &mut tablet, [0x66; 32]);
    assert_eq!(send(&mut bench, &body), Outcome::NotAccepted);
    // He writes our key into the request and signs it himself: the MAC does not fit.
    let mut request: EnrolRequest = from_bytes(&sign1::unverified_payload(&body).unwrap()).unwrap();
    request.tls = TLS;
    let identity = bench.keys.identity_hash;
    assert_eq!(send(&mut bench, &signed(&identity, &request, 1)), Outcome::NotAccepted);
    // He puts in his own device key: the MAC does not fit either.
    let mut own = request.clone();
    own.key = SoftwareKey::from_secret([6; 32]).public_key().unwrap();
    assert_eq!(send(&mut bench, &signed(&identity, &own, 6)), Outcome::NotAccepted);
    // The honest tablet still gets in with its code: nobody used it up.
    joined(&mut bench, &code, 1);
}

fn signed(
    identity: &doegnrytme_core::ids::IdentityHash,
    request: &EnrolRequest,
    secret: u8,
) -> Vec<u8> {
    let aad = message_aad(Message::Request, identity, ENROL_PATH);
    sign1::sign(&SoftwareKey::from_secret([secret; 32]), &to_bytes(request), &aad).unwrap()
}

#[test]
fn an_answer_that_no_server_made_is_noticed_by_the_tablet() {
    let mut bench = Bench::new();
    let team = team(&mut bench);
    let code = code(&mut bench, team, false);
    let mut tablet = tablet(&mut bench, &code, 1);
    let body = ask(&mut bench, &mut tablet, TLS);
    let Outcome::Joined(_, answer) = send(&mut bench, &body) else { panic!("not accepted") };
    for at in 0..answer.len() {
        let mut bent = answer.clone();
        bent[at] ^= 1;
        assert!(tablet.enrolment.finish(&bent).is_err(), "byte {at}");
    }
    let aad = message_aad(Message::Answer, &bench.keys.identity_hash, ENROL_PATH);
    let mut lie: doegnrytme_core::wire::enrol::EnrolAnswer =
        from_bytes(&sign1::verify(&answer, &bench.keys.identity_key, &aad).unwrap()).unwrap();
    lie.mac = Transcript {
        device_key: tablet.key.public_key().unwrap(),
        identity_key: bench.keys.identity_key,
        tls: TLS,
        install: doegnrytme_core::ids::InstallEpoch([0; 8]),
    }
    .mac(&[0; 32], Side::Server);
    let signed = sign1::sign(&bench.keys.identity, &to_bytes(&lie), &aad).unwrap();
    assert!(tablet.enrolment.finish(&signed).is_err(), "a server that does not know the code");
}

#[test]
fn a_lost_answer_is_given_again_until_the_device_was_heard_of() {
    let mut bench = Bench::new();
    let team = team(&mut bench);
    let code = code(&mut bench, team, false);
    let mut tablet = tablet(&mut bench, &code, 1);
    let body = ask(&mut bench, &mut tablet, TLS);
    let Outcome::Joined(number, _) = send(&mut bench, &body) else { panic!("not accepted") };
    let Outcome::Joined(again, answer) = send(&mut bench, &body) else { panic!("not again") };
    assert_eq!(number, again);
    let nonces = tablet.enrolment.finish(&answer).unwrap().answer.nonces;
    bench.write(|tx, _| tx.put_nonces(number, &nonces[1..]).unwrap());
    assert_eq!(send(&mut bench, &body), Outcome::NotAccepted);
}

#[test]
fn the_serial_of_the_pins_only_rises_and_only_with_a_change() {
    let mut bench = Bench::new();
    let announce = |bench: &mut Bench, pins: &[[u8; 32]]| {
        bench.write(|tx, context| pins::announce(tx, context, pins).unwrap())
    };
    assert!(!announce(&mut bench, &[TLS, TLS]));
    assert!(announce(&mut bench, &[[1; 32], TLS]));
    assert!(!announce(&mut bench, &[TLS, [1; 32]]));
    assert!(announce(&mut bench, &[[1; 32]]));
    let signed = bench.write(|tx, context| pins::signed(tx, context).unwrap());
    let pins: doegnrytme_core::wire::certificate::Pins =
        open(&signed, &bench.keys.identity_key, &bench.keys.municipality).unwrap();
    assert_eq!(pins.serial, 3);
}

#[test]
fn the_reception_says_one_thing_to_everybody_who_is_not_let_in() {
    let mut bench = Bench::new();
    let mut reception = Reception::new(&Limits::default());
    let peer = "192.0.2.7".parse().unwrap();
    let said = |bench: &mut Bench, reception: &mut Reception, body: &[u8]| {
        bench.write(|tx, context| reception.enrol(tx, context, body, peer).unwrap())
    };
    let team = team(&mut bench);
    let late = code(&mut bench, team, false);
    let mut tablet = tablet(&mut bench, &late, 1);
    let body = ask(&mut bench, &mut tablet, TLS);
    bench.now = bench.now.plus(60 * 60);
    let refused = said(&mut bench, &mut reception, &body);
    assert_eq!(refused, said(&mut bench, &mut reception, b"nonsense"));
    assert_eq!((refused.status, refused.body.as_slice()), (403, &b"Code not accepted."[..]));
}

/// What a flood of guesses is told: so many "not accepted" and so many "later".
fn guesses(
    bench: &mut Bench,
    reception: &mut Reception,
    like: &EnrolRequest,
    count: u32,
    of: impl Fn(u32) -> (std::net::IpAddr, Vec<u8>),
) -> (usize, usize) {
    let mut statuses = Vec::new();
    for round in 0..count / 100 {
        bench.now = bench.now.plus(1);
        bench.write(|tx, context| {
            for guess in round * 100..round * 100 + 100 {
                let (peer, code) = of(guess);
                let mut mac = like.mac;
                mac[..4].copy_from_slice(&guess.to_be_bytes());
                let request = EnrolRequest { code, mac, ..like.clone() };
                let body = signed(&context.keys.identity_hash, &request, 66);
                statuses.push(reception.enrol(tx, context, &body, peer).unwrap().status);
            }
        });
    }
    let told = |status| statuses.iter().filter(|told| **told == status).count();
    assert_eq!(told(403) + told(503), statuses.len());
    (told(403), told(503))
}

#[test]
fn twenty_thousand_guesses_get_nobody_in_and_lock_nobody_out() {
    let mut bench = Bench::new();
    let mut reception = Reception::new(&Limits::default());
    let team = team(&mut bench);
    let codes = [code(&mut bench, team, true), code(&mut bench, team, false)];
    let mut honest = codes.each_ref().map(|code| tablet(&mut bench, code, 1));
    let bodies = honest.each_mut().map(|tablet| ask(&mut bench, tablet, TLS));
    let known: EnrolRequest = from_bytes(&sign1::unverified_payload(&bodies[0]).unwrap()).unwrap();
    let key = SoftwareKey::from_secret([66; 32]).public_key().unwrap();
    let like = EnrolRequest { key, ..known.clone() };
    let devices = bench.write(|tx, _| tx.devices().unwrap().len());
    // From the next room, at every name; then from everywhere, at the name of the code itself.
    let room: std::net::IpAddr = "192.0.2.7".parse().unwrap();
    let name = |guess: u32| b"0123456789abcdefghjkmnpqrstvwxyz"[(guess % 32) as usize];
    let names = |guess| (room, vec![name(guess), name(guess / 32), name(guess / 1_024)]);
    let (told, later) = guesses(&mut bench, &mut reception, &like, 10_000, names);
    assert!(told < 200 && later > 9_800, "{told} {later}");
    let everywhere = |guess: u32| {
        let [_, _, a, b] = (guess % 5_000).to_be_bytes();
        (std::net::IpAddr::from([198, 51, a, b]), known.code.clone())
    };
    guesses(&mut bench, &mut reception, &like, 10_000, everywhere);
    assert_eq!(bench.write(|tx, _| tx.devices().unwrap().len()), devices, "nobody is in");
    // The control: were the code's name not looked at, its holder would be locked out.
    let say = |bench: &mut Bench, reception: &mut Reception, body: &[u8]| {
        bench.write(|tx, context| reception.enrol(tx, context, body, room).unwrap().status)
    };
    guesses(&mut bench, &mut reception, &like, 500, names);
    reception.tries.locks_out = true;
    assert_eq!(say(&mut bench, &mut reception, &bodies[0]), 503);
    reception.tries.locks_out = false;
    for body in &bodies {
        assert_eq!(say(&mut bench, &mut reception, body), 200);
    }
}

#[test]
fn a_source_without_tries_learns_nothing_from_naming_a_good_code() {
    let mut bench = Bench::new();
    let mut reception = Reception::new(&Limits { enrol_tries: 2, ..Limits::default() });
    let team = team(&mut bench);
    let good = code(&mut bench, team, true);
    let mut tablet = tablet(&mut bench, &swap_last(&good), 3);
    let named = ask(&mut bench, &mut tablet, TLS);
    let peer = "192.0.2.7".parse().unwrap();
    let told: Vec<u16> = (0..8)
        .map(|_| {
            bench.write(|tx, context| reception.enrol(tx, context, &named, peer).unwrap().status)
        })
        .collect();
    assert_eq!(told, [403, 403, 503, 503, 503, 503, 503, 503]);
    let nonsense = bench.write(|tx, context| reception.enrol(tx, context, b"x", peer).unwrap());
    assert_eq!(nonsense.status, 503);
    let other = "192.0.2.8".parse().unwrap();
    let fresh = bench.write(|tx, context| reception.enrol(tx, context, b"x", other).unwrap());
    assert_eq!(fresh.status, 403);
}
