//! `serve`: everything is opened first, then one line says so, then signals rule.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum_server::tls_rustls::RustlsConfig;
use rustix::process::{Resource, getrlimit};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::assembly::{AssemblyError, Opening, Parts, Provision};
use super::{Console, key_place};
use crate::config::Settings;
use crate::error::Failure;
use crate::folder::{Folder, FolderLock};
use crate::http::{self, Listening, Shell};
use crate::journal::opening::Bearing;
use crate::limits::Limits;
use crate::router::router;
use crate::socket::{self, Desk, Door};
use crate::tls::Source;

/// Files that are no connections.
const FILES: u64 = 128;
/// How long blocking work may go on after the drain, before the process ends anyway.
const LAST_WORK: Duration = Duration::from_millis(300);

/// Everything that a running server holds.
struct Opened {
    parts: Parts,
    desk: Arc<Desk>,
    tls: RustlsConfig,
    listening: Listening,
    door: Door,
    limits: Limits,
    _lock: FolderLock,
}

/// Serves until SIGTERM or SIGINT.
pub(super) fn serve(
    settings: &Settings,
    provision: &dyn Provision,
    console: &mut Console<'_>,
) -> Result<u8, Failure> {
    serve_until(settings, provision, console, || {
        let terminate = signal(SignalKind::terminate())?;
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(stopped(terminate, interrupt))
    })
}

/// Serves until the future that `stop` makes (inside the runtime) is done.
pub(crate) fn serve_until<F>(
    settings: &Settings,
    provision: &dyn Provision,
    console: &mut Console<'_>,
    stop: impl FnOnce() -> std::io::Result<F>,
) -> Result<u8, Failure>
where
    F: Future<Output = ()> + Send + 'static,
{
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    // The listener and the socket belong to the runtime they are opened in.
    let result = {
        let _inside = runtime.enter();
        open(settings, provision).and_then(|opened| {
            let stop = stop()?;
            runtime.block_on(run(opened, &settings.folder, console, stop))
        })
    };
    runtime.shutdown_timeout(LAST_WORK);
    result.map(|()| 0)
}

fn open(settings: &Settings, provision: &dyn Provision) -> Result<Opened, Failure> {
    let folder = &settings.folder;
    let lock = folder.lock()?;
    if !folder.holds_a_server() {
        return Err(AssemblyError::Missing.into());
    }
    let (key, warnings) = key_place(settings).read()?;
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    // Before the store, whose opening may take long: a taken port should be told at once.
    let listening = http::bind(&settings.listen)?;
    let bound = listening.address.to_string();
    let address = settings.address.as_deref().unwrap_or(&bound);
    let (journal, code_lifetime) = (settings.journal_place(), settings.code_lifetime);
    if same_disk(&journal, folder.path()) {
        tracing::warn!(
            "the journal {} lies on the same disk as the data: what it is to remember is lost with \
             them; keep it elsewhere with --journal",
            journal.display()
        );
    }
    let (journal, bearing) = (&journal, Bearing::Server);
    let limits = settings.limits;
    let opening = Opening { folder, key: &key, address, code_lifetime, limits, journal, bearing };
    let parts = provision.open(&opening)?;
    let source = Source::choose(settings.tls.as_ref(), folder);
    let desk = Arc::new(Desk::new(folder.clone(), source, Arc::clone(&parts.operator)));
    let tls = RustlsConfig::from_config(desk.certificate()?.config);
    let door = socket::open(folder, &lock)?;
    let limits = with_room_for_files(settings.limits);
    Ok(Opened { parts, desk, tls, listening, door, limits, _lock: lock })
}

/// The limits with no more connections than there are file descriptors, less those that the store,
/// the journal and the trial's children need: without one nobody at all could be let in.
fn with_room_for_files(limits: Limits) -> Limits {
    let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let most = files.saturating_sub(FILES).max(1);
    if limits.connections != 0 && limits.connections <= most {
        return limits;
    }
    if limits.connections != 0 {
        tracing::warn!(files, "connections are limited to {most}: raise LimitNOFILE for more");
    }
    Limits { connections: most, ..limits }
}

/// Whether a file that may not be there yet lies on the disk of a folder.
fn same_disk(file: &Path, folder: &Path) -> bool {
    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty());
    let disk = |path: &Path| std::fs::metadata(path).map(|found| found.dev()).ok();
    disk(parent.unwrap_or(Path::new("."))) == disk(folder)
}

async fn run(
    opened: Opened,
    folder: &Folder,
    console: &mut Console<'_>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Failure> {
    let Opened { parts, desk, tls, listening, door, limits, _lock } = opened;
    let hang_up = signal(SignalKind::hangup())?;
    let operators = tokio::spawn(door.serve(Arc::clone(&desk)));
    let reloads = tokio::spawn(reload_at(hang_up, desk, tls.clone()));
    let shell = Shell::new(Arc::clone(&parts.node), &limits);
    let router = router(Arc::clone(&shell), parts.pages);
    writeln!(
        console.output,
        "doegnrytme-server ready on https://{} (data {})",
        listening.address,
        folder.path().display()
    )?;
    console.output.flush()?;
    parts.node.begin();
    let served = http::serve(listening, tls, shell, router, stop).await;
    operators.abort();
    reloads.abort();
    served
}

async fn stopped(mut terminate: Signal, mut interrupt: Signal) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

async fn reload_at(mut hang_up: Signal, desk: Arc<Desk>, serving: RustlsConfig) {
    while hang_up.recv().await.is_some() {
        let (desk, serving) = (Arc::clone(&desk), serving.clone());
        match tokio::task::spawn_blocking(move || desk.reload(&serving)).await {
            Ok(Ok(_)) => tracing::info!("the certificate was read again"),
            Ok(Err(failure)) => tracing::error!("the old certificate stays in use: {failure}"),
            Err(_) => tracing::error!("the old certificate stays in use: reading it failed"),
        }
    }
}
