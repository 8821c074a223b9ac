//! The writer's thread: group commit, waiting requests, a storm told in few answers.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use doegnrytme_core::trust::envelope::open_answer;
use doegnrytme_core::wire::request::RequestBody;

use super::world::{Tablet, World};
use crate::http::{Answer, Call, Node as _};
use crate::intake::IntakeError;
use crate::node::{Context, Engine, EnrolDesk, Outside, Rules, ServerNode};
use crate::store::Tx;

struct Closed;

impl EnrolDesk for Closed {
    fn enrol(
        &mut self,
        _: &mut dyn Tx,
        _: &mut Context<'_>,
        _: &[u8],
        _: IpAddr,
    ) -> Result<Answer, IntakeError> {
        Ok(Answer::text(403, "closed"))
    }
}

fn start(world: World) -> ServerNode {
    let World { store, keys, .. } = world;
    let engine = Engine::new(keys, Rules::default());
    ServerNode::start(Box::new(store), engine, Box::new(Closed), Outside::system()).unwrap()
}

fn call(body: Vec<u8>) -> Call {
    Call {
        body: body.into(),
        peer: IpAddr::V4(Ipv4Addr::LOCALHOST),
        wait_until: Instant::now() + Duration::from_secs(20),
    }
}

fn ask(
    node: &ServerNode,
    keys: &crate::node::Keys,
    tablet: &mut Tablet,
    body: RequestBody,
    wait: bool,
) -> usize {
    let nonce = tablet.nonces.pop().unwrap();
    let answer = node.sync(call(tablet.request(keys, nonce, &body, wait))).blocking_recv().unwrap();
    let (head, body) = open_answer(&answer.body, &keys.identity_key, &nonce).unwrap();
    tablet.nonces.extend(head.nonces);
    tablet.heard = body.verdict_cursor;
    if let Some(scope) = body.scope {
        tablet.serial = scope.serial;
    }
    for page in &body.pages {
        tablet.cursors.insert(page.stream, page.to);
    }
    body.pages.iter().map(|page| page.rows.len()).sum()
}

#[test]
fn a_storm_of_fourteen_costs_each_waiting_tablet_few_answers() {
    let mut world = World::new();
    let citizen = world.citizen(1);
    let mut tablets: Vec<Tablet> = (1..=14).map(|number| world.tablet(number)).collect();
    let pushes: Vec<_> = tablets
        .iter_mut()
        .map(|tablet| {
            let notes = (0..12).map(|_| tablet.note(citizen, "Storm", world.now)).collect();
            tablet.cut(&world.keys, notes, world.now, None)
        })
        .collect();
    let keys = Arc::clone(&world.keys);
    let node = Arc::new(start(world));
    let threads: Vec<_> = tablets
        .into_iter()
        .zip(pushes)
        .map(|(mut tablet, push)| {
            let (node, keys) = (Arc::clone(&node), Arc::clone(&keys));
            std::thread::spawn(move || {
                let body = RequestBody { push: Some(push), ..RequestBody::default() };
                let mut rows = ask(&node, &keys, &mut tablet, body, false);
                let mut answers = 1;
                while rows < 13 * 12 {
                    rows += ask(&node, &keys, &mut tablet, RequestBody::default(), true);
                    answers += 1;
                }
                answers
            })
        })
        .collect();
    for thread in threads {
        let answers = thread.join().unwrap();
        assert!(answers <= 4, "{answers}");
    }
    node.drain();
    node.finish();
}

#[test]
fn draining_answers_who_waits_and_the_operators_work_is_durable_and_told() {
    let mut world = World::new();
    world.citizen(1);
    let mut anna = world.tablet(1);
    let (keys, team) = (Arc::clone(&world.keys), world.team);
    let node = start(world);
    ask(&node, &keys, &mut anna, RequestBody::default(), false);
    let nonce = anna.nonces.pop().unwrap();
    let waits = anna.request(&keys, nonce, &RequestBody::default(), true);
    let mut waiting = node.sync(call(waits));
    assert!(waiting.try_recv().is_err());
    let second = doegnrytme_core::ids::CitizenId([2; 16]);
    node.work(move |tx, _| {
        tx.add_citizen(second, team, None)?;
        Ok(((), crate::intake::Taken::default()))
    })
    .unwrap();
    let answer = waiting.blocking_recv().unwrap();
    let (head, body) = open_answer(&answer.body, &keys.identity_key, &nonce).unwrap();
    assert_eq!(body.scope.unwrap().grants.len(), 2);
    anna.nonces.extend(head.nonces);
    assert!(node.ready().is_ready());
    node.drain();
    node.finish();
    assert!(!node.ready().is_ready());
}

#[test]
fn a_flood_is_told_to_come_later_and_whoever_queued_is_answered() {
    let mut world = World::new();
    let mut anna = world.tablet(1);
    let keys = Arc::clone(&world.keys);
    let node = start(world);
    let nonce = anna.nonces.pop().unwrap();
    let asks = anna.request(&keys, nonce, &RequestBody::default(), false);
    // The first group keeps the writer busy while the flood comes.
    let node = Arc::new(node);
    let (told, busy) = std::sync::mpsc::channel();
    let worker = Arc::clone(&node);
    let slow = std::thread::spawn(move || {
        worker.work(move |_, _| {
            told.send(()).unwrap();
            std::thread::sleep(Duration::from_millis(500));
            Ok(((), crate::intake::Taken::default()))
        })
    });
    busy.recv().unwrap();
    let mut asked: Vec<_> = (0..2_200).map(|_| node.sync(call(asks.clone()))).collect();
    let late = asked.split_off(2_100);
    for answer in late {
        assert_eq!(answer.blocking_recv().unwrap().status, 503);
    }
    slow.join().unwrap().unwrap();
    assert_eq!(asked.remove(0).blocking_recv().unwrap().status, 200);
    node.drain();
    node.finish();
}
