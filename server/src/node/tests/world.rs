//! A server on a temporary disk, and tablets that know just enough to talk to it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use doegnrytme_core::care::command::PlanCommand;
use doegnrytme_core::care::day_part::DayPart;
use doegnrytme_core::care::field::{Field, Scalar, Section};
use doegnrytme_core::care::legal_basis::LegalBasis;
use doegnrytme_core::care::note::{Author, Note, NoteKind, Outcome};
use doegnrytme_core::care::visit::VisitKey;
use doegnrytme_core::document::{PlanDoc, encode};
use doegnrytme_core::gate::GatedChange;
use doegnrytme_core::ids::*;
use doegnrytme_core::port::{Entropy, KeyStore as _};
use doegnrytme_core::time::{Month, UnixSeconds};
use doegnrytme_core::trust::durable::{certificate_id, open, seal, verify_reassembled};
use doegnrytme_core::trust::envelope::{open_answer, seal_request};
use doegnrytme_core::trust::software_key::SoftwareKey;
use doegnrytme_core::trust::start::{Start, StartCode};
use doegnrytme_core::wire::answer::{AnswerBody, AnswerHead, PushAnswer};
use doegnrytme_core::wire::batch::{Batch, Header};
use doegnrytme_core::wire::certificate::{CarerCertificate, DeviceCertificate};
use doegnrytme_core::wire::cursor::{Cursor, StreamCursor};
use doegnrytme_core::wire::digest::{Digest, DigestAsk};
use doegnrytme_core::wire::entry::{ClockMark, Entry, EntryKind};
use doegnrytme_core::wire::request::{CarerAsk, CarerProof, Push, RequestBody, RequestHead};
use doegnrytme_core::wire::row::{Content, Group, Origin, Pack, Row};
use doegnrytme_core::wire::verdict::{Verdict, VerdictRun};
use doegnrytme_core::wire::{PROTOCOL, PROTOCOL_MIN};

use crate::enrol;
use crate::http::Answer;
use crate::node::{Context, Done, Engine, Handled, Keys, Rules};
use crate::store::Store as _;
use crate::store::certificate::{Certificate, Subject};
use crate::store::device::{Device, DeviceStatus};
use crate::store::people::Carer;
use crate::store::sqlite::SqliteStore;
use crate::store::{StoreError, Tx, write};

/// 2026-03-02 at eight in the morning, in Copenhagen.
pub(super) const MORNING: UnixSeconds = UnixSeconds(1_772_434_800);
/// The first month that a tablet keeps.
pub(super) const WINDOW: Month = Month(56 * 12);

/// Numbers that look random and are the same in every run.
pub(super) struct Dice(pub(super) u64);

impl Entropy for Dice {
    fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            *byte = self.0.to_be_bytes()[0];
        }
    }
}

pub(super) struct World {
    pub(super) folder: tempfile::TempDir,
    pub(super) store: SqliteStore,
    pub(super) engine: Engine,
    pub(super) keys: Arc<Keys>,
    pub(super) now: UnixSeconds,
    pub(super) dice: Dice,
    pub(super) team: StreamId,
}

const KEY: [u8; 32] = [9; 32];

impl World {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut store = SqliteStore::create(&folder.path().join("server.db"), &KEY).unwrap();
        let mut dice = Dice(1);
        let (keys, team) = write(&mut store, |tx| {
            let keys = Keys::create(tx, [7; 32], &mut dice, MORNING).unwrap();
            Ok::<_, StoreError>((keys, tx.add_team("Team Ærø")?.stream))
        })
        .unwrap();
        let keys = Arc::new(keys);
        let engine = Engine::new(Arc::clone(&keys), Rules::default());
        Self { folder, store, engine, keys, now: MORNING, dice, team }
    }

    pub(super) fn write<T>(&mut self, work: impl FnOnce(&mut dyn Tx) -> T) -> T {
        write(&mut self.store, |tx| Ok::<_, StoreError>(work(tx))).unwrap()
    }

    pub(super) fn citizen(&mut self, number: u8) -> CitizenId {
        let (id, team) = (CitizenId([number; 16]), self.team);
        self.write(|tx| tx.add_citizen(id, team, None).unwrap());
        id
    }

    /// A certificate's signed bytes.
    pub(super) fn certificate(&mut self, id: CertificateId) -> Vec<u8> {
        self.write(|tx| {
            let number = tx.certificate_number(id).unwrap();
            tx.certificate(number).unwrap().unwrap().bytes
        })
    }

    /// A copy of the database as it is now, for a roll-back by hand.
    pub(super) fn backup(&mut self) -> std::path::PathBuf {
        let path = self.folder.path().join("backup.db");
        let _ = std::fs::remove_file(&path);
        self.store.backup(&path).unwrap();
        path
    }

    pub(super) fn restore(&mut self, backup: &std::path::Path) {
        let path = self.folder.path().join(format!("restored-{}.db", self.now.0));
        std::fs::copy(backup, &path).unwrap();
        self.store = SqliteStore::open(&path, &KEY).unwrap();
        self.engine = Engine::new(Arc::clone(&self.keys), Rules::default());
        self.now = self.now.plus(60);
    }

    /// An enrolled tablet with a carer who has a certificate on it.
    pub(super) fn tablet(&mut self, number: u8) -> Tablet {
        let device = DeviceNumber(0x0100_0000 + u32::from(number));
        let key = SoftwareKey::from_secret([number; 32]);
        let install = InstallEpoch([number; 8]);
        let carer = CarerId([number; 16]);
        let (now, team, keys) = (self.now, self.team, Arc::clone(&self.keys));
        let public = key.public_key().unwrap();
        let said = DeviceCertificate { device, key: public, install, issued: now };
        let bytes = seal(&keys.identity, &keys.municipality, &said).unwrap();
        let id = certificate_id(&bytes);
        let nonce = Nonce([number; 16]);
        self.write(|tx| {
            let subject = Subject::Device;
            tx.put_certificate(&Certificate { id, device, subject, bytes }).unwrap();
            let status = DeviceStatus::Active;
            let (number, certificate, enrolled) = (device, id, now);
            let device = Device { number, key: public, install, status, certificate, enrolled };
            tx.put_device(&device).unwrap();
            tx.join_stream(number, team).unwrap();
            tx.put_nonces(number, &[nonce]).unwrap();
            let name = String::from("Opdigtet Person");
            tx.put_carer(&Carer { id: carer, name, roles: 1, teams: vec![team] }).unwrap();
        });
        let mut tablet = Tablet {
            device,
            key,
            install,
            carer,
            certificate: CertificateId([0; 32]),
            nonces: vec![nonce],
            cursors: BTreeMap::new(),
            heard: None,
            serial: 0,
            number: 0,
            last: None,
            rows: BTreeMap::new(),
            headers: Vec::new(),
            certificates: BTreeMap::new(),
            verdicts: Vec::new(),
            plans: BTreeMap::new(),
            actor: ActorId::new(device, [number; 12]),
            minted: 0,
            rolled_back: false,
        };
        let code = self.start_code(carer);
        let proof = tablet.starts(carer, &code);
        let certificate = self.certifies(&mut tablet, carer, Some(proof)).unwrap();
        tablet.certificate = certificate_id(&certificate);
        tablet
    }

    /// A start code as an operator hands it out.
    pub(super) fn start_code(&mut self, carer: CarerId) -> StartCode {
        let Self { store, engine, dice, now, .. } = self;
        let (keys, rules) = (Arc::clone(engine.keys()), engine.rules().clone());
        let handed = write(store, |tx| {
            let mut context = Context::new(tx, *now, dice, &keys, &rules)?;
            enrol::start_code(tx, &mut context, carer)
        });
        StartCode::read(&handed.unwrap().text).unwrap()
    }

    /// The certificate that a tablet gets for a carer, if it gets one.
    pub(super) fn certifies(
        &mut self,
        tablet: &mut Tablet,
        carer: CarerId,
        proof: Option<CarerProof>,
    ) -> Option<Vec<u8>> {
        let body =
            RequestBody { carers: vec![CarerAsk { carer, proof }], ..RequestBody::default() };
        let (_, body) = self.send(tablet, body);
        body.carers[0].certificate.clone().map(Into::into)
    }

    /// Handles a request, durable when this returns.
    pub(super) fn handle(&mut self, bytes: &[u8]) -> Done {
        let Self { store, engine, dice, now, .. } = self;
        write(store, |tx| engine.handle(tx, *now, dice, bytes)).unwrap()
    }

    pub(super) fn raw(&mut self, bytes: &[u8]) -> Answer {
        match self.handle(bytes).handled {
            Handled::Answer(answer) => answer,
            Handled::Wait(_) => panic!("the request waits"),
        }
    }

    /// Sends a request and lets the tablet read the answer.
    pub(super) fn send(
        &mut self,
        tablet: &mut Tablet,
        body: RequestBody,
    ) -> (AnswerHead, AnswerBody) {
        let nonce = tablet.nonces.pop().unwrap_or(Nonce([0; 16]));
        let bytes = tablet.request(&self.keys, nonce, &body, false);
        let answer = self.raw(&bytes);
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        let (head, body) = open_answer(&answer.body, &self.keys.identity_key, &nonce).unwrap();
        tablet.read(&self.keys, &head, &body);
        (head, body)
    }

    /// Pushes entries as one batch and gives the verdicts that came back.
    pub(super) fn push(&mut self, tablet: &mut Tablet, rows: Vec<Row>) -> Vec<Verdict> {
        let (count, number) = (rows.len(), tablet.number + 1);
        let push = tablet.cut(&self.keys, rows, self.now, None);
        let body = RequestBody { push: Some(push), ..RequestBody::default() };
        let (_, body) = self.send(tablet, body);
        assert!(matches!(body.push, Some(PushAnswer::Receipt(_))), "{:?}", body.push);
        let verdicts = each(&body.verdicts, number);
        assert_eq!(verdicts.len(), count);
        verdicts
    }

    /// Pulls until nothing more waits.
    pub(super) fn pull(&mut self, tablet: &mut Tablet) {
        while self.send(tablet, RequestBody::default()).1.more {}
    }

    /// Asks for the server's digest.
    pub(super) fn digest(&mut self, tablet: &mut Tablet) -> Digest {
        let scope_serial = tablet.serial;
        let ask = DigestAsk { scope_serial, window: WINDOW, less: Vec::new(), each: false };
        let body = RequestBody { digest: Some(ask), ..RequestBody::default() };
        self.send(tablet, body).1.digest.unwrap().root
    }
}

/// The verdicts of a batch, entry by entry, the latest of each.
pub(super) fn each(runs: &[VerdictRun], number: u64) -> Vec<Verdict> {
    let mut latest = BTreeMap::new();
    for run in runs.iter().filter(|run| run.number == number && run.device.is_none()) {
        for step in 0..run.count {
            let mut verdict = run.verdict.clone();
            if let Verdict::Published { seq, .. } = &mut verdict {
                *seq += u64::from(step);
            }
            latest.insert(run.position + step, verdict);
        }
    }
    latest.into_values().collect()
}

/// Just enough of a tablet.
pub(super) struct Tablet {
    pub(super) device: DeviceNumber,
    pub(super) key: SoftwareKey,
    pub(super) install: InstallEpoch,
    pub(super) carer: CarerId,
    pub(super) certificate: CertificateId,
    pub(super) nonces: Vec<Nonce>,
    pub(super) cursors: BTreeMap<StreamId, Cursor>,
    pub(super) heard: Option<Cursor>,
    pub(super) serial: u64,
    pub(super) number: u64,
    pub(super) last: Option<BatchHash>,
    /// Rows by name, others' as they came and its own once a verdict placed them.
    pub(super) rows: BTreeMap<(DocId, ChangeHash), Row>,
    pub(super) headers: Vec<(DeviceNumber, u64, Header)>,
    pub(super) certificates: BTreeMap<CertificateId, Vec<u8>>,
    pub(super) verdicts: Vec<VerdictRun>,
    pub(super) plans: BTreeMap<CitizenId, PlanDoc>,
    pub(super) actor: ActorId,
    pub(super) minted: u8,
    pub(super) rolled_back: bool,
}

impl Tablet {
    /// That somebody typed a carer's start code here.
    pub(super) fn starts(&self, carer: CarerId, code: &StartCode) -> CarerProof {
        let Self { device, install, .. } = *self;
        CarerProof::Start(Start { carer, device, install }.prove(code))
    }

    pub(super) fn head(&self, nonce: Nonce, wait: bool) -> RequestHead {
        let cursors = self.cursors.iter();
        RequestHead {
            protocol_min: PROTOCOL_MIN,
            protocol_max: PROTOCOL,
            device: self.device,
            install: self.install,
            nonce,
            body: [0; 32],
            cursors: cursors
                .map(|(stream, cursor)| StreamCursor { stream: *stream, cursor: *cursor })
                .collect(),
            verdicts: self.heard,
            scope_serial: self.serial,
            pins_serial: 0,
            wait,
        }
    }

    pub(super) fn request(
        &self,
        keys: &Keys,
        nonce: Nonce,
        body: &RequestBody,
        wait: bool,
    ) -> Vec<u8> {
        seal_request(&self.key, &keys.identity_hash, self.head(nonce, wait), body).unwrap()
    }

    fn entry(&self, doc: DocId, citizen: CitizenId, content: &Content, now: UnixSeconds) -> Entry {
        let kind = match content {
            Content::Record { .. } => EntryKind::Record,
            _ => EntryKind::Change,
        };
        Entry {
            doc,
            kind,
            citizen: Some(citizen),
            hash: content.hash().unwrap(),
            schema: 1,
            certificate: self.certificate,
            written: now,
            raw_clock: now,
            clock_mark: ClockMark::Sound,
            replaces: None,
        }
    }

    pub(super) fn row(
        &self,
        doc: DocId,
        citizen: CitizenId,
        content: Content,
        now: UnixSeconds,
    ) -> Row {
        let entry = self.entry(doc, citizen, &content, now);
        let origin = Origin { device: self.device, number: 0, position: 0 };
        Row { entry, content, origin, placed: None }
    }

    pub(super) fn note(&mut self, citizen: CitizenId, text: &str, now: UnixSeconds) -> Row {
        self.minted += 1;
        let mut random = [self.minted; 10];
        random[..4].copy_from_slice(&self.device.0.to_be_bytes());
        let id = NoteId::mint(u64::try_from(now.0).unwrap() * 1_000, random);
        let note = Note {
            id,
            kind: NoteKind::Visit,
            citizen,
            author: Author::Carer(self.carer),
            written: now,
            law: LegalBasis::Sel83,
            visit: Some(VisitKey {
                citizen,
                day: now.local_day().unwrap(),
                part: DayPart::Morning,
                number: 1,
            }),
            started: now,
            ticks: Vec::new(),
            not_given: Vec::new(),
            outcome: Some(Outcome::AsAgreed),
            text: text.to_owned(),
            minutes: None,
            plan_heads: Vec::new(),
            points_at: None,
            phrases: Vec::new(),
            dictated: false,
            to: None,
            advis: None,
            outside_id: None,
        };
        let change = encode(&note, self.actor).unwrap();
        self.row(DocId::Note(id), citizen, Content::Change(change.bytes), now)
    }

    /// Adds an item to the citizen's plan, as the tablet knows the plan.
    pub(super) fn edit(&mut self, citizen: CitizenId, item: u8, now: UnixSeconds) -> Row {
        let plan = self.plans.entry(citizen).or_insert_with(|| PlanDoc::new().unwrap());
        let fields = vec![
            (Field::Title, Scalar::from("Kaffe og avis")),
            (Field::Minutes, Scalar::Int(20)),
            (Field::Slot, Scalar::from("morgen")),
            (Field::Days, Scalar::from("ma ti on to fr lø sø")),
            (Field::Law, Scalar::from("sel83")),
            (Field::Roles, Scalar::Int(1)),
        ];
        let entry = ItemId([item; 5]);
        let command = PlanCommand::AddEntry { section: Section::Items, entry, fields };
        let change = plan.edit(&[command], self.actor, now).unwrap();
        self.row(DocId::Plan(citizen, 0), citizen, Content::Change(change.bytes), now)
    }

    /// Takes a colleague's plan change into the tablet's plan.
    pub(super) fn apply(&mut self, row: &Row) {
        let Content::Change(chunk) = &row.content else { return };
        let citizen = row.entry.citizen.unwrap();
        let change =
            GatedChange::from_log(row.entry.doc, citizen, row.entry.hash, chunk.clone()).unwrap();
        let plan = self.plans.entry(citizen).or_insert_with(|| PlanDoc::new().unwrap());
        plan.apply(&change).unwrap();
    }

    /// Cuts the next batch; `replaces` cuts the last one anew.
    pub(super) fn cut(
        &mut self,
        keys: &Keys,
        rows: Vec<Row>,
        now: UnixSeconds,
        replaces: Option<&Batch>,
    ) -> Push {
        let (number, previous) = match replaces {
            Some(batch) => (batch.number, batch.previous),
            None => (self.number + 1, self.last),
        };
        let batch = Batch {
            device: self.device,
            number,
            previous,
            install: self.install,
            made: now,
            replaces: replaces.map(Batch::hash),
            digests: rows.iter().flat_map(|row| row.entry.digest()).collect(),
        };
        self.number = number;
        self.last = Some(batch.hash());
        let placed = |(position, mut row): (usize, Row)| {
            row.origin =
                Origin { device: self.device, number, position: u16::try_from(position).unwrap() };
            row
        };
        let rows: Vec<Row> = rows.into_iter().enumerate().map(placed).collect();
        for row in &rows {
            self.rows.insert((row.entry.doc, row.entry.hash), row.clone());
        }
        let group = Group { device: self.device, number, header: None, rows };
        let signed = seal(&self.key, &keys.municipality, &batch).unwrap();
        Push { batch: signed, rows: Pack::from_groups(&[group]) }
    }

    pub(super) fn batch(&self, keys: &Keys, push: &Push) -> Batch {
        open(&push.batch, &self.key.public_key().unwrap(), &keys.municipality).unwrap()
    }

    fn read(&mut self, keys: &Keys, head: &AnswerHead, body: &AnswerBody) {
        self.nonces.extend(&head.nonces);
        for bytes in &body.certificates {
            let new = self.certificates.insert(certificate_id(bytes), bytes.to_vec());
            // A restored server does not know what it told in its lost future.
            assert!(new.is_none() || self.rolled_back, "a certificate travelled twice");
        }
        if let Some(scope) = &body.scope {
            self.serial = scope.serial;
        }
        for page in &body.pages {
            if let Some(cursor) = self.cursors.get(&page.stream) {
                assert_eq!(page.from, *cursor, "a page continues where the tablet is");
            }
            self.take(keys, page.rows.clone());
            self.cursors.insert(page.stream, page.to);
        }
        self.verdicts.extend(body.verdicts.iter().cloned());
        if body.verdict_cursor.is_some() {
            self.heard = body.verdict_cursor;
        }
        if let Some(rolled_back) = &body.rolled_back {
            self.rolled_back = true;
            self.cursors =
                rolled_back.heads.iter().map(|head| (head.stream, head.cursor)).collect();
            self.heard = Some(rolled_back.verdicts);
        }
    }

    /// Takes rows in, checking each header's signature.
    pub(super) fn take(&mut self, keys: &Keys, pack: Pack) {
        for group in pack.into_groups().unwrap() {
            if let Some(header) = group.header.clone() {
                let present: Vec<(u16, [u8; 32])> = group
                    .rows
                    .iter()
                    .map(|row| (row.origin.position, row.entry.digest()))
                    .collect();
                let batch = header.batch(group.device, group.number, &present).unwrap();
                let signer = self.device_key(keys, group.device);
                verify_reassembled(&batch, &header, &signer, &keys.municipality).unwrap();
                self.headers.push((group.device, group.number, header));
            }
            for row in group.rows {
                let id = row.entry.certificate;
                let certificate = self.certificates.get(&id).expect("the certificate came first");
                open::<CarerCertificate>(certificate, &keys.identity_key, &keys.municipality)
                    .unwrap();
                self.rows.insert((row.entry.doc, row.entry.hash), row);
            }
        }
    }

    fn device_key(&self, keys: &Keys, device: DeviceNumber) -> [u8; 65] {
        let known = self.certificates.values().filter_map(|bytes| {
            open::<DeviceCertificate>(bytes, &keys.identity_key, &keys.municipality).ok()
        });
        let mut found = known.filter(|certificate| certificate.device == device);
        found.next().expect("the device's certificate came first").key
    }

    /// The digest of all that the tablet holds, told from its rows.
    pub(super) fn counted(&self) -> Digest {
        let names: BTreeSet<_> = self.rows.keys().collect();
        names.iter().fold(Digest::default(), |sum, (doc, hash)| sum.plus(&Digest::of(doc, hash)))
    }
}
