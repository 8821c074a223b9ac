//! What the shell's own tests put behind it: a node, an operator and a store of a few lines, and a
//! client that speaks HTTP over TLS by hand.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use doegnrytme_core::ids::hex;
use doegnrytme_core::transport::pins::spki_pin;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned};
use tokio::sync::oneshot;

use crate::cli::assembly::{AssemblyError, Opening, Parts, Provision};
use crate::folder::Folder;
use crate::http::{Answer, Call, Check, Node, Readiness};
use crate::key_file::{IdentitySecret, ServerKey};
use crate::socket::{Operator, OperatorError, OperatorReply, OperatorRequest};

/// Echoes bodies, except `wait` (held), `drop` (sender dropped) and `stuck` (held even in a drain).
#[derive(Default)]
pub struct FakeNode {
    held: Mutex<Vec<oneshot::Sender<Answer>>>,
    stuck: Mutex<Vec<oneshot::Sender<Answer>>>,
    pub ill: Mutex<bool>,
    pub finished: Mutex<bool>,
    pub admits_nobody: Mutex<bool>,
}

impl FakeNode {
    pub fn held(&self) -> usize {
        self.held.lock().unwrap().len()
    }

    pub fn publish(&self, news: &[u8]) {
        for sender in self.held.lock().unwrap().drain(..) {
            let _ = sender.send(Answer::ok(news.to_vec()));
        }
    }
}

impl Node for FakeNode {
    fn sync(&self, call: Call) -> oneshot::Receiver<Answer> {
        let (sender, receiver) = oneshot::channel();
        match call.body.as_ref() {
            b"wait" => self.held.lock().unwrap().push(sender),
            b"stuck" => self.stuck.lock().unwrap().push(sender),
            b"drop" => drop(sender),
            other => drop(sender.send(Answer::ok(other.to_vec()))),
        }
        receiver
    }

    fn enrol(&self, _: Call) -> oneshot::Receiver<Answer> {
        let (sender, receiver) = oneshot::channel();
        let _ = sender.send(Answer::text(403, "The code is not valid. Ask for a new one."));
        receiver
    }

    fn admits(&self, _: &[u8]) -> bool {
        !*self.admits_nobody.lock().unwrap()
    }

    fn pins(&self) -> Answer {
        Answer::ok(b"signed pins".to_vec())
    }

    fn ready(&self) -> Readiness {
        Readiness { checks: vec![Check { name: "store", ok: !*self.ill.lock().unwrap() }] }
    }

    fn drain(&self) {
        self.publish(b"going down");
    }

    fn finish(&self) {
        *self.finished.lock().unwrap() = true;
    }
}

/// Remembers the pins; knows team 7 only.
#[derive(Default)]
pub struct FakeOperator {
    pub pins: Mutex<Vec<Vec<[u8; 32]>>>,
}

impl Operator for FakeOperator {
    fn handle(&self, request: OperatorRequest) -> Result<OperatorReply, OperatorError> {
        match request {
            OperatorRequest::TeamAdd { .. } => Ok(OperatorReply::Team { team: 7, added: true }),
            OperatorRequest::Status => {
                Ok(OperatorReply::Status { figures: BTreeMap::from([("teams".to_owned(), 1)]) })
            }
            _ => Err(OperatorError::unknown("there is no such team: add it first.")),
        }
    }

    fn pins(&self, pins: &[[u8; 32]]) -> Result<(), OperatorError> {
        self.pins.lock().unwrap().push(pins.to_vec());
        Ok(())
    }
}

/// A "store" that holds its key's text.
#[derive(Default)]
pub struct FakeProvision {
    pub fails: bool,
    pub node: Arc<FakeNode>,
    pub operator: Arc<FakeOperator>,
}

impl Provision for FakeProvision {
    fn create(
        &self,
        folder: &Folder,
        key: &ServerKey,
        _: &IdentitySecret,
    ) -> Result<(), AssemblyError> {
        fs::write(folder.database(), hex(&key.0))
            .map_err(|error| AssemblyError::Io(error.to_string()))?;
        if self.fails { Err(AssemblyError::Io("the disk is full".to_owned())) } else { Ok(()) }
    }

    fn open(&self, opening: &Opening<'_>) -> Result<Parts, AssemblyError> {
        let stored = fs::read_to_string(opening.folder.database())
            .map_err(|error| AssemblyError::Io(error.to_string()))?;
        if stored != hex(&opening.key.0) {
            return Err(AssemblyError::WrongKey);
        }
        Ok(Parts {
            node: self.node.clone(),
            operator: self.operator.clone(),
            pages: axum::Router::new(),
        })
    }
}

/// One TLS connection to the server.
pub struct Client {
    stream: StreamOwned<ClientConnection, TcpStream>,
}

impl Client {
    pub fn connect(address: SocketAddr) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(AnyCertificate))
            .with_no_client_auth();
        let name = ServerName::try_from("localhost").unwrap();
        let connection = ClientConnection::new(Arc::new(config), name).unwrap();
        let tcp = TcpStream::connect(address).unwrap();
        tcp.set_read_timeout(Some(Duration::from_secs(15))).unwrap();
        Self { stream: StreamOwned::new(connection, tcp) }
    }

    /// The pin of the certificate that the server showed.
    pub fn pin(&self) -> [u8; 32] {
        spki_pin(&self.stream.conn.peer_certificates().unwrap()[0]).unwrap()
    }

    /// Sends the head and as much of the body as is given.
    pub fn send(&mut self, method: &str, path: &str, length: usize, body: &[u8]) {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n"
        );
        self.stream.write_all(head.as_bytes()).unwrap();
        self.stream.write_all(body).unwrap();
    }

    /// Sends more of a body.
    pub fn send_more(&mut self, body: &[u8]) {
        self.stream.write_all(body).unwrap();
    }

    /// Sends a body byte by byte until the server answers; the status.
    pub fn drips(&mut self, pause: Duration) -> u16 {
        self.stream.sock.set_read_timeout(Some(pause)).unwrap();
        let mut head = [0; 12];
        loop {
            if self.stream.write_all(b"d").is_err() {
                panic!("cut without an answer");
            }
            match self.stream.read_exact(&mut head) {
                Ok(()) => return String::from_utf8_lossy(&head[9..]).parse().unwrap(),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// Only the TLS handshake.
    pub fn shakes_hands(&mut self) {
        while self.stream.conn.is_handshaking() {
            self.stream.conn.complete_io(&mut self.stream.sock).unwrap();
        }
    }

    /// Waits for the end of the connection.
    pub fn is_closed(&mut self) -> bool {
        let mut byte = [0];
        match self.stream.read(&mut byte) {
            Ok(read) => read == 0,
            Err(error) => error.kind() != std::io::ErrorKind::WouldBlock,
        }
    }

    /// Reads one answer: status, head, body.
    pub fn receive(&mut self) -> (u16, String, Vec<u8>) {
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") {
            self.stream.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).unwrap().to_lowercase();
        let status = head[9..12].parse().unwrap();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).unwrap();
        (status, head, body)
    }

    /// One request and its answer: status and body.
    pub fn ask(&mut self, method: &str, path: &str, body: &[u8]) -> (u16, Vec<u8>) {
        self.send(method, path, body.len(), body);
        let (status, _, body) = self.receive();
        (status, body)
    }
}

/// As a tablet does, this trusts by pin, which the tests compare themselves.
#[derive(Debug)]
struct AnyCertificate;

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = rustls::crypto::ring::default_provider().signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signed, &known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = rustls::crypto::ring::default_provider().signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signed, &known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        rustls::crypto::ring::default_provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}
