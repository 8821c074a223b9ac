//! A tablet with a year behind it: how it comes to have one, how it starts, how it saves.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use doegnrytme_core::care::note::Outcome;
use doegnrytme_core::store::{CARER, Store, StoreError};
use doegnrytme_core::tablet::event::{Closing, Event, Invite};
use doegnrytme_core::tablet::notice::Notice;
use doegnrytme_core::tablet::{Machine, TypedCode};
use doegnrytme_core::time::{LocalDay, Month};
use doegnrytme_core::transport::http;
use doegnrytme_core::wire::scope::Bucket;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng as _};
use serde::{Deserialize, Serialize};

use super::big_store::{data, fleet_file};
use super::player::Fleet;
use super::served::Served;
use super::station::{Station, ports};
use super::table::Table;
use super::{copy_folder, middle, notes, now, percentile, process};
use crate::headless::office::Office;
use crate::ports::pin;

/// The folder of the tablet that has the year.
#[must_use]
pub fn tablet(home: &Path) -> PathBuf {
    home.join("tablet")
}

/// What opening the app in the morning took.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Start {
    cpu_ms: f64,
    wall_ms: f64,
    peak_mb: f64,
    visits: usize,
    notes: usize,
}

/// Joins team 0 of the big store with a new tablet.
///
/// # Panics
/// When there is no big store.
#[must_use]
pub fn join(home: &Path) -> Table {
    let fleet = Fleet::read(&fleet_file(home)).expect("bench big-store builds what this needs");
    let server = Served::start(&data(home));
    let dir = tablet(home);
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    let office = Office::of(server.data());
    let code = office.code(&fleet.teams[0].0, server.address()).unwrap();
    let runtime = http::runtime().unwrap();
    let mut station = Station::open(&dir, &runtime);
    station.takes(Event::Enrol(Invite::Scanned(code)));
    station.until("joins", |station| station.heard.contains(&Notice::Enrolled));
    let own = std::process::id();
    let spent = |pid| process::processor_time(pid);
    let (begun, cpu, server_cpu) = (Instant::now(), spent(own), spent(server.pid()));
    let joined = station.exchanges.len();
    station.takes(Event::Online);
    let carer = fleet.players[0].carer;
    let start = TypedCode(office.start_code(carer).unwrap());
    station.takes(Event::Start { carer, code: start, pin: pin() });
    let today = now().local_day().unwrap();
    let months = [today.month(), today.plus(-14).month()];
    station.until("today's screen", |station| {
        station.exchanges.len() > joined && still_wanted(station, Some(&months)) == 0
    });
    let shown = screen(station.machine.store(), today).unwrap();
    let first = (begun.elapsed(), spent(own) - cpu, station.exchanges.len());
    let first_bytes: u64 = station.exchanges.iter().map(super::station::Exchange::bytes).sum();
    station.until("everything", |station| station.is_equal() && still_wanted(station, None) == 0);
    let (all, all_cpu) = (begun.elapsed(), spent(own) - cpu);
    let all_bytes: u64 = station.exchanges.iter().map(super::station::Exchange::bytes).sum();
    let server_cpu = spent(server.pid()) - server_cpu;
    let heading =
        format!("A new tablet joins a team with a year of 66,000 notes ({})", process::machine());
    let mut table = Table::new(heading, "tests/run bench join");
    table.at_most("bytes until today's screen", first_bytes as f64 / 1e6, 2.0, "MB");
    table.at_most("time until today's screen", first.0.as_secs_f64(), 2.0, "s");
    table.figure("  of it CPU of the tablet", format!("{:.2} s", first.1.as_secs_f64()));
    table.figure(
        "  requests; visits, notes on screen",
        format!("{}; {}, {}", first.2, shown.0, shown.1),
    );
    table.at_most("bytes until it has everything", all_bytes as f64 / 1e6, 20.0, "MB");
    table.figure("time until it has everything", format!("{:.1} s", all.as_secs_f64()));
    table.figure(
        "  CPU of the tablet, of the server",
        format!("{:.1}, {:.1} s", all_cpu.as_secs_f64(), server_cpu.as_secs_f64()),
    );
    table.figure("  requests", station.exchanges.len().to_string());
    let waited: f64 = station.exchanges.iter().map(|e| (e.answered - e.asked).as_secs_f64()).sum();
    let taken: f64 = station.exchanges.iter().map(|e| (e.taken - e.answered).as_secs_f64()).sum();
    table.figure("  waiting for answers, taking them in", format!("{waited:.1}, {taken:.1} s"));
    let notes = station.machine.store().read(|tx| tx.all_notes()).unwrap().len();
    let unread = station.machine.store().read(|tx| tx.unreadable_count()).unwrap();
    table.must(
        "notes it has",
        notes >= super::big_store::YEAR && unread == 0,
        &format!("{notes}, {unread} unreadable"),
    );
    let size = std::fs::metadata(dir.join("store.db")).map_or(0, |file| file.len());
    table.figure("its store", format!("{:.0} MB", size as f64 / 1e6));
    table
}

fn still_wanted(station: &mut Station, months: Option<&[Month]>) -> usize {
    let wanted = station.machine.store().read(|tx| tx.wanted(1_000_000)).unwrap();
    let counts = |bucket| match (bucket, months) {
        (Bucket::Month(month), Some(months)) => months.contains(&month),
        _ => true,
    };
    wanted.iter().filter(|ask| counts(ask.bucket)).count()
}

/// What the first screen of the day asks of the store: the day's visits, what is open, and for a
/// carer's twelve visits the plan with its newest notes. Says how many visits and notes it shows.
///
/// # Errors
/// [`StoreError`].
pub fn screen(store: &mut Store, day: LocalDay) -> Result<(usize, usize), StoreError> {
    store.read(|tx| {
        let visits = tx.visits_of_day(day)?;
        let _ = (tx.conflict_counts()?, tx.open_questions()?, tx.open_count()?);
        let mut notes = tx.notes_of_day(day)?.len();
        for visit in visits.iter().take(12) {
            tx.plan(visit.key.citizen)?;
            let until = day.plus(1).at_minute(0).unwrap();
            notes += tx.notes_of(visit.key.citizen, until, 40)?.len();
        }
        Ok((visits.len(), notes))
    })
}

/// Opens the tablet and its first screen in this very process, which should do nothing else.
#[must_use]
pub fn start(dir: &Path) -> Start {
    let own = std::process::id();
    let (begun, spent) = (Instant::now(), process::processor_time(own));
    let mut machine = Machine::open(dir, ports(dir)).unwrap();
    let today = now().local_day().unwrap();
    let (visits, notes) = screen(machine.store(), today).unwrap();
    Start {
        cpu_ms: (process::processor_time(own) - spent).as_secs_f64() * 1000.0,
        wall_ms: begun.elapsed().as_secs_f64() * 1000.0,
        peak_mb: process::peak_memory(own) as f64 / 1e6,
        visits,
        notes,
    }
}

/// Starts the tablet cold, each time in a process of its own.
#[must_use]
pub fn cold_start(home: &Path, runs: usize) -> Table {
    let starts: Vec<Start> = (0..runs)
        .map(|_| {
            let output = Command::new(std::env::current_exe().unwrap())
                .args(["one-start".as_ref(), tablet(home).as_os_str()])
                .output()
                .unwrap();
            let text = String::from_utf8_lossy(&output.stdout);
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
        })
        .collect();
    let heading = format!("Cold start offline, a year on the tablet ({})", process::machine());
    let mut table = Table::new(heading, "tests/run bench cold-start");
    let (cpu, least, most) = middle(starts.iter().map(|start| start.cpu_ms).collect());
    table.at_most("CPU until today's screen", cpu, 300.0, "ms");
    table.figure("  of all runs", format!("{least:.0}–{most:.0} ms"));
    table.figure("time", format!("{:.0} ms", middle(starts.iter().map(|s| s.wall_ms).collect()).0));
    table.at_most(
        "memory, peak",
        starts.iter().map(|s| s.peak_mb).fold(0.0, f64::max),
        150.0,
        "MB",
    );
    table.figure("visits, notes on screen", format!("{}, {}", starts[0].visits, starts[0].notes));
    table
}

/// Saves visits on the tablet with a year, on a disk and in memory.
#[must_use]
pub fn save(home: &Path) -> Table {
    let heading = format!("Saving a visit, a year on the tablet ({})", process::machine());
    let mut table = Table::new(heading, "tests/run bench save");
    for (place, folder) in [("in memory (no fsync)", Path::new("/dev/shm")), ("on disk", home)] {
        let Ok(copy) = tempfile::tempdir_in(folder) else { continue };
        copy_folder(&tablet(home), copy.path());
        let Saves { ticks, closes, cpu_ms } = visits(copy.path());
        let (half, _, most) = middle(closes.clone());
        let p99 = percentile(closes, 99);
        if place.starts_with("in memory") {
            table.at_most("save a visit, our own time", half, 20.0, "ms");
            table.at_most("  the slowest", most, 20.0, "ms");
            table.figure("  CPU, ticks and save together", format!("{cpu_ms:.2} ms"));
        }
        let tick = middle(ticks).0;
        table.figure(
            &format!("  {place}: save, p99; a tick"),
            format!("{half:.2}, {p99:.2}; {tick:.2} ms"),
        );
    }
    table
}

struct Saves {
    ticks: Vec<f64>,
    closes: Vec<f64>,
    cpu_ms: f64,
}

fn visits(dir: &Path) -> Saves {
    let mut machine = Machine::open(dir, ports(dir)).unwrap();
    let carer = machine.store().read(|tx| tx.single(&CARER)).unwrap().unwrap();
    let said = machine.handle(Event::SignIn { carer, pin: pin() });
    assert_eq!(said, [Notice::CarerReady(carer)]);
    let today = now().local_day().unwrap();
    let planned = machine.store().read(|tx| tx.visits_of_day(today)).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let (mut ticks, mut closes) = (Vec::new(), Vec::new());
    let spent = process::processor_time(std::process::id());
    for visit in planned.iter().take(60) {
        let plan = machine.store().read(|tx| tx.plan(visit.key.citizen)).unwrap();
        for item in plan.items.iter().take(5) {
            let (visit, item) = (visit.key, item.entry.id);
            let begun = Instant::now();
            let said = machine.handle(Event::Tick { visit, item, at: None, outside_id: None });
            ticks.push(begun.elapsed().as_secs_f64() * 1000.0);
            assert!(said.is_empty(), "{said:?}");
        }
        let outcome = Outcome::Deviation { needs_action: false };
        let closing =
            Closing { outcome, text: notes::text(&mut rng), ..Closing::as_agreed(visit.key) };
        let begun = Instant::now();
        let said = machine.handle(Event::CloseVisit(closing));
        closes.push(begun.elapsed().as_secs_f64() * 1000.0);
        assert!(matches!(said[..], [Notice::Saved(_)]), "{said:?}");
    }
    let spent = process::processor_time(std::process::id()) - spent;
    let cpu_ms = spent.as_secs_f64() * 1000.0 / closes.len() as f64;
    Saves { ticks, closes, cpu_ms }
}
