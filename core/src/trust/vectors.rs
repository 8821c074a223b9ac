//! Test vectors that another implementation could use: `core/vectors.json`, made from fixed keys
//! and compared with what this build makes. `UPDATE_VECTORS=1` writes the file anew; after the
//! first tablet is in use a difference is a broken promise and not a reason to.

use serde_json::{Map, Value, json};

use super::code::{Code, Invitation, Side, Transcript};
use super::cursor::{CursorKey, Owner};
use super::software_key::SoftwareKey;
use super::{durable, envelope, identity_hash, sign1};
use crate::ids::{
    ActorId, CarerId, CertificateId, CitizenId, DeviceNumber, DocId, IdentityHash, InstallEpoch,
    ItemId, Nonce, NoteId, ServerEpoch, StreamId, hex,
};
use crate::port::KeyStore as _;
use crate::time::UnixSeconds;
use crate::wire::answer::{AnswerBody, AnswerHead};
use crate::wire::batch::Batch;
use crate::wire::certificate::{CarerCertificate, DeviceCertificate, Pins, Receipt};
use crate::wire::digest::Digest;
use crate::wire::entry::{ClockMark, Entry, EntryKind};
use crate::wire::frame::DICTIONARY;
use crate::wire::request::{Push, RequestBody, RequestHead};
use crate::wire::row::{Content, Group, Origin, Pack, Row};
use crate::wire::{sha256, to_bytes};

const DEVICE: DeviceNumber = DeviceNumber(0x0a0b_0c0d);
const INSTALL: InstallEpoch = InstallEpoch([0x11; 8]);
const CITIZEN: CitizenId = CitizenId([0x22; 16]);
const AT: UnixSeconds = UnixSeconds(1_790_000_000);

fn content() -> Content {
    let tail = [&[1_u8, 7][..], b"example"].concat();
    let hash = sha256(&[&tail]);
    Content::Change([&[0x85, 0x6f, 0x4a, 0x83], &hash[..4], &tail].concat())
}

fn entry() -> Entry {
    let content = content();
    Entry {
        doc: DocId::Note(NoteId([0x33; 16])),
        kind: EntryKind::Change,
        citizen: Some(CITIZEN),
        hash: content.hash().unwrap(),
        schema: 1,
        certificate: CertificateId([0x44; 32]),
        written: AT,
        raw_clock: AT.plus(3),
        clock_mark: ClockMark::Sound,
        replaces: None,
    }
}

fn batch() -> Batch {
    Batch {
        device: DEVICE,
        number: 1,
        previous: None,
        install: INSTALL,
        made: AT.plus(60),
        replaces: None,
        digests: entry().digest().to_vec(),
    }
}

fn pack() -> Pack {
    let origin = Origin { device: DEVICE, number: 1, position: 0 };
    let row = Row { entry: entry(), content: content(), origin, placed: None };
    Pack::from_groups(&[Group { device: DEVICE, number: 1, header: None, rows: vec![row] }])
}

fn ids(vectors: &mut Map<String, Value>) {
    let plan = DocId::Plan(CITIZEN, 2);
    vectors.insert("plan id".into(), json!(hex(&plan.to_bytes())));
    vectors.insert("note id".into(), json!(hex(&entry().doc.to_bytes())));
    vectors.insert("record id".into(), json!(hex(&DocId::Record(5, [0x55; 16]).to_bytes())));
    vectors.insert("item id as text".into(), json!(ItemId([1, 2, 3, 4, 5]).to_string()));
    vectors.insert("note id as text".into(), json!(NoteId([0x33; 16]).to_string()));
    vectors.insert("actor".into(), json!(hex(&ActorId::new(DEVICE, [0x66; 12]).0)));
    vectors.insert("dictionary sha-256".into(), json!(hex(&sha256(&[DICTIONARY]))));
}

fn rows(vectors: &mut Map<String, Value>) {
    let entry = entry();
    vectors.insert("entry".into(), json!(hex(&to_bytes(&entry))));
    vectors.insert("entry digest".into(), json!(hex(&entry.digest())));
    vectors.insert("pack of one row".into(), json!(hex(&to_bytes(&pack()))));
    let digest = Digest::of(&entry.doc, &entry.hash);
    vectors.insert("digest of one row".into(), json!(hex(&to_bytes(&digest))));
    let twice = digest.plus(&digest);
    vectors.insert("digest of the row twice".into(), json!(hex(&to_bytes(&twice))));
}

fn durables(vectors: &mut Map<String, Value>, server: &SoftwareKey, device: &SoftwareKey) {
    let municipality = identity_hash(&server.public_key().unwrap());
    let mut put = |name: &str, signed: Vec<u8>| vectors.insert(name.into(), json!(hex(&signed)));
    put("batch", durable::seal(device, &municipality, &batch()).unwrap());
    put("batch hash", batch().hash().0.to_vec());
    let certificate = DeviceCertificate {
        device: DEVICE,
        key: device.public_key().unwrap(),
        install: INSTALL,
        issued: AT,
    };
    put("device certificate", durable::seal(server, &municipality, &certificate).unwrap());
    let carer = CarerCertificate {
        carer: CarerId([0x77; 16]),
        device: DEVICE,
        roles: 1,
        teams: vec![StreamId(1)],
        from: AT,
        until: AT.plus(8 * 86_400),
    };
    put("carer certificate", durable::seal(server, &municipality, &carer).unwrap());
    let receipt = Receipt {
        device: DEVICE,
        number: 1,
        batch: batch().hash(),
        received: AT.plus(61),
        epoch: ServerEpoch([0x88; 8]),
    };
    put("receipt", durable::seal(server, &municipality, &receipt).unwrap());
    let pins = Pins { serial: 1, pins: vec![vec![0x99; 32].into()] };
    put("pins", durable::seal(server, &municipality, &pins).unwrap());
}

/// The compressed bytes are a matter of the compressor's version: vectors hold what is signed and
/// what is compressed, and a frame that every reader must inflate.
fn messages(vectors: &mut Map<String, Value>, server: &SoftwareKey, device: &SoftwareKey) {
    let identity = identity_hash(&server.public_key().unwrap());
    let head = RequestHead {
        protocol_min: 1,
        protocol_max: 1,
        device: DEVICE,
        install: INSTALL,
        nonce: Nonce([0xaa; 16]),
        body: sha256(&[b"frame"]),
        cursors: Vec::new(),
        verdicts: None,
        scope_serial: 1,
        pins_serial: 1,
        wait: false,
    };
    let aad = super::purpose::message_aad(
        super::purpose::Message::Request,
        &identity,
        envelope::SYNC_PATH,
    );
    vectors.insert("request head aad".into(), json!(hex(&aad)));
    let signed = sign1::sign(device, &to_bytes(&head), &aad).unwrap();
    vectors.insert("request head".into(), json!(hex(&signed)));
    let push = Push { batch: vec![1, 2, 3], rows: pack() };
    let body = RequestBody { push: Some(push), ..RequestBody::default() };
    vectors.insert("request body".into(), json!(hex(&to_bytes(&body))));
    let answer = AnswerHead {
        protocol: 1,
        nonce: Nonce([0xaa; 16]),
        time: AT,
        body: sha256(&[b"frame"]),
        nonces: vec![Nonce([0xbb; 16])],
    };
    vectors.insert("answer head".into(), json!(hex(&to_bytes(&answer))));
    vectors.insert("empty answer body".into(), json!(hex(&to_bytes(&AnswerBody::default()))));
    let key = CursorKey::new(&[0xcc; 32]);
    let owner = Owner::Stream(StreamId(1));
    let cursor = key.issue(owner, ServerEpoch([0x88; 8]), 7, [0xdd; 16]);
    vectors.insert("cursor".into(), json!(hex(&to_bytes(&cursor))));
}

fn enrolment(vectors: &mut Map<String, Value>, server: &SoftwareKey, device: &SoftwareKey) {
    let identity_key = server.public_key().unwrap();
    let identity: IdentityHash = identity_hash(&identity_key);
    let transcript = Transcript {
        device_key: device.public_key().unwrap(),
        identity_key,
        tls: [0xee; 32],
        install: INSTALL,
    };
    for (name, code) in [
        ("scanned", Code::scanned([0xff; 16])),
        ("typed", Code::read_typed("abc-defgh-jkmnp").unwrap()),
    ] {
        let key = code.mac_key(&identity).unwrap();
        vectors.insert(format!("{name} code's name"), json!(hex(&code.name())));
        vectors.insert(format!("{name} code's mac key"), json!(hex(&key)));
        for (side, word) in [(Side::Tablet, "tablet"), (Side::Server, "server")] {
            let mac = transcript.mac(&key, side);
            vectors.insert(format!("{name} code's mac, {word}"), json!(hex(&mac)));
        }
    }
    let invitation =
        Invitation { address: "omsorg.example:8443".to_owned(), identity, code: [0xff; 16] };
    vectors.insert("invitation".into(), json!(invitation.to_text()));
}

#[test]
fn this_build_makes_the_published_bytes() {
    let (server, device) = (SoftwareKey::from_secret([1; 32]), SoftwareKey::from_secret([2; 32]));
    let mut vectors = Map::new();
    vectors.insert("server secret".into(), json!(hex(&[1; 32])));
    vectors.insert("device secret".into(), json!(hex(&[2; 32])));
    vectors.insert("server key".into(), json!(hex(&server.public_key().unwrap())));
    vectors.insert("device key".into(), json!(hex(&device.public_key().unwrap())));
    ids(&mut vectors);
    rows(&mut vectors);
    durables(&mut vectors, &server, &device);
    messages(&mut vectors, &server, &device);
    enrolment(&mut vectors, &server, &device);
    let made = Value::Object(vectors);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors.json");
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        std::fs::write(path, serde_json::to_string_pretty(&made).unwrap() + "\n").unwrap();
    }
    let published: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(made, published);
}
