//! The real server, put together: store, engine, writer, enrolment and the operator's office.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use doegnrytme_core::wire::SCHEMA;
use doegnrytme_core::wire::record::Payload;

use crate::cli::assembly::{AssemblyError, Opening, Parts, Provision};
use crate::enrol::Reception;
use crate::folder::Folder;
use crate::intake::{IntakeError, tester::Tester};
use crate::jobs::{Jobs, Tended};
use crate::journal::Place;
use crate::journal::opening::{self, OpeningError};
use crate::key_file::{IdentitySecret, ServerKey};
use crate::node::{Context, Engine, Keys, KeysError, Outside, Rules, ServerNode};
use crate::operator::{Desk, Office};
use crate::record::words::Defaults;
use crate::record::write::{self, WriteError};
use crate::store::sqlite::SqliteStore;
use crate::store::{Store, StoreError, Tx};
use crate::trial::again::Again;
use crate::trial::worker::WORKER;
use crate::trial::{Bench, InProcess};
use crate::vault::Vault;

/// A server on SQLite.
#[derive(Debug, Clone)]
pub struct Assembly {
    /// The program whose `g2-worker` tries changes; none tries them in this process.
    children: Option<PathBuf>,
    newest_schema: u16,
}

impl Default for Assembly {
    fn default() -> Self {
        Self { children: None, newest_schema: SCHEMA }
    }
}

impl Assembly {
    /// A server whose trials run in child processes of `program`.
    #[must_use]
    pub fn with_children(program: PathBuf) -> Self {
        Self { children: Some(program), ..Self::default() }
    }

    /// The same server when its children can judge entries up to `schema`: what a later version
    /// is, and what stories make to play one.
    #[must_use]
    pub fn knowing(self, schema: u16) -> Self {
        Self { newest_schema: schema, ..self }
    }

    fn tester(&self) -> Arc<dyn Tester> {
        match &self.children {
            Some(program) => Arc::new(Bench::new(program, vec![WORKER])),
            None => Arc::new(InProcess::default()),
        }
    }
}

impl Provision for Assembly {
    fn create(
        &self,
        folder: &Folder,
        key: &ServerKey,
        identity: &IdentitySecret,
    ) -> Result<(), AssemblyError> {
        let database = folder.database();
        let mut store = SqliteStore::create(&database, &key.0)?;
        // SQLite gives its journals the rights of the database.
        std::fs::set_permissions(&database, std::fs::Permissions::from_mode(0o600))
            .map_err(|error| AssemblyError::Io(error.to_string()))?;
        Ok(found(&mut store, identity, &mut Outside::system())?)
    }

    fn open(&self, opening: &Opening<'_>) -> Result<Parts, AssemblyError> {
        let tester = self.tester();
        let (node, [reader, copier]) = start(opening, &tester, self.newest_schema)?;
        let node = Arc::new(node);
        let again = Again::start(Arc::clone(&node), reader.reader()?, tester)?;
        let outside = Outside::system();
        let jobs = Jobs::start(Arc::clone(&node), reader, opening.folder, outside)?;
        let jobs = Arc::new(jobs);
        let desk: Arc<dyn Desk> = Arc::<ServerNode>::clone(&node);
        let vault = Vault::new(opening.folder, opening.key, opening.journal, copier);
        let office = Office::new(desk, opening.address);
        let office = office.with_jobs(Arc::clone(&jobs)).with_vault(vault);
        let node = Arc::new(Tended { node, jobs, again });
        Ok(Parts { node, operator: Arc::new(office), pages: axum::Router::new() })
    }
}

/// Fills the store of a new server: keys, device 1, the first epoch, and the municipality's words
/// with their Danish defaults. The simulator founds its servers with it too.
///
/// # Errors
/// [`WriteError`]; the store is not to be used then.
pub fn found(
    store: &mut dyn Store,
    identity: &IdentitySecret,
    outside: &mut Outside,
) -> Result<(), WriteError> {
    let now = outside.now();
    crate::store::write(store, |tx| {
        let keys = Keys::create(tx, identity.0, &mut *outside.rng, now).map_err(keys_failed)?;
        let rules = Rules::default();
        let mut context = Context::new(tx, now, &mut *outside.rng, &keys, &rules)?;
        let Defaults { settings, lists } = Defaults::danish();
        put_all(tx, &mut context, &settings)?;
        put_all(tx, &mut context, &lists)
    })
}

fn keys_failed(error: KeysError) -> IntakeError {
    match error {
        KeysError::Store(error) => error.into(),
        KeysError::Trust(error) => error.into(),
    }
}

fn put_all<P: Payload>(
    tx: &mut dyn Tx,
    context: &mut Context<'_>,
    records: &[P],
) -> Result<(), WriteError> {
    for record in records {
        write::put(tx, context, None, record)?;
    }
    Ok(())
}

/// The node over the opened store, and two connections beside it that only read: for the jobs, and
/// for backups.
fn start(
    opening: &Opening<'_>,
    tester: &Arc<dyn Tester>,
    newest_schema: u16,
) -> Result<(ServerNode, [Box<dyn Store>; 2]), AssemblyError> {
    let mut store = SqliteStore::open(&opening.folder.database(), &opening.key.0)?;
    let keys = crate::store::read(&mut store, Keys::load).map_err(|error| match error {
        KeysError::Store(error) => error.into(),
        KeysError::Trust(_) => AssemblyError::Damaged("a key of the server's".to_owned()),
    })?;
    let place = Place { path: opening.journal.to_owned(), key: opening.key.0 };
    let mut outside = Outside::system();
    let (tester, code_lifetime) = (Arc::clone(tester), opening.code_lifetime);
    let limits = opening.limits;
    let rules = Rules { tester, code_lifetime, limits, newest_schema, ..Rules::default() };
    opening::open(&mut store, &place, opening.bearing, &keys, &mut outside)?;
    let readers = [store.reader()?, store.reader()?];
    let engine = Engine::new(Arc::new(keys), rules);
    let desk = Box::new(Reception::new(&limits));
    let node = ServerNode::start(Box::new(store), engine, desk, outside)?;
    Ok((node, readers))
}

impl From<OpeningError> for AssemblyError {
    fn from(error: OpeningError) -> Self {
        match error {
            OpeningError::Journal(error) => error.into(),
            OpeningError::Intake(IntakeError::Store(error)) => error.into(),
            OpeningError::Intake(other) => Self::Io(other.to_string()),
        }
    }
}

impl From<StoreError> for AssemblyError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::WrongKey => Self::WrongKey,
            StoreError::Missing => Self::Missing,
            StoreError::Damaged(what) => Self::Damaged(what.to_owned()),
            StoreError::Newer { .. } => Self::Newer,
            StoreError::Full | StoreError::Busy | StoreError::Backend(_) => {
                Self::Io(error.to_string())
            }
        }
    }
}

impl From<WriteError> for AssemblyError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Intake(IntakeError::Store(error)) => error.into(),
            other => Self::Io(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use doegnrytme_core::port::{Entropy, random};
    use doegnrytme_core::sync::enrol::Enrolment;
    use doegnrytme_core::trust::software_key::SoftwareKey;

    use super::*;
    use crate::enrol::CodeLifetime;
    use crate::http::{Answer, Call};
    use crate::limits::Limits;
    use crate::socket::{OperatorReply, OperatorRequest};

    const KEY: ServerKey = ServerKey([3; 32]);
    const TLS: [u8; 32] = [0x71; 32];

    fn made() -> (tempfile::TempDir, Folder) {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::at(dir.path());
        Assembly::default().create(&folder, &KEY, &IdentitySecret([9; 32])).unwrap();
        (dir, folder)
    }

    fn open(folder: &Folder, key: &ServerKey) -> Result<Parts, AssemblyError> {
        let (journal, bearing) = (folder.journal(), opening::Bearing::Server);
        let (address, code_lifetime) = ("omsorg.invalid:8443", CodeLifetime::default());
        let journal = &journal;
        let limits = Limits::default();
        let opening = Opening { folder, key, address, code_lifetime, limits, journal, bearing };
        Assembly::default().open(&opening)
    }

    fn enrol(parts: &Parts, body: Vec<u8>) -> Answer {
        let wait_until = Instant::now() + Duration::from_secs(5);
        let peer = "192.0.2.7".parse().unwrap();
        parts.node.enrol(Call { body: body.into(), peer, wait_until }).blocking_recv().unwrap()
    }

    #[test]
    fn a_new_server_is_private_and_has_the_municipalitys_words() {
        let (_dir, folder) = made();
        let rights = std::fs::metadata(folder.database()).unwrap().permissions().mode();
        assert_eq!(rights & 0o777, 0o600);
        let parts = open(&folder, &KEY).unwrap();
        let OperatorReply::Status { figures } =
            parts.operator.handle(OperatorRequest::Status).unwrap()
        else {
            panic!("no figures")
        };
        assert_eq!(figures["published rows"], 8, "six settings and two lists");
        parts.node.finish();
    }

    #[test]
    fn another_key_opens_nothing_and_touches_nothing() {
        let (_dir, folder) = made();
        let before = std::fs::read(folder.database()).unwrap();
        let opened = open(&folder, &ServerKey([4; 32])).err();
        assert!(matches!(opened, Some(AssemblyError::WrongKey)), "{opened:?}");
        assert_eq!(std::fs::read(folder.database()).unwrap(), before);
        let nowhere = Folder::at(folder.path().join("nowhere"));
        assert!(matches!(open(&nowhere, &KEY).err(), Some(AssemblyError::Missing)));
    }

    #[test]
    fn a_tablet_joins_at_the_door_with_a_code_of_the_office_also_after_a_restart() {
        let (_dir, folder) = made();
        let parts = open(&folder, &KEY).unwrap();
        parts.operator.pins(&[TLS]).unwrap();
        parts.operator.handle(OperatorRequest::TeamAdd { name: "Team Åen".into() }).unwrap();
        let request = OperatorRequest::DeviceCode { team: "Team Åen".into(), typed: false };
        let OperatorReply::DeviceCode { code, .. } = parts.operator.handle(request).unwrap() else {
            panic!("no code")
        };
        parts.node.drain();
        parts.node.finish();
        drop(parts);
        let parts = open(&folder, &KEY).unwrap();
        let mut rng = Outside::system().rng;
        let mut enrolment = Enrolment::scanned(&code, &mut *rng).unwrap();
        let key = SoftwareKey::from_secret(secret(&mut *rng));
        let body = enrolment.ask(&parts.node.pins().body, TLS, &key).unwrap();
        let answer = enrol(&parts, body);
        assert_eq!(answer.status, 200);
        assert!(enrolment.finish(&answer.body).unwrap().device.0 > 1);
        assert_eq!(enrol(&parts, b"again".to_vec()).status, 403);
        parts.node.finish();
    }

    fn secret(rng: &mut dyn Entropy) -> [u8; 32] {
        random(rng)
    }

    #[test]
    fn digests_and_facts_are_asked_for_through_the_office() {
        let (_dir, folder) = made();
        let parts = open(&folder, &KEY).unwrap();
        let day = Some("2026-03-02".to_owned());
        let reply = parts.operator.handle(OperatorRequest::DigestRun { day }).unwrap();
        assert!(matches!(reply, OperatorReply::Digests { sent: 0, .. }), "{reply:?}");
        let reply = parts.operator.handle(OperatorRequest::FactsRebuild).unwrap();
        assert_eq!(reply, OperatorReply::Facts { differed: 0 });
        let day = Some("i går".to_owned());
        assert!(parts.operator.handle(OperatorRequest::DigestRun { day }).is_err());
        parts.node.finish();
    }
}
