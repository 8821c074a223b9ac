//! The tablets of one process, and what each order does with them.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use doegnrytme_core::sync::line::{Count, Traffic};
use doegnrytme_core::tablet::Ports;
use doegnrytme_core::tablet::event::{Event, Invite};
use doegnrytme_core::transport::http;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Problem;
use super::device::{Device, Runtime};
use super::office::{Index, Office};
use super::player::events;
use super::protocol::{Order, Output, Sightings, say};
use crate::ports::{KeptLog, MachineClock, MachineEntropy, device_key, pin};
use crate::workload::format::TeamFile;

/// What the process was started with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The team's file.
    pub workload: PathBuf,
    /// The tablets of this process.
    pub tablets: Vec<String>,
    /// `https://host:port`.
    pub url: String,
    /// Where the tablets keep their stores.
    pub dir: PathBuf,
    /// What `seed` writes for later processes.
    pub index: PathBuf,
    /// The rest.
    pub opts: Opts,
}

/// What is special about this product.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Opts {
    /// The running server's data folder.
    pub data: PathBuf,
    /// The negative control of a kill: what is played in parts is said to be saved before it is.
    pub hasty: bool,
}

/// A process's tablets.
pub struct Ward {
    setting: Setting,
    team: TeamFile,
    runtime: Runtime,
    sightings: Sightings,
    output: Output,
    tablets: Vec<Device>,
}

type Answer = Map<String, Value>;

impl Ward {
    /// Reads the workload; no tablet is opened yet.
    ///
    /// # Errors
    /// [`Problem`].
    pub fn new(setting: Setting, sightings: Sightings, output: Output) -> Result<Self, Problem> {
        let team = TeamFile::read(&setting.workload)?;
        let runtime = http::runtime()?;
        Ok(Self { setting, team, runtime, sightings, output, tablets: Vec::new() })
    }

    /// Carries out an order; the answer holds what the protocol says besides times.
    ///
    /// # Errors
    /// [`Problem`].
    pub fn carry_out(&mut self, order: Order) -> Result<Answer, Problem> {
        match order {
            Order::Seed => self.seed().map(|()| Answer::new()),
            Order::Bootstrap => self.bootstrap().map(|()| Answer::new()),
            Order::Load => self.load().map(|()| Answer::new()),
            Order::Ops { from: None, to: None } => self.ops().map(|()| Answer::new()),
            Order::Ops { from, to } => self.part(from.unwrap_or(0)..to.unwrap_or(usize::MAX)),
            Order::Online => self.online().map(|()| Answer::new()),
            Order::Offline => {
                self.tablets.iter().for_each(|tablet| tablet.send(Event::Offline));
                self.tablets.iter().try_for_each(Device::goes_offline)?;
                Ok(Answer::new())
            }
            Order::Hash { dump } => self.hash(dump.as_deref()),
            Order::Stats => self.stats(),
            Order::Stop => {
                self.tablets.drain(..).for_each(Device::closes);
                self.sightings.end();
                Ok(Answer::new())
            }
        }
    }

    fn address(&self) -> &str {
        self.setting.url.trim_start_matches("https://").trim_end_matches('/')
    }

    fn seed(&self) -> Result<(), Problem> {
        Office::of(&self.setting.opts.data).seed(&self.team)?.write(&self.setting.index)
    }

    fn open(&mut self) -> Result<(), Problem> {
        for id in &self.setting.tablets {
            if self.tablets.iter().any(|tablet| tablet.id() == id) {
                continue;
            }
            let dir = self.setting.dir.join(id);
            let ports = Ports {
                keys: Box::new(device_key(&dir, &mut MachineEntropy)?),
                clock: Box::new(MachineClock),
                entropy: Box::new(MachineEntropy),
                log: Box::new(KeptLog::default()),
            };
            let tablet = Device::open(id, &dir, ports, &self.runtime, &self.sightings)?;
            self.tablets.push(tablet);
        }
        Ok(())
    }

    fn bootstrap(&mut self) -> Result<(), Problem> {
        let index = Index::read(&self.setting.index)?;
        let office = Office::of(&self.setting.opts.data);
        self.open()?;
        let mut marks = Vec::new();
        for tablet in &self.tablets {
            // A process before this one may have come as far as that.
            if !tablet.is_enrolled()? {
                let code = office.code(&self.team.team, self.address())?;
                tablet.enrols(Invite::Scanned(code))?;
            }
            let carer = index.carer(tablet.id())?;
            marks.push(tablet.mark());
            tablet.send(Event::Online);
            if tablet.knows(carer)? {
                tablet.send(Event::SignIn { carer, pin: pin() });
            } else {
                tablet.begins(carer, office.start_code(carer)?);
            }
        }
        for (tablet, mark) in self.tablets.iter().zip(marks) {
            tablet.lets_in(mark, index.carer(tablet.id())?)?;
            tablet.synced(mark, true)?;
            tablet.goes_offline()?;
        }
        Ok(())
    }

    fn load(&mut self) -> Result<(), Problem> {
        let index = Index::read(&self.setting.index)?;
        self.open()?;
        for tablet in &self.tablets {
            tablet.is_taken_by(index.carer(tablet.id())?)?;
        }
        Ok(())
    }

    fn events(&self, tablet: &Device) -> Result<Vec<Event>, Problem> {
        let shift = self.team.tablets.iter().find(|shift| shift.id == tablet.id());
        let shift = shift.ok_or_else(|| Problem::wrong(format!("no shift {}", tablet.id())))?;
        events(&self.team, shift, &tablet.ids()?)
    }

    fn ops(&self) -> Result<(), Problem> {
        self.tablets.iter().try_for_each(|tablet| tablet.plays(self.events(tablet)?))
    }

    /// Plays a part of each tablet's shift event by event; a line tells of each that is durable.
    fn part(&self, part: Range<usize>) -> Result<Answer, Problem> {
        for tablet in &self.tablets {
            let events = self.events(tablet)?;
            let part = part.start.min(events.len())..part.end.min(events.len());
            let says = |saved: usize| {
                let line = json!({"ev": "saved", "tablet": tablet.id(), "n": saved + 1});
                say(&self.output, &line);
            };
            if self.setting.opts.hasty {
                part.clone().for_each(says);
            }
            for (at, event) in events.into_iter().enumerate().take(part.end).skip(part.start) {
                again(tablet.plays(vec![event]))?;
                if !self.setting.opts.hasty {
                    says(at);
                }
            }
        }
        Ok(Answer::new())
    }

    fn online(&self) -> Result<(), Problem> {
        let marks: Vec<usize> = self.tablets.iter().map(Device::mark).collect();
        self.tablets.iter().for_each(|tablet| tablet.send(Event::Online));
        self.tablets.iter().zip(marks).try_for_each(|(tablet, mark)| tablet.synced(mark, false))
    }

    fn hash(&self, dump: Option<&Path>) -> Result<Answer, Problem> {
        let mut hashes = Map::new();
        for (at, tablet) in self.tablets.iter().enumerate() {
            let content = tablet.content()?;
            if let (0, Some(path)) = (at, dump) {
                std::fs::write(path, content.lines())?;
            }
            let (conflicts, unsent) = (content.conflicts(), tablet.unsent()?);
            let told = json!({"hash": content.hash(), "conflicts": conflicts, "unsent": unsent});
            hashes.insert(tablet.id().to_owned(), told);
        }
        Ok(Answer::from_iter([("tablets".to_owned(), Value::Object(hashes))]))
    }

    fn stats(&self) -> Result<Answer, Problem> {
        let mut sum = Traffic::default();
        let mut each = Map::new();
        for tablet in &self.tablets {
            let traffic = tablet.traffic()?;
            each.insert(tablet.id().to_owned(), traffic_json(&traffic));
            sum = add(sum, traffic);
        }
        let Value::Object(mut answer) = traffic_json(&sum) else { return Ok(Answer::new()) };
        answer.insert("tablets".to_owned(), Value::Object(each));
        answer.insert("peak_memory".to_owned(), peak_memory().into());
        Ok(answer)
    }
}

/// A part may be played again after a process was killed that had saved and not said so: an edit
/// changes nothing then. Whether anything is missing is compared at the end.
fn again(played: Result<(), Problem>) -> Result<(), Problem> {
    match played {
        Err(problem) if problem.to_string().ends_with("the edit changes nothing") => Ok(()),
        played => played,
    }
}

/// `{"with_batch": {"requests", "up", "down"}, "without_batch": …, "waiting": …, "enrolment": …}`
fn traffic_json(traffic: &Traffic) -> Value {
    let count =
        |count: &Count| json!({"requests": count.requests, "up": count.up, "down": count.down});
    json!({
        "with_batch": count(&traffic.push),
        "without_batch": count(&traffic.pull),
        "waiting": count(&traffic.wait),
        "enrolment": count(&traffic.enrol),
    })
}

fn add(left: Traffic, right: Traffic) -> Traffic {
    let add = |left: Count, right: Count| Count {
        requests: left.requests + right.requests,
        up: left.up + right.up,
        down: left.down + right.down,
    };
    Traffic {
        enrol: add(left.enrol, right.enrol),
        push: add(left.push, right.push),
        pull: add(left.pull, right.pull),
        wait: add(left.wait, right.wait),
    }
}

/// The most memory that this process has held, in bytes; 0 where the kernel does not tell.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}

/// Reads the process's arguments.
///
/// # Errors
/// [`Problem::Wrong`] that says what is missing.
pub fn read_arguments(arguments: impl IntoIterator<Item = String>) -> Result<Setting, Problem> {
    let mut given = std::collections::BTreeMap::new();
    let mut arguments = arguments.into_iter();
    while let Some(name) = arguments.next() {
        let value =
            arguments.next().ok_or_else(|| Problem::wrong(format!("{name} needs a value")))?;
        given.insert(name, value);
    }
    let mut take =
        |name: &str| given.remove(name).ok_or_else(|| Problem::wrong(format!("{name} is missing")));
    let setting = Setting {
        workload: take("--workload")?.into(),
        tablets: take("--tablets")?.split(',').map(str::to_owned).collect(),
        url: take("--url")?,
        dir: take("--dir")?.into(),
        index: take("--index")?.into(),
        opts: serde_json::from_str(&take("--opts").unwrap_or_else(|_| "{}".to_owned()))?,
    };
    match given.keys().next() {
        None => Ok(setting),
        Some(name) => Err(Problem::wrong(format!("{name} is not known"))),
    }
}

/// Shares a ward's sightings with the thread that tells them.
#[must_use]
pub fn telling(sightings: &Sightings, output: &Output) -> std::thread::JoinHandle<()> {
    let (sightings, output) = (sightings.clone(), Arc::clone(output));
    std::thread::spawn(move || sightings.tell(&output))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Setting, Problem> {
        read_arguments(line.split(' ').map(str::to_owned))
    }

    #[test]
    fn arguments_are_read_in_any_order_and_a_missing_one_is_named() {
        let line = "--tablets a,b --workload w --dir d --index i --url https://h:1/ --opts {\"data\":\"s\"}";
        let setting = read(line).unwrap();
        assert_eq!(setting.tablets, ["a", "b"]);
        assert_eq!(setting.opts.data, PathBuf::from("s"));
        for (wrong, words) in [
            (line.replace("--dir d ", ""), "--dir is missing"),
            (format!("{line} --speed 3"), "--speed is not known"),
            (format!("{line} --more"), "--more needs a value"),
        ] {
            assert_eq!(read(&wrong).unwrap_err().to_string(), words);
        }
    }
}
