//! Trains the zstd dictionary of the wire on invented sample rows, and says what it saves.
//!
//! `cargo run --release -p doegnrytme-tests --bin dictionary -- core/src/wire/dictionary-v1.bin`
//!
//! Run once per protocol version, before the first tablet speaks it; the file is fixed from then on.

#![allow(clippy::print_stdout, reason = "a tool for the console")]

use std::error::Error;

use doegnrytme_core::care::command::PlanCommand;
use doegnrytme_core::care::day_part::DayPart;
use doegnrytme_core::care::field::{Field, Scalar, Section};
use doegnrytme_core::care::legal_basis::LegalBasis;
use doegnrytme_core::care::minutes::Minutes;
use doegnrytme_core::care::note::{Author, HeadPrefix, Note, NoteHead, Outcome, Tick, VisitReport};
use doegnrytme_core::care::role::Roles;
use doegnrytme_core::care::visit::VisitKey;
use doegnrytme_core::document::{PlanDoc, encode};
use doegnrytme_core::gate::GatedChange;
use doegnrytme_core::ids::{
    ActorId, CarerId, CertificateId, ChangeHash, CitizenId, DeviceNumber, DocId, ItemId, NoteId,
    StreamId,
};
use doegnrytme_core::time::UnixSeconds;
use doegnrytme_core::wire::answer::AnswerBody;
use doegnrytme_core::wire::entry::{ClockMark, Entry, EntryKind};
use doegnrytme_core::wire::frame::deflate;
use doegnrytme_core::wire::request::{Push, RequestBody};
use doegnrytme_core::wire::row::{Content, Group, Origin, Pack, Placed, Row};
use doegnrytme_core::wire::to_bytes;
use doegnrytme_tests::workload::words;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// Bytes of the dictionary.
const SIZE: usize = 16 * 1024;
/// Tablets whose shifts are the samples.
const SHIFTS: usize = 1_500;

type Failed = Box<dyn Error>;

fn random<const N: usize>(rng: &mut ChaCha8Rng) -> [u8; N] {
    let mut bytes = [0; N];
    rng.fill_bytes(&mut bytes);
    bytes
}

/// One tablet's shift: twelve notes and a few edits in one batch.
struct Shift {
    rng: ChaCha8Rng,
    device: DeviceNumber,
    start: [u8; 12],
    day: i64,
    rows: Vec<Row>,
}

impl Shift {
    fn new(number: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(number);
        let device = DeviceNumber(rng.next_u32());
        let start = random(&mut rng);
        let day = 1_767_222_000 + i64::from(rng.next_u32() % 1_000) * 86_400;
        Self { rng, device, start, day, rows: Vec::new() }
    }

    fn actor(&self) -> ActorId {
        ActorId::new(self.device, self.start)
    }

    fn keep(&mut self, doc: DocId, citizen: CitizenId, at: i64, chunk: Vec<u8>) {
        let content = Content::Change(chunk);
        let position = u16::try_from(self.rows.len()).unwrap_or(u16::MAX);
        let seq = 1_000 + u64::from(position);
        let received = UnixSeconds(self.day + 8 * 3_600);
        self.rows.push(Row {
            entry: Entry {
                doc,
                kind: EntryKind::Change,
                citizen: Some(citizen),
                hash: content.hash().unwrap_or(ChangeHash([0; 32])),
                schema: 1,
                certificate: CertificateId([7; 32]),
                written: UnixSeconds(at),
                raw_clock: UnixSeconds(at),
                clock_mark: ClockMark::Sound,
                replaces: None,
            },
            content,
            origin: Origin { device: self.device, number: 1, position },
            placed: Some(Placed { stream: StreamId(1), seq, received }),
        });
    }

    fn note(&mut self, visit: i64) -> Result<(), Failed> {
        let citizen = CitizenId(random(&mut self.rng));
        let started = self.day + visit * 2_400 + i64::from(self.rng.next_u32() % 600);
        let ended = started + 600 + i64::from(self.rng.next_u32() % 1_500);
        let agreed = self.rng.next_u32().is_multiple_of(4);
        let report = self.report(citizen, visit, started, ended, agreed)?;
        let milliseconds = u64::try_from(ended)?.saturating_mul(1_000);
        let head = NoteHead {
            id: NoteId::mint(milliseconds, random(&mut self.rng)),
            citizen,
            author: Author::Carer(CarerId([1; 16])),
            written: UnixSeconds(ended),
            law: if visit % 4 == 0 { LegalBasis::Sul138 } else { LegalBasis::Sel83 },
        };
        let note = Note::visit(head, report)?;
        let change = encode(&note, self.actor())?;
        self.keep(DocId::Note(note.id), citizen, ended, change.bytes);
        Ok(())
    }

    fn report(
        &mut self,
        citizen: CitizenId,
        visit: i64,
        started: i64,
        ended: i64,
        agreed: bool,
    ) -> Result<VisitReport, Failed> {
        let day = UnixSeconds(started).local_day()?;
        let part = DayPart::of_minute(UnixSeconds(started).local_minute()?);
        let count = 1 + self.rng.next_u32() % 7;
        let tick = |at: u32| Tick {
            item: ItemId(random(&mut self.rng)),
            after: at * 97 + self.rng.next_u32() % 60,
            outside_id: None,
        };
        Ok(VisitReport {
            ticks: (0..count).map(tick).collect(),
            visit: VisitKey { citizen, day, part, number: 1 },
            started: UnixSeconds(started),
            not_given: Vec::new(),
            outcome: match agreed {
                true => Outcome::AsAgreed,
                false => Outcome::Deviation { needs_action: visit % 3 == 0 },
            },
            text: if agreed { String::new() } else { words::note(&mut self.rng) },
            phrases: Vec::new(),
            minutes: Some(Minutes::of_seconds(ended - started)),
            plan_heads: vec![HeadPrefix(random(&mut self.rng))],
            dictated: false,
        })
    }

    fn edits(&mut self) -> Result<(), Failed> {
        let citizen = CitizenId(random(&mut self.rng));
        let doc = DocId::Plan(citizen, 0);
        let entry = ItemId(random(&mut self.rng));
        let text = |value: &str| Scalar::Text(value.to_owned());
        let put = |field, value| PlanCommand::Put { section: Section::Items, entry, field, value };
        let add = PlanCommand::AddEntry {
            section: Section::Items,
            entry,
            fields: vec![
                (Field::Title, text("Morgenpleje")),
                (Field::Text, Scalar::Text(words::instruction(&mut self.rng))),
                (Field::Minutes, Scalar::Int(25)),
                (Field::Slot, text("morgen")),
                (Field::Days, text("ma ti on to fr lø sø")),
                (Field::Law, text("sel83")),
                (Field::Roles, Scalar::Int(i64::from(Roles::ALL.bits()))),
            ],
        };
        let instruction = Scalar::Text(words::instruction(&mut self.rng));
        let edits = [
            add,
            put(Field::Text, instruction),
            put(Field::Minutes, Scalar::Int(35)),
            put(Field::Slot, text("formiddag")),
        ];
        let mut plan = PlanDoc::new()?;
        for (at, edit) in (0..).zip(edits) {
            let at = self.day + 3_600 + at * 700;
            let change = plan.edit(&[edit], self.actor(), UnixSeconds(at))?;
            let (hash, bytes) = (change.hash(), change.bytes.clone());
            let gated = GatedChange::from_log(doc, citizen, hash, bytes)
                .map_err(|reason| reason.to_string())?;
            plan.apply(&gated)?;
            self.keep(doc, citizen, at, change.bytes);
        }
        Ok(())
    }

    fn pack(mut self, published: bool) -> Result<Pack, Failed> {
        for visit in 0..12 {
            self.note(visit)?;
        }
        self.edits()?;
        let mut rows = self.rows;
        if !published {
            rows.iter_mut().for_each(|row| row.placed = None);
        }
        let group = Group { device: self.device, number: 1, header: None, rows };
        Ok(Pack::from_groups(&[group]))
    }
}

fn samples(first: usize, count: usize) -> Result<Vec<Vec<u8>>, Failed> {
    let mut samples = Vec::with_capacity(count);
    for number in first..first + count {
        let shift = Shift::new(u64::try_from(number)?);
        samples.push(if number % 2 == 0 {
            let push = Push { batch: Vec::new(), rows: shift.pack(false)? };
            to_bytes(&RequestBody { push: Some(push), ..RequestBody::default() })
        } else {
            to_bytes(&AnswerBody { rows: Some(shift.pack(true)?), ..AnswerBody::default() })
        });
    }
    Ok(samples)
}

fn main() -> Result<(), Failed> {
    let path = std::env::args().nth(1).ok_or("where shall the dictionary go?")?;
    let dictionary = zstd::dict::from_samples(&samples(0, SHIFTS)?, SIZE)?;
    std::fs::write(&path, &dictionary)?;
    let (mut raw, mut built_in, mut fresh, mut bare) = (0, 0, 0, 0);
    let mut compressor = zstd::bulk::Compressor::with_dictionary(3, &dictionary)?;
    for sample in samples(SHIFTS, 100)? {
        raw += sample.len();
        bare += zstd::bulk::compress(&sample, 3)?.len();
        built_in += deflate(&sample)?.len();
        fresh += compressor.compress(&sample)?.len();
    }
    println!("100 unseen shifts: {raw} bytes, {bare} without a dictionary,");
    println!("{built_in} with the built-in one, {fresh} with the new one ({})", dictionary.len());
    Ok(())
}
