//! The end of a shift: fourteen tablets that worked offline go online together. And what a sync
//! costs that finds nothing new.

use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use doegnrytme_core::sync::line::{Count, Traffic};
use doegnrytme_core::tablet::event::{Event, Invite};
use doegnrytme_core::tablet::notice::{Notice, Problem};
use doegnrytme_core::transport::http;
use tempfile::TempDir;

use super::anatomy::Anatomy;
use super::station::{Station, ports};
use super::table::{Table, amount};
use super::{copy_folder, middle, peer, process};
use crate::harness::server::Copy;
use crate::harness::{Server, room};
use crate::headless::device::{Device, Runtime};
use crate::headless::office::{Index, Office};
use crate::headless::player::events;
use crate::headless::protocol::Sightings;
use crate::workload::expect;
use crate::workload::format::{TeamFile, Workload};
use crate::workload::generate::{Size, generate};

/// How long all may take to become equal before the benchmark gives up.
const PATIENCE: Duration = Duration::from_secs(120);

/// A shift that was worked offline and not yet synced; every run begins here.
struct Evening {
    server: Server,
    before: Copy,
    file: TeamFile,
    /// How many changes each tablet has to send.
    own: Vec<u64>,
    stores: TempDir,
    runtime: Runtime,
}

/// What one run took.
struct Run {
    ms: f64,
    server_cpu: f64,
    children_cpu: f64,
    tablets_cpu: f64,
    traffic: Vec<Traffic>,
    equal: bool,
    lacks: usize,
    unsent: u64,
    conflicts: usize,
    quiet: Vec<Quiet>,
}

/// A sync that finds nothing new.
struct Quiet {
    requests: u64,
    bytes: u64,
}

impl Evening {
    fn of(file: TeamFile) -> Self {
        let mut server = Server::start();
        let office = Office::of(server.data());
        let index = office.seed(&file).unwrap();
        let stores = tempfile::Builder::new().prefix("tablets-").tempdir_in(room()).unwrap();
        let runtime = http::runtime().unwrap();
        let begun = stores.path().join("before");
        let own = file
            .tablets
            .iter()
            .map(|shift| {
                let dir = begun.join(&shift.id);
                let tablet = open(&shift.id, &dir, &runtime);
                let code = office.code(&file.team, server.address()).unwrap();
                let start = office.start_code(index.carer(&shift.id).unwrap()).unwrap();
                joins(&tablet, code, start, &index);
                let saved = works(&tablet, events(&file, shift, &tablet.ids().unwrap()).unwrap());
                tablet.closes();
                saved
            })
            .collect();
        let before = server.is_copied();
        Self { server, before, file, own, stores, runtime }
    }

    /// Puts server and tablets back to before the sync; the folder of the tablets.
    fn again(&mut self, name: &str) -> PathBuf {
        self.server.goes_back_to(&self.before);
        let dir = self.stores.path().join(name);
        copy_folder(&self.stores.path().join("before"), &dir);
        dir
    }

    fn awaited(&self) -> impl Iterator<Item = u64> {
        let all: u64 = self.own.iter().sum();
        self.own.iter().map(move |own| all - own)
    }

    fn run(&mut self, number: usize) -> Run {
        let dir = self.again(&format!("run{number}"));
        let ids = self.file.tablets.iter().map(|shift| &shift.id);
        let tablets: Vec<Device> = ids.map(|id| open(id, &dir.join(id), &self.runtime)).collect();
        let awaited: Vec<u64> = self.awaited().collect();
        let (pid, own) = (self.server.pid(), std::process::id());
        let profile = process::Profile::of(&[pid, own], &format!("end-of-shift-{number}"));
        let (spent, own_spent) = (process::processor_time(pid), process::processor_time(own));
        let children_spent = process::childrens_time(pid);
        let begun = Instant::now();
        tablets.iter().for_each(|tablet| tablet.send(Event::Online));
        let quiet = |(tablet, awaited): (&Device, &u64)| shown(tablet) >= *awaited;
        while !tablets.iter().zip(&awaited).all(quiet) {
            assert!(begun.elapsed() < PATIENCE, "the tablets never became equal");
            sleep(Duration::from_millis(1));
        }
        let ms = begun.elapsed().as_secs_f64() * 1000.0;
        let server_cpu = (process::processor_time(pid) - spent).as_secs_f64() * 1000.0;
        let children = process::childrens_time(pid).saturating_sub(children_spent);
        let children_cpu = children.as_secs_f64() * 1000.0;
        let tablets_cpu = (process::processor_time(own) - own_spent).as_secs_f64() * 1000.0;
        drop(profile);
        until_told(&tablets);
        let traffic = tablets.iter().map(|tablet| tablet.traffic().unwrap()).collect();
        let contents: Vec<_> = tablets.iter().map(|tablet| tablet.content().unwrap()).collect();
        let equal = contents.iter().all(|content| *content == contents[0]);
        let lacks = expect::missing(&self.file, &contents[0]).len();
        let unsent = tablets.iter().map(|tablet| tablet.unsent().unwrap()).sum();
        let conflicts = contents[0].conflicts();
        tablets.iter().for_each(|tablet| tablet.goes_offline().unwrap());
        let quiet = tablets.iter().map(nothing_new).collect();
        tablets.into_iter().for_each(Device::closes);
        Run {
            ms,
            server_cpu,
            children_cpu,
            tablets_cpu,
            traffic,
            equal,
            lacks,
            unsent,
            conflicts,
            quiet,
        }
    }

    /// The same once more with every exchange kept.
    fn dissected(&mut self) -> (Anatomy, Anatomy) {
        let dir = self.again("dissected");
        let awaited: Vec<u64> = self.awaited().collect();
        let runtime = &self.runtime;
        let (mut up, mut down) = (Anatomy::default(), Anatomy::default());
        let kept: Vec<Station> = std::thread::scope(|scope| {
            let threads: Vec<_> = self
                .file
                .tablets
                .iter()
                .zip(awaited)
                .map(|(shift, awaited)| {
                    let dir = dir.join(&shift.id);
                    scope.spawn(move || {
                        let mut station = Station::open(&dir, runtime);
                        station.takes(Event::Online);
                        station.until("all is there", |station| station.shown() >= awaited);
                        station
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        for exchange in kept.iter().flat_map(|station| &station.exchanges) {
            let only_up =
                super::station::Exchange { down: Vec::new(), head_down: 0, ..exchange.clone() };
            let only_down =
                super::station::Exchange { up: Vec::new(), head_up: 0, ..exchange.clone() };
            up.add(&only_up);
            down.add(&only_down);
        }
        (up, down)
    }
}

fn open(id: &str, dir: &Path, runtime: &Runtime) -> Device {
    Device::open(id, dir, ports(dir), runtime, &Sightings::default()).unwrap()
}

fn joins(tablet: &Device, code: String, start: String, index: &Index) {
    let carer = index.carer(tablet.id()).unwrap();
    tablet.enrols(Invite::Scanned(code)).unwrap();
    let mark = tablet.mark();
    tablet.send(Event::Online);
    tablet.begins(carer, start);
    tablet.lets_in(mark, carer).unwrap();
    tablet.synced(mark, true).unwrap();
    tablet.goes_offline().unwrap();
}

/// Works a shift; how many changes were saved. A workload may hold an edit that changes nothing,
/// which the tablet says and does not save.
fn works(tablet: &Device, events: Vec<Event>) -> u64 {
    let mark = tablet.mark();
    events.into_iter().for_each(|event| tablet.send(event));
    tablet.look(|_| ()).unwrap();
    let mut saved = 0;
    for notice in tablet.said(mark) {
        match notice {
            Notice::Saved(_) => saved += 1,
            Notice::NotSaved(Problem::Invalid(_)) => {}
            Notice::NotSaved(problem) => panic!("{problem}"),
            _ => {}
        }
    }
    saved
}

fn shown(tablet: &Device) -> u64 {
    let said = tablet.said(0);
    let last = said.iter().rev().find_map(|notice| match notice {
        Notice::Visible(count) => Some(*count),
        _ => None,
    });
    last.unwrap_or(0)
}

/// Waits until each tablet says that nothing differs: equality was there before, this is the proof.
fn until_told(tablets: &[Device]) {
    let begun = Instant::now();
    let equal = |tablet: &Device| {
        tablet.said(0).iter().rev().find_map(|notice| match notice {
            Notice::Synced { equal } => Some(*equal),
            _ => None,
        }) == Some(true)
    };
    while !tablets.iter().all(equal) && begun.elapsed() < Duration::from_secs(10) {
        sleep(Duration::from_millis(2));
    }
}

fn nothing_new(tablet: &Device) -> Quiet {
    let before = tablet.traffic().unwrap();
    let mark = tablet.mark();
    tablet.send(Event::Online);
    tablet.synced(mark, false).unwrap();
    tablet.goes_offline().unwrap();
    let after = tablet.traffic().unwrap();
    let add = |count: fn(&Count) -> u64| {
        count(&after.push) + count(&after.pull) - count(&before.push) - count(&before.pull)
    };
    Quiet { requests: add(|count| count.requests), bytes: add(|count| count.up + count.down) }
}

fn bytes(traffic: &Traffic) -> u64 {
    let all = [traffic.push, traffic.pull, traffic.wait];
    all.iter().map(|count| count.up + count.down).sum()
}

/// The workload: our own of the usual size, or a file.
///
/// # Panics
/// When the file cannot be read.
#[must_use]
pub fn team(file: Option<&Path>) -> (TeamFile, String) {
    match file {
        None => (generate(&Size::TEAM).cut("team00").unwrap(), "our own workload".to_owned()),
        Some(path) => {
            let workload = Workload::read(path).unwrap();
            let team = workload.teams[0].id.clone();
            (workload.cut(&team).unwrap(), path.file_name().unwrap().to_string_lossy().into_owned())
        }
    }
}

/// Measures the end of a shift, `runs` times, and the peer as often.
#[must_use]
pub fn measure(file: Option<&Path>, runs: usize) -> Vec<Table> {
    let (team, name) = team(file);
    let place = tempfile::Builder::new().prefix("peer-").tempdir_in(room()).unwrap();
    let team_file = place.path().join("team.json");
    team.write(&team_file).unwrap();
    let mut evening = Evening::of(team);
    let (mut ours, mut theirs, mut why) = (Vec::new(), Vec::new(), None);
    for number in 0..runs {
        ours.push(evening.run(number));
        match peer::play(&team_file, &place.path().join(format!("run{number}"))) {
            Ok(figures) => theirs.push(figures),
            Err(error) => why = Some(error),
        }
    }
    let heading = format!(
        "End of shift: {} tablets, {} changes, {name}, {runs} runs ({})",
        evening.own.len(),
        evening.own.iter().sum::<u64>(),
        process::machine()
    );
    let mut table = Table::new(heading, "tests/run bench end-of-shift");
    tell(&mut table, &ours, &theirs);
    if let Some(why) = why {
        table.figure("peer not measured", why);
    }
    let mut quiet = Table::new("Nothing-new sync", "tests/run bench end-of-shift");
    let all = || ours.iter().flat_map(|run| &run.quiet);
    quiet.at_most("requests", all().map(|q| q.requests).max().unwrap() as f64, 1.0, "");
    quiet.at_most(
        "bytes up and down, HTTP heads too",
        all().map(|q| q.bytes).max().unwrap() as f64,
        1024.0,
        "B",
    );
    vec![table, quiet, anatomy(&mut evening)]
}

fn tell(table: &mut Table, ours: &[Run], theirs: &[peer::Figures]) {
    let tablets = ours[0].traffic.len() as f64;
    let each = || ours.iter().flat_map(|run| &run.traffic);
    let requests = each().map(|traffic| traffic.push.requests + traffic.pull.requests);
    table.at_most(
        "requests per tablet besides waiting ones, most",
        requests.max().unwrap() as f64,
        2.0,
        "",
    );
    let waits = each().map(|traffic| traffic.wait.requests).max().unwrap();
    table.figure("waiting requests per tablet, most", waits.to_string());
    let kb = |run: &Run| run.traffic.iter().map(bytes).sum::<u64>() as f64 / tablets / 1000.0;
    let (kilobytes, least, most) = middle(ours.iter().map(kb).collect());
    table.at_most("bytes per tablet, mean", kilobytes, 64.0, "KB");
    table.figure("  of all runs", format!("{least:.1}–{most:.1} KB"));
    let largest = each().map(bytes).max().unwrap() as f64 / 1000.0;
    table.at_most("bytes of the tablet with most", largest, 64.0, "KB");
    let (cpu, least, most) = middle(ours.iter().map(|run| run.server_cpu / tablets).collect());
    table.at_most("server CPU per tablet", cpu, 2.0, "ms");
    table.figure("  of all runs", format!("{least:.2}–{most:.2} ms"));
    let cpu = middle(ours.iter().map(|run| run.children_cpu / tablets).collect()).0;
    table.at_most("trial children's CPU per tablet", cpu, 6.0, "ms");
    let cpu = middle(ours.iter().map(|run| run.tablets_cpu / tablets).collect()).0;
    table.figure("CPU of a tablet", amount(cpu, "ms"));
    let (ms, least, most) = middle(ours.iter().map(|run| run.ms).collect());
    table.figure("from online to all equal", format!("{ms:.0} ms ({least:.0}–{most:.0})"));
    let good = ours.iter().all(|run| run.equal && run.lacks == 0 && run.unsent == 0);
    let words = match ours.iter().find(|run| !run.equal || run.lacks + run.unsent as usize > 0) {
        None => "all equal, nothing missing or unsent".to_owned(),
        Some(Run { equal, lacks, unsent, .. }) => {
            format!("equal: {equal}, missing: {lacks}, unsent: {unsent}")
        }
    };
    table.must("contents", good, &words);
    let conflicts = ours[0].conflicts;
    table.figure("fields in conflict, shown", conflicts.to_string());
    if theirs.is_empty() {
        return;
    }
    let of = |figure: fn(&peer::Figures) -> f64| middle(theirs.iter().map(figure).collect()).0;
    let their_ms = of(|peer| peer.ms);
    table.figure("peer (Yjs + Hocuspocus): to equality", amount(their_ms, "ms"));
    table.figure("peer: bytes per tablet", amount(of(|p| p.up + p.down) / tablets / 1000.0, "KB"));
    table.figure("peer: server CPU per tablet", amount(of(|p| p.server_cpu_ms) / tablets, "ms"));
    let tablet = of(|peer| peer.tablets_cpu_ms) / tablets;
    table.figure("peer: CPU of a tablet (in memory, not durable)", amount(tablet, "ms"));
    table.figure("peer: server memory", amount(of(|p| p.server_memory) / 1e6, "MB"));
    table.at_least("faster than the peer", their_ms / ms, 10.0, "×");
}

fn anatomy(evening: &mut Evening) -> Table {
    let tablets = evening.own.len() as f64;
    let (up, down) = evening.dissected();
    let mut table =
        Table::new("Bytes per tablet by kind (up + down)", "tests/run bench end-of-shift");
    for ((kind, up), (_, down)) in up.shares().zip(down.shares()) {
        let [up, down] = [up, down].map(|share| share as f64 / tablets / 1000.0);
        table.figure(kind, format!("{up:6.2} + {down:6.2} = {:6.2} KB", up + down));
    }
    let [up_sum, down_sum] = [&up, &down].map(|one| one.sum() as f64 / tablets / 1000.0);
    table.figure("all", format!("{up_sum:6.2} + {down_sum:6.2} = {:6.2} KB", up_sum + down_sum));
    table.figure(
        "rows up + down",
        format!("{:.0} + {:.0}", up.rows as f64 / tablets, down.rows as f64 / tablets),
    );
    table
}
