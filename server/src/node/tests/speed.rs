//! What the end of a shift costs the server, printed for whoever looks (`--ignored --nocapture`).

use std::time::Instant;

use doegnrytme_core::wire::request::RequestBody;

use super::world::{Tablet, World};

#[test]
#[ignore = "a measurement, not a check"]
fn end_of_shift() {
    let mut world = World::new();
    let citizens: Vec<_> = (1..=60).map(|number| world.citizen(number)).collect();
    let mut tablets: Vec<Tablet> = (1..=14).map(|number| world.tablet(number)).collect();
    let text = "Karla var glad i dag. Vi drak kaffe ved vinduet og læste avisen sammen. Hun vil \
                gerne en tur i haven i morgen, hvis vejret er til det. Støttestrømper på, huden \
                er fin. Cremen på hælene er ved at være brugt op.";
    for (tablet, shift) in tablets.iter_mut().zip(0..) {
        world.pull(tablet);
        let mut rows = Vec::new();
        for visit in 0..12 {
            let citizen = citizens[(shift * 4 + visit) % 60];
            rows.push(tablet.note(citizen, &format!("{text} Besøg {shift}/{visit}."), world.now));
        }
        let device = u8::try_from(shift).unwrap();
        for edit in 0..2 {
            rows.push(tablet.edit(
                citizens[(shift * 4 + edit) % 60],
                device * 2 + edit as u8,
                world.now,
            ));
        }
        let push = tablet.cut(&world.keys, rows, world.now, None);
        let body = RequestBody { push: Some(push), ..RequestBody::default() };
        let nonce = tablet.nonces.pop().unwrap();
        let bytes = tablet.request(&world.keys, nonce, &body, false);
        let begun = Instant::now();
        let answer = world.raw(&bytes);
        let push = begun.elapsed();
        let (head, body) = doegnrytme_core::trust::envelope::open_answer(
            &answer.body,
            &world.keys.identity_key,
            &nonce,
        )
        .unwrap();
        tablet.nonces.extend(head.nonces);
        for page in &body.pages {
            tablet.cursors.insert(page.stream, page.to);
        }
        println!("push {shift}: {push:?}, {} bytes down", answer.body.len());
    }
    let empty = std::env::var("EMPTY").is_ok();
    if empty {
        let tablet = &mut tablets[0];
        let begun = Instant::now();
        for _ in 0..2000 {
            world.send(tablet, RequestBody::default());
        }
        println!("empty {:?}", begun.elapsed() / 2000);
        return;
    }
    for tablet in &mut tablets {
        let nonce = tablet.nonces.pop().unwrap();
        let bytes = tablet.request(&world.keys, nonce, &RequestBody::default(), false);
        let begun = Instant::now();
        let answer = world.raw(&bytes);
        println!("pull: {:?}, {} bytes", begun.elapsed(), answer.body.len());
    }
}
