//! A disk of a few megabytes that becomes full: a tmpfs that only one test sees.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::room;
use super::server::binary;

/// Set in the process whose disk it is.
const WHERE: &str = "DOEGNRYTME_TEST_SMALL_DISK";

/// A small disk.
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Where it is mounted.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Somebody else's file takes all the room that is left.
    pub fn is_filled(&self) {
        let block = [0xa5; 4096];
        let mut file = fs::File::options().create(true).append(true).open(self.filler()).unwrap();
        while let Ok(written) = file.write(&block) {
            assert!(written > 0);
        }
    }

    /// That file is removed.
    pub fn has_room_again(&self) {
        fs::remove_file(self.filler()).unwrap();
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }
}

/// Ways to a mount namespace of one's own, for anybody and for root.
const WAYS: [&[&str]; 2] = [&["--user", "--map-root-user", "--mount"], &["--mount"]];

/// Tells `story` with a disk of so many megabytes. A disk must be mounted, so the test runs itself
/// (`test` is its name) once more in a namespace of its own, in which it may; where the machine
/// allows none this is said on standard error, and nothing is tested.
pub fn on_a_small_disk(test: &str, megabytes: u32, story: impl FnOnce(&SmallDisk)) {
    if let Some(path) = std::env::var_os(WHERE) {
        return story(&SmallDisk(path.into()));
    }
    let place = tempfile::tempdir_in(room()).unwrap();
    let mount =
        |and: &str| format!("mount -t tmpfs -o size={megabytes}m tmpfs \"${WHERE}\" && exec {and}");
    let Some(way) = WAYS.into_iter().find(|way| {
        let mut command = within(way, &mount("true"), place.path());
        command.stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    }) else {
        // Not `eprintln!`: the test harness would keep it to itself.
        let _ = writeln!(
            std::io::stderr(),
            "\nNOT TESTED: {test} needs `unshare --user --map-root-user --mount` (util-linux) and \
             a tmpfs in it; this machine allows neither that nor `unshare --mount`.\n"
        );
        return;
    };
    let _built = binary();
    let inside = within(way, &mount("\"$0\" --exact \"$1\" --nocapture"), place.path())
        .arg(std::env::current_exe().unwrap())
        .arg(test)
        .env("DOEGNRYTME_TEST_BUILT", "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&inside.stdout);
    assert!(
        inside.status.success() && said.contains("1 passed"),
        "{said}{}",
        String::from_utf8_lossy(&inside.stderr)
    );
}

fn within(way: &[&str], line: &str, disk: &Path) -> Command {
    let mut command = Command::new("unshare");
    command.args(way).args(["sh", "-c", line]).env(WHERE, disk).stdin(Stdio::null());
    command
}
