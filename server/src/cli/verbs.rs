//! The operator's verbs: flags become one request, and a running server or this process does it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use clap::Subcommand;

use super::assembly::{AssemblyError, Opening, Provision};
use super::{Console, key_place, reply};
use crate::config::Settings;
use crate::error::Failure;
use crate::journal::opening::Bearing;
use crate::socket::{self, Desk, OperatorReply, OperatorRequest};
use crate::tls::Source;

#[derive(Debug, Subcommand)]
pub(super) enum TeamVerb {
    /// Add a team; a second time changes nothing.
    Add {
        /// The team's name.
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum CarerVerb {
    /// Add a carer to the directory.
    Add {
        /// The carer's name, as colleagues read it.
        name: String,
        /// The carer's team, by number or name.
        #[arg(long)]
        team: String,
        /// What the carer is: helper, assistant, nurse, therapist, unskilled, substitute,
        /// team_lead, assessor, coordinator. May be given more than once.
        #[arg(long = "role", value_name = "ROLE", required = true, value_delimiter = ',')]
        roles: Vec<String>,
    },
    /// Say which teams and roles a carer has from now on. Without a team he is let in nowhere when
    /// his lease is to be renewed.
    Set {
        /// The carer's id, as `carer add` gave it.
        carer: String,
        /// A team, by number or name. May be given more than once; without it, no team.
        #[arg(long = "team", value_name = "TEAM")]
        teams: Vec<String>,
        /// A role, as for `carer add`. Without it the roles stay.
        #[arg(long = "role", value_name = "ROLE", value_delimiter = ',')]
        roles: Vec<String>,
    },
    /// Make a single-use start code, with which the carer uses a tablet for the first time, or
    /// again after a forgotten PIN. An earlier one that was not used is void.
    Code {
        /// The carer's id, as `carer add` gave it.
        carer: String,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum CitizenVerb {
    /// Take in citizens and their plans. Bad rows are listed with line and reason, good rows are
    /// taken; a second import of the same file changes nothing.
    Import {
        /// The JSON file, or - for standard input. Its format is described in the server's README.
        file: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum ShiftVerb {
    /// Take in planned visits. Bad rows are listed with line and reason, good rows are taken; a
    /// second import of the same file changes nothing.
    Import {
        /// The JSON file, or - for standard input. Its format is described in the server's README.
        file: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum DeviceVerb {
    /// Make a single-use code by which one tablet joins within --code-lifetime.
    Code {
        /// The tablet's team, by number or name.
        #[arg(long)]
        team: String,
        /// Thirteen characters to type, instead of the text of a QR code.
        #[arg(long)]
        typed: bool,
    },
    /// List the tablets: number, status, teams, when they last handed something in.
    List,
    /// Take a tablet out of use: it hands in what it holds, which waits for the team, and wipes
    /// itself.
    Retire {
        /// Its number, as `device list` shows it.
        device: u32,
    },
    /// A tablet was lost or stolen: it reads nothing more from now on, and wipes itself as soon as
    /// it is heard. What it had not handed in is lost then.
    Stolen {
        /// Its number, as `device list` shows it.
        device: u32,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum RelativeVerb {
    /// Add a relative of a citizen. Nothing is sent without a consent.
    Add {
        /// The relative's name.
        name: String,
        /// The citizen's id.
        #[arg(long)]
        citizen: String,
        /// The telephone number with country code, such as +4512345678.
        #[arg(long)]
        phone: String,
        /// How they are related, such as datter.
        #[arg(long)]
        relation: String,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct ConsentFlags {
    /// The relative's id.
    #[arg(long)]
    relative: String,
    /// What it is about, such as wellbeing.
    #[arg(long)]
    topic: String,
    /// How the relative is told, such as sms.
    #[arg(long)]
    channel: String,
    /// Who recorded it.
    #[arg(long)]
    by: String,
}

#[derive(Debug, Subcommand)]
pub(super) enum ConsentVerb {
    /// Record a citizen's consent.
    Give(ConsentFlags),
    /// Record that a consent was withdrawn; holds at once.
    Withdraw(ConsentFlags),
}

#[derive(Debug, Subcommand)]
pub(super) enum SettingVerb {
    /// Set one: municipality, link, message, "new greeting", "most segments" or "digest at".
    Put {
        /// Which.
        name: String,
        /// Its value.
        value: String,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum DigestVerb {
    /// Compose and send the day's digests now. Whoever has a message about it gets no second one.
    Run {
        /// The day, such as 2026-03-02. [default: today]
        #[arg(long)]
        day: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum FactsVerb {
    /// Read all notes anew, compare, and put right what differs.
    Rebuild,
}

impl SettingVerb {
    pub(super) fn request(self) -> OperatorRequest {
        let Self::Put { name, value } = self;
        OperatorRequest::SettingPut { name, value }
    }
}

impl DigestVerb {
    pub(super) fn request(self) -> OperatorRequest {
        let Self::Run { day } = self;
        OperatorRequest::DigestRun { day }
    }
}

impl TeamVerb {
    pub(super) fn request(self) -> OperatorRequest {
        let Self::Add { name } = self;
        OperatorRequest::TeamAdd { name }
    }
}

impl CarerVerb {
    pub(super) fn request(self) -> OperatorRequest {
        match self {
            Self::Add { name, team, roles } => OperatorRequest::CarerAdd { team, name, roles },
            Self::Set { carer, teams, roles } => OperatorRequest::CarerSet { carer, teams, roles },
            Self::Code { carer } => OperatorRequest::CarerCode { carer },
        }
    }
}

impl CitizenVerb {
    pub(super) fn request(self, console: &mut Console<'_>) -> Result<OperatorRequest, Failure> {
        let Self::Import { file } = self;
        read(&file, console).map(|json| OperatorRequest::CitizenImport { json })
    }
}

impl ShiftVerb {
    pub(super) fn request(self, console: &mut Console<'_>) -> Result<OperatorRequest, Failure> {
        let Self::Import { file } = self;
        read(&file, console).map(|json| OperatorRequest::ShiftImport { json })
    }
}

impl DeviceVerb {
    pub(super) fn request(self) -> OperatorRequest {
        match self {
            Self::Code { team, typed } => OperatorRequest::DeviceCode { team, typed },
            Self::List => OperatorRequest::DeviceList,
            Self::Retire { device } => OperatorRequest::DeviceRetire { device },
            Self::Stolen { device } => OperatorRequest::DeviceStolen { device },
        }
    }
}

impl RelativeVerb {
    pub(super) fn request(self) -> OperatorRequest {
        let Self::Add { name, citizen, phone, relation } = self;
        OperatorRequest::RelativeAdd { citizen, name, phone, relation }
    }
}

impl ConsentVerb {
    pub(super) fn request(self) -> OperatorRequest {
        match self {
            Self::Give(ConsentFlags { relative, topic, channel, by }) => {
                OperatorRequest::ConsentGive { relative, topic, channel, by }
            }
            Self::Withdraw(ConsentFlags { relative, topic, channel, by }) => {
                OperatorRequest::ConsentWithdraw { relative, topic, channel, by }
            }
        }
    }
}

fn read(file: &Path, console: &mut Console<'_>) -> Result<String, Failure> {
    let mut text = String::new();
    let result = if file == Path::new("-") {
        console.input.read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(file)
    };
    result.map_err(|error| Failure::File { path: file.to_owned(), reason: error.to_string() })
}

/// How often a folder is looked at again that is locked but has no socket yet or no longer: a
/// server is just starting or ending there.
const LOOKS: u32 = 25;
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);

pub(super) fn ask(
    settings: &Settings,
    provision: &dyn Provision,
    console: &mut Console<'_>,
    request: OperatorRequest,
) -> Result<u8, Failure> {
    for look in 1.. {
        if let Some(reply) = socket::ask(&settings.folder, &request)? {
            return reply::print(&reply, console.output);
        }
        match settings.folder.lock() {
            Ok(_lock) => {
                let reply = alone(settings, provision, console, request)?;
                return reply::print(&reply, console.output);
            }
            Err(Failure::Locked { .. }) if look < LOOKS => sleep(BETWEEN_LOOKS),
            Err(failure) => return Err(failure),
        }
    }
    Ok(2)
}

/// Does the request in this process. The caller holds the folder's lock.
fn alone(
    settings: &Settings,
    provision: &dyn Provision,
    console: &mut Console<'_>,
    request: OperatorRequest,
) -> Result<OperatorReply, Failure> {
    let folder = &settings.folder;
    if !folder.holds_a_server() {
        return Err(AssemblyError::Missing.into());
    }
    let (key, warnings) = key_place(settings).read()?;
    for warning in warnings {
        writeln!(console.errors, "doegnrytme-server: warning: {warning}.")?;
    }
    let address = settings.reached_at();
    let bearing = match request {
        OperatorRequest::JournalConfirm => Bearing::Confirmation,
        _ => Bearing::Verb,
    };
    let (journal, code_lifetime) = (&settings.journal_place(), settings.code_lifetime);
    let limits = settings.limits;
    let opening = Opening { folder, key: &key, address, code_lifetime, limits, journal, bearing };
    let parts = provision.open(&opening)?;
    let source = Source::choose(settings.tls.as_ref(), folder);
    let desk = Desk::new(folder.clone(), source, Arc::clone(&parts.operator));
    let answer = desk.answer(request);
    parts.node.drain();
    parts.node.finish();
    Ok(answer?)
}
