//! Bootstrap by bucket, repair by digest, list, rows and headers, and colleagues' offers.

use doegnrytme_core::trust::durable::header;
use doegnrytme_core::wire::digest::{BucketOf, DigestAsk, RowName};
use doegnrytme_core::wire::frame::inflate;
use doegnrytme_core::wire::from_bytes;
use doegnrytme_core::wire::request::{HeaderAsk, Offer, RequestBody};
use doegnrytme_core::wire::row::{Group, Pack};
use doegnrytme_core::wire::scope::{Bucket, BucketAsk, Owner};
use doegnrytme_core::wire::verdict::Verdict;

use super::world::{Tablet, WINDOW, World, each};

fn wanted(world: &mut World, tablet: &mut Tablet) -> Vec<BucketAsk> {
    let (_, body) = world.send(tablet, RequestBody::default());
    let grants = body.scope.unwrap().grants;
    let asks = grants.into_iter().flat_map(|grant| {
        let owner = Owner::Citizen(grant.citizen);
        grant.buckets.into_iter().map(move |bucket| BucketAsk { owner, bucket, part: 0 })
    });
    asks.collect()
}

#[test]
fn a_fresh_tablet_fetches_buckets_and_the_tail_and_ends_up_equal() {
    let mut world = World::new();
    let citizens = [world.citizen(1), world.citizen(2)];
    let mut anna = world.tablet(1);
    for citizen in citizens {
        let rows = vec![anna.edit(citizen, 1, world.now), anna.note(citizen, "Før", world.now)];
        world.push(&mut anna, rows);
    }
    let mut bo = world.tablet(2);
    let note = anna.note(citizens[0], "Halen", world.now);
    world.push(&mut anna, vec![note]);
    bo.serial = 0;
    let asks = wanted(&mut world, &mut bo);
    assert_eq!(asks.len(), 4);
    assert_eq!(bo.rows.len(), 1, "only the tail came by cursor");
    let body = RequestBody { buckets: asks, ..RequestBody::default() };
    for _ in 0..2 {
        let (_, body) = world.send(&mut bo, body.clone());
        assert_eq!(body.blobs.len(), 4);
        for blob in body.blobs {
            assert_eq!(blob.parts, 1);
            let pack: Pack = from_bytes(&inflate(&blob.frame).unwrap()).unwrap();
            bo.take(&world.keys, pack);
        }
    }
    assert_eq!(bo.rows.len(), 5);
    assert!(bo.headers.len() == 1, "buckets carry no headers");
    assert_eq!(world.digest(&mut bo), bo.counted());
    assert_eq!(world.digest(&mut anna), anna.counted());
}

#[test]
fn a_tablet_that_lost_a_row_finds_it_by_bucket_and_list_and_asks_for_it_by_name() {
    let mut world = World::new();
    let citizen = world.citizen(1);
    let (mut anna, mut bo) = (world.tablet(1), world.tablet(2));
    let rows: Vec<_> = (0..5).map(|_| anna.note(citizen, "En af fem", world.now)).collect();
    world.push(&mut anna, rows.clone());
    world.pull(&mut bo);
    let lost = (rows[2].entry.doc, rows[2].entry.hash);
    bo.rows.remove(&lost);
    assert_ne!(world.digest(&mut bo), bo.counted());
    let ask = DigestAsk { scope_serial: bo.serial, window: WINDOW, less: Vec::new(), each: true };
    let (_, body) =
        world.send(&mut bo, RequestBody { digest: Some(ask), ..RequestBody::default() });
    let digest = body.digest.unwrap();
    assert_eq!(digest.each.len(), 1);
    let of = digest.each[0].of;
    let (_, body) = world.send(&mut bo, RequestBody { lists: vec![of], ..RequestBody::default() });
    let missing: Vec<RowName> = body.lists[0]
        .rows
        .iter()
        .filter(|name| !bo.rows.contains_key(&(name.doc, name.hash)))
        .copied()
        .collect();
    assert_eq!(missing.len(), 1);
    let (_, body) = world.send(&mut bo, RequestBody { rows: missing, ..RequestBody::default() });
    bo.take(&world.keys, body.rows.unwrap());
    assert!(bo.rows.contains_key(&lost));
    assert_eq!(world.digest(&mut bo), bo.counted());
}

#[test]
fn what_is_not_the_devices_to_read_looks_like_what_is_not_there() {
    let mut world = World::new();
    let citizen = world.citizen(1);
    let mut anna = world.tablet(1);
    let note = anna.note(citizen, "Kun for holdet", world.now);
    world.push(&mut anna, vec![note.clone()]);
    let other = world.write(|tx| tx.add_team("Andet hold").unwrap().stream);
    let ours = std::mem::replace(&mut world.team, other);
    let mut eve = world.tablet(9);
    world.team = ours;
    let owner = Owner::Citizen(citizen);
    let of = BucketOf { owner, bucket: Bucket::Plan };
    let name = RowName { doc: note.entry.doc, hash: note.entry.hash };
    let body = RequestBody {
        lists: vec![of, BucketOf { owner: Owner::Stream(ours), bucket: Bucket::Records }],
        rows: vec![name],
        buckets: vec![BucketAsk { owner, bucket: Bucket::Plan, part: 0 }],
        headers: vec![HeaderAsk { device: anna.device, number: 1, hash: None }],
        ..RequestBody::default()
    };
    let (_, body) = world.send(&mut eve, body);
    assert!(body.lists.iter().all(|list| list.rows.is_empty()));
    assert!(body.rows.unwrap().is_empty());
    assert!(body.blobs.is_empty());
    assert_eq!(body.headers.unwrap(), Pack::from_groups(&[]));
    assert!(body.certificates.is_empty());
}

#[test]
fn a_header_comes_on_request_with_all_its_digests() {
    let mut world = World::new();
    let citizen = world.citizen(1);
    let (mut anna, mut bo) = (world.tablet(1), world.tablet(2));
    let rows = vec![anna.note(citizen, "A", world.now), anna.note(citizen, "B", world.now)];
    world.push(&mut anna, rows);
    world.pull(&mut bo);
    let ask = HeaderAsk { device: anna.device, number: 1, hash: None };
    let (_, body) =
        world.send(&mut bo, RequestBody { headers: vec![ask], ..RequestBody::default() });
    bo.take(&world.keys, body.headers.unwrap());
    assert_eq!(bo.headers.len(), 2);
    assert_eq!(bo.headers[1].2.absent.len(), 2);
}

#[test]
fn a_colleague_hands_in_what_the_author_could_not_and_both_hear_the_verdict() {
    let mut world = World::new();
    let citizen = world.citizen(1);
    let (mut anna, mut bo) = (world.tablet(1), world.tablet(2));
    let note = anna.note(citizen, "Båret af Bo", world.now);
    let push = anna.cut(&world.keys, vec![note], world.now, None);
    let batch = anna.batch(&world.keys, &push);
    let rows = push.rows.clone().into_groups().unwrap().remove(0).rows;
    let head = header(&push.batch, &batch, |_| true).unwrap();
    let group =
        Group { device: anna.device, number: batch.number, header: Some(head.clone()), rows };
    let mut forged = group.clone();
    forged.number = 7;
    let offer =
        |groups: &[Group]| Offer { certificates: Vec::new(), rows: Pack::from_groups(groups) };
    let offers = vec![offer(&[forged]), offer(&[group])];
    let (_, body) = world.send(&mut bo, RequestBody { offers, ..RequestBody::default() });
    assert_eq!(body.verdicts.len(), 1);
    assert_eq!(body.verdicts[0].device, Some(anna.device));
    assert!(matches!(body.verdicts[0].verdict, Verdict::Published { seq: 1, .. }));
    let (_, body) =
        world.send(&mut anna, RequestBody { push: Some(push), ..RequestBody::default() });
    assert!(matches!(each(&body.verdicts, 1)[0], Verdict::Published { seq: 1, .. }));
}

#[test]
fn a_wanted_bucket_without_rows_is_answered_as_one_empty_part() {
    let mut world = World::new();
    world.citizen(1);
    let mut anna = world.tablet(1);
    // The team's own records: there are none, and a new tablet must not want them for ever.
    let owner = Owner::Stream(world.team);
    let ask = BucketAsk { owner, bucket: Bucket::Records, part: 0 };
    let (_, body) =
        world.send(&mut anna, RequestBody { buckets: vec![ask], ..RequestBody::default() });
    assert_eq!(body.blobs.len(), 1);
    assert_eq!((body.blobs[0].ask, body.blobs[0].parts), (ask, 1));
    let pack: Pack = from_bytes(&inflate(&body.blobs[0].frame).unwrap()).unwrap();
    assert!(pack.is_empty());
}
