//! A light tablet: real key, real requests, real answers, but no store. Hundreds fit one process.

use std::path::Path;
use std::sync::Arc;

use doegnrytme_core::ids::{
    BatchHash, CarerId, CertificateId, DeviceNumber, InstallEpoch, Nonce, StreamId,
};
use doegnrytme_core::sync::enrol::{ENROL_PATH, Enrolment, PINS_PATH};
use doegnrytme_core::sync::line::{Kind, NetError, Outgoing, Reply, TlsTrust};
use doegnrytme_core::time::{Month, UnixSeconds};
use doegnrytme_core::transport::http::Http;
use doegnrytme_core::trust::durable::certificate_id;
use doegnrytme_core::trust::envelope::{SYNC_PATH, open_answer, seal_request};
use doegnrytme_core::trust::identity::Identity;
use doegnrytme_core::trust::identity_hash;
use doegnrytme_core::trust::software_key::SoftwareKey;
use doegnrytme_core::trust::start::{Start, StartCode};
use doegnrytme_core::wire::answer::AnswerBody;
use doegnrytme_core::wire::cursor::{Cursor, StreamCursor};
use doegnrytme_core::wire::digest::DigestAsk;
use doegnrytme_core::wire::request::{CarerAsk, CarerProof, RequestBody, RequestHead};
use doegnrytme_core::wire::{PROTOCOL, PROTOCOL_MIN, from_bytes, to_bytes};
use minicbor::{Decode, Encode, bytes::ByteVec};

use crate::ports::MachineEntropy;

/// What a tablet must remember to be one.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(array)]
pub struct Player {
    #[cbor(n(0), with = "minicbor::bytes")]
    secret: [u8; 32],
    /// Its team's stream.
    #[n(1)]
    pub team: StreamId,
    /// Its number.
    #[n(2)]
    pub device: DeviceNumber,
    /// Its installation.
    #[n(3)]
    pub install: InstallEpoch,
    /// The municipality.
    #[n(4)]
    pub identity: Identity,
    #[n(5)]
    nonces: Vec<Nonce>,
    /// How far it has read.
    #[n(6)]
    pub cursors: Vec<StreamCursor>,
    #[n(7)]
    verdicts: Option<Cursor>,
    #[n(8)]
    scope_serial: u64,
    #[n(9)]
    pins_serial: u64,
    #[n(10)]
    pins: Vec<ByteVec>,
    /// Who has it.
    #[n(11)]
    pub carer: CarerId,
    /// The carer's certificate on it.
    #[n(12)]
    pub certificate: CertificateId,
    /// Its last batch.
    #[n(13)]
    pub last: Option<(u64, BatchHash)>,
}

/// A line of its own.
pub struct Wire {
    http: Http,
    address: String,
}

impl Wire {
    /// A line to the server, not yet connected.
    #[must_use]
    pub fn to(address: &str, runtime: &Arc<tokio::runtime::Runtime>) -> Self {
        Self { http: Http::new(Arc::clone(runtime)), address: address.to_owned() }
    }

    /// One request and its answer.
    ///
    /// # Errors
    /// [`NetError`].
    pub async fn ask(&mut self, outgoing: Outgoing) -> Result<Reply, NetError> {
        let (tell, told) = tokio::sync::oneshot::channel();
        self.http.start(outgoing, move |answer| {
            let _ = tell.send(answer);
        });
        told.await.unwrap_or(Err(NetError::Unreachable))
    }

    fn post(
        &self,
        path: &'static str,
        body: Option<Vec<u8>>,
        trust: TlsTrust,
        kind: Kind,
    ) -> Outgoing {
        let timeout = std::time::Duration::from_secs(60);
        Outgoing { address: self.address.clone(), path, body, trust, timeout, kind }
    }
}

impl Player {
    /// Joins by a code, and its carer gets a certificate for a start code.
    pub async fn joins(
        wire: &mut Wire,
        code: &str,
        start: &str,
        team: StreamId,
        carer: CarerId,
    ) -> Self {
        let mut entropy = MachineEntropy;
        let secret: [u8; 32] = doegnrytme_core::port::random(&mut entropy);
        let key = SoftwareKey::from_secret(secret);
        let mut enrolment = Enrolment::scanned(code, &mut entropy).unwrap();
        let pins =
            wire.ask(wire.post(PINS_PATH, None, TlsTrust::Anyone, Kind::Enrol)).await.unwrap();
        let ask = enrolment.ask(&pins.body, pins.tls, &key).unwrap();
        let trust = TlsTrust::Pins(vec![pins.tls]);
        let answer = wire.ask(wire.post(ENROL_PATH, Some(ask), trust, Kind::Enrol)).await.unwrap();
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        let joined = enrolment.finish(&answer.body).unwrap();
        let (pins_serial, pins) = joined.identity.pins(&joined.answer.pins).unwrap();
        let mut player = Self {
            secret,
            team,
            device: joined.device,
            install: joined.install,
            identity: joined.identity,
            nonces: joined.answer.nonces,
            cursors: joined.answer.cursors,
            verdicts: None,
            scope_serial: joined.answer.scope.serial,
            pins_serial,
            pins: pins.into_iter().map(|pin| pin.to_vec().into()).collect(),
            carer,
            certificate: CertificateId([0; 32]),
            last: None,
        };
        player.certify(wire, start).await;
        player
    }

    /// Asks for the carer's certificate, and reads what there is.
    pub async fn certify(&mut self, wire: &mut Wire, start: &str) {
        let Self { carer, device, install, .. } = *self;
        let proof = Start { carer, device, install }.prove(&StartCode::read(start).unwrap());
        let carers = vec![CarerAsk { carer, proof: Some(CarerProof::Start(proof)) }];
        let body = RequestBody { carers, page: 1 << 20, ..RequestBody::default() };
        let answer = self.asks(wire, body, Kind::Pull).await.expect("a certificate");
        let given = answer.carers.into_iter().find_map(|answer| answer.certificate);
        self.certificate = certificate_id(&given.expect("the carer is the team's"));
        if answer.more {
            let body = RequestBody { page: 1 << 20, ..RequestBody::default() };
            self.asks(wire, body, Kind::Pull).await.expect("the rest");
        }
    }

    /// Its key.
    #[must_use]
    pub fn key(&self) -> SoftwareKey {
        SoftwareKey::from_secret(self.secret)
    }

    /// What every sync of a tablet asks besides: do both hold the same?
    #[must_use]
    pub fn compare(&self) -> DigestAsk {
        let scope_serial = self.scope_serial;
        DigestAsk { scope_serial, window: Month(0), less: Vec::new(), each: false }
    }

    /// One signed sync.
    ///
    /// # Errors
    /// What went wrong, in words.
    pub async fn asks(
        &mut self,
        wire: &mut Wire,
        body: RequestBody,
        kind: Kind,
    ) -> Result<AnswerBody, String> {
        if self.nonces.is_empty() {
            return Err("no nonce is left".to_owned());
        }
        let nonce = self.nonces.remove(0);
        let head = RequestHead {
            protocol_min: PROTOCOL_MIN,
            protocol_max: PROTOCOL,
            device: self.device,
            install: self.install,
            nonce,
            body: [0; 32],
            cursors: self.cursors.clone(),
            verdicts: self.verdicts,
            scope_serial: self.scope_serial,
            pins_serial: self.pins_serial,
            wait: kind == Kind::Wait,
        };
        let identity = identity_hash(&self.identity.key);
        let bytes = seal_request(&self.key(), &identity, head, &body).unwrap();
        let pins = self.pins.iter().filter_map(|pin| pin.as_slice().try_into().ok()).collect();
        let outgoing = wire.post(SYNC_PATH, Some(bytes), TlsTrust::Pins(pins), kind);
        let reply = wire.ask(outgoing).await.map_err(|error| error.to_string())?;
        if reply.status != 200 {
            return Err(format!("{}: {}", reply.status, String::from_utf8_lossy(&reply.body)));
        }
        let (head, body) =
            open_answer(&reply.body, &self.identity.key, &nonce).map_err(|e| e.to_string())?;
        self.nonces.extend(head.nonces);
        if body.stale {
            return Err("the nonce was spent".to_owned());
        }
        self.reads(&body);
        Ok(body)
    }

    fn reads(&mut self, body: &AnswerBody) {
        if let Some(cursor) = body.verdict_cursor {
            self.verdicts = Some(cursor);
        }
        if let Some(scope) = &body.scope {
            self.scope_serial = scope.serial;
        }
        for page in &body.pages {
            self.stands(page.stream, page.to);
        }
    }

    /// It has read a stream up to there.
    pub fn stands(&mut self, stream: StreamId, cursor: Cursor) {
        self.cursors.retain(|known| known.stream != stream);
        self.cursors.push(StreamCursor { stream, cursor });
        self.cursors.sort_by_key(|known| known.stream);
    }
}

/// Many players, kept in a file.
#[derive(Debug, Clone, Default, Encode, Decode)]
#[cbor(array)]
pub struct Fleet {
    /// All of them, team by team.
    #[n(0)]
    pub players: Vec<Player>,
    /// The teams' names and streams.
    #[n(1)]
    pub teams: Vec<(String, StreamId)>,
    /// How many teams' years are stored.
    #[n(2)]
    pub years: u32,
    /// The last day that the years hold.
    #[n(3)]
    pub built: Option<UnixSeconds>,
}

impl Fleet {
    /// Reads the file; none when it is not there.
    #[must_use]
    pub fn read(path: &Path) -> Option<Self> {
        from_bytes(&std::fs::read(path).ok()?).ok()
    }

    /// Writes the file.
    pub fn write(&self, path: &Path) {
        std::fs::write(path, to_bytes(self)).unwrap();
    }
}
