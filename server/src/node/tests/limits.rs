//! Too much: "later", never a verdict, and nobody else's trouble.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use doegnrytme_core::ids::{CarerId, DeviceNumber, Nonce};
use doegnrytme_core::trust::envelope::open_answer;
use doegnrytme_core::trust::software_key::SoftwareKey;
use doegnrytme_core::wire::answer::AnswerBody;
use doegnrytme_core::wire::request::{CarerAsk, MAX_CARERS, Push, RequestBody};
use doegnrytme_core::wire::verdict::Verdict;

use super::world::{Tablet, World};
use crate::enrol::Reception;
use crate::http::{Call, Node as _};
use crate::intake::Taken;
use crate::limits::Limits;
use crate::node::{Engine, Outside, Rules, ServerNode};

fn limited(world: &mut World, limits: Limits) {
    let rules = Rules { limits, ..Rules::default() };
    world.engine = Engine::new(Arc::clone(&world.keys), rules);
}

fn a_minute(device_requests: u64) -> Limits {
    Limits { device_requests, ..Limits::default() }
}

fn push(push: &Push) -> RequestBody {
    RequestBody { push: Some(push.clone()), ..RequestBody::default() }
}

/// "Later", and nothing else.
fn is_only_later(body: &AnswerBody) -> bool {
    let AnswerBody { push, verdicts, pages, carers, later, .. } = body;
    later.is_some()
        && push.is_none()
        && verdicts.is_empty()
        && pages.is_empty()
        && carers.is_empty()
}

#[test]
fn a_device_over_its_pace_is_told_later_nothing_is_judged_and_its_nonces_are_whole() {
    let mut world = World::new();
    let citizen = world.citizen(1);
    let (mut anna, mut bo) = (world.tablet(1), world.tablet(2));
    limited(&mut world, a_minute(3));
    for _ in 0..3 {
        assert_eq!(world.send(&mut anna, RequestBody::default()).1.later, None);
    }
    let note = anna.note(citizen, "Kaffe på terrassen", world.now);
    let batch = anna.cut(&world.keys, vec![note], world.now, None);
    for _ in 0..10 {
        let (_, body) = world.send(&mut anna, push(&batch));
        assert!(is_only_later(&body) && !body.stale, "{body:?}");
        assert_eq!(body.later, Some(20));
        assert_eq!(anna.nonces.len(), 4);
    }
    assert_eq!(world.send(&mut bo, RequestBody::default()).1.later, None, "a colleague goes on");
    world.now = world.now.plus(20);
    let (_, body) = world.send(&mut anna, push(&batch));
    assert_eq!(body.later, None);
    assert!(matches!(body.verdicts[0].verdict, Verdict::Published { seq: 1, .. }));
    world.pull(&mut bo);
    assert_eq!(bo.rows.len(), 1);
}

#[test]
fn whoever_plays_a_logged_request_again_uses_up_no_pace_but_his_own() {
    let mut world = World::new();
    let mut anna = world.tablet(1);
    limited(&mut world, a_minute(5));
    let nonce = anna.nonces.pop().unwrap();
    let logged = anna.request(&world.keys, nonce, &RequestBody::default(), false);
    let answer = world.raw(&logged);
    let (head, _) = open_answer(&answer.body, &world.keys.identity_key, &nonce).unwrap();
    anna.nonces.extend(head.nonces);
    let told: Vec<bool> = (0..50)
        .map(|_| {
            let answer = world.raw(&logged);
            let key = &world.keys.identity_key;
            open_answer(&answer.body, key, &nonce).unwrap().1.later.is_some()
        })
        .collect();
    assert_eq!(told.iter().filter(|later| **later).count(), 45);
    assert_eq!(world.send(&mut anna, RequestBody::default()).1.later, None);
}

#[test]
fn a_new_tablet_that_fetches_a_year_at_once_is_not_held_up() {
    let mut world = World::new();
    let mut anna = world.tablet(1);
    limited(&mut world, Limits::default());
    for _ in 0..400 {
        assert_eq!(world.send(&mut anna, RequestBody::default()).1.later, None);
    }
}

#[test]
fn a_team_over_its_bytes_waits_until_tomorrow_and_goes_on_reading() {
    let mut world = World::new();
    let citizen = world.citizen(1);
    let (mut anna, mut bo) = (world.tablet(1), world.tablet(2));
    limited(&mut world, Limits { team_bytes: 1, ..Limits::default() });
    let first = anna.note(citizen, "Den første går altid", world.now);
    assert_eq!(world.push(&mut anna, vec![first]).len(), 1);
    let note = anna.note(citizen, "Den anden venter", world.now);
    let batch = anna.cut(&world.keys, vec![note], world.now, None);
    let (_, body) = world.send(&mut anna, push(&batch));
    assert!(is_only_later(&body), "{body:?}");
    let seconds = i64::from(body.later.unwrap());
    world.pull(&mut bo);
    assert_eq!(bo.rows.len(), 1, "reading is no bringing");
    world.now = world.now.plus(seconds);
    let (_, body) = world.send(&mut anna, push(&batch));
    assert!(matches!(body.verdicts[0].verdict, Verdict::Published { seq: 2, .. }));
}

#[test]
fn a_request_with_more_than_any_honest_one_has_is_not_read() {
    let mut world = World::new();
    let mut anna = world.tablet(1);
    let carers = |count: usize| RequestBody {
        carers: vec![CarerAsk { carer: CarerId([9; 16]), proof: None }; count],
        ..RequestBody::default()
    };
    let mut status = |body: &RequestBody| {
        let nonce = anna.nonces.pop().unwrap();
        let answer = world.raw(&anna.request(&world.keys, nonce, body, false));
        if answer.status == 200 {
            let key = &world.keys.identity_key;
            anna.nonces.extend(open_answer(&answer.body, key, &nonce).unwrap().0.nonces);
        }
        answer.status
    };
    assert_eq!(status(&carers(MAX_CARERS)), 200);
    assert_eq!(status(&carers(MAX_CARERS + 1)), 400);
}

fn start(world: World) -> ServerNode {
    let World { store, keys, .. } = world;
    let engine = Engine::new(keys, Rules::default());
    let desk = Box::new(Reception::new(&Limits::default()));
    ServerNode::start(Box::new(store), engine, desk, Outside::system()).unwrap()
}

fn call(body: Vec<u8>) -> Call {
    let wait_until = Instant::now() + Duration::from_secs(20);
    Call { body: body.into(), peer: IpAddr::V4(Ipv4Addr::LOCALHOST), wait_until }
}

/// Keeps the writer busy until the sender is dropped.
fn busy(node: &Arc<ServerNode>) -> (std::sync::mpsc::Sender<()>, std::thread::JoinHandle<()>) {
    let (told, begun) = std::sync::mpsc::channel();
    let (release, held) = std::sync::mpsc::channel::<()>();
    let worker = Arc::clone(node);
    let thread = std::thread::spawn(move || {
        let work = worker.work(move |_, _| {
            told.send(()).unwrap();
            let _ = held.recv();
            Ok(((), Taken::default()))
        });
        work.unwrap();
    });
    begun.recv().unwrap();
    (release, thread)
}

#[test]
fn strangers_are_turned_away_without_the_writer_and_a_flooding_device_fills_only_its_lane() {
    let mut world = World::new();
    let (mut anna, mut bo, mut stranger) = (world.tablet(1), world.tablet(2), world.tablet(3));
    let keys = Arc::clone(&world.keys);
    let asks = |tablet: &mut Tablet| {
        let nonce = tablet.nonces.pop().unwrap_or(Nonce([0; 16]));
        tablet.request(&keys, nonce, &RequestBody::default(), false)
    };
    let (flood, honest) = (asks(&mut anna), asks(&mut bo));
    stranger.key = SoftwareKey::from_secret([99; 32]);
    let forged = asks(&mut stranger);
    stranger.device = DeviceNumber(77);
    let unknown = asks(&mut stranger);
    let node = Arc::new(start(world));
    let (release, thread) = busy(&node);
    // The writer does nothing now: whoever is answered was answered at the door.
    for (bytes, status) in [(forged, 401), (unknown, 401), (b"garbage".to_vec(), 400)] {
        assert_eq!(node.sync(call(bytes)).blocking_recv().unwrap().status, status);
    }
    let queued: Vec<_> = (0..3_000).map(|_| node.sync(call(flood.clone()))).collect();
    let waits = node.sync(call(honest));
    drop(release);
    thread.join().unwrap();
    assert_eq!(waits.blocking_recv().unwrap().status, 200);
    let told: Vec<u16> =
        queued.into_iter().map(|answer| answer.blocking_recv().unwrap().status).collect();
    assert_eq!(told.iter().filter(|status| **status == 200).count(), 4);
    assert_eq!(told.iter().filter(|status| **status == 503).count(), 2_996);
    node.drain();
    node.finish();
}

#[test]
fn only_a_devices_body_is_read_beyond_its_beginning() {
    let mut world = World::new();
    let mut anna = world.tablet(1);
    let nonce = anna.nonces.pop().unwrap();
    let asks = anna.request(&world.keys, nonce, &RequestBody::default(), false);
    let node = start(world);
    // A head of some hundred bytes is enough to tell.
    assert!(node.admits(&asks[..asks.len() - 2]));
    assert!(!node.admits(&vec![0x84; 64 * 1024]));
    let mut bent = asks;
    bent[60] ^= 1;
    assert!(!node.admits(&bent));
    node.drain();
    node.finish();
}
