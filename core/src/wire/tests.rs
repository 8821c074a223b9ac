//! What the wire promises: everything reads back, nothing unknown is lost, nothing foreign hurts.

use proptest::collection::vec;
use proptest::prelude::*;

use super::answer::AnswerBody;
use super::batch::{Absent, Batch, Header};
use super::digest::Digest;
use super::enrol::{EnrolAnswer, EnrolRequest};
use super::entry::{ClockMark, Entry, EntryKind};
use super::frame::{self, Envelope, MAX_INFLATED};
use super::request::{RequestBody, RequestHead};
use super::row::{Content, Group, Origin, Pack, Placed, Row};
use super::scope::{Bucket, Owner};
use super::{WireError, from_bytes, to_bytes};
use crate::ids::{
    CertificateId, ChangeHash, CitizenId, DeviceNumber, DocId, InstallEpoch, NoteId, StreamId,
};
use crate::time::{Month, UnixSeconds};

fn content() -> impl Strategy<Value = Content> {
    let change = vec(any::<u8>(), 1..80).prop_map(|tail| {
        let hash = super::sha256(&[&tail]);
        Content::Change([&[0x85, 0x6f, 0x4a, 0x83], &hash[..4], &tail].concat())
    });
    let record = (any::<[u8; 16]>(), vec(any::<u8>(), 0..60))
        .prop_map(|(salt, payload)| Content::Record { salt, payload });
    prop_oneof![4 => change, 1 => record, 1 => Just(Content::Withheld)]
}

fn row() -> impl Strategy<Value = Row> {
    let ids = (any::<[u8; 16]>(), 0_u8..3, any::<u16>(), 0_u8..4);
    let times = (-5_000_000_000_i64..5_000_000_000, -100_000_i64..100_000, 0_u8..4);
    let place = proptest::option::of((0_u32..4, 1_u64..1_000_000, 0_i64..4_000_000_000));
    (ids, times, place, content(), any::<[u8; 32]>(), proptest::option::of(any::<[u8; 32]>()))
        .prop_map(|(ids, times, place, content, hash, replaces)| {
            let (id, tag, generation, certificate) = ids;
            let citizen = CitizenId([id[0] & 3; 16]);
            let doc = match (&content, tag) {
                (Content::Record { .. }, _) => DocId::Record(tag, id),
                (_, 0) => DocId::Plan(citizen, generation),
                _ => DocId::Note(NoteId(id)),
            };
            let record = matches!(content, Content::Record { .. });
            let marks = [ClockMark::Sound, ClockMark::Off, ClockMark::Unproved, ClockMark::Cut];
            Row {
                entry: Entry {
                    doc,
                    kind: if record { EntryKind::Record } else { EntryKind::Change },
                    citizen: (!record).then_some(citizen),
                    hash: content.hash().unwrap_or(ChangeHash(hash)),
                    schema: generation,
                    certificate: CertificateId([certificate; 32]),
                    written: UnixSeconds(times.0),
                    raw_clock: UnixSeconds(times.0 + times.1),
                    clock_mark: marks[usize::from(times.2)],
                    replaces: replaces.map(ChangeHash),
                },
                content,
                origin: Origin { device: DeviceNumber(0), number: 0, position: 0 },
                placed: place.map(|(stream, seq, received)| Placed {
                    stream: StreamId(stream),
                    seq,
                    received: UnixSeconds(received),
                }),
            }
        })
}

fn group() -> impl Strategy<Value = Group> {
    (vec(row(), 0..8), any::<u32>(), any::<u64>(), any::<u16>(), any::<bool>()).prop_map(
        |(mut rows, device, number, start, with_header)| {
            let device = DeviceNumber(device);
            for (at, row) in (0_u16..).zip(&mut rows) {
                row.origin = Origin { device, number, position: (start / 2).saturating_add(at) };
            }
            let header = with_header.then(|| Header {
                previous: None,
                install: InstallEpoch([1; 8]),
                made: UnixSeconds(7),
                replaces: None,
                signature: [9; 64],
                count: 3,
                absent: vec![Absent { position: 2, digest: [4; 32] }],
            });
            Group { device, number, header, rows }
        },
    )
}

proptest! {
    #[test]
    fn rows_read_back_as_they_were_packed(groups in vec(group(), 0..5)) {
        let bytes = to_bytes(&Pack::from_groups(&groups));
        let pack: Pack = from_bytes(&bytes)?;
        prop_assert_eq!(pack.len(), groups.iter().map(|group| group.rows.len()).sum::<usize>());
        prop_assert_eq!(pack.into_groups()?, groups);
    }

    #[test]
    fn any_bytes_are_a_message_or_an_error(bytes in vec(any::<u8>(), 0..300)) {
        let _ = from_bytes::<Pack>(&bytes).map(Pack::into_groups);
        let _ = from_bytes::<RequestHead>(&bytes);
        let _ = from_bytes::<RequestBody>(&bytes);
        let _ = from_bytes::<AnswerBody>(&bytes);
        let _ = from_bytes::<EnrolRequest>(&bytes);
        let _ = from_bytes::<EnrolAnswer>(&bytes);
        let _ = from_bytes::<Batch>(&bytes);
        let _ = Envelope::split(&bytes);
        let _ = frame::inflate(&bytes);
    }

    #[test]
    fn a_bent_pack_is_read_or_refused(
        groups in vec(group(), 1..3),
        at: prop::sample::Index,
        bit in 0_u8..8,
    ) {
        let mut bytes = to_bytes(&Pack::from_groups(&groups));
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        let _ = from_bytes::<Pack>(&bytes).map(Pack::into_groups);
    }

    #[test]
    fn a_body_inflates_to_what_was_deflated(body in vec(any::<u8>(), 0..5_000)) {
        prop_assert_eq!(frame::inflate(&frame::deflate(&body)?)?, body);
    }

    #[test]
    fn digests_add_up_in_any_order_and_come_apart_again(
        names in vec((any::<[u8; 16]>(), any::<[u8; 32]>()), 0..20),
    ) {
        let each = names.iter().map(|(id, hash)| {
            Digest::of(&DocId::Note(NoteId(*id)), &ChangeHash(*hash))
        });
        let forward = each.clone().fold(Digest::default(), |sum, one| sum.plus(&one));
        let backward = each.clone().rev().fold(Digest::default(), |sum, one| sum.plus(&one));
        prop_assert_eq!(forward, backward);
        prop_assert_eq!(each.fold(forward, |sum, one| sum.minus(&one)), Digest::default());
    }

    #[test]
    fn a_header_gives_the_batch_again(
        digests in vec(any::<[u8; 32]>(), 0..12),
        travelling in vec(any::<bool>(), 12),
    ) {
        let device = DeviceNumber(5);
        let batch = Batch {
            device,
            number: 3,
            previous: None,
            install: InstallEpoch([2; 8]),
            made: UnixSeconds(1_780_000_000),
            replaces: None,
            digests: digests.concat(),
        };
        let split = |here: bool| {
            let all = (0_u16..).zip(&digests).zip(&travelling);
            all.filter(move |(_, travels)| **travels == here).map(|(entry, _)| entry)
        };
        let header = Header {
            previous: None,
            install: batch.install,
            made: batch.made,
            replaces: None,
            signature: [0; 64],
            count: u16::try_from(digests.len()).unwrap(),
            absent: split(false)
                .map(|(position, digest)| Absent { position, digest: *digest })
                .collect(),
        };
        let present: Vec<(u16, [u8; 32])> = split(true).map(|(at, one)| (at, *one)).collect();
        prop_assert_eq!(header.batch(device, 3, &present)?.hash(), batch.hash());
        if let Some((_, rest)) = present.split_first() {
            prop_assert_eq!(header.batch(device, 3, rest), Err(WireError::Dangling));
        }
    }

    #[test]
    fn bucket_numbers_and_owners_read_back(month: u16, stream: u32, citizen: [u8; 16]) {
        for bucket in [Bucket::Plan, Bucket::Records, Bucket::Month(Month(month))] {
            prop_assert_eq!(Bucket::from_number(bucket.number()), Some(bucket));
        }
        for owner in [Owner::Stream(StreamId(stream)), Owner::Citizen(CitizenId(citizen))] {
            prop_assert_eq!(from_bytes::<Owner>(&to_bytes(&owner))?, owner);
        }
    }
}

#[test]
fn fields_that_a_newer_version_appended_are_passed_over() {
    let batch = Batch {
        device: DeviceNumber(7),
        number: 1,
        previous: None,
        install: InstallEpoch([3; 8]),
        made: UnixSeconds(1),
        replaces: None,
        digests: Vec::new(),
    };
    let mut newer = to_bytes(&batch);
    assert_eq!(newer[0], 0x87, "an array of seven");
    newer[0] = 0x89;
    newer.extend([0x63, b'n', b'e', b'w', 0x18, 0x2a]);
    assert_eq!(from_bytes::<Batch>(&newer), Ok(batch));
}

#[test]
fn fields_that_an_older_version_left_out_are_empty() {
    let body: RequestBody = from_bytes(&to_bytes(&RequestBody::default())).unwrap();
    assert_eq!(body, RequestBody::default());
    assert_eq!(body.push, None);
}

#[test]
fn a_frame_that_claims_or_holds_too_much_is_refused() {
    assert_eq!(frame::deflate(&vec![0; MAX_INFLATED + 1]), Err(WireError::TooLarge));
    let bomb = zstd::bulk::compress(&vec![0; MAX_INFLATED + 1], 3).unwrap();
    assert!(bomb.len() < 1_000);
    assert_eq!(frame::inflate(&bomb), Err(WireError::TooLarge));
    let largest = frame::deflate(&vec![7; MAX_INFLATED]).unwrap();
    assert_eq!(frame::inflate(&largest).map(|body| body.len()), Ok(MAX_INFLATED));
}

#[test]
fn bytes_behind_a_message_are_an_error() {
    let mut bytes = to_bytes(&RequestBody::default());
    bytes.push(0);
    assert_eq!(from_bytes::<RequestBody>(&bytes), Err(WireError::Malformed));
}

#[test]
fn an_envelope_comes_apart_where_it_was_joined() {
    let head = to_bytes(&("head", 1_u8));
    let joined = Envelope::join(&head, b"frame");
    assert_eq!(Envelope::split(&joined), Ok(Envelope { head: &head, frame: b"frame" }));
}
