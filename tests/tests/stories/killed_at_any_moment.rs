//! Kill −9 of the server and of tablets, again and again, at any moment: while they are set up,
//! while a carer saves, while they speak. Whatever was acknowledged is there afterwards.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;
use std::time::{Duration, Instant};

use doegnrytme_tests::harness::{PATIENCE, Server};
use doegnrytme_tests::simulator::dice::Dice;
use doegnrytme_tests::workload::format::{Act, Op, TeamFile};
use doegnrytme_tests::workload::generate::{Size, generate};
use doegnrytme_tests::workload::rebase::Rebased;
use serde_json::{Value, json};

use crate::processes::{Headless, Place};

/// Events that a carer does between two looks at the line.
const PART: usize = 24;
/// The latest moment of a kill after all were given something to do.
const LATEST_MS: i64 = 120;
/// The latest moment of a kill after its victim began to do something.
const SOON_MS: i64 = 20;

/// A shift of four carers; the last one does nothing, and joins when all is over. Each item is
/// edited by one carer once, so that every op is one event and every edit stays what is shown.
fn shift(visits: usize, seed: u64) -> TeamFile {
    let size = Size { tablets: 4, citizens: 6, visits, edits: 25, pairs: 0, seed, ..Size::TEAM };
    let mut team = generate(&size).cut("team00").unwrap();
    let mut edited = BTreeSet::new();
    for tablet in &mut team.tablets {
        tablet.ops.retain(|op| match &op.act {
            Act::Tick { .. } | Act::Note { .. } => true,
            Act::Splice { item, .. } => edited.insert((op.c.clone(), item.clone())),
            Act::Set { item, field, .. } => {
                field == "minutes" && edited.insert((op.c.clone(), item.clone()))
            }
        });
    }
    team.tablets.last_mut().unwrap().ops.clear();
    team
}

/// A tablet, its process, and what it has acknowledged.
struct Carried {
    id: String,
    process: Option<Headless>,
    /// Orders that were not answered yet.
    ordered: VecDeque<String>,
    joined: bool,
    /// The first so many ops of its shift were said to be saved.
    saved: usize,
}

/// What was interrupted, and how often.
type Kills = BTreeMap<String, usize>;

struct Story {
    team: TeamFile,
    place: Place,
    server: Server,
    tablets: Vec<Carried>,
    dice: Dice,
    hasty: bool,
    kills: Kills,
}

impl Story {
    fn begins(team: TeamFile, seed: u64, hasty: bool) -> Self {
        let carried = |id: &String| Carried {
            id: id.clone(),
            process: None,
            ordered: VecDeque::new(),
            joined: false,
            saved: 0,
        };
        let tablets = team.tablets.iter().map(|tablet| carried(&tablet.id)).collect();
        let (place, server) = (Place::of(&team), Server::start());
        let (dice, kills) = (Dice::new(seed), Kills::new());
        Self { team, place, server, tablets, dice, hasty, kills }
    }

    fn starts(&mut self, at: usize) {
        let opts = json!({"data": self.server.data(), "hasty": self.hasty});
        let (place, address) = (&self.place, self.server.address());
        let tablet = &mut self.tablets[at];
        let ids = [tablet.id.clone()];
        tablet.process = Some(Headless::starts_with(place, &ids, address, &opts));
        if tablet.joined {
            self.orders(at, &json!({"cmd": "load"}));
        }
    }

    fn orders(&mut self, at: usize, order: &Value) {
        let tablet = &mut self.tablets[at];
        tablet.process.as_mut().unwrap().orders(order);
        tablet.ordered.push_back(order["cmd"].as_str().unwrap().to_owned());
    }

    /// Puts the team on the server, which dies meanwhile.
    fn seeds(&mut self) {
        self.starts(0);
        for kill in [true, true, false] {
            self.orders(0, &json!({"cmd": "seed"}));
            if kill {
                self.lets_time_pass();
                self.kills_the_server();
            }
            let process = self.tablets[0].process.as_ref().unwrap();
            let answer = process.hears(|line| line["cmd"] == "seed");
            self.tablets[0].ordered.clear();
            assert!(kill || answer["ev"] == "done", "{answer}");
        }
    }

    /// The next things for a tablet that has nothing to do.
    fn keeps_busy(&mut self, at: usize) {
        self.listens(at, Duration::ZERO);
        if !self.tablets[at].ordered.is_empty() {
            return;
        }
        if !self.tablets[at].joined {
            return self.orders(at, &json!({"cmd": "bootstrap"}));
        }
        let from = self.tablets[at].saved;
        let ops = json!({"cmd": "ops", "from": from, "to": from + PART});
        let offline = json!({"cmd": "offline"});
        // Some carers save while their tablet speaks.
        let both = if self.dice.one_in(2) { [offline, ops] } else { [ops, offline] };
        both.iter().for_each(|order| self.orders(at, order));
        self.orders(at, &json!({"cmd": "online"}));
    }

    /// Takes in what a tablet has said.
    fn listens(&mut self, at: usize, patience: Duration) {
        let tablet = &mut self.tablets[at];
        while let Some(line) = tablet.process.as_ref().unwrap().next_line(patience) {
            tablet.takes(&line);
        }
    }

    /// Waits until a tablet has done what was ordered.
    fn is_done(&mut self, at: usize) {
        let begun = Instant::now();
        while !self.tablets[at].ordered.is_empty() {
            assert!(begun.elapsed() < PATIENCE, "{:?}", self.tablets[at].ordered);
            self.listens(at, Duration::from_millis(20));
        }
    }

    /// Waits until a tablet does this, if it is about to, and a moment longer.
    fn is_at(&mut self, at: usize, doing: &str) {
        let begun = Instant::now();
        while self.tablets[at].ordered.iter().skip(1).any(|order| order == doing)
            && begun.elapsed() < Duration::from_secs(2)
        {
            self.listens(at, Duration::from_millis(1));
        }
        let moment = self.dice.between(0, SOON_MS).unsigned_abs();
        std::thread::sleep(Duration::from_millis(moment));
    }

    fn lets_time_pass(&mut self) {
        let pause = self.dice.between(0, LATEST_MS).unsigned_abs();
        std::thread::sleep(Duration::from_millis(pause));
    }

    fn kills_the_server(&mut self) {
        self.server.dies();
        self.lets_time_pass();
        self.server.serve();
        *self.kills.entry("server".to_owned()).or_default() += 1;
    }

    /// Kills a tablet's process and starts another one in its folder.
    fn kills(&mut self, at: usize) {
        let tablet = &mut self.tablets[at];
        for line in tablet.process.take().unwrap().dies() {
            tablet.takes(&line);
        }
        let doing = tablet.ordered.front().cloned().unwrap_or_else(|| "nothing".to_owned());
        tablet.ordered.clear();
        *self.kills.entry(doing).or_default() += 1;
        self.starts(at);
    }

    /// What a tablet has acknowledged and does not hold.
    fn lacks(&mut self, at: usize) -> Vec<String> {
        self.is_done(at);
        let tablet = &mut self.tablets[at];
        let dump = tablet.process.as_mut().unwrap().dumps(&self.place);
        let ops = &self.team.tablets[at].ops;
        lacking(&self.team, &ops[..tablet.saved], &dump)
    }

    /// One kill in the middle of whatever all are doing; what is lacking then.
    fn round(&mut self, awake: usize) -> Vec<String> {
        for at in 0..awake {
            if self.tablets[at].process.is_none() {
                self.starts(at);
            }
            self.keeps_busy(at);
        }
        if self.dice.one_in(3) {
            self.lets_time_pass();
            self.kills_the_server();
            return Vec::new();
        }
        let at = self.dice.below(awake);
        let doing = *self.dice.pick(&["load", "ops", "online"]).unwrap();
        if doing == "load" {
            // Once more, while the next one opens its store.
            self.kills(at);
        } else if self.tablets[at].joined {
            self.is_done(at);
            self.keeps_busy(at);
        }
        self.is_at(at, doing);
        self.kills(at);
        if self.tablets[at].joined && self.dice.one_in(2) { self.lacks(at) } else { Vec::new() }
    }

    /// Nobody is killed any more: the rest is played, and all end up equal.
    fn ends(&mut self) {
        for at in 0..self.tablets.len() {
            if self.tablets[at].process.is_none() {
                self.starts(at);
            }
            while !self.tablets[at].joined {
                self.is_done(at);
                self.keeps_busy(at);
            }
            self.is_done(at);
            let from = self.tablets[at].saved;
            for order in [json!({"cmd": "ops", "from": from}), json!({"cmd": "offline"})] {
                self.orders(at, &order);
            }
            self.orders(at, &json!({"cmd": "online"}));
        }
        (0..self.tablets.len()).for_each(|at| self.is_done(at));
        let begun = Instant::now();
        loop {
            let processes = self.tablets.iter_mut().filter_map(|tablet| tablet.process.as_mut());
            let hashes: Vec<_> = processes.flat_map(Headless::hashes).collect();
            if hashes.iter().all(|(hash, _, unsent)| *hash == hashes[0].0 && *unsent == 0) {
                break;
            }
            assert!(begun.elapsed() < PATIENCE, "never equal: {hashes:#?}");
            std::thread::sleep(Duration::from_millis(100));
        }
        // The last tablet joined when all was over: what it holds lies on the server.
        let last = self.tablets.len() - 1;
        let dump = self.tablets[last].process.as_mut().unwrap().dumps(&self.place);
        for (tablet, shift) in self.tablets.iter().zip(&self.team.tablets) {
            assert_eq!(tablet.saved, shift.ops.len(), "{}", tablet.id);
            assert_eq!(lacking(&self.team, &shift.ops, &dump), [""; 0]);
        }
        assert!(!self.server.log().contains("panicked"), "{}", self.server.log());
    }
}

impl Carried {
    fn takes(&mut self, line: &Value) {
        match line["ev"].as_str().unwrap_or_default() {
            "saved" => {
                self.saved = usize::try_from(line["n"].as_u64().unwrap()).unwrap();
            }
            "done" => {
                let done = self.ordered.pop_front();
                assert_eq!(line["cmd"].as_str(), done.as_deref());
                self.joined |= line["cmd"] == "bootstrap";
            }
            "fail" => {
                // A server that is killed lets nobody join; everything else waits for it.
                assert_eq!(line["cmd"], "bootstrap", "{line}");
                self.ordered.pop_front();
            }
            _ => {}
        }
    }
}

/// What of these ops does not stand in a tablet's lines. Ticks count when their visit was closed:
/// until then they are a draft.
fn lacking(team: &TeamFile, ops: &[Op], dump: &Path) -> Vec<String> {
    let lines = std::fs::read_to_string(dump).unwrap();
    let (mut plans, mut written) = (BTreeMap::new(), BTreeSet::new());
    let mut citizen = "";
    for line in lines.split('\n') {
        let fields: Vec<&str> = line.split('\t').collect();
        match fields[..] {
            ["C", id] => citizen = id,
            ["I", item, _, text, minutes, ..] => {
                plans.insert((citizen, item), [text, minutes]);
            }
            ["T" | "N", id, ..] => drop(written.insert(id)),
            _ => {}
        }
    }
    let closed: BTreeSet<u64> =
        ops.iter().filter(|op| matches!(op.act, Act::Note { .. })).map(|op| op.visit).collect();
    let stands = |op: &&Op| match &op.act {
        Act::Tick { id, .. } => !closed.contains(&op.visit) || written.contains(id.as_str()),
        Act::Note { id, text } => {
            let line = format!("N\t{id}\t{}\t{}\t{text}", op.at, op.by);
            written.contains(id.as_str()) && lines.split('\n').any(|other| other == line)
        }
        Act::Splice { item, pos, del, ins } => {
            let mut text = Rebased::new(&team.citizen(&op.c).unwrap().items[item].text);
            text.splice(*pos, *del, ins);
            plans[&(op.c.as_str(), item.as_str())][0] == text.text()
        }
        Act::Set { item, value, .. } => {
            plans[&(op.c.as_str(), item.as_str())][1] == value.to_string()
        }
    };
    ops.iter().filter(|op| !stands(op)).map(|op| format!("{op:?}")).collect()
}

/// How many kills: some for every change [15 s], several hundred at night.
fn kills() -> usize {
    if std::env::var_os("DOEGNRYTME_TEST_NIGHTLY").is_some() { 600 } else { 60 }
}

#[test]
fn whoever_is_killed_whenever_nothing_acknowledged_is_missing() {
    let (kills, seed) = (kills(), 3);
    let mut story = Story::begins(shift(2 * kills, seed), seed, false);
    story.seeds();
    for kill in 0..kills {
        // One after the other joins, so that setting up is interrupted all along.
        let awake = (1 + kill * 6 / kills).min(3);
        let lacking = story.round(awake);
        assert!(lacking.is_empty(), "after kill {kill}: {lacking:#?}");
    }
    println!("killed while doing: {:?}", story.kills);
    for doing in ["server", "bootstrap", "ops"] {
        assert!(story.kills.contains_key(doing), "nobody was killed in {doing}: {:?}", story.kills);
    }
    story.ends();
}

/// The negative control: tablets that say "gemt" before it is so are found out.
#[test]
fn a_tablet_that_acknowledges_too_early_is_found_out() {
    let mut story = Story::begins(shift(200, 4), 4, true);
    story.starts(0);
    story.orders(0, &json!({"cmd": "seed"}));
    story.is_done(0);
    let found = (0..60).any(|_| !story.round(1).is_empty());
    assert!(found, "60 kills did not tell: {:?}", story.kills);
}
