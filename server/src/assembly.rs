//! The real server, put together: store, engine, writer, enrolment and the operator's office.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use doegnrytme_core::wire::record::Payload;

use crate::cli::assembly::{AssemblyError, Opening, Parts, Provision};
use crate::enrol::Reception;
use crate::folder::Folder;
use crate::intake::IntakeError;
use crate::jobs::{Jobs, Tended};
use crate::key_file::{IdentitySecret, ServerKey};
use crate::node::{Context, Engine, Keys, KeysError, Outside, Rules, ServerNode};
use crate::operator::{Desk, Office};
use crate::record::words::Defaults;
use crate::record::write::{self, WriteError};
use crate::store::sqlite::SqliteStore;
use crate::store::{Store, StoreError, Tx};

/// A server on SQLite.
#[derive(Debug, Clone, Copy, Default)]
pub struct Assembly;

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
        let (node, reader) = start(&opening.folder.database(), opening.key)?;
        let node = Arc::new(node);
        let outside = Outside::system();
        let jobs = Jobs::start(Arc::clone(&node), reader, opening.folder, outside)?;
        let jobs = Arc::new(jobs);
        let desk: Arc<dyn Desk> = Arc::<ServerNode>::clone(&node);
        let office = Office::new(desk, opening.address).with_jobs(Arc::clone(&jobs));
        let node = Arc::new(Tended { node, jobs });
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

/// The node over the opened store, and a connection beside it that only reads.
fn start(database: &Path, key: &ServerKey) -> Result<(ServerNode, Box<dyn Store>), AssemblyError> {
    let mut store = SqliteStore::open(database, &key.0)?;
    let keys = crate::store::read(&mut store, Keys::load).map_err(|error| match error {
        KeysError::Store(error) => error.into(),
        KeysError::Trust(_) => AssemblyError::Damaged("a key of the server's".to_owned()),
    })?;
    let reader = store.reader()?;
    let engine = Engine::new(Arc::new(keys), Rules::default());
    let desk = Box::new(Reception);
    let node = ServerNode::start(Box::new(store), engine, desk, Outside::system())?;
    Ok((node, reader))
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
