//! A newcomer's first minute, as a test: the real binary plays the whole day.

#![cfg(feature = "demo")]
#![allow(clippy::unwrap_used, reason = "what does not work ends the test")]

use std::path::Path;
use std::process::{Command, Output};

fn demo(data: &Path) -> Output {
    let mut demo = Command::new(env!("CARGO_BIN_EXE_doegnrytme-server"));
    demo.args(["demo", "--once", "--seed", "7", "--data"]).arg(data);
    demo.output().unwrap()
}

fn room() -> tempfile::TempDir {
    let room = std::env::var_os("DOEGNRYTME_TEST_TMP");
    room.map_or_else(tempfile::tempdir, tempfile::tempdir_in).unwrap()
}

#[test]
fn a_day_is_played_and_nothing_is_lost() {
    let room = room();
    let data = room.path().join("town");
    let output = demo(&data);
    let words = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{words}\n{}", String::from_utf8_lossy(&output.stderr));
    for said in [
        "14 tablets hold every plan",
        "13 tablets came online at once",
        "Jonas Rævehale",
        "came late",
        "Harald Fyrretræ: Brænde ind (minutes)",
        "taken by Henrik Mosebølle",
        "Hej fra Lillekær Kommune. Karla har været i haven i dag.",
        "the citizen has not consented",
        "Nothing was lost",
    ] {
        assert!(words.contains(said), "{said}\n{words}");
    }
    // Every number is one line of the table: nobody was told twice.
    let mut numbers: Vec<&str> =
        words.lines().map(str::trim).filter(|line| line.starts_with("+45")).collect();
    let all = numbers.len();
    numbers.sort_unstable();
    numbers.dedup();
    assert!(all >= 2 && numbers.len() == all, "{words}");

    // The data stays where it was wished, and is not played over.
    assert!(data.join("server.db").exists());
    let again = demo(&data);
    assert_eq!(again.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&again.stderr).contains("already holds a server"));
}
