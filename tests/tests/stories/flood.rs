//! Strangers flood the server; tablets sync all the same. And a tablet that is told "later".

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant};

use doegnrytme_core::sync::line::TlsTrust;
use doegnrytme_core::tablet::notice::{Notice, SyncProblem};
use doegnrytme_core::transport::pins::client_config;
use doegnrytme_tests::harness::{Tablet, Team, line, until};
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};

/// Connections from a source of its own: all of `127.0.0.0/8` is this machine.
fn connects(runtime: &tokio::runtime::Runtime, from: u8, to: SocketAddr) -> Option<TcpStream> {
    let socket = tokio::net::TcpSocket::new_v4().ok()?;
    socket.bind(SocketAddr::from(([127, 0, 66, from], 0))).ok()?;
    let connected = runtime
        .block_on(async { tokio::time::timeout(Duration::from_secs(2), socket.connect(to)).await });
    let stream = connected.ok()?.ok()?.into_std().ok()?;
    stream.set_nonblocking(false).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(2))).ok()?;
    stream.set_write_timeout(Some(Duration::from_secs(2))).ok()?;
    Some(stream)
}

type Tls = StreamOwned<ClientConnection, TcpStream>;

fn shakes_hands(stream: TcpStream) -> Option<Tls> {
    let (config, _) = client_config(TlsTrust::Anyone).ok()?;
    let name = ServerName::try_from("localhost").ok()?;
    let connection = ClientConnection::new(Arc::new(config), name).ok()?;
    Some(StreamOwned::new(connection, stream))
}

fn posts(tls: &mut Tls, path: &str, body: &[u8]) -> Option<()> {
    let length = body.len();
    let head =
        format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n");
    tls.write_all(head.as_bytes()).ok()?;
    tls.write_all(body).ok()?;
    let mut answer = [0; 1_024];
    (tls.read(&mut answer).ok()? > 0).then_some(())
}

/// Strangers who do not stop until they are dropped.
struct Flood {
    stop: Arc<AtomicBool>,
    done: Arc<AtomicU64>,
    threads: Vec<JoinHandle<()>>,
}

impl Flood {
    fn begins(address: &str, forged: &[u8]) -> Self {
        let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let to: SocketAddr = address.parse().unwrap();
        let threads = (0..5_u8)
            .map(|kind| {
                let (stop, done, forged) = (Arc::clone(&stop), Arc::clone(&done), forged.to_vec());
                std::thread::spawn(move || {
                    let runtime =
                        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                    let mut held = Vec::new();
                    while !stop.load(Ordering::Relaxed) {
                        let connect = || connects(&runtime, kind + 1, to);
                        done.fetch_add(
                            strikes(kind, connect, &forged, &mut held),
                            Ordering::Relaxed,
                        );
                        sleep(Duration::from_millis(1));
                    }
                })
            })
            .collect();
        Self { stop, done, threads }
    }
}

impl Drop for Flood {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// What one kind of stranger does next; how many blows came through.
fn strikes(
    kind: u8,
    connect: impl Fn() -> Option<TcpStream>,
    forged: &[u8],
    held: &mut Vec<Tls>,
) -> u64 {
    let Some(mut tls) = connect().and_then(shakes_hands) else { return 0 };
    let many = |tls: &mut Tls, path: &str, body: &[u8]| {
        (0..50).take_while(|_| posts(tls, path, body).is_some()).count() as u64
    };
    match kind {
        // Garbage, a forged request of a device of ours, guesses at codes.
        0 => many(&mut tls, "/v1/sync", &[0x84; 10_000]),
        1 => many(&mut tls, "/v1/sync", forged),
        2 => many(&mut tls, "/v1/enrol", b"a code, perhaps"),
        // A body that drips, on as many connections as one can have.
        3 => {
            let head = "POST /v1/sync HTTP/1.1\r\nHost: localhost\r\nContent-Length: 90000\r\n\r\n";
            let begun = tls.write_all(head.as_bytes()).is_ok();
            held.push(tls);
            held.retain_mut(|tls| tls.write_all(b"d").is_ok());
            u64::from(begun)
        }
        // Nothing at all, not even a handshake.
        _ => {
            held.push(tls);
            if held.len() > 300 {
                held.clear();
            }
            1
        }
    }
}

/// How often a tablet's sync failed since a mark.
fn failures(tablet: &Tablet, mark: usize) -> usize {
    let said = tablet.device().said(mark);
    said.iter().filter(|notice| matches!(notice, Notice::SyncFailed(_))).count()
}

#[test]
fn while_strangers_flood_the_server_two_tablets_sync_within_a_few_tries() {
    let mut team = Team::of(2);
    team.tablets[0].notes("c00x000", "Skrevet før stormen.");
    let request = team.tablets[0].next_request();
    let mut forged = request.body.unwrap();
    let last = forged.len() - 1;
    forged[last] ^= 1;
    team.server.restarts_with(&["--connections", "48", "--source-connections", "24"]);
    let flood = Flood::begins(team.server.address(), &forged);
    until("the flood is here", || (flood.done.load(Ordering::Relaxed) > 500).then_some(()));
    let marks: Vec<usize> = team.tablets.iter().map(|tablet| tablet.device().mark()).collect();
    for round in 0..5 {
        for (at, citizen) in ["c00x000", "c00x001"].iter().enumerate() {
            team.tablets[at].notes(citizen, &format!("Skrevet i stormen, {round}."));
        }
        let content = team.syncs();
        let notes = content.citizens["c00x001"].notes.values();
        let words = format!("Skrevet i stormen, {round}.");
        assert_eq!(notes.filter(|[_, _, text]| *text == words).count(), 1);
        team.goes_offline();
    }
    let before = flood.done.load(Ordering::Relaxed);
    until("it never stopped", || (flood.done.load(Ordering::Relaxed) > before + 50).then_some(()));
    for (tablet, mark) in team.tablets.iter().zip(marks) {
        assert!(failures(tablet, mark) <= 10, "{}", failures(tablet, mark));
    }
    drop(flood);
    let log = team.server.log();
    assert!(!log.contains("panicked"), "{log}");
}

#[test]
fn a_tablet_that_is_told_later_keeps_everything_and_comes_again_after_the_pause() {
    let mut team = Team::of(2);
    // One request in ten seconds, six at once.
    team.server.restarts_with(&["--device-requests", "6"]);
    let tablet = &mut team.tablets[0];
    let busy = |tablet: &Tablet, mark: usize| {
        tablet.device().said(mark).contains(&Notice::SyncFailed(SyncProblem::Busy))
    };
    let mark = tablet.device().mark();
    let mut written = 0;
    while !busy(tablet, mark) {
        written += 1;
        assert!(written < 20, "nobody ever said later");
        tablet.notes("c00x000", &format!("Note nummer {written}."));
        tablet.goes_online();
        until("it was answered", || (busy(tablet, mark) || tablet.unsent() == 0).then_some(()));
    }
    assert_eq!(tablet.unsent(), 1, "what was told later is still on its way");
    let told = Instant::now();
    until("it has come again", || (tablet.unsent() == 0).then_some(()));
    assert!(told.elapsed() > Duration::from_secs(2), "it came after a pause and not at once");
    // So slow a pace is no place to compare: each look costs a request.
    team.goes_offline();
    team.server.restarts();
    let content = team.syncs();
    let notes = content.citizens["c00x000"].notes.values();
    let ours = notes.filter(|[_, _, text]| text.starts_with("Note nummer")).count();
    assert_eq!(ours, written, "every note once");
}

#[test]
fn a_source_that_guesses_codes_is_told_later_and_the_right_code_still_lets_in() {
    let mut team = Team::of(1);
    team.server.restarts_with(&["--enrol-tries", "3"]);
    let address = team.server.address().to_owned();
    let told: Vec<u16> = (0..6)
        .map(|_| line::posts(&address, "/v1/enrol", b"a guess".to_vec()).unwrap().status)
        .collect();
    assert_eq!(told, [403, 403, 403, 503, 503, 503]);
    let newcomer = team.gets_a_new_tablet("vikar");
    assert_eq!(newcomer.unsent(), 0);
}
