//! The headless tablets play a workload through their line protocol, in processes of their own.

use std::path::Path;
use std::time::Duration;

use doegnrytme_tests::harness::Server;
use doegnrytme_tests::workload::expect::conflicts;
use doegnrytme_tests::workload::format::{TeamFile, Workload};
use doegnrytme_tests::workload::generate::{Size, generate};
use serde_json::json;

use crate::processes::{Headless, Place};
use crate::shared_workload::workloads;

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
    lacks_nothing(team, &headless.dumps(&place));
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
    left.orders(&json!({"cmd": "online"}));
    std::thread::sleep(Duration::from_millis(30));
    left.dies();
    right.does("online");
    let mut left = Headless::starts(&place, &server, first);
    left.does("load");
    left.does("online");
    left.until_equal();
    right.until_equal();
    assert_eq!(left.hashes()[0], right.hashes()[0]);
    lacks_nothing(&team, &left.dumps(&place));
    left.stops();
    right.stops();
}
