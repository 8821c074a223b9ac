//! What the end of a shift costs the server, printed for whoever looks:
//! `TMPDIR=/dev/shm cargo test --release -p doegnrytme-server speed -- --ignored --nocapture`.

use doegnrytme_core::trust::envelope::open_answer;
use doegnrytme_core::wire::request::RequestBody;

use super::world::{Tablet, World};

/// Nanoseconds that this thread has spent on a processor, so that a busy machine does not count.
fn spent() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split(' ').next().unwrap().parse().unwrap()
}

/// Sends a request; gives the server's microseconds and the bytes that came back.
fn timed(world: &mut World, tablet: &mut Tablet, body: &RequestBody) -> (u64, usize) {
    let nonce = tablet.nonces.pop().unwrap();
    let bytes = tablet.request(&world.keys, nonce, body, false);
    let begun = spent();
    let answer = world.raw(&bytes);
    let took = (spent() - begun) / 1_000;
    let (head, body) = open_answer(&answer.body, &world.keys.identity_key, &nonce).unwrap();
    tablet.nonces.extend(head.nonces);
    tablet.heard = body.verdict_cursor;
    for page in &body.pages {
        tablet.cursors.insert(page.stream, page.to);
    }
    (took, answer.body.len())
}

#[test]
#[ignore = "a measurement, not a check"]
fn end_of_shift() {
    let mut world = World::new();
    let citizens: Vec<_> = (1..=60).map(|number| world.citizen(number)).collect();
    let mut tablets: Vec<Tablet> = (1..=14).map(|number| world.tablet(number)).collect();
    let text = "Karla var glad i dag. Vi drak kaffe ved vinduet og læste avisen sammen. Hun vil \
                gerne en tur i haven i morgen, hvis vejret er til det. Støttestrømper på, huden \
                er fin. Cremen på hælene er ved at være brugt op.";
    tablets.iter_mut().for_each(|tablet| world.pull(tablet));
    for round in 0..8 {
        let (mut pushes, mut pulls, mut idle) = (Vec::new(), Vec::new(), Vec::new());
        for (tablet, shift) in tablets.iter_mut().zip(0..) {
            let mut rows = Vec::new();
            for visit in 0..12 {
                let citizen = citizens[(shift * 4 + visit) % 60];
                let text = format!("{text} Besøg {shift}/{visit}.");
                rows.push(tablet.note(citizen, &text, world.now));
            }
            for edit in 0..2 {
                let item = u8::try_from(round * 28 + shift * 2 + edit).unwrap();
                rows.push(tablet.edit(citizens[shift * 4 + edit], item, world.now));
            }
            let push = tablet.cut(&world.keys, rows, world.now, None);
            let body = RequestBody { push: Some(push), ..RequestBody::default() };
            pushes.push(timed(&mut world, tablet, &body).0);
        }
        let mut bytes = 0;
        for tablet in &mut tablets {
            let (took, length) = timed(&mut world, tablet, &RequestBody::default());
            pulls.push(took);
            bytes += length;
        }
        for tablet in &mut tablets {
            idle.push(timed(&mut world, tablet, &RequestBody::default()).0);
        }
        let mean = |all: &[u64]| all.iter().sum::<u64>() / 14;
        println!(
            "push {} µs, pull {} µs ({} bytes), nothing new {} µs",
            mean(&pushes),
            mean(&pulls),
            bytes / 14,
            mean(&idle)
        );
        world.now = world.now.plus(3_600);
    }
}
