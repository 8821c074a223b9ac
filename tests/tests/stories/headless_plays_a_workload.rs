//! The headless tablets play a workload through their line protocol, in processes of their own.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use doegnrytme_tests::harness::{PATIENCE, Server, room};
use doegnrytme_tests::workload::expect::conflicts;
use doegnrytme_tests::workload::format::{TeamFile, Workload};
use doegnrytme_tests::workload::generate::{Size, generate};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::shared_workload::workloads;

/// A running headless process.
struct Headless {
    child: Child,
    orders: ChildStdin,
    lines: Receiver<Value>,
}

impl Headless {
    fn starts(place: &Place, server: &Server, tablets: &[String]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_headless"))
            .args(["--workload", place.path("team.json").to_str().unwrap()])
            .args(["--tablets", &tablets.join(",")])
            .args(["--url", &format!("https://{}", server.address())])
            .args(["--dir", place.path("tablets").to_str().unwrap()])
            .args(["--index", place.path("index.json").to_str().unwrap()])
            .args(["--opts", &json!({"data": server.data()}).to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let orders = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (heard, lines) = channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let _ = heard.send(serde_json::from_str(&line).unwrap());
            }
        });
        let headless = Self { child, orders, lines };
        assert_eq!(headless.hears(|line| line["ev"] == "ready")["ev"], "ready");
        headless
    }

    fn hears(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        while begun.elapsed() < 2 * PATIENCE {
            match self.lines.recv_timeout(Duration::from_secs(1)) {
                Ok(line) if wanted(&line) => return line,
                _ => {}
            }
        }
        panic!("waited in vain");
    }

    fn orders(&mut self, cmd: &str) {
        writeln!(self.orders, "{}", json!({"cmd": cmd})).unwrap();
    }

    /// Orders and waits; the answer must be `done`.
    fn does(&mut self, cmd: &str) -> Value {
        self.orders(cmd);
        let answer = self.hears(|line| line["cmd"] == cmd);
        assert_eq!(answer["ev"], "done", "{answer}");
        answer
    }

    /// Hash, conflicts and unsent of each tablet.
    fn hashes(&mut self) -> Vec<(String, u64, u64)> {
        let answer = self.does("hash");
        let tablets = answer["tablets"].as_object().unwrap().values();
        tablets
            .map(|tablet| {
                let number = |field: &str| tablet[field].as_u64().unwrap();
                let hash = tablet["hash"].as_str().unwrap().to_owned();
                (hash, number("conflicts"), number("unsent"))
            })
            .collect()
    }

    /// Waits until all hold the same and nothing is on its way; the conflicts they show.
    fn until_equal(&mut self) -> u64 {
        let begun = Instant::now();
        loop {
            let hashes = self.hashes();
            if hashes.iter().all(|tablet| *tablet == hashes[0] && tablet.2 == 0) {
                return hashes[0].1;
            }
            assert!(begun.elapsed() < PATIENCE, "never equal: {hashes:#?}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn stops(mut self) {
        self.does("stop");
        assert!(self.child.wait().unwrap().success());
    }

    fn dies(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Where the processes of one workload keep their files.
struct Place(TempDir);

impl Place {
    fn of(team: &TeamFile) -> Self {
        let place = Self(tempfile::tempdir_in(room()).unwrap());
        team.write(&place.path("team.json")).unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

/// Everything of the shift must stand in the lines that the first tablet wrote down.
fn lacks_nothing(team: &TeamFile, dump: &Path) {
    let lines = std::fs::read_to_string(dump).unwrap();
    let lines: std::collections::BTreeSet<&str> = lines.split('\n').collect();
    let count = |kind: &str| lines.iter().filter(|line| line.starts_with(kind)).count();
    assert_eq!(count("C\t"), team.citizens.len());
    assert_eq!(count("I\t"), team.citizens.len() * team.citizens[0].items.len());
    let mut notes = team.citizens.iter().map(|citizen| citizen.notes.len()).sum::<usize>();
    for op in team.tablets.iter().flat_map(|tablet| &tablet.ops) {
        use doegnrytme_tests::workload::format::Act;
        match &op.act {
            Act::Tick { id, .. } => {
                let line = format!("T\t{id}\t{}\t{}", op.at, op.by);
                assert!(lines.contains(line.as_str()), "{line}");
            }
            Act::Note { id, text } => {
                notes += 1;
                let line = format!("N\t{id}\t{}\t{}\t{text}", op.at, op.by);
                assert!(lines.contains(line.as_str()), "{line}");
            }
            Act::Splice { ins, .. } => {
                let there = lines.iter().any(|line| {
                    (line.starts_with("I\t") || line.starts_with("K\ttext\t")) && line.contains(ins)
                });
                assert!(there, "{ins}");
            }
            Act::Set { field, value, .. } => {
                let further = format!("K\t{field}\t{value}");
                let shown = format!("\t{value}\t");
                let there = lines.iter().any(|line| {
                    *line == further || line.starts_with("I\t") && line.contains(&shown)
                });
                assert!(there, "{field} {value}");
            }
        }
    }
    assert_eq!(count("N\t"), notes);
}

fn plays(team: &TeamFile) {
    let server = Server::start();
    let place = Place::of(team);
    let ids: Vec<String> = team.tablets.iter().map(|tablet| tablet.id.clone()).collect();
    let mut headless = Headless::starts(&place, &server, &ids);
    headless.does("seed");
    headless.does("bootstrap");
    headless.does("ops");
    headless.does("online");
    let shown = headless.until_equal();
    assert!(shown >= u64::try_from(conflicts(team)).unwrap(), "{shown}");
    let dump = place.path("dump");
    writeln!(headless.orders, "{}", json!({"cmd": "hash", "dump": dump})).unwrap();
    headless.hears(|line| line["cmd"] == "hash");
    lacks_nothing(team, &dump);
    println!("{}", headless.does("stats"));
    headless.does("offline");
    headless.stops();
}

#[test]
fn our_own_workload_is_played_to_the_last_tick() {
    plays(&generate(&Size { tablets: 5, citizens: 8, ..Size::TEAM }).cut("team00").unwrap());
}

#[test]
fn a_workload_from_outside_is_played_to_the_last_tick() {
    for path in workloads() {
        let workload = Workload::read(&path).unwrap();
        if let [team] = workload.teams.as_slice() {
            plays(&workload.cut(&team.id).unwrap());
        }
    }
}

#[test]
fn killed_processes_go_on_where_they_were() {
    let team = generate(&Size { tablets: 4, citizens: 4, ..Size::TEAM }).cut("team00").unwrap();
    let server = Server::start();
    let place = Place::of(&team);
    let ids: Vec<String> = team.tablets.iter().map(|tablet| tablet.id.clone()).collect();
    let (first, second) = ids.split_at(2);
    let mut left = Headless::starts(&place, &server, first);
    left.does("seed");
    left.does("bootstrap");
    let mut right = Headless::starts(&place, &server, second);
    right.does("bootstrap");
    right.does("ops");
    left.does("ops");
    // What was answered is durable: a kill at once loses none of it.
    left.dies();
    let mut left = Headless::starts(&place, &server, first);
    left.does("load");
    left.orders("online");
    std::thread::sleep(Duration::from_millis(30));
    left.dies();
    right.does("online");
    let mut left = Headless::starts(&place, &server, first);
    left.does("load");
    left.does("online");
    left.until_equal();
    right.until_equal();
    assert_eq!(left.hashes()[0], right.hashes()[0]);
    let dump = place.path("dump");
    writeln!(left.orders, "{}", json!({"cmd": "hash", "dump": dump})).unwrap();
    left.hears(|line| line["cmd"] == "hash");
    lacks_nothing(&team, &dump);
    left.stops();
    right.stops();
}
