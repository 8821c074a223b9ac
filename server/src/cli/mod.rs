//! The verbs of `doegnrytme-server`.

pub mod assembly;
mod check;
mod init;
mod inspect;
mod recover;
mod reply;
mod restore;
mod serve;
#[cfg(test)]
mod tests;
mod verbs;

use std::ffi::OsString;
use std::io::{BufRead, Write};
use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::config::{Flags, Layer, Settings};
use crate::error::Failure;
use crate::key_file::{KeyPlace, ServerKey};
use crate::telemetry;
use assembly::Provision;
use verbs::{
    CarerVerb, CitizenVerb, ConsentVerb, DeviceVerb, DigestVerb, FactsVerb, RelativeVerb,
    SettingVerb, ShiftVerb, TeamVerb,
};
#[cfg(feature = "demo")]
pub(crate) use {init::init as initialize, serve::serve_until};

/// The server of Døgnrytme: takes in what tablets push, publishes it in order, tells relatives.
///
/// Begin with `init --data DIR`, then `serve --data DIR`. The other verbs talk to the server that
/// runs in DIR through its socket; when none runs they do their work themselves.
///
/// Exit status: 0 done, 1 understood but refused (or some rows of a file not taken), 2 not tried.
#[derive(Debug, Parser)]
#[command(name = "doegnrytme-server", version, about, long_about, arg_required_else_help = true)]
struct Arguments {
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make a new server in an empty data folder and print its recovery key, once.
    Init,
    /// Serve tablets until SIGTERM; SIGHUP reads the certificate again.
    Serve,
    /// Teams.
    #[command(subcommand)]
    Team(TeamVerb),
    /// Carers, the people who work in teams.
    #[command(subcommand)]
    Carer(CarerVerb),
    /// Citizens, the people who are cared for.
    #[command(subcommand)]
    Citizen(CitizenVerb),
    /// Shifts, the planned visits.
    #[command(subcommand)]
    Shift(ShiftVerb),
    /// Tablets.
    #[command(subcommand)]
    Device(DeviceVerb),
    /// Relatives, who may get a digest by SMS.
    #[command(subcommand)]
    Relative(RelativeVerb),
    /// What a citizen lets a relative know.
    #[command(subcommand)]
    Consent(ConsentVerb),
    /// The municipality's settings: its name, its greetings, when digests leave.
    #[command(subcommand)]
    Setting(SettingVerb),
    /// What relatives are told about a day.
    #[command(subcommand)]
    Digest(DigestVerb),
    /// What digests need of notes; kept step by step.
    #[command(subcommand)]
    Facts(FactsVerb),
    /// The certificate that tablets meet.
    #[command(subcommand)]
    Tls(TlsVerb),
    /// The key of the encrypted store.
    #[command(subcommand)]
    Key(KeyVerb),
    /// Say of files with changes what the server would make of them: one JSON line a file.
    Inspect(inspect::Inspect),
    /// Write a whole, encrypted backup to a new file, while the server goes on working. It holds
    /// the store with all keys, and the self-made certificate; the recovery key opens it.
    Backup {
        /// The file. It must not be there; its name appears when everything is on the disk.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Make a server of a backup, in the empty folder --data, on this or another machine. Afterwards
    /// put the surviving journal to its place (--journal), then `serve`.
    Restore {
        /// The backup.
        #[arg(long, value_name = "FILE")]
        from: PathBuf,
        /// Read the recovery key from standard input, although there is a key file.
        #[arg(long)]
        recovery_key: bool,
    },
    /// Prove every signature, chain, hash and sum of the server in --data, also while it runs, or
    /// of a backup. Names the first bad row of each kind; exit status 1 when there is one. Prints
    /// no contents.
    Verify {
        /// A backup. [default: the server in --data]
        file: Option<PathBuf>,
        /// Read the recovery key from standard input, although there is a key file.
        #[arg(long)]
        recovery_key: bool,
    },
    /// The journal of what a restore must not forget.
    #[command(subcommand)]
    Journal(JournalVerb),
    /// Figures for a glance.
    Status,
    /// Try changes that come on standard input: what a server starts beside itself.
    #[command(name = crate::trial::worker::WORKER, hide = true)]
    Worker,
    /// Play an invented team's day with real parts: a server, fourteen tablets, a shift without
    /// net. Exit status 1 when anything was lost or the tablets are not equal.
    #[cfg(feature = "demo")]
    Demo(crate::demo::Wishes),
}

#[derive(Debug, Subcommand)]
enum TlsVerb {
    /// Make a new self-signed certificate and key. A running server goes on with the old ones
    /// until SIGHUP or restart; tablets learn the new pin by themselves.
    Renew,
}

#[derive(Debug, Subcommand)]
enum KeyVerb {
    /// Write the key file anew from the recovery key, which is read from standard input.
    Recover,
}

#[derive(Debug, Subcommand)]
enum JournalVerb {
    /// Go on although the journal is missing, behind or damaged, or was rolled back with the store:
    /// a new one begins, uploads that wait are taken in, and text messages leave again. What only
    /// the journal remembered is lost; see the server's README.
    Confirm,
}

/// Where a verb reads from and writes to.
pub struct Console<'a> {
    /// Standard input.
    pub input: &'a mut dyn BufRead,
    /// Standard output.
    pub output: &'a mut dyn Write,
    /// Standard error.
    pub errors: &'a mut dyn Write,
}

/// Runs one verb; the result is the process's exit status.
///
/// `arguments` begin with the program's name; `environment` holds all variables.
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    environment: impl IntoIterator<Item = (String, String)>,
    provision: &dyn Provision,
    console: &mut Console<'_>,
) -> u8 {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            let status = u8::try_from(error.exit_code()).unwrap_or(2);
            let to = if error.use_stderr() { &mut console.errors } else { &mut console.output };
            // A closed pipe (`--help | head`) is no reason to fail.
            let _ = write!(to, "{}", error.render());
            return status;
        }
    };
    match perform(arguments, environment, provision, console) {
        Ok(status) => status,
        Err(failure) => {
            let _ = writeln!(console.errors, "doegnrytme-server: {failure}");
            failure.exit_code()
        }
    }
}

fn perform(
    arguments: Arguments,
    environment: impl IntoIterator<Item = (String, String)>,
    provision: &dyn Provision,
    console: &mut Console<'_>,
) -> Result<u8, Failure> {
    #[cfg(feature = "demo")]
    if let Verb::Demo(wishes) = &arguments.verb {
        return crate::demo::run(wishes, arguments.flags, provision, console);
    }
    if let Verb::Worker = &arguments.verb {
        // No settings, no log: a child knows nothing and writes nothing down.
        let mut questions = crate::trial::questions::Questions::default();
        crate::trial::worker::work(&mut questions, console.input, console.output)?;
        return Ok(0);
    }
    if let Verb::Inspect(wanted) = &arguments.verb
        && wanted.needs_no_server()
    {
        return inspect::inspect(wanted, None, console);
    }
    let settings = match &arguments.verb {
        // A backup lies anywhere; its key may be typed.
        Verb::Verify { file: Some(_), .. } => {
            Settings::gather_over(arguments.flags, environment, Layer::here())?
        }
        _ => Settings::gather(arguments.flags, environment)?,
    };
    telemetry::start(&settings.log, settings.log_format)?;
    match arguments.verb {
        // Played above: it makes its own settings.
        #[cfg(feature = "demo")]
        Verb::Demo(_) => Ok(0),
        Verb::Inspect(wanted) => inspect::inspect(&wanted, Some(&settings), console),
        // Done above: it has no settings.
        Verb::Worker => Ok(0),
        Verb::Init => init::init(&settings, provision, console),
        Verb::Serve => serve::serve(&settings, provision, console),
        Verb::Key(KeyVerb::Recover) => recover::recover(&settings, provision, console),
        Verb::Restore { from, recovery_key } => {
            restore::restore(&settings, console, &from, recovery_key)
        }
        Verb::Verify { file, recovery_key } => {
            check::verify(&settings, console, file.as_deref(), recovery_key)
        }
        Verb::Backup { to } => {
            let to = std::path::absolute(to)?.to_string_lossy().into_owned();
            let request = crate::socket::OperatorRequest::Backup { to };
            verbs::ask(&settings, provision, console, request)
        }
        Verb::Journal(JournalVerb::Confirm) => {
            let request = crate::socket::OperatorRequest::JournalConfirm;
            verbs::ask(&settings, provision, console, request)
        }
        Verb::Team(verb) => verbs::ask(&settings, provision, console, verb.request()),
        Verb::Carer(verb) => verbs::ask(&settings, provision, console, verb.request()),
        Verb::Citizen(verb) => {
            let request = verb.request(console)?;
            verbs::ask(&settings, provision, console, request)
        }
        Verb::Shift(verb) => {
            let request = verb.request(console)?;
            verbs::ask(&settings, provision, console, request)
        }
        Verb::Device(verb) => verbs::ask(&settings, provision, console, verb.request()),
        Verb::Relative(verb) => verbs::ask(&settings, provision, console, verb.request()),
        Verb::Consent(verb) => verbs::ask(&settings, provision, console, verb.request()),
        Verb::Setting(verb) => verbs::ask(&settings, provision, console, verb.request()),
        Verb::Digest(verb) => verbs::ask(&settings, provision, console, verb.request()),
        Verb::Facts(FactsVerb::Rebuild) => {
            verbs::ask(&settings, provision, console, crate::socket::OperatorRequest::FactsRebuild)
        }
        Verb::Tls(TlsVerb::Renew) => {
            verbs::ask(&settings, provision, console, crate::socket::OperatorRequest::TlsRenew)
        }
        Verb::Status => {
            verbs::ask(&settings, provision, console, crate::socket::OperatorRequest::Status)
        }
    }
}

/// The store's key: from its file, or typed from paper when there is none or `typed` says so.
fn key_or_paper(
    settings: &Settings,
    console: &mut Console<'_>,
    typed: bool,
) -> Result<ServerKey, Failure> {
    let place = key_place(settings);
    if typed || !place.path().exists() {
        return from_paper(console);
    }
    Ok(place.read()?.0)
}

/// Reads the recovery key from standard input and not from an argument: arguments show in process
/// lists and in the shell's history.
fn from_paper(console: &mut Console<'_>) -> Result<ServerKey, Failure> {
    writeln!(console.errors, "Type the recovery key (14 groups of 4) and press Enter:")?;
    let mut typed = String::new();
    console.input.read_line(&mut typed)?;
    Ok(ServerKey::from_recovery_key(&typed)?)
}

fn key_place(settings: &Settings) -> KeyPlace {
    KeyPlace::choose(
        settings.key_file.as_deref(),
        settings.credentials.as_deref(),
        &settings.folder,
    )
}
