//! The tablets' door, spoken to over real TLS.

use std::sync::Arc;
use std::thread::{self, JoinHandle, sleep};
use std::time::{Duration, Instant};

use axum_server::tls_rustls::RustlsConfig;
use tokio::sync::oneshot;

use super::{Answer, BODY_LIMIT, BodyTime, Patience, Shell, bind, serve};
use crate::error::Failure;
use crate::fake::{Client, FakeNode};
use crate::folder::Folder;
use crate::limits::Limits;
use crate::router::router;
use crate::tls::{Fresh, Source};

struct Running {
    address: std::net::SocketAddr,
    node: Arc<FakeNode>,
    pin: [u8; 32],
    tls: RustlsConfig,
    folder: Folder,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    _dir: tempfile::TempDir,
}

impl Running {
    fn start(patience: Patience) -> Self {
        Self::start_limited(patience, &Limits::default())
    }

    fn start_limited(patience: Patience, limits: &Limits) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::at(dir.path());
        let fresh = Fresh::make(&folder).unwrap();
        fresh.write(&folder).unwrap();
        let loaded = Source::choose(None, &folder).load().unwrap();
        let tls = RustlsConfig::from_config(loaded.config);
        let node = Arc::new(FakeNode::default());
        let shell = Shell::with_patience(node.clone(), limits, patience);
        let listening = bind("127.0.0.1:0").unwrap();
        let address = listening.address;
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tls.clone();
        let thread = thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
            runtime
                .unwrap()
                .block_on(async move {
                    let router = router(shell.clone(), axum::Router::new());
                    let stop = async move { drop(stopped.await) };
                    serve(listening, serving, shell, router, stop).await
                })
                .unwrap();
        });
        let (stop, thread) = (Some(stop), Some(thread));
        Self { address, node, pin: fresh.pin, tls, folder, stop, thread, _dir: dir }
    }

    fn client(&self) -> Client {
        Client::connect(self.address)
    }

    fn until_held(&self, requests: usize) {
        let begun = Instant::now();
        while self.node.held() < requests {
            assert!(begun.elapsed() < Duration::from_secs(5), "the node holds nothing");
            sleep(Duration::from_millis(5));
        }
    }

    fn begin_drain(&mut self) {
        drop(self.stop.take());
    }

    fn ended(&mut self) {
        self.thread.take().unwrap().join().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[test]
fn bodies_travel_over_pinned_tls_and_one_connection_serves_many() {
    let server = Running::start(Patience::default());
    let mut client = server.client();
    assert_eq!(client.ask("POST", "/v1/sync", b"first"), (200, b"first".to_vec()));
    assert_eq!(client.ask("POST", "/v1/sync", b"second"), (200, b"second".to_vec()));
    assert_eq!(client.ask("GET", "/v1/pins", b""), (200, b"signed pins".to_vec()));
    assert_eq!(client.pin(), server.pin);
}

#[test]
fn a_refusal_is_short_plain_text() {
    let server = Running::start(Patience::default());
    let mut client = server.client();
    client.send("POST", "/v1/enrol", 4, b"code");
    let (status, head, body) = client.receive();
    assert_eq!(status, 403);
    assert!(head.contains("content-type: text/plain"), "{head}");
    assert_eq!(body, Answer::text(403, "The code is not valid. Ask for a new one.").body);
}

#[test]
fn a_waiting_request_is_answered_when_the_node_has_news() {
    let server = Running::start(Patience::default());
    let mut client = server.client();
    client.send("POST", "/v1/sync", 4, b"wait");
    server.until_held(1);
    let begun = Instant::now();
    server.node.publish(b"news");
    let (status, _, body) = client.receive();
    assert_eq!((status, body), (200, b"news".to_vec()));
    assert!(begun.elapsed() < Duration::from_secs(1));
}

#[test]
fn a_request_that_the_node_never_answers_is_told_to_come_later() {
    let patience = Patience { node: Duration::from_millis(100), ..Patience::default() };
    let server = Running::start(patience);
    let mut client = server.client();
    client.send("POST", "/v1/sync", 5, b"stuck");
    let (status, head, _) = client.receive();
    assert_eq!(status, 503);
    assert!(head.contains("retry-after"), "{head}");
}

#[test]
fn a_request_that_the_node_drops_is_an_error_without_details() {
    let server = Running::start(Patience::default());
    let (status, body) = server.client().ask("POST", "/v1/sync", b"drop");
    assert_eq!(status, 500);
    assert!(String::from_utf8(body).unwrap().starts_with("The server could not answer."));
}

#[test]
fn a_body_beyond_the_limit_is_refused_in_clear_text() {
    let server = Running::start(Patience::default());
    let (status, body) = server.client().ask("POST", "/v1/sync", &vec![7; BODY_LIMIT + 1]);
    assert_eq!(status, 413);
    assert!(String::from_utf8(body).unwrap().contains("8192 KiB"));
    let whole = vec![7; BODY_LIMIT];
    assert_eq!(server.client().ask("POST", "/v1/sync", &whole), (200, whole));
}

#[test]
fn a_slow_body_is_given_up() {
    let body = BodyTime { whole: Duration::from_millis(100), ..BodyTime::default() };
    let patience = Patience { body, ..Patience::default() };
    let server = Running::start(patience);
    let mut client = server.client();
    client.send("POST", "/v1/sync", 10, b"half");
    assert_eq!(client.receive().0, 408);
}

#[test]
fn only_the_tables_paths_and_methods_exist() {
    let server = Running::start(Patience::default());
    assert_eq!(server.client().ask("GET", "/v1/sync", b"").0, 405);
    assert_eq!(server.client().ask("POST", "/v2/sync", b"").0, 404);
}

#[test]
fn an_ill_node_is_alive_but_not_ready() {
    let server = Running::start(Patience::default());
    let mut client = server.client();
    let (status, body) = client.ask("GET", "/ready", b"");
    let json: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((status, &json["ready"]), (200, &serde_json::json!(true)));
    *server.node.ill.lock().unwrap() = true;
    let (status, body) = client.ask("GET", "/ready", b"");
    let json: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(status, 503);
    assert_eq!(json["checks"], serde_json::json!([{"name": "store", "ok": false}]));
    assert_eq!(client.ask("GET", "/live", b"").0, 200);
}

#[test]
fn a_drain_answers_what_waits_and_ends_within_ten_seconds() {
    let mut server = Running::start(Patience::default());
    let mut waiting = server.client();
    let mut idle = server.client();
    assert_eq!(idle.ask("GET", "/live", b"").0, 200);
    waiting.send("POST", "/v1/sync", 4, b"wait");
    server.until_held(1);
    let begun = Instant::now();
    server.begin_drain();
    let (status, _, body) = waiting.receive();
    assert_eq!((status, body), (200, b"going down".to_vec()));
    server.ended();
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    assert!(*server.node.finished.lock().unwrap());
}

#[test]
fn a_drain_ends_within_ten_seconds_even_when_the_node_lets_nothing_go() {
    let patience = Patience { drain: Duration::from_millis(500), ..Patience::default() };
    let mut server = Running::start(patience);
    let mut stuck = server.client();
    let mut half = server.client();
    stuck.send("POST", "/v1/sync", 5, b"stuck");
    half.send("POST", "/v1/sync", 10, b"half");
    sleep(Duration::from_millis(200));
    let begun = Instant::now();
    server.begin_drain();
    assert_eq!(stuck.receive().0, 503);
    assert_eq!(half.receive().0, 503);
    server.ended();
    // Ten seconds with the usual four of patience.
    assert!(begun.elapsed() < Duration::from_millis(6_500), "{:?}", begun.elapsed());
}

#[test]
fn a_renewed_certificate_is_shown_to_new_connections_only() {
    let server = Running::start(Patience::default());
    let mut old = server.client();
    assert_eq!(old.ask("GET", "/live", b"").0, 200);
    let fresh = Fresh::make(&server.folder).unwrap();
    fresh.write(&server.folder).unwrap();
    let mut before = server.client();
    assert_eq!(before.ask("GET", "/live", b"").0, 200);
    server.tls.reload_from_config(Source::choose(None, &server.folder).load().unwrap().config);
    let mut after = server.client();
    assert_eq!(after.ask("GET", "/live", b"").0, 200);
    assert_eq!(old.ask("GET", "/live", b"").0, 200);
    assert_eq!((before.pin(), after.pin()), (server.pin, fresh.pin));
}

#[test]
fn a_taken_port_and_a_foreign_address_say_what_to_do() {
    let first = bind("127.0.0.1:0").unwrap();
    let cases = [
        (first.address.to_string(), "Another program has the port"),
        ("192.0.2.1:0".to_owned(), "no such address"),
        ("nonsense".to_owned(), "HOST:PORT"),
    ];
    for (listen, advice) in cases {
        let failure = bind(&listen).unwrap_err();
        assert!(matches!(failure, Failure::Listen { .. }));
        assert!(failure.to_string().contains(advice), "{failure}");
        assert_eq!(failure.exit_code(), 2);
    }
}

#[test]
fn a_body_that_drips_is_given_up_and_a_steady_one_is_not() {
    let time = BodyTime { grace: Duration::from_millis(200), pace: 1_000, ..BodyTime::default() };
    let server = Running::start(Patience { body: time, ..Patience::default() });
    let mut drips = server.client();
    let begun = Instant::now();
    drips.send("POST", "/v1/sync", 1_000, b"");
    // Ten bytes a second buy a hundredth of the time that they take.
    let status = drips.drips(Duration::from_millis(100));
    assert_eq!(status, 408);
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    let mut steady = server.client();
    steady.send("POST", "/v1/sync", 1_200, &[7; 400]);
    for _ in 0..2 {
        sleep(Duration::from_millis(300));
        steady.send_more(&[7; 400]);
    }
    assert_eq!(steady.receive().0, 200);
}

#[test]
fn a_flood_of_connections_shows_itself_out_and_a_tablets_connection_stays() {
    let limits = Limits { connections: 16, source_connections: 16, ..Limits::default() };
    let server = Running::start_limited(Patience::default(), &limits);
    let mut tablet = server.client();
    assert_eq!(tablet.ask("POST", "/v1/sync", b"first").0, 200);
    let silent: Vec<_> =
        (0..200).map(|_| std::net::TcpStream::connect(server.address).unwrap()).collect();
    assert_eq!(tablet.ask("POST", "/v1/sync", b"second").0, 200);
    assert_eq!(server.client().ask("POST", "/v1/sync", b"a newcomer").0, 200);
    drop(silent);
}

#[test]
fn a_connection_that_says_nothing_is_closed() {
    let server = Running::start(Patience::default());
    let mut silent = server.client();
    silent.shakes_hands();
    let begun = Instant::now();
    assert!(silent.is_closed());
    let waited = begun.elapsed();
    assert!(waited >= Duration::from_secs(8) && waited < Duration::from_secs(14), "{waited:?}");
}

#[test]
fn a_request_to_join_has_a_small_body() {
    let server = Running::start(Patience::default());
    let (status, body) = server.client().ask("POST", "/v1/enrol", &vec![7; 64 * 1024 + 1]);
    assert_eq!(status, 413);
    assert!(String::from_utf8(body).unwrap().contains("64 KiB"));
}

#[test]
fn a_strangers_long_body_is_thrown_away_and_a_devices_is_kept() {
    let server = Running::start(Patience::default());
    let long = vec![7; 1024 * 1024];
    assert_eq!(server.client().ask("POST", "/v1/sync", &long).0, 200);
    *server.node.admits_nobody.lock().unwrap() = true;
    assert_eq!(server.client().ask("POST", "/v1/sync", &long).0, 401);
    assert_eq!(server.client().ask("POST", "/v1/sync", b"short").0, 200, "the node decides");
}
