//! The verb: a folder, the server in it, the day, the table, the page.

use std::fs::{self, DirBuilder};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use doegnrytme_core::ids::hex;
use ring::rand::{SecureRandom as _, SystemRandom};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use super::day::Day;
use super::page::page;
use super::ports::now;
use super::progress::{Progress, say};
use super::report::Report;
use super::town::{MUNICIPALITY, TEAM, Town};
use super::trouble::Trouble;
use crate::cli::assembly::Provision;
use crate::cli::{Console, initialize, serve_until};
use crate::config::{Flags, Settings};
use crate::enrol::CodeLifetime;
use crate::error::Failure;
use crate::folder::Folder;
use crate::limits::Limits;
use crate::telemetry;

/// What is wished of the demo.
#[derive(Debug, Clone, PartialEq, Eq, clap::Args)]
pub(crate) struct Wishes {
    /// End after the table, without the status page.
    #[arg(long)]
    once: bool,
    /// Another number gives another town and another day.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

/// Plays the day; the result is the exit status: 0 when nothing was lost and all are equal.
pub(crate) fn run(
    wishes: &Wishes,
    flags: Flags,
    provision: &dyn Provision,
    console: &mut Console<'_>,
) -> Result<u8, Failure> {
    let place = Place::choose(flags.layer.data)?;
    let settings = Settings {
        folder: Folder::at(place.path()),
        listen: flags.layer.listen.unwrap_or_else(|| "127.0.0.1:0".to_owned()),
        address: None,
        key_file: None,
        journal: None,
        credentials: None,
        tls: None,
        code_lifetime: CodeLifetime::default(),
        limits: Limits::default(),
        log: flags.layer.log.unwrap_or_else(|| "error".to_owned()),
        log_format: flags.layer.log_format.unwrap_or_default(),
    };
    telemetry::start(&settings.log, settings.log_format)?;
    say(&format!("A day in {MUNICIPALITY}, {TEAM}. Everybody is invented.\n"));
    quietly(console, |console| initialize(&settings, provision, console))?;
    let stopped = Arc::new(AtomicBool::new(false));
    let (ready, is_ready) = channel();
    let (end, ended) = oneshot::channel();
    let status = std::thread::scope(|scope| {
        let player = {
            let (settings, stopped) = (&settings, Arc::clone(&stopped));
            scope.spawn(move || {
                let status = play(wishes, &settings.folder, &is_ready, &stopped);
                let _ = end.send(());
                status
            })
        };
        let mut output = Bell(ready);
        let mut console =
            Console { input: console.input, output: &mut output, errors: console.errors };
        let served = serve_until(&settings, provision, &mut console, || stop(ended, stopped));
        // Without a server the player hears no bell and ends.
        drop(output);
        let status = player.join().unwrap_or(2);
        served.map(|_| status)
    })?;
    if let Place::Kept(path) = &place {
        say(&format!("The data stays in {}.", path.display()));
    }
    Ok(status)
}

/// Runs `work` without its words; its warnings are about a server that stays.
fn quietly<T>(console: &mut Console<'_>, work: impl FnOnce(&mut Console<'_>) -> T) -> T {
    let (mut output, mut errors) = (io::sink(), io::sink());
    work(&mut Console { input: console.input, output: &mut output, errors: &mut errors })
}

/// Done when the player has ended, or at Ctrl-C or SIGTERM, which `stopped` tells the player.
fn stop(
    ended: oneshot::Receiver<()>,
    stopped: Arc<AtomicBool>,
) -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = ended => {}
            _ = interrupt.recv() => stopped.store(true, Ordering::Relaxed),
            _ = terminate.recv() => stopped.store(true, Ordering::Relaxed),
        }
    })
}

/// Everything beside the server; the exit status.
fn play(wishes: &Wishes, folder: &Folder, ready: &Receiver<()>, stopped: &AtomicBool) -> u8 {
    if ready.recv().is_err() {
        return 2;
    }
    match play_day(wishes, folder, stopped) {
        Ok(report) => {
            say(&report.table());
            let status = report.exit_status();
            if !wishes.once
                && let Err(error) = show(&report, stopped)
            {
                say(&format!("The status page cannot be served: {error}"));
            }
            status
        }
        Err(Trouble::Stopped) => {
            say("\nStopped before the day was over.");
            1
        }
        Err(trouble) => {
            say(&format!("\nThe day could not be played to its end: {trouble}"));
            1
        }
    }
}

fn play_day(wishes: &Wishes, folder: &Folder, stopped: &AtomicBool) -> Result<Report, Trouble> {
    let today = now().local_day().map_err(|error| Trouble::Wrong(error.to_string()))?;
    let town = Town::of(wishes.seed, today)?;
    let progress = Progress::of_stdout();
    Day::begin(folder.clone(), town, wishes.seed, progress, stopped)?.play()
}

/// Serves the status page until the process is told to stop.
fn show(report: &Report, stopped: &AtomicBool) -> io::Result<()> {
    let html = Html(page(report).into_string());
    let router = Router::new().route("/", get(|| async move { html }));
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(1).enable_all().build()?;
    let listener =
        runtime.block_on(tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))))?;
    say(&format!("The day as a page: http://{}   (Ctrl-C ends)", listener.local_addr()?));
    runtime.spawn(async move { axum::serve(listener, router).await });
    while !stopped.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(100));
    }
    runtime.shutdown_background();
    Ok(())
}

/// Rings when the server says that it is ready, which is all it says.
struct Bell(Sender<()>);

impl Write for Bell {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let _ = self.0.send(());
        Ok(())
    }
}

/// Where the day's data lies.
enum Place {
    /// In a folder that was named, and stays.
    Kept(PathBuf),
    /// In a folder of its own, which goes.
    Passing(PathBuf),
}

impl Place {
    fn choose(data: Option<PathBuf>) -> Result<Self, Failure> {
        let Some(path) = data else {
            return Self::passing();
        };
        Ok(Self::Kept(path))
    }

    /// A folder that nobody else can have made before.
    fn passing() -> Result<Self, Failure> {
        let mut random = [0; 6];
        SystemRandom::new().fill(&mut random).map_err(|_| Failure::Randomness)?;
        let path = std::env::temp_dir().join(format!("doegnrytme-{}", hex(&random)));
        let made = DirBuilder::new().mode(0o700).create(&path);
        match made {
            Ok(()) => Ok(Self::Passing(path)),
            Err(error) => Err(Failure::Folder { folder: path, reason: error.to_string() }),
        }
    }

    fn path(&self) -> &PathBuf {
        match self {
            Self::Kept(path) | Self::Passing(path) => path,
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Self::Passing(path) = self {
            // What cannot be removed lies in the folder for what passes.
            let _ = fs::remove_dir_all(path);
        }
    }
}
