//! `verify`: proving a server or a backup, and saying so in counts.

use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::assembly::AssemblyError;
use super::{Console, key_or_paper};
use crate::config::Settings;
use crate::error::Failure;
use crate::journal::Place;
use crate::store::StoreError;
use crate::vault::VaultError;
use crate::vault::verify::{Report, Source};

pub(super) fn verify(
    settings: &Settings,
    console: &mut Console<'_>,
    file: Option<&Path>,
    typed: bool,
) -> Result<u8, Failure> {
    let folder = &settings.folder;
    if file.is_none() && !folder.holds_a_server() {
        return Err(AssemblyError::Missing.into());
    }
    let key = key_or_paper(settings, console, typed)?;
    let source = match file {
        Some(file) => Source::Backup(file.to_owned()),
        None => Source::Folder {
            database: folder.database(),
            journal: Place { path: settings.journal_place(), key: key.0 },
        },
    };
    let bar = bar();
    let mut watch = |what: &'static str, done, of| {
        bar.set_message(what);
        bar.set_length(of);
        bar.set_position(done);
    };
    let verified = source.verify(&key.0, &mut watch);
    bar.finish_and_clear();
    match verified {
        Ok(report) => print(&report, console),
        Err(VaultError::Store(StoreError::WrongKey)) => Err(AssemblyError::WrongKey.into()),
        Err(error) => Err(error.into()),
    }
}

/// On standard error, and only when somebody looks at it.
fn bar() -> ProgressBar {
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{msg:28} {wide_bar} {pos}/{len} {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

fn print(report: &Report, console: &mut Console<'_>) -> Result<u8, Failure> {
    let out = &mut console.output;
    let width = report.proved.iter().map(|(what, _)| what.len()).max().unwrap_or(0);
    for (what, count) in &report.proved {
        writeln!(out, "{what:width$}  {count}")?;
    }
    if report.bad.is_empty() {
        writeln!(out, "All of it is as it was written.")?;
        return Ok(0);
    }
    writeln!(out)?;
    for bad in &report.bad {
        writeln!(out, "bad: {bad}")?;
    }
    Ok(1)
}
