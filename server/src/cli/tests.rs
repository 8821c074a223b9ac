//! The verbs from the command line down, with invented parts behind them.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::Duration;

use clap::CommandFactory as _;

use super::{Arguments, Console, run, serve::serve_until};
use crate::config::{Flags, Layer, Settings};
use crate::fake::{Client, FakeProvision};
use crate::folder::Folder;
use crate::key_file::ServerKey;

struct Outcome {
    status: u8,
    output: String,
    errors: String,
}

fn verb_with(provision: &FakeProvision, input: &str, arguments: &[&str]) -> Outcome {
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let arguments = ["doegnrytme-server"].iter().chain(arguments).map(Into::into);
    let mut console =
        Console { input: &mut input.as_bytes(), output: &mut output, errors: &mut errors };
    let status = run(arguments, [], provision, &mut console);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Outcome { status, output: text(output), errors: text(errors) }
}

fn verb(arguments: &[&str]) -> Outcome {
    verb_with(&FakeProvision::default(), "", arguments)
}

struct Home {
    _dir: tempfile::TempDir,
    path: PathBuf,
    data: String,
}

fn home() -> Home {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("server");
    let data = path.to_str().unwrap().to_owned();
    Home { _dir: dir, path, data }
}

/// A folder with a server in it.
fn made() -> Home {
    let home = home();
    let outcome = verb(&["init", "--data", &home.data]);
    assert_eq!(outcome.status, 0, "{}", outcome.errors);
    home
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn one_line(outcome: &Outcome, words: &str) {
    assert_eq!(outcome.status, 2, "{}", outcome.errors);
    assert_eq!(outcome.errors.lines().count(), 1, "{}", outcome.errors);
    assert!(outcome.errors.contains(words), "{}", outcome.errors);
}

#[test]
fn the_verbs_and_settings_are_well_formed_and_all_explained() {
    let command = Arguments::command();
    command.clone().debug_assert();
    fn explained(command: &clap::Command) {
        assert!(command.get_about().is_some(), "{} says nothing", command.get_name());
        for argument in command.get_arguments().filter(|argument| argument.get_id() != "help") {
            assert!(
                argument.get_help().is_some() || argument.get_id() == "version",
                "{} of {} says nothing",
                argument.get_id(),
                command.get_name()
            );
        }
        command.get_subcommands().for_each(explained);
    }
    explained(&command);
}

#[test]
fn init_makes_a_private_folder_and_shows_a_recovery_key_that_works() {
    let home = home();
    let outcome = verb(&["init", "--data", &home.data]);
    assert_eq!(outcome.status, 0, "{}", outcome.errors);
    assert_eq!(mode(&home.path), 0o700);
    for private in ["key", "tls.pem", "lock"] {
        assert_eq!(mode(&home.path.join(private)), 0o600, "{private}");
    }
    assert!(outcome.errors.contains("beside the data"), "{}", outcome.errors);
    let line = outcome.output.lines().find(|line| line.starts_with("    ")).unwrap();
    let key = ServerKey::from_recovery_key(line).unwrap();
    let stored = fs::read_to_string(home.path.join("key")).unwrap();
    assert_eq!(stored.trim(), doegnrytme_core::ids::hex(&key.0));
}

#[test]
fn init_never_overwrites_a_server() {
    let home = made();
    let before = fs::read(home.path.join("key")).unwrap();
    one_line(&verb(&["init", "--data", &home.data]), "already holds a server");
    assert_eq!(fs::read(home.path.join("key")).unwrap(), before);
}

#[test]
fn an_init_that_failed_can_be_tried_again() {
    let home = home();
    let failing = FakeProvision { fails: true, ..FakeProvision::default() };
    let failed = verb_with(&failing, "", &["init", "--data", &home.data]);
    one_line(&failed, "the disk is full");
    assert_eq!(verb(&["init", "--data", &home.data]).status, 0);
}

#[test]
fn a_lost_key_file_comes_back_from_paper_and_a_foreign_paper_does_not() {
    let home = home();
    let outcome = verb(&["init", "--data", &home.data]);
    let paper = outcome.output.lines().find(|line| line.starts_with("    ")).unwrap().trim();
    let key = home.path.join("key");
    let before = fs::read(&key).unwrap();
    fs::remove_file(&key).unwrap();
    let recover = ["key", "recover", "--data", home.data.as_str()];
    let provision = FakeProvision::default();
    let foreign = ServerKey([9; 32]).recovery_key();
    let typo = paper.replacen(|c: char| c != '-', "#", 1);
    for (typed, words) in [(foreign.as_str(), "does not open the store"), (&typo, "group 1")] {
        let outcome = verb_with(&provision, typed, &recover);
        assert_eq!(outcome.status, 2);
        assert!(outcome.errors.contains(words), "{}", outcome.errors);
        assert!(!key.exists());
    }
    assert_eq!(verb_with(&provision, paper, &recover).status, 0);
    assert_eq!(fs::read(&key).unwrap(), before);
}

#[test]
fn serve_says_in_one_line_what_hinders_it() {
    let absent = home();
    one_line(&verb(&["serve", "--data", &absent.data]), "cannot use the data folder");

    let empty = tempfile::tempdir().unwrap();
    one_line(&verb(&["serve", "--data", empty.path().to_str().unwrap()]), "init --data DIR");

    let locked = made();
    let _lock = Folder::at(&locked.path).lock().unwrap();
    one_line(&verb(&["serve", "--data", &locked.data]), "in use by another");

    let keyless = made();
    fs::remove_file(keyless.path.join("key")).unwrap();
    one_line(&verb(&["serve", "--data", &keyless.data]), "key recover");

    let foreign = made();
    fs::write(foreign.path.join("key"), "11".repeat(32)).unwrap();
    let listen = ["--listen", "127.0.0.1:0"];
    let outcome = verb(&["serve", "--data", &foreign.data, listen[0], listen[1]]);
    one_line(&outcome, "the key does not open the store");

    let crowded = made();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    one_line(
        &verb(&["serve", "--data", &crowded.data, "--listen", &address]),
        "Another program has the port",
    );
    one_line(&verb(&["serve"]), "--data DIR");
}

#[test]
fn verbs_do_their_work_themselves_when_no_server_runs() {
    let home = made();
    let team = verb(&["team", "add", "Team Åen", "--data", &home.data]);
    assert_eq!((team.status, team.output.as_str()), (0, "7 (team added)\n"));
    let code = verb(&["device", "code", "--team", "Team Ingen", "--data", &home.data]);
    assert_eq!(code.status, 1);
    assert!(code.errors.contains("add it first"), "{}", code.errors);
    let file = verb(&["citizen", "import", "/nowhere.json", "--data", &home.data]);
    one_line(&file, "/nowhere.json");
}

#[test]
fn a_renewal_without_a_server_changes_the_file() {
    let home = made();
    let before = fs::read(home.path.join("tls.pem")).unwrap();
    assert_eq!(verb(&["tls", "renew", "--data", &home.data]).status, 0);
    assert_ne!(fs::read(home.path.join("tls.pem")).unwrap(), before);
    assert_eq!(mode(&home.path.join("tls.pem")), 0o600);
}

/// Standard output that hands each line on.
struct Lines(Sender<String>, Vec<u8>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.1.extend_from_slice(bytes);
        while let Some(at) = self.1.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.1.drain(..=at).collect();
            let _ = self.0.send(String::from_utf8(line).unwrap());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_running_server_prints_one_line_takes_verbs_and_leaves_nothing_behind() {
    let home = made();
    let layer = Layer {
        data: Some(home.path.clone()),
        listen: Some("127.0.0.1:0".to_owned()),
        ..Layer::default()
    };
    let settings = Settings::gather(Flags { config: None, layer }, []).unwrap();
    let (lines, read) = mpsc::channel();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = thread::spawn(move || {
        let mut console = Console {
            input: &mut std::io::empty(),
            output: &mut Lines(lines, Vec::new()),
            errors: &mut std::io::sink(),
        };
        let stop = || Ok(async move { drop(stopped.await) });
        serve_until(&settings, &FakeProvision::default(), &mut console, stop).unwrap()
    });
    let line = read.recv_timeout(Duration::from_secs(10)).unwrap();
    let address = line.strip_prefix("doegnrytme-server ready on https://").unwrap();
    let (address, rest) = address.split_once(' ').unwrap();
    assert_eq!(rest, format!("(data {})\n", home.data));
    let body = Client::connect(address.parse().unwrap()).ask("POST", "/v1/sync", b"hej");
    assert_eq!(body, (200, b"hej".to_vec()));
    let status = verb(&["status", "--data", &home.data]);
    assert_eq!((status.status, status.output.as_str()), (0, "teams  1\n"));
    drop(stop);
    assert_eq!(server.join().unwrap(), 0);
    assert_eq!(read.iter().count(), 0);
    assert!(!home.path.join("socket").exists());
    assert!(Folder::at(&home.path).lock().is_ok());
}
