//! 602 tablets of 43 teams push their shift within a minute, on a server that has stored years.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use doegnrytme_core::care::note::Note;
use doegnrytme_core::sync::line::Kind;
use doegnrytme_core::wire::answer::PushAnswer;
use doegnrytme_core::wire::request::{Push, RequestBody};
use doegnrytme_core::wire::row::{Group, Pack};
use doegnrytme_server::folder::Folder;
use doegnrytme_server::key_file::KeyPlace;
use doegnrytme_server::store::Store as _;
use doegnrytme_server::store::sqlite::SqliteStore;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng as _};
use tokio::runtime::Runtime;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::big_store::{data, fleet_file};
use super::notes::{Ward, batch, change, entry, random, visit};
use super::player::{Fleet, Player, Wire};
use super::served::Served;
use super::table::Table;
use super::{percentile, process};
use crate::headless::office::Office;
use crate::workload::words::below;

/// The time within which the pushes start.
const MINUTE: Duration = Duration::from_secs(60);
/// How long the tablets listen after that.
const AFTER: Duration = Duration::from_secs(6);
/// Notes of a shift.
const NOTES: usize = 14;

/// How one tablet fared.
#[derive(Default)]
struct Fared {
    acknowledged: Option<f64>,
    answers: u64,
    rows: u64,
    problem: Option<String>,
}

/// Lets all players push within a minute.
///
/// # Panics
/// When there is no big store.
#[must_use]
pub fn measure(home: &Path) -> Table {
    let mut fleet = Fleet::read(&fleet_file(home)).expect("bench big-store builds what this needs");
    let wards = wards(home, &fleet);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = Arc::new(runtime.unwrap());
    let server = Served::start(&data(home));
    let begun = process::memory(server.pid());
    let mut ready = prepare(&mut fleet, &wards, &server, &runtime);
    shuffle(&mut ready);
    let (spent, own) =
        (process::processor_time(server.pid()), process::processor_time(std::process::id()));
    let fared = runtime.block_on(storm(ready, &runtime));
    let spent = process::processor_time(server.pid()) - spent;
    let own = process::processor_time(std::process::id()) - own;
    let peak = process::peak_memory(server.pid());
    let held = process::memory(server.pid());
    let (players, fared): (Vec<Player>, Vec<Fared>) = fared.into_iter().unzip();
    for player in players {
        let known = fleet.players.iter_mut().find(|known| known.device == player.device);
        *known.unwrap() = player;
    }
    fleet.write(&fleet_file(home));
    drop(server);
    let memory = [begun, held, peak].map(|bytes| bytes as f64 / 1e6);
    tell(&fleet, home, &fared, [spent, own], memory)
}

fn tell(
    fleet: &Fleet,
    home: &Path,
    fared: &[Fared],
    cpu: [Duration; 2],
    memory: [f64; 3],
) -> Table {
    let heading = format!(
        "{} tablets ({} teams) within 60 s, {} team-years of 66,000 notes stored ({})",
        fared.len(),
        fleet.teams.len(),
        fleet.years,
        process::machine()
    );
    let mut table = Table::new(heading, "tests/run bench storm");
    let acks: Vec<f64> = fared.iter().filter_map(|one| one.acknowledged).collect();
    let lost = fared.len() - acks.len();
    if !acks.is_empty() {
        table.at_most("acknowledgement, p99", percentile(acks.clone(), 99), 2_000.0, "ms");
        let [half, most] = [50, 100].map(|part| percentile(acks.clone(), part));
        table.figure("  median, most", format!("{half:.0}, {most:.0} ms"));
    }
    let problem = fared.iter().find_map(|one| one.problem.clone()).unwrap_or_default();
    table.must(
        "pushes acknowledged",
        lost == 0,
        &format!("{} of {} {problem}", acks.len(), fared.len()),
    );
    table.at_most("server memory, peak since its start", memory[2], 150.0, "MB");
    table.figure(
        "  after its start, after the storm",
        format!("{:.0}, {:.0} MB", memory[0], memory[1]),
    );
    let size = std::fs::metadata(data(home).join("server.db")).map_or(0, |file| file.len());
    table.figure("size of the store", format!("{:.2} GB", size as f64 / 1e9));
    let answers: u64 = fared.iter().map(|one| one.answers).sum();
    let rows: u64 = fared.iter().map(|one| one.rows).sum();
    table.figure("answers, rows delivered", format!("{answers}, {rows}"));
    let [server, own] = cpu.map(|time| time.as_secs_f64());
    table.figure("CPU of the server, of the tablets' process", format!("{server:.1}, {own:.1} s"));
    table
}

fn wards(home: &Path, fleet: &Fleet) -> Vec<Vec<Ward>> {
    let folder = Folder::at(data(home));
    let key = KeyPlace::choose(None, None, &folder).read().unwrap().0;
    let mut store = SqliteStore::open(&folder.database(), &key.0).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let mut tx = store.begin().unwrap();
    let teams = fleet.teams.iter();
    teams
        .map(|(_, stream)| {
            let citizens = tx.citizens_of(*stream).unwrap();
            citizens.into_iter().map(|citizen| Ward::of(citizen.id, 40, &mut rng)).collect()
        })
        .collect()
}

/// Fresh certificates and signed batches, before the minute begins.
fn prepare(
    fleet: &mut Fleet,
    wards: &[Vec<Ward>],
    server: &Served,
    runtime: &Arc<Runtime>,
) -> Vec<(Player, Wire, Push)> {
    let mut rng = ChaCha8Rng::seed_from_u64(super::now().0.unsigned_abs());
    let teams: Vec<_> = fleet.teams.iter().map(|(_, stream)| *stream).collect();
    let mut ready = Vec::new();
    let office = Office::of(server.data());
    for player in &fleet.players {
        let mut player = player.clone();
        let start = office.start_code(player.carer).unwrap();
        runtime.block_on(player.certify(&mut Wire::to(server.address(), runtime), &start));
        let team = teams.iter().position(|team| *team == player.team).unwrap();
        let push = shift(&mut player, &wards[team], &mut rng);
        ready.push((player, Wire::to(server.address(), runtime), push));
    }
    ready
}

fn shift(player: &mut Player, wards: &[Ward], rng: &mut ChaCha8Rng) -> Push {
    let (now, start) = (super::now(), random(rng));
    let notes: Vec<Note> = (0..NOTES)
        .map(|_| visit(player, &wards[below(rng, wards.len())], now.plus(-1), rng))
        .collect();
    let written = notes
        .iter()
        .map(|note| {
            let chunk = change(player, note, start);
            (entry(player, note.id, note.citizen, note.written, &chunk), chunk)
        })
        .collect();
    let written = batch(player, written, now);
    let (device, number) = (player.device, written.batch.number);
    let group = Group { device, number, header: None, rows: written.rows };
    Push { batch: written.signed, rows: Pack::from_groups(&[group]) }
}

fn shuffle<T>(all: &mut [T]) {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    for at in (1..all.len()).rev() {
        all.swap(at, below(&mut rng, at + 1));
    }
}

async fn storm(ready: Vec<(Player, Wire, Push)>, runtime: &Arc<Runtime>) -> Vec<(Player, Fared)> {
    let begin = Instant::now() + Duration::from_millis(500);
    let end = begin + MINUTE + AFTER;
    let count = u32::try_from(ready.len()).unwrap();
    let tasks: Vec<_> = ready
        .into_iter()
        .zip(0_u32..)
        .map(|((player, wire, push), at)| {
            runtime.spawn(one(player, wire, push, begin + MINUTE * at / count, end))
        })
        .collect();
    let mut fared = Vec::new();
    for task in tasks {
        fared.push(task.await.unwrap());
    }
    fared
}

/// One tablet: pushes when its time comes, then listens.
async fn one(
    mut player: Player,
    mut wire: Wire,
    push: Push,
    begin: Instant,
    end: Instant,
) -> (Player, Fared) {
    let mut fared = Fared::default();
    sleep_until(begin).await;
    let body = |player: &Player, push| RequestBody {
        push,
        digest: Some(player.compare()),
        page: 1 << 20,
        ..RequestBody::default()
    };
    let asked = body(&player, Some(push));
    match player.asks(&mut wire, asked, Kind::Push).await {
        Ok(answer) => {
            match answer.push {
                Some(PushAnswer::Receipt(_)) => {
                    fared.acknowledged = Some(begin.elapsed().as_secs_f64() * 1000.0);
                }
                other => fared.problem = Some(format!("{other:?}")),
            }
            fared.answers += 1;
            fared.rows += answer.pages.iter().map(|page| page.rows.len() as u64).sum::<u64>();
        }
        Err(problem) => fared.problem = Some(problem),
    }
    while fared.problem.is_none() {
        // What is cut off at the end costs a nonce, as in life.
        let asked = body(&player, None);
        match timeout_at(end, player.asks(&mut wire, asked, Kind::Wait)).await {
            Err(_) => break,
            Ok(Err(problem)) => fared.problem = Some(problem),
            Ok(Ok(answer)) => {
                fared.answers += 1;
                fared.rows += answer.pages.iter().map(|page| page.rows.len() as u64).sum::<u64>();
            }
        }
    }
    (player, fared)
}
