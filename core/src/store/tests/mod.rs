//! Stories and properties of the store, and the words that they are told in.

mod damage;
mod delivery;
mod direct;
mod outbox;
mod projections;
mod rescue;
mod saving;
mod scope;
mod shape;
mod speed;
mod year;

use super::*;
use crate::care::command::{Command, PlanCommand};
use crate::care::field::{Field, Scalar, Section};
use crate::care::legal_basis::LegalBasis;
use crate::care::minutes::Minutes;
use crate::care::note::{Author, Note, NoteHead, Outcome, VisitReport};
use crate::care::visit::VisitKey;
use crate::document;
use crate::ids::{
    ActorId, CarerId, CitizenId, DeviceNumber, DocId, InstallEpoch, ItemId, NoteId, StreamId,
};
use crate::time::UnixSeconds;
use crate::wire::certificate::CarerCertificate;
use crate::wire::entry::{ClockMark, Entry, EntryKind};
use crate::wire::row::{Content, Origin, Placed, Row};
use crate::wire::scope::{Grant, Scope};

pub(super) const KEY: [u8; 32] = [7; 32];
/// An invented citizen.
pub(super) const KAREN: CitizenId = CitizenId([0xc1; 16]);
/// Another one.
pub(super) const POUL: CitizenId = CitizenId([0xc2; 16]);
/// 2026-03-02 at eight in the morning, Copenhagen.
pub(super) const MORNING: UnixSeconds = UnixSeconds(1_772_434_800);
pub(super) const TEAM: StreamId = StreamId(3);

pub(super) fn options(session: u8) -> Options {
    Options { reserve_bytes: 0, ..Options::new([session; 16]) }
}

/// A folder in memory where there is one: hundreds of stores are made here.
pub(super) fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

pub(super) fn carer(number: u32) -> CarerId {
    let mut id = [0xca; 16];
    id[..4].copy_from_slice(&number.to_be_bytes());
    CarerId(id)
}

/// A tablet's store in a folder of its own, with one carer who writes.
pub(super) struct Tablet {
    pub(super) dir: tempfile::TempDir,
    pub(super) number: DeviceNumber,
    pub(super) store: Option<Store>,
    pub(super) actor: ActorId,
    minted: u8,
    opened: u8,
}

impl Tablet {
    pub(super) fn new(number: u32) -> Self {
        let dir = folder();
        let mut store = Store::create(dir.path(), &KEY, options(1)).unwrap();
        let number = DeviceNumber(0x0100_0000 + number);
        store
            .write(|tx| {
                tx.put_single(&DEVICE, &number)?;
                tx.put_single(&INSTALL, &InstallEpoch([1; 8]))?;
                let grant = |citizen| Grant { citizen, stream: TEAM, covered: 0, buckets: vec![] };
                let grants = vec![grant(KAREN), grant(POUL)];
                tx.put_scope(&Scope { serial: 1, streams: vec![TEAM], grants })
            })
            .unwrap();
        let actor = ActorId::new(number, [1; 12]);
        let mut tablet = Self { dir, number, store: Some(store), actor, minted: 0, opened: 1 };
        tablet.meets(number);
        tablet
    }

    pub(super) fn store(&mut self) -> &mut Store {
        self.store.as_mut().unwrap()
    }

    pub(super) fn write<T>(
        &mut self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError>,
    ) -> T {
        self.store().write(work).unwrap()
    }

    pub(super) fn read<T>(&mut self, work: impl FnOnce(&Tx<'_>) -> Result<T, StoreError>) -> T {
        self.store().read(work).unwrap()
    }

    /// Closes the store as an app that ends does.
    pub(super) fn close(&mut self) {
        self.store = None;
    }

    /// Opens the store again, as the next app start does: another session, another actor.
    pub(super) fn reopen(&mut self) -> Opening {
        self.close();
        self.opened += 1;
        self.actor = ActorId::new(self.number, [self.opened; 12]);
        let store = Store::open(self.dir.path(), &KEY, options(self.opened)).unwrap();
        self.store.insert(store).opening()
    }

    /// Learns who writes on a colleague's tablet.
    pub(super) fn meets(&mut self, device: DeviceNumber) {
        let (signed, certificate) = certificate(device);
        self.write(|tx| tx.put_certificate(&signed, &Certificate::Carer(certificate)).map(drop));
    }

    pub(super) fn mint(&mut self) -> NoteId {
        self.minted += 1;
        let mut id = [self.minted; 16];
        id[..4].copy_from_slice(&self.number.0.to_be_bytes());
        NoteId(id)
    }

    /// What a visit as agreed leaves behind.
    pub(super) fn note(&mut self, citizen: CitizenId, text: &str) -> OwnRow {
        let id = self.mint();
        self.note_of(visit_note(id, citizen, text))
    }

    pub(super) fn note_of(&mut self, note: Note) -> OwnRow {
        let change = document::encode(&note, self.actor).unwrap();
        let command = Command::SaveNote(Box::new(note.clone()));
        self.own(DocId::Note(note.id), note.citizen, change, &command, note.written)
    }

    /// An edit on the plan as this tablet has it.
    pub(super) fn edit(&mut self, citizen: CitizenId, edit: PlanCommand) -> OwnRow {
        let time = MORNING.plus(i64::from(self.minted));
        let (doc, mut plan) = self.read(|tx| tx.plan_doc(citizen));
        let heads = plan.heads();
        let change = plan.edit(std::slice::from_ref(&edit), self.actor, time).unwrap();
        let command = Command::Plan { citizen, edit };
        OwnRow { heads, ..self.own(doc, citizen, change, &command, time) }
    }

    fn own(
        &self,
        doc: DocId,
        citizen: CitizenId,
        change: document::OwnChange,
        command: &Command,
        written: UnixSeconds,
    ) -> OwnRow {
        OwnRow {
            entry: Entry {
                doc,
                kind: EntryKind::Change,
                citizen: Some(citizen),
                hash: change.hash(),
                schema: 1,
                certificate: crate::trust::durable::certificate_id(&certificate(self.number).0),
                written,
                raw_clock: written,
                clock_mark: ClockMark::Sound,
                replaces: None,
            },
            content: Content::Change(change.bytes),
            device: self.number,
            author: carer(self.number.0),
            command: crate::wire::to_bytes(command),
            heads: Vec::new(),
            draft: None,
        }
    }

    pub(super) fn save(&mut self, row: &OwnRow) {
        self.store().save(std::slice::from_ref(row)).unwrap();
    }

    /// Where the projections differ from what the log gives.
    pub(super) fn differences(&mut self) -> Vec<Difference> {
        self.write(|tx| tx.compare_projections())
    }

    pub(super) fn texts(&mut self, citizen: CitizenId) -> Vec<String> {
        let notes = self.read(|tx| tx.notes_of(citizen, UnixSeconds(i64::MAX), 1000));
        notes.into_iter().map(|row| row.note.text).collect()
    }
}

fn certificate(device: DeviceNumber) -> (Vec<u8>, CarerCertificate) {
    let certificate = CarerCertificate {
        carer: carer(device.0),
        device,
        roles: 1,
        teams: vec![TEAM],
        from: MORNING,
        until: MORNING.plus(8 * 86_400),
    };
    (device.0.to_be_bytes().to_vec(), certificate)
}

pub(super) fn head(id: NoteId, citizen: CitizenId) -> NoteHead {
    NoteHead {
        id,
        citizen,
        author: Author::Municipality,
        written: MORNING.plus(i64::from(id.0[15])),
        law: LegalBasis::Sel83,
    }
}

pub(super) fn visit(citizen: CitizenId) -> VisitKey {
    let day = MORNING.local_day().unwrap();
    VisitKey { citizen, day, part: crate::care::day_part::DayPart::Morning, number: 1 }
}

pub(super) fn visit_note(id: NoteId, citizen: CitizenId, text: &str) -> Note {
    let report = VisitReport {
        visit: visit(citizen),
        started: MORNING,
        ticks: Vec::new(),
        not_given: Vec::new(),
        outcome: Outcome::AsAgreed,
        text: text.into(),
        phrases: Vec::new(),
        minutes: Minutes::new(20).ok(),
        plan_heads: Vec::new(),
        dictated: false,
    };
    Note::visit(head(id, citizen), report).unwrap()
}

pub(super) fn add(item: u8, title: &str) -> PlanCommand {
    let fields = vec![
        (Field::Title, title.into()),
        (Field::Minutes, Scalar::Int(20)),
        (Field::Slot, "morgen".into()),
        (Field::Days, "ma ti on to fr lø sø".into()),
        (Field::Law, "sel83".into()),
        (Field::Roles, Scalar::Int(1)),
    ];
    PlanCommand::AddEntry { section: Section::Items, entry: ItemId([item; 5]), fields }
}

pub(super) fn put(item: u8, field: Field, value: &str) -> PlanCommand {
    let entry = ItemId([item; 5]);
    PlanCommand::Put { section: Section::Items, entry, field, value: value.into() }
}

/// The server's part: gives each row its place, in the order in which they come.
#[derive(Default)]
pub(super) struct Stream {
    seq: u64,
}

impl Stream {
    pub(super) fn publish(&mut self, own: &OwnRow) -> Row {
        self.publish_at(own, MORNING.plus(3600))
    }

    pub(super) fn publish_at(&mut self, own: &OwnRow, received: UnixSeconds) -> Row {
        self.seq += 1;
        let position = u16::try_from(self.seq % 1000).unwrap();
        Row {
            entry: own.entry.clone(),
            content: own.content.clone(),
            origin: Origin { device: own.device, number: 1 + self.seq / 1000, position },
            placed: Some(Placed { stream: TEAM, seq: self.seq, received }),
        }
    }
}
