//! Headless tablets in processes of their own, which stories order about and kill.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use doegnrytme_tests::harness::{PATIENCE, Server, room};
use doegnrytme_tests::workload::format::TeamFile;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A running headless process. Dropping it kills it.
pub struct Headless {
    child: Child,
    orders: ChildStdin,
    lines: Receiver<Value>,
}

impl Headless {
    /// Starts a process for these tablets and waits until it takes orders.
    pub fn starts(place: &Place, server: &Server, tablets: &[String]) -> Self {
        Self::starts_with(place, tablets, server.address(), &json!({"data": server.data()}))
    }

    /// The same with other options.
    pub fn starts_with(place: &Place, tablets: &[String], address: &str, opts: &Value) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_headless"))
            .args(["--workload", place.path("team.json").to_str().unwrap()])
            .args(["--tablets", &tablets.join(",")])
            .args(["--url", &format!("https://{address}")])
            .args(["--dir", place.path("tablets").to_str().unwrap()])
            .args(["--index", place.path("index.json").to_str().unwrap()])
            .args(["--opts", &opts.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let orders = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (heard, lines) = channel();
        std::thread::spawn(move || {
            // The last line of a process that was killed may be torn.
            let lines = output.lines().map_while(Result::ok);
            for line in lines.filter_map(|line| serde_json::from_str(&line).ok()) {
                let _ = heard.send(line);
            }
        });
        let headless = Self { child, orders, lines };
        assert_eq!(headless.hears(|line| line["ev"] == "ready")["ev"], "ready");
        headless
    }

    /// Waits for a line.
    pub fn hears(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        while begun.elapsed() < 2 * PATIENCE {
            match self.lines.recv_timeout(Duration::from_secs(1)) {
                Ok(line) if wanted(&line) => return line,
                Err(RecvTimeoutError::Disconnected) => panic!("the process ended"),
                _ => {}
            }
        }
        panic!("waited in vain");
    }

    /// The next line that has come, waiting a little.
    pub fn next_line(&self, patience: Duration) -> Option<Value> {
        self.lines.recv_timeout(patience).ok()
    }

    /// Orders, without waiting for the answer.
    pub fn orders(&mut self, order: &Value) {
        writeln!(self.orders, "{order}").unwrap();
    }

    /// Orders and waits; the answer must be `done`.
    pub fn does(&mut self, cmd: &str) -> Value {
        self.does_all_of(&json!({"cmd": cmd}))
    }

    /// The same for an order that says more.
    pub fn does_all_of(&mut self, order: &Value) -> Value {
        self.orders(order);
        let answer = self.hears(|line| line["cmd"] == order["cmd"]);
        assert_eq!(answer["ev"], "done", "{answer}");
        answer
    }

    /// Hash, conflicts and unsent of each tablet.
    pub fn hashes(&mut self) -> Vec<(String, u64, u64)> {
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

    /// A file with the canonical lines of the first tablet.
    pub fn dumps(&mut self, place: &Place) -> PathBuf {
        let dump = place.path("dump");
        self.does_all_of(&json!({"cmd": "hash", "dump": dump}));
        dump
    }

    /// Waits until all hold the same and nothing is on its way; the conflicts they show.
    pub fn until_equal(&mut self) -> u64 {
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

    /// Closes in order.
    pub fn stops(mut self) {
        self.does("stop");
        assert!(self.child.wait().unwrap().success());
    }

    /// Kill −9; what it had said by then.
    pub fn dies(mut self) -> Vec<Value> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        // Ends when the reader has seen the end of the output.
        self.lines.iter().collect()
    }
}

impl Drop for Headless {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where the processes of one workload keep their files.
pub struct Place(TempDir);

impl Place {
    /// A new folder with the team's file in it.
    pub fn of(team: &TeamFile) -> Self {
        let place = Self(tempfile::tempdir_in(room()).unwrap());
        team.write(&place.path("team.json")).unwrap();
        place
    }

    /// A file in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}
