//! The real server on a data folder that stays.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::harness::server::{binary, verb};

/// A running server. Dropping it ends it in order.
pub struct Served {
    child: Child,
    address: String,
    data: PathBuf,
}

impl Served {
    /// Makes a server in the folder, unless one is there.
    pub fn init(data: &Path) {
        if data.join("server.db").exists() {
            return;
        }
        let made = verb(&["init", "--data", data.to_str().unwrap()]);
        assert!(made.status.success(), "init: {}", String::from_utf8_lossy(&made.stderr));
    }

    /// Starts the server on a free port and waits until it is ready.
    #[must_use]
    pub fn start(data: &Path) -> Self {
        let log = std::fs::File::create(data.with_extension("log")).unwrap();
        let mut child = Command::new(binary())
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let (_, rest) = line.split_once("https://").expect("the server became ready");
        let address = rest.split(' ').next().unwrap().trim().to_owned();
        std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        Self { child, address, data: data.to_owned() }
    }

    /// `host:port`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Its process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its data folder.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let pid = self.child.id();
        let _ = Command::new("sh").args(["-c", &format!("kill -TERM {pid}")]).status();
        let _ = self.child.wait();
    }
}
