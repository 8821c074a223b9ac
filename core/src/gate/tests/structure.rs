//! Every reason of G0, each by one bent part.

use std::collections::BTreeSet;

use super::super::{RESERVED_ACTOR, Reason, examine, limit, restore, strip};
use super::honest::{self, Tested};
use super::parts::{Parts, framed, spell_signed, spell_unsigned};

fn bent(bend: impl FnOnce(&mut Parts)) -> Vec<u8> {
    let mut parts = Parts::two_puts();
    bend(&mut parts);
    parts.chunk()
}

/// One put of a text with `length` bytes.
fn one_text(length: u64) -> Vec<u8> {
    bent(|parts| {
        parts.set(0x15, &[0x7f, 1, b'a']);
        parts.set(0x34, &[1]);
        parts.set(0x42, &[0x7f, 1]);
        let kind = [vec![0x7f], spell_unsigned(length << 4 | 6)].concat();
        parts.set(0x56, &kind);
        parts.set(0x57, &vec![b'x'; length as usize]);
        parts.set(0x70, &[0x7f, 0]);
    })
}

/// `count` puts of null under keys of their own.
fn many_puts(count: u64) -> Vec<u8> {
    let repeat = |value: u8| [spell_signed(count as i64), vec![value]].concat();
    bent(|parts| {
        let mut keys = spell_signed(-(count as i64));
        for number in 0..count {
            keys.extend([5]);
            keys.extend(format!("{number:05}").bytes());
        }
        parts.set(0x15, &keys);
        parts.set(0x34, &spell_unsigned(count));
        parts.set(0x42, &repeat(1));
        parts.set(0x56, &repeat(0));
        parts.set(0x70, &repeat(0));
    })
}

/// Both puts replace: `actors` and `counters` are packed columns of `count` predecessors each.
fn replacing(parts: &mut Parts, count: u8, actors: &[u8], counters: &[u8]) {
    parts.set(0x70, &[2, count]);
    parts.set(0x71, actors);
    parts.set(0x73, counters);
}

fn frames() -> Vec<(Reason, &'static str, Vec<u8>)> {
    let whole = Parts::two_puts().chunk();
    let body = whole[10..].to_vec();
    let flipped = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        bytes
    };
    let stripped = strip(&whole).unwrap_or_default();
    let overlong = [&[1, stripped[1] | 0x80, 0], &body[..]].concat();
    vec![
        (Reason::TooLarge, "64 KiB and a byte", vec![0; limit::BYTES + 1]),
        (Reason::TooLarge, "an honest prefix of something endless", {
            let mut bytes = whole.clone();
            bytes.resize(limit::BYTES + 1, 0);
            bytes
        }),
        (Reason::Truncated, "nothing", Vec::new()),
        (Reason::Truncated, "only magic", whole[..4].to_vec()),
        (Reason::Truncated, "a length that the bytes do not have", restore(&[1, 50, 0])),
        (Reason::NotAChunk, "other magic", flipped(0)),
        (Reason::Checksum, "another checksum", flipped(4)),
        (Reason::Checksum, "another body", flipped(20)),
        (Reason::ChunkType, "a document", framed(0, &body)),
        (Reason::ChunkType, "a deflated change", framed(2, &body)),
        (Reason::ChunkType, "a bundle", framed(3, &body)),
        (Reason::ChunkType, "a type of a later version", framed(4, &body)),
        (Reason::Number, "a length spelled with a byte too many", restore(&overlong)),
        (Reason::Trailing, "a byte after the chunk", restore(&[stripped, &[0]].concat())),
        (Reason::TooManyOperations, "2,001 puts", many_puts(u64::from(limit::OPERATIONS) + 1)),
        (Reason::TextTooLong, "a text above 16 KiB", one_text(limit::TEXT as u64 + 1)),
    ]
}

type Bend = fn(&mut Parts);

const HEADERS: &[(Reason, &str, Bend)] = &[
    (Reason::Actor, "an actor of 15 bytes", |p| p.actor = vec![1; 15]),
    (Reason::Actor, "an actor of 32 bytes", |p| p.actor = vec![1; 32]),
    (Reason::OtherActors, "an actor that nothing names", |p| p.others = vec![vec![9; 16]]),
    (Reason::OtherActors, "the author among the others", |p| p.others = vec![vec![7; 16]]),
    (Reason::OtherActors, "a short other actor", |p| p.others = vec![vec![9; 4]]),
    (Reason::OtherActors, "257 others", |p| {
        p.others = (0..257_u32).map(|n| [[0; 12].as_slice(), &n.to_be_bytes()].concat()).collect();
    }),
    (Reason::Dependencies, "65 of them", |p| p.deps = (0..65).map(|n| [n; 32]).collect()),
    (Reason::Dependencies, "one twice", |p| p.deps = vec![[3; 32]; 2]),
    (Reason::Dependencies, "not ascending", |p| p.deps.reverse()),
    (Reason::Counter, "sequence number 0", |p| p.seq = 0),
    (Reason::Counter, "operation counter 0", |p| p.start_op = 0),
    (Reason::Counter, "a sequence number of 33 bits", |p| p.seq = 1 << 32),
    (Reason::Counter, "an operation counter at the limit", |p| p.start_op = limit::COUNTER),
    (Reason::Time, "1970", |p| p.time = 0),
    (Reason::Time, "milliseconds", |p| p.time *= 1_000),
    (Reason::Time, "a second after the end", |p| p.time = 4_102_444_801),
    (Reason::Time, "year -292 million", |p| p.time = i64::MIN),
    (Reason::Time, "the reserved actor today", |p| p.actor = RESERVED_ACTOR.0.to_vec()),
    (Reason::Message, "a commit message", |p| p.message = b"hej".to_vec()),
    (Reason::Trailing, "bytes after the columns", |p| p.extra = vec![1]),
    (Reason::NoOperations, "no columns", |p| p.columns.clear()),
    (Reason::Columns, "a key column of lists", |p| p.set(0x13, &[2, 1])),
    (Reason::Columns, "a mark name", |p| p.set(0xa5, &[2, 1, b'b'])),
    (Reason::Columns, "a deflated column", |p| p.set(0x4a, &[2, 1])),
    (Reason::Columns, "one of a later version", |p| p.set(0x1234, &[2, 1])),
    (Reason::Columns, "an empty one", |p| p.columns.push((0x71, Vec::new()))),
    (Reason::Columns, "out of order", |p| p.columns.reverse()),
    (Reason::Columns, "one twice", |p| p.columns.push((0x70, vec![2, 0]))),
    (Reason::Columns, "no keys", |p| p.set(0x15, &[])),
    (Reason::Columns, "no actions", |p| p.set(0x42, &[])),
];

const OPERATIONS: &[(Reason, &str, Bend)] = &[
    (Reason::Packing, "two runs that are one", |p| p.set(0x42, &[0x7e, 1, 1])),
    (Reason::Packing, "a run of one", |p| p.set(0x42, &[1, 1, 0x7f, 0])),
    (Reason::Packing, "a null action", |p| p.set(0x42, &[0, 2])),
    (Reason::Packing, "a null key", |p| p.set(0x15, &[0x7f, 1, b'a', 0, 1])),
    (Reason::Packing, "no operations, spelled out", |p| p.set(0x34, &[0])),
    (Reason::Packing, "objects that are all the root", |p| {
        p.set(0x01, &[0, 2]);
        p.set(0x02, &[0, 2]);
    }),
    (Reason::ColumnLengths, "three actions", |p| p.set(0x42, &[3, 1])),
    (Reason::ColumnLengths, "one kind", |p| p.set(0x56, &[0x7f, 0])),
    (Reason::ColumnLengths, "a billion billion actions", |p| {
        p.set(0x42, &[spell_signed(i64::MAX), vec![1]].concat());
    }),
    (Reason::Truncated, "i64::MIN actions", |p| {
        p.set(0x42, &[spell_signed(i64::MIN), vec![1]].concat());
    }),
    (Reason::ColumnLengths, "values that nobody has", |p| p.set(0x57, b"x")),
    (Reason::ColumnLengths, "a value that is not there", |p| p.set(0x56, &[2, 0x16])),
    (Reason::ColumnLengths, "predecessors of nobody", |p| {
        p.set(0x71, &[2, 0]);
        p.set(0x73, &[2, 1]);
    }),
    (Reason::Utf8, "a key", |p| p.set(0x15, &[0x7e, 1, 0xff, 1, b'b'])),
    (Reason::Utf8, "a text", |p| {
        p.set(0x56, &[2, 0x16]);
        p.set(0x57, &[0xc3, b'a']);
    }),
    (Reason::Key, "an empty one", |p| p.set(0x15, &[0x7e, 0, 1, b'b'])),
    (Reason::Key, "one of 129 bytes", |p| {
        p.set(0x15, &[vec![2, 0x81, 1], vec![b'k'; 129]].concat());
    }),
    (Reason::Action, "making a list", |p| p.set(0x42, &[0x7e, 1, 2])),
    (Reason::Action, "deleting", |p| p.set(0x42, &[2, 3])),
    (Reason::Action, "making a text", |p| p.set(0x42, &[2, 4])),
    (Reason::Action, "incrementing", |p| p.set(0x42, &[2, 5])),
    (Reason::Action, "a mark", |p| p.set(0x42, &[2, 7])),
    (Reason::Action, "one of a later version", |p| p.set(0x42, &[2, 99])),
    (Reason::Action, "inserting into a list", |p| p.set(0x34, &[1, 1])),
    (Reason::ValueType, "a float", |p| {
        p.set(0x56, &[2, 0x85, 1]);
        p.set(0x57, &[0; 16]);
    }),
    (Reason::ValueType, "a counter", |p| {
        p.set(0x56, &[2, 0x18]);
        p.set(0x57, &[1, 1]);
    }),
    (Reason::ValueType, "one of a later version", |p| p.set(0x56, &[2, 0x0f])),
    (Reason::Value, "a null with bytes", |p| {
        p.set(0x56, &[2, 0x10]);
        p.set(0x57, &[1, 1]);
    }),
    (Reason::Value, "a number shorter than its length", |p| {
        p.set(0x56, &[2, 0x23]);
        p.set(0x57, &[1, 1, 1, 1]);
    }),
    (Reason::Number, "a number with needless bytes", |p| {
        p.set(0x56, &[2, 0x23]);
        p.set(0x57, &[0x81, 0, 0x81, 0]);
    }),
    (Reason::Truncated, "a number without bytes", |p| p.set(0x56, &[2, 0x03])),
    (Reason::Value, "a map with a value", |p| {
        p.set(0x42, &[2, 0]);
        p.set(0x56, &[2, 1]);
    }),
    (Reason::Reference, "an object without an actor", |p| p.set(0x02, &[2, 3])),
    (Reason::Reference, "an object by an actor who is not listed", |p| {
        p.set(0x01, &[2, 1]);
        p.set(0x02, &[2, 3]);
    }),
    (Reason::Reference, "an object that is made later", |p| {
        p.set(0x01, &[2, 0]);
        p.set(0x02, &[2, 11]);
    }),
    (Reason::Reference, "an object that is a scalar of this change", |p| {
        p.set(0x01, &[0, 1, 0x7f, 0]);
        p.set(0x02, &[0, 1, 0x7f, 10]);
    }),
    (Reason::Reference, "an earlier object, in an author's first change", |p| {
        p.seq = 1;
        p.set(0x01, &[2, 0]);
        p.set(0x02, &[2, 3]);
    }),
    (Reason::Reference, "a predecessor of this very change", |p| {
        replacing(p, 1, &[2, 0], &[0x7e, 1, 9]);
    }),
    (Reason::Reference, "a negative predecessor", |p| replacing(p, 1, &[2, 0], &[0x7e, 0x7f, 1])),
    (Reason::Predecessors, "not ascending", |p| {
        replacing(p, 2, &[4, 0], &[0x7c, 5, 0x7f, 1, 0x7f]);
    }),
    (Reason::Predecessors, "one twice", |p| replacing(p, 2, &[4, 0], &[0x7c, 5, 0, 1, 0])),
    (Reason::Predecessors, "more than a change may replace", |p| {
        p.set(0x70, &[vec![2], spell_unsigned(u64::MAX)].concat());
        p.set(0x71, &[spell_signed(i64::MAX), vec![0]].concat());
        p.set(0x73, &[spell_signed(i64::MAX), vec![0]].concat());
    }),
    (Reason::Predecessors, "a map that replaces something", |p| {
        p.set(0x42, &[2, 0]);
        replacing(p, 1, &[2, 0], &[2, 1]);
    }),
    (Reason::KeyTwice, "one key by both puts", |p| p.set(0x15, &[2, 1, b'a'])),
];

#[test]
fn every_reason_of_structure_has_a_change_that_is_refused_for_it() {
    let mut cases = frames();
    for (reason, what, bend) in HEADERS.iter().chain(OPERATIONS) {
        cases.push((*reason, what, bent(bend)));
    }
    let mut seen = BTreeSet::new();
    for (reason, what, bytes) in cases {
        assert_eq!(examine(&bytes).map(|shape| shape.ops), Err(reason), "{reason}: {what}");
        seen.insert(reason);
    }
    let of_structure = Reason::ALL.iter().filter(|reason| reason.number() < 40);
    assert_eq!(of_structure.copied().collect::<BTreeSet<_>>(), seen);
}

#[test]
fn the_same_changes_unbent_pass() {
    assert_eq!(examine(&Parts::two_puts().chunk()).map(|shape| shape.max_op()), Ok(11));
    let passing: [(&str, Bend); 6] = [
        ("genesis has time 0", |p| {
            p.actor = RESERVED_ACTOR.0.to_vec();
            p.time = 0;
        }),
        ("the last second", |p| p.time = 4_102_444_800),
        ("64 dependencies", |p| p.deps = (0..64).map(|n| [n; 32]).collect()),
        ("both replace", |p| replacing(p, 1, &[2, 0], &[2, 1])),
        ("two predecessors each", |p| replacing(p, 2, &[4, 0], &[0x7c, 1, 2, 0x7e, 2])),
        ("a map and a put inside it", |p| {
            p.set(0x01, &[0, 1, 0x7f, 0]);
            p.set(0x02, &[0, 1, 0x7f, 10]);
            p.set(0x42, &[0x7e, 0, 1]);
        }),
    ];
    for (what, bend) in passing {
        assert!(examine(&bent(bend)).is_ok(), "{what}: {:?}", examine(&bent(bend)));
    }
    assert!(examine(&one_text(limit::TEXT as u64)).is_ok());
    assert!(examine(&many_puts(u64::from(limit::OPERATIONS))).is_ok());
}

#[test]
fn a_change_taken_apart_goes_together_again() -> Tested {
    for bytes in honest::all()? {
        assert_eq!(Parts::of(&bytes)?.chunk(), bytes);
        assert_eq!(strip(&bytes).map(restore).as_deref(), Some(&bytes[..]));
    }
    Ok(())
}
