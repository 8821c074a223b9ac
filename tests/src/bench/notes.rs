//! Invented visit notes as a tablet writes them, and batches of them.

use doegnrytme_core::care::day_part::DayPart;
use doegnrytme_core::care::legal_basis::LegalBasis;
use doegnrytme_core::care::minutes::Minutes;
use doegnrytme_core::care::note::{Author, Note, NoteHead, Outcome, Tick, VisitReport};
use doegnrytme_core::care::visit::VisitKey;
use doegnrytme_core::document::encode;
use doegnrytme_core::ids::{ActorId, CitizenId, DocId, ItemId, NoteId};
use doegnrytme_core::time::UnixSeconds;
use doegnrytme_core::trust::durable::seal;
use doegnrytme_core::wire::SCHEMA;
use doegnrytme_core::wire::batch::Batch;
use doegnrytme_core::wire::entry::{ClockMark, Entry, EntryKind};
use doegnrytme_core::wire::row::{Content, Origin, Row};
use rand_chacha::{ChaCha8Rng, rand_core::Rng as _};

use super::player::Player;
use crate::workload::words::{self, below};

/// Random bytes.
pub fn random<const N: usize>(rng: &mut ChaCha8Rng) -> [u8; N] {
    let mut bytes = [0; N];
    rng.fill_bytes(&mut bytes);
    bytes
}

/// A citizen as notes need one.
#[derive(Debug, Clone)]
pub struct Ward {
    /// The citizen.
    pub citizen: CitizenId,
    /// The items of the plan.
    pub items: Vec<ItemId>,
}

impl Ward {
    /// A citizen with so many invented items.
    pub fn of(citizen: CitizenId, items: usize, rng: &mut ChaCha8Rng) -> Self {
        Self { citizen, items: (0..items).map(|_| ItemId(random(rng))).collect() }
    }
}

/// A note's text, about as hard to compress as an outside workload's [107 bytes each in a shift's
/// frame; the generator's alone 57, these some 115]: it holds compounds that no list has.
pub fn text(rng: &mut ChaCha8Rng) -> String {
    let note = words::note(rng);
    let mut all: Vec<String> = note.split(' ').map(str::to_owned).collect();
    for _ in 0..7 {
        let word = (0..9).map(|_| LETTERS[below(rng, LETTERS.len())]).collect();
        let at = below(rng, all.len());
        all[at] = word;
    }
    all.join(" ")
}

const LETTERS: [char; 20] = [
    'a', 'e', 'i', 'o', 'u', 'y', 'å', 'b', 'd', 'f', 'g', 'h', 'k', 'l', 'm', 'n', 'r', 's', 't',
    'v',
];

/// A note of a visit with five ticks and about 290 characters, as a carer writes it.
pub fn visit(player: &Player, ward: &Ward, at: UnixSeconds, rng: &mut ChaCha8Rng) -> Note {
    let started = at.plus(-1_200 - i64::try_from(below(rng, 900)).unwrap());
    let first = below(rng, ward.items.len());
    let tick = |tick: usize| Tick {
        item: ward.items[(first + tick * 7) % ward.items.len()],
        after: u32::try_from(60 + tick * 150 + below(rng, 120)).unwrap(),
        outside_id: None,
    };
    let ticks = (0..5).map(tick).collect();
    let milliseconds = u64::try_from(at.0).unwrap() * 1000;
    let head = NoteHead {
        id: NoteId::mint(milliseconds, random(rng)),
        citizen: ward.citizen,
        author: Author::Carer(player.carer),
        written: at,
        law: LegalBasis::Sel83,
    };
    let part = DayPart::of_minute(at.local_minute().unwrap());
    let report = VisitReport {
        visit: VisitKey { citizen: ward.citizen, day: at.local_day().unwrap(), part, number: 1 },
        started,
        ticks,
        not_given: Vec::new(),
        outcome: Outcome::Deviation { needs_action: false },
        text: text(rng),
        phrases: Vec::new(),
        minutes: Some(Minutes::of_seconds(at.0 - started.0)),
        plan_heads: Vec::new(),
        dictated: false,
    };
    Note::visit(head, report).unwrap()
}

/// What was written, as rows that a batch signs.
pub struct Written {
    /// The batch as it was signed.
    pub batch: Batch,
    /// Its COSE_Sign1.
    pub signed: Vec<u8>,
    /// Its rows.
    pub rows: Vec<Row>,
}

/// An entry for a note's change.
#[must_use]
pub fn entry(
    player: &Player,
    doc: NoteId,
    citizen: CitizenId,
    at: UnixSeconds,
    chunk: &[u8],
) -> Entry {
    Entry {
        doc: DocId::Note(doc),
        kind: EntryKind::Change,
        citizen: Some(citizen),
        hash: Content::Change(chunk.to_vec()).hash().unwrap(),
        schema: SCHEMA,
        certificate: player.certificate,
        written: at,
        raw_clock: at,
        clock_mark: ClockMark::Sound,
        replaces: None,
    }
}

/// The change of a note.
#[must_use]
pub fn change(player: &Player, note: &Note, start: [u8; 12]) -> Vec<u8> {
    encode(note, ActorId::new(player.device, start)).unwrap().bytes
}

/// Signs the player's next batch; the player remembers it as the last.
pub fn batch(player: &mut Player, written: Vec<(Entry, Vec<u8>)>, made: UnixSeconds) -> Written {
    let number = player.last.map_or(1, |(number, _)| number + 1);
    let batch = Batch {
        device: player.device,
        number,
        previous: player.last.map(|(_, hash)| hash),
        install: player.install,
        made,
        replaces: None,
        digests: written.iter().flat_map(|(entry, _)| entry.digest()).collect(),
    };
    player.last = Some((number, batch.hash()));
    let signed = seal(&player.key(), &player.identity.municipality, &batch).unwrap();
    let rows = written
        .into_iter()
        .zip(0_u16..)
        .map(|((entry, chunk), position)| Row {
            entry,
            content: Content::Change(chunk),
            origin: Origin { device: player.device, number, position },
            placed: None,
        })
        .collect();
    Written { batch, signed, rows }
}
