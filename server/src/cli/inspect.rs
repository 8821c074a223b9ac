//! `inspect`: one JSON line a file.

use std::path::PathBuf;

use clap::Args;
use doegnrytme_core::ids::DocId;

use super::assembly::AssemblyError;
use super::{Console, key_place};
use crate::config::Settings;
use crate::error::Failure;
use crate::inspect::{Base, file};
use crate::store::Store as _;
use crate::store::sqlite::SqliteStore;
use crate::trial::Bench;
use crate::trial::worker::WORKER;

/// What to look at.
#[derive(Debug, Args)]
pub(super) struct Inspect {
    /// The document that the changes belong to, as verdicts name it (plan:…, note:…): they are
    /// tried on what the server in the data folder has published of it. Without it they are tried
    /// on the genesis that they name.
    #[arg(long, value_name = "ID")]
    doc: Option<String>,
    /// The files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

impl Inspect {
    /// Whether nothing of a server is looked at.
    pub(super) fn needs_no_server(&self) -> bool {
        self.doc.is_none()
    }
}

/// Says of each file what would become of it. Nothing is kept; a running server is not disturbed.
pub(super) fn inspect(
    wanted: &Inspect,
    settings: Option<&Settings>,
    console: &mut Console<'_>,
) -> Result<u8, Failure> {
    let program = std::env::current_exe()?;
    let bench = Bench::new(program, vec![WORKER]);
    let mut base = base(wanted, settings)?;
    for path in &wanted.files {
        let line = file(path, &mut base, &bench).map_err(AssemblyError::from)?;
        serde_json::to_writer(&mut *console.output, &line).map_err(std::io::Error::from)?;
        writeln!(console.output)?;
    }
    Ok(0)
}

fn base(wanted: &Inspect, settings: Option<&Settings>) -> Result<Base, Failure> {
    let (Some(doc), Some(settings)) = (&wanted.doc, settings) else { return Ok(Base::Nothing) };
    let doc: DocId =
        doc.parse().map_err(|_| Failure::Setting(format!("--doc {doc} is not a document's id")))?;
    let (key, _) = key_place(settings).read()?;
    let store = SqliteStore::open(&settings.folder.database(), &key.0);
    let reader = store.and_then(|store| store.reader()).map_err(AssemblyError::from)?;
    Ok(Base::Document(reader, doc))
}
