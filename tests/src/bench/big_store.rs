//! The big store: a municipality of 43 teams with a year of notes each, built once and kept.
//!
//! Teams, citizens, carers and 602 devices come through the running server, as in life. The year
//! is written straight through the store's port afterwards: the same rows, places, running hashes
//! and digests as publishing makes, dated back over a year, all of it signed. The first team's
//! notes are all of their own; the other teams' changes are its bytes under ids of their own,
//! because nobody decodes them.

use std::path::{Path, PathBuf};
use std::time::Instant;

use doegnrytme_core::gate::examine;
use doegnrytme_core::ids::{CarerId, StreamId};
use doegnrytme_core::time::UnixSeconds;
use doegnrytme_core::trust::cursor::Owner;
use doegnrytme_server::folder::Folder;
use doegnrytme_server::key_file::KeyPlace;
use doegnrytme_server::node::context::present_epoch;
use doegnrytme_server::node::keys::Keys;
use doegnrytme_server::store::batch::{BatchKey, BatchState, StoredBatch};
use doegnrytme_server::store::entry::{Authorship, EntryState, StoredEntry};
use doegnrytme_server::store::sqlite::SqliteStore;
use doegnrytme_server::store::{Store, Tx};
use doegnrytme_server::stream::Publisher;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng as _};

use super::notes::{Ward, Written, batch, change, entry, random, visit};
use super::player::{Fleet, Player, Wire};
use super::served::Served;
use crate::headless::office::Office;
use crate::workload::generate::{Size, generate};
use crate::workload::words::below;

/// Days of a year.
const DAYS: i64 = 365;
/// Notes of a team in a year: what fourteen tablets write.
pub const YEAR: usize = 66_000;
const DAY: i64 = 86_400;
/// Days written in one transaction.
const AT_ONCE: i64 = 30;

/// Where the big store lies.
#[must_use]
pub fn home() -> PathBuf {
    super::folder().join("big-store")
}

/// The data folder of its server.
#[must_use]
pub fn data(home: &Path) -> PathBuf {
    home.join("server")
}

/// The file of its players.
#[must_use]
pub fn fleet_file(home: &Path) -> PathBuf {
    home.join("fleet.cbor")
}

/// Builds the store with so many teams, or goes on until so many of them have their year. Says
/// what it does.
pub fn build(home: &Path, teams: usize, years: usize, mut say: impl FnMut(String)) -> Fleet {
    std::fs::create_dir_all(home).unwrap();
    let mut fleet = Fleet::read(&fleet_file(home)).unwrap_or_default();
    if fleet.teams.len() < teams {
        found(home, &mut fleet, teams, &mut say);
    }
    let mut texts = None;
    while (fleet.years as usize) < years.min(teams) {
        let begun = Instant::now();
        let at = fleet.years as usize;
        write_year(home, &mut fleet, at, &mut texts);
        fleet.write(&fleet_file(home));
        let size = std::fs::metadata(data(home).join("server.db")).map_or(0, |file| file.len());
        say(format!(
            "team-year {} of {years}: {:.0} s, store {:.0} MB",
            at + 1,
            begun.elapsed().as_secs_f64(),
            size as f64 / 1e6
        ));
    }
    fleet
}

/// Teams, carers, citizens with plans, and enrolled tablets: through the server.
fn found(home: &Path, fleet: &mut Fleet, teams: usize, say: &mut impl FnMut(String)) {
    Served::init(&data(home));
    let server = Served::start(&data(home));
    let office = Office::of(server.data());
    let runtime = doegnrytme_core::transport::http::runtime().unwrap();
    // The first team has plans of the usual size, the others small ones.
    let small = Size { teams, items: 8, history: 0, visits: 1, edits: 0, pairs: 0, ..Size::TEAM };
    let mut workload = generate(&small);
    let large = generate(&Size { history: 0, visits: 1, ..Size::TEAM });
    workload.citizens.retain(|citizen| citizen.team != "team00");
    workload.citizens.extend(large.citizens);
    let begun = Instant::now();
    let names: Vec<String> = workload.teams.iter().map(|team| team.id.clone()).collect();
    for team in names.into_iter().skip(fleet.teams.len()) {
        let file = workload.cut(&team).unwrap();
        let index = office.seed(&file).unwrap();
        let stream = StreamId(index.team);
        for tablet in &file.tablets {
            let code = office.code(&team, server.address()).unwrap();
            let carer: CarerId = index.carer(&tablet.id).unwrap();
            let start = office.start_code(carer).unwrap();
            let mut wire = Wire::to(server.address(), &runtime);
            let joins = Player::joins(&mut wire, &code, &start, stream, carer);
            fleet.players.push(runtime.block_on(joins));
        }
        fleet.teams.push((team, stream));
        fleet.write(&fleet_file(home));
    }
    say(format!("{teams} teams founded in {:.0} s", begun.elapsed().as_secs_f64()));
}

/// A written note's bytes, to be written again for another team.
pub struct Bytes {
    chunk: Vec<u8>,
    authorship: Authorship,
}

fn write_year(home: &Path, fleet: &mut Fleet, at: usize, texts: &mut Option<Vec<Bytes>>) {
    let folder = Folder::at(data(home));
    let _lock = folder.lock().unwrap();
    let key = KeyPlace::choose(None, None, &folder).read().unwrap().0;
    let mut store = SqliteStore::open(&folder.database(), &key.0).unwrap();
    let (_, stream) = fleet.teams[at].clone();
    let now = super::now();
    let last = *fleet.built.get_or_insert(now.plus(-DAY));
    let first = last.plus(-(DAYS - 1) * DAY);
    let mut rng = ChaCha8Rng::seed_from_u64(at as u64);
    let wards = wards(&mut store, stream, &mut rng);
    let mut players: Vec<Player> =
        fleet.players.iter().filter(|player| player.team == stream).cloned().collect();
    let borrowed = texts.take();
    let mut kept = Vec::new();
    let mut year =
        Year { stream, wards, rng, borrowed: borrowed.as_deref(), kept: &mut kept, done: 0 };
    for begin in (0..DAYS).step_by(usize::try_from(AT_ONCE).unwrap()) {
        let mut tx = store.begin().unwrap();
        let mut publisher = Publisher::default();
        for day in begin..(begin + AT_ONCE).min(DAYS) {
            year.day(&mut *tx, &mut publisher, &mut players, first.plus(day * DAY), day);
        }
        publisher.flush(&mut *tx).unwrap();
        tx.commit().unwrap();
    }
    *texts = borrowed.or((!kept.is_empty()).then_some(kept));
    stand(&mut store, stream, &mut players);
    for player in players {
        let known = fleet.players.iter_mut().find(|known| known.device == player.device);
        *known.unwrap() = player;
    }
    fleet.years += 1;
}

fn wards(store: &mut SqliteStore, stream: StreamId, rng: &mut ChaCha8Rng) -> Vec<Ward> {
    let mut tx = store.begin().unwrap();
    let citizens = tx.citizens_of(stream).unwrap();
    citizens.into_iter().map(|citizen| Ward::of(citizen.id, 40, rng)).collect()
}

/// Players have read their stream to its new end, and facts of the year need no projecting.
fn stand(store: &mut SqliteStore, stream: StreamId, players: &mut [Player]) {
    let mut tx = store.begin().unwrap();
    let keys = Keys::load(&mut *tx).unwrap();
    let epoch = present_epoch(&mut *tx).unwrap().epoch;
    let head = tx.head(stream).unwrap().unwrap();
    tx.set_projected(stream, head.seq).unwrap();
    tx.commit().unwrap();
    let cursor = keys.cursor.issue(Owner::Stream(stream), epoch, head.seq, head.running);
    players.iter_mut().for_each(|player| player.stands(stream, cursor));
}

struct Year<'a> {
    stream: StreamId,
    wards: Vec<Ward>,
    rng: ChaCha8Rng,
    borrowed: Option<&'a [Bytes]>,
    kept: &'a mut Vec<Bytes>,
    done: usize,
}

impl Year<'_> {
    /// What the team's tablets wrote on a day, each in one batch in the evening.
    fn day(
        &mut self,
        tx: &mut dyn Tx,
        publisher: &mut Publisher,
        players: &mut [Player],
        day: UnixSeconds,
        number: i64,
    ) {
        let until = YEAR * usize::try_from(number + 1).unwrap() / usize::try_from(DAYS).unwrap();
        let today = until - self.done;
        for (at, player) in players.iter_mut().enumerate() {
            let count = today * (at + 1) / 14 - today * at / 14;
            let start = random(&mut self.rng);
            let mut authors = Vec::with_capacity(count);
            let mut rows = Vec::with_capacity(count);
            for visit in 0..count {
                let time = day.plus(-8 * 3600 + i64::try_from(visit).unwrap() * 1800);
                let (row, author) = self.note(player, time, start);
                rows.push(row);
                authors.push(author);
            }
            let written = batch(player, rows, day);
            self.publish(tx, publisher, player, written, &authors, day);
        }
        self.done = until;
    }

    fn note(
        &mut self,
        player: &Player,
        at: UnixSeconds,
        start: [u8; 12],
    ) -> ((doegnrytme_core::wire::entry::Entry, Vec<u8>), Authorship) {
        let ward = self.wards[below(&mut self.rng, self.wards.len())].clone();
        if let Some(borrowed) = self.borrowed {
            let bytes = &borrowed[below(&mut self.rng, borrowed.len())];
            let milliseconds = u64::try_from(at.0).unwrap() * 1000;
            let id = doegnrytme_core::ids::NoteId::mint(milliseconds, random(&mut self.rng));
            let signed = entry(player, id, ward.citizen, at, &bytes.chunk);
            return ((signed, bytes.chunk.clone()), bytes.authorship);
        }
        let note = visit(player, &ward, at, &mut self.rng);
        let chunk = change(player, &note, start);
        let shape = examine(&chunk).unwrap();
        let authorship = Authorship { actor: shape.actor, seq: shape.seq, max_op: shape.max_op() };
        self.kept.push(Bytes { chunk: chunk.clone(), authorship });
        ((entry(player, note.id, note.citizen, at, &chunk), chunk), authorship)
    }

    fn publish(
        &self,
        tx: &mut dyn Tx,
        publisher: &mut Publisher,
        player: &Player,
        written: Written,
        authors: &[Authorship],
        received: UnixSeconds,
    ) {
        let Written { batch, signed, rows } = written;
        let key = tx
            .put_batch(&StoredBatch {
                key: BatchKey(0),
                device: batch.device,
                number: batch.number,
                hash: batch.hash(),
                state: BatchState::Chained,
                received,
                signed,
                receipt: None,
            })
            .unwrap();
        let certificate = tx.certificate_number(player.certificate).unwrap();
        for (row, authorship) in rows.into_iter().zip(authors) {
            let state = EntryState::Parked;
            let authorship = Some(*authorship);
            let entry = StoredEntry { row, batch: key, certificate, received, state, authorship };
            publisher.publish(tx, self.stream, entry, None).unwrap();
        }
    }
}
