//! What the tests of facts, digests and jobs stand on: an invented municipality with a real store
//! behind a real node, whose clock only the test moves.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use doegnrytme_core::care::consent::{Act, Channel, ConsentEntry, ConsentId, SaidTo, Topic};
use doegnrytme_core::care::day_part::DayPart;
use doegnrytme_core::care::legal_basis::LegalBasis;
use doegnrytme_core::care::note::{Author, Note, NoteHead, Outcome, PhraseId, VisitReport};
use doegnrytme_core::care::visit::VisitKey;
use doegnrytme_core::document::encode;
use doegnrytme_core::ids::{ActorId, CitizenId, DeviceNumber, DocId, NoteId, RelativeId, StreamId};
use doegnrytme_core::port::{Clock, Reading};
use doegnrytme_core::time::{LocalDay, UnixSeconds};
use doegnrytme_core::wire::SCHEMA;
use doegnrytme_core::wire::record::{self as payload, Setting};
use doegnrytme_core::wire::row::Content;
use doegnrytme_core::wire::verdict::Verdict;

use super::clerk::Clerk;
use crate::http::{Answer, Node as _};
use crate::intake::{IntakeError, Taken, own};
use crate::node::context::{Context, Rules};
use crate::node::keys::Keys;
use crate::node::{Engine, EnrolDesk, Outside, ServerNode};
use crate::record::{author, write};
use crate::relatives::{Gateway, Outcome as Sent, Outgoing};
use crate::store::relative::Relative;
use crate::store::sqlite::SqliteStore;
use crate::store::{self, Store, StoreError, Tx};

pub(crate) const INGER: CitizenId = CitizenId([5; 16]);
pub(crate) const SVEND: CitizenId = CitizenId([6; 16]);
/// Inger's daughter.
pub(crate) const SOLVEJ: RelativeId = RelativeId([15; 16]);
/// Plainly invented: no Danish number begins with zero.
pub(crate) const PHONE: &str = "+4500000011";
pub(crate) const GARDEN: PhraseId = PhraseId(1);
pub(crate) const WALK: PhraseId = PhraseId(2);
/// Approved, but not for text messages.
pub(crate) const PLEASE_CALL: PhraseId = PhraseId(14);

/// 2026-03-02, 18:00 in Copenhagen.
const EVENING: i64 = 1_772_470_800;

pub(crate) fn today() -> LocalDay {
    "2026-03-02".parse().unwrap()
}

/// A clock that the test moves.
#[derive(Clone)]
pub(crate) struct Hands(Arc<AtomicI64>);

impl Clock for Hands {
    fn read(&self) -> Reading {
        let wall = UnixSeconds(self.0.load(Ordering::SeqCst));
        Reading { wall, monotonic: Duration::ZERO, boot: 0 }
    }
}

/// Nobody enrols here.
struct NoDesk;

impl EnrolDesk for NoDesk {
    fn enrol(
        &mut self,
        _: &mut dyn Tx,
        _: &mut Context<'_>,
        _: &[u8],
        _: std::net::IpAddr,
    ) -> Result<Answer, IntakeError> {
        Ok(Answer::later())
    }
}

/// A gateway that remembers what it got and answers what the test wants.
#[derive(Clone)]
pub(crate) struct Post {
    pub(crate) got: Arc<Mutex<Vec<Outgoing>>>,
    pub(crate) says: Arc<Mutex<Sent>>,
}

impl Post {
    pub(crate) fn new() -> Self {
        Self { got: Arc::default(), says: Arc::new(Mutex::new(Sent::Taken)) }
    }

    pub(crate) fn texts(&self) -> Vec<String> {
        self.got.lock().unwrap().iter().map(|outgoing| outgoing.text.clone()).collect()
    }

    pub(crate) fn say(&self, outcome: Sent) {
        *self.says.lock().unwrap() = outcome;
    }
}

impl Gateway for Post {
    fn send(&mut self, message: &Outgoing) -> Sent {
        self.got.lock().unwrap().push(message.clone());
        *self.says.lock().unwrap()
    }

    fn look_up(&mut self, reference: [u8; 16]) -> Sent {
        let got = self.got.lock().unwrap();
        let known = got.iter().any(|outgoing| outgoing.reference == reference);
        if known { Sent::Taken } else { Sent::NotNow }
    }
}

/// A municipality with one team, two citizens and a daughter.
pub(crate) struct Town {
    pub(crate) node: Arc<ServerNode>,
    pub(crate) clock: Hands,
    pub(crate) dir: tempfile::TempDir,
}

impl Town {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut store = SqliteStore::create(&dir.path().join("server.db"), &[7; 32]).unwrap();
        let clock = Hands(Arc::new(AtomicI64::new(EVENING)));
        let mut outside = Outside { clock: Box::new(clock.clone()), ..Outside::system() };
        let now = outside.now();
        store::write(&mut store, |tx| {
            Keys::create(tx, [9; 32], &mut *outside.rng, now).unwrap();
            Ok::<_, StoreError>(())
        })
        .unwrap();
        let town = Self { node: open(store, outside), clock, dir };
        town.write(|tx, context| {
            let team = tx.add_team("Team Åen").unwrap();
            for (citizen, name) in [(INGER, "Inger Æblegren"), (SVEND, "Svend Bølgebryder")] {
                tx.add_citizen(citizen, team.stream, None).unwrap();
                put_name(tx, context, citizen, name);
            }
            put_setting(tx, context, "municipality", "Lillekær Kommune");
            tx.put_relative(&Relative { id: SOLVEJ, citizen: INGER, phone: PHONE.into() }).unwrap();
        });
        town
    }

    /// The server stops; another one opens its folder.
    pub(crate) fn restart(&mut self) {
        self.node.finish();
        let store = SqliteStore::open(&self.dir.path().join("server.db"), &[7; 32]).unwrap();
        let clock = Box::new(self.clock.clone());
        self.node = open(store, Outside { clock, ..Outside::system() });
    }

    /// A connection that only reads.
    pub(crate) fn reader(&self) -> Box<dyn Store> {
        let store = SqliteStore::open(&self.dir.path().join("server.db"), &[7; 32]).unwrap();
        store.reader().unwrap()
    }

    pub(crate) fn clerk(&self, post: &Post) -> Clerk {
        Clerk::new(Arc::clone(&self.node), self.reader(), Box::new(post.clone()))
    }

    /// Works on the writer's thread, durable when this returns.
    pub(crate) fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Tx, &mut Context<'_>) -> T + Send + 'static,
    ) -> T {
        self.node.work(|tx, context| Ok((work(tx, context), Taken::default()))).unwrap()
    }

    pub(crate) fn read<T>(&self, work: impl FnOnce(&mut dyn Tx) -> T) -> T {
        store::read(&mut *self.reader(), |tx| Ok::<_, StoreError>(work(tx))).unwrap()
    }

    /// Publishes a note as if a tablet had pushed it.
    pub(crate) fn publish(&self, note: Note) {
        let published = self.signs_for(note.citizen, note);
        assert!(matches!(published, Verdict::Published { .. }), "{published:?}");
    }

    /// Hands in a note that was signed for as being about `citizen`.
    pub(crate) fn signs_for(&self, citizen: CitizenId, note: Note) -> Verdict {
        self.write(move |tx, context| {
            let actor = ActorId::new(DeviceNumber::SERVER, [8; 12]);
            let draft = own::Draft {
                doc: DocId::Note(note.id),
                citizen: Some(citizen),
                home: None,
                content: Content::Change(encode(&note, actor).unwrap().bytes),
                schema: SCHEMA,
                certificate: author::certificate(tx, context).unwrap(),
                written: note.written,
            };
            own::write(tx, context, vec![draft]).unwrap().0.remove(0)
        })
    }

    /// Lets Solvej hear about a topic by a channel.
    pub(crate) fn give(&self, id: u8, topic: Topic, channel: Channel) {
        self.say(id, Act::Give { topic, channel, despite: Vec::new() }, SaidTo::Municipality);
    }

    /// Takes every consent of Solvej's back.
    pub(crate) fn withdraw(&self, id: u8, said_to: SaidTo) {
        self.say(id, Act::Withdraw { topic: None, channel: None }, said_to);
    }

    fn say(&self, id: u8, act: Act, said_to: SaidTo) {
        let entry = ConsentEntry {
            id: ConsentId([id; 16]),
            relative: SOLVEJ,
            act,
            said_to,
            at: UnixSeconds(EVENING),
        };
        self.write(move |tx, context| write::put(tx, context, Some(INGER), &entry).unwrap());
    }

    pub(crate) fn set(&self, name: &'static str, value: &'static str) {
        self.write(move |tx, context| put_setting(tx, context, name, value));
    }

    /// What the register says from now on.
    pub(crate) fn name(&self, citizen: CitizenId, name: &'static str) {
        self.write(move |tx, context| put_name(tx, context, citizen, name));
    }

    pub(crate) fn team(&self) -> StreamId {
        self.read(|tx| tx.teams().unwrap()[0].stream)
    }

    pub(crate) fn move_clock(&self, seconds: i64) {
        self.clock.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Drop for Town {
    fn drop(&mut self) {
        self.node.finish();
    }
}

fn open(mut store: SqliteStore, outside: Outside) -> Arc<ServerNode> {
    let keys = store::read(&mut store, |tx| Ok::<_, StoreError>(Keys::load(tx).unwrap())).unwrap();
    let engine = Engine::new(Arc::new(keys), Rules::default());
    Arc::new(ServerNode::start(Box::new(store), engine, Box::new(NoDesk), outside).unwrap())
}

fn put_setting(tx: &mut dyn Tx, context: &mut Context<'_>, name: &str, value: &str) {
    let setting = Setting { name: name.into(), value: value.into() };
    write::put(tx, context, None, &setting).unwrap();
}

fn put_name(tx: &mut dyn Tx, context: &mut Context<'_>, citizen: CitizenId, name: &str) {
    let (name, address) = (name.into(), "Opdigtet Vej 1".into());
    let record = payload::Citizen { citizen, name, address, outside_id: None };
    write::put(tx, context, Some(citizen), &record).unwrap();
}

fn head(id: u8, citizen: CitizenId) -> NoteHead {
    NoteHead {
        id: NoteId([id; 16]),
        citizen,
        author: Author::Municipality,
        written: UnixSeconds(EVENING - 3_600),
        law: LegalBasis::Sel83,
    }
}

/// The note of a visit today; a deviation when something is written.
pub(crate) fn visit(id: u8, citizen: CitizenId, phrases: &[PhraseId], text: &str) -> Note {
    let outcome = match text {
        "" => Outcome::AsAgreed,
        _ => Outcome::Deviation { needs_action: false },
    };
    let report = VisitReport {
        visit: VisitKey { citizen, day: today(), part: DayPart::Morning, number: 1 },
        started: UnixSeconds(EVENING - 7_200),
        ticks: Vec::new(),
        not_given: Vec::new(),
        outcome,
        text: text.into(),
        phrases: phrases.to_vec(),
        minutes: None,
        plan_heads: Vec::new(),
        dictated: false,
    };
    Note::visit(head(id, citizen), report).unwrap()
}

/// A correction, with the phrases that hold from then on.
pub(crate) fn correction(id: u8, of: u8, citizen: CitizenId, phrases: &[PhraseId]) -> Note {
    let (of, text) = (NoteId([of; 16]), String::from("Det var en anden dag."));
    Note::correction(head(id, citizen), of, text, phrases.to_vec()).unwrap()
}
