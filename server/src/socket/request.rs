//! What an operator can ask and what comes back: the JSON of `DIR/socket`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One line to the socket, for example `{"verb":"team_add","name":"Team Åen"}`.
///
/// Ids are the texts that earlier replies gave; a team may be named by number or by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "snake_case", deny_unknown_fields)]
pub enum OperatorRequest {
    /// A new team. The same name again changes nothing and gives the same number.
    TeamAdd {
        /// The team's name.
        name: String,
    },
    /// A new carer in the directory.
    CarerAdd {
        /// The carer's team.
        team: String,
        /// The carer's name.
        name: String,
        /// Any of helper, assistant, nurse, therapist, unskilled, substitute, team_lead, assessor,
        /// coordinator.
        roles: Vec<String>,
    },
    /// A carer's teams and roles from now on. Whoever is in no team is let in nowhere when his
    /// lease is to be renewed.
    CarerSet {
        /// The carer's id.
        carer: String,
        /// All teams.
        teams: Vec<String>,
        /// All roles; the same as before when nothing is said.
        roles: Vec<String>,
    },
    /// A single-use start code: with it a carer uses a tablet for the first time, or again after a
    /// forgotten PIN.
    CarerCode {
        /// The carer's id.
        carer: String,
    },
    /// Citizens with their plans, from a file.
    CitizenImport {
        /// The file's text.
        json: String,
    },
    /// Planned visits, from a file.
    ShiftImport {
        /// The file's text.
        json: String,
    },
    /// A single-use code by which a tablet joins.
    DeviceCode {
        /// The tablet's team.
        team: String,
        /// Thirteen characters to type instead of a QR text.
        typed: bool,
    },
    /// All tablets: number, what they may do, when they last handed something in.
    DeviceList,
    /// Takes a tablet out of use: it hands in what it holds, which waits for the team, and wipes
    /// itself.
    DeviceRetire {
        /// Its number.
        device: u32,
    },
    /// A tablet is in strange hands: it reads nothing more from now on and wipes itself as soon as
    /// it is heard.
    DeviceStolen {
        /// Its number.
        device: u32,
    },
    /// A relative of a citizen.
    RelativeAdd {
        /// The citizen's id.
        citizen: String,
        /// The relative's name.
        name: String,
        /// The telephone number, with country code.
        phone: String,
        /// How they are related, as the digest may say it.
        relation: String,
    },
    /// A consent of a citizen for a relative.
    ConsentGive {
        /// The relative's id.
        relative: String,
        /// What it is about.
        topic: String,
        /// How the relative is told.
        channel: String,
        /// Who recorded it.
        by: String,
    },
    /// The end of a consent.
    ConsentWithdraw {
        /// The relative's id.
        relative: String,
        /// What it is about.
        topic: String,
        /// How the relative was told.
        channel: String,
        /// Who recorded the withdrawal.
        by: String,
    },
    /// A setting of the municipality, such as its name.
    SettingPut {
        /// Which.
        name: String,
        /// Its value.
        value: String,
    },
    /// The day's digests, now. Whoever has a message about the day gets no second one.
    DigestRun {
        /// The day, `2026-03-02`; today when nothing is said.
        day: Option<String>,
    },
    /// The facts of all notes read anew and compared with those that were kept step by step.
    FactsRebuild,
    /// A new TLS certificate and key; handled by the shell.
    TlsRenew,
    /// The operator takes it upon himself that something may have been forgotten: what waited is
    /// taken in, and messages leave again.
    JournalConfirm,
    /// A whole, encrypted copy of the server in a new file, while it goes on working.
    Backup {
        /// The file, as a full path. It must not be there.
        to: String,
    },
    /// Figures for a glance.
    Status,
}

/// What a verb did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum OperatorReply {
    /// A team is there.
    Team {
        /// Its number, which is also its stream's.
        team: u32,
        /// False when a team of this name was there already.
        added: bool,
    },
    /// A carer is there.
    Carer {
        /// The carer's id.
        carer: String,
    },
    /// A carer's teams and roles hold.
    CarerSet {
        /// False when they held before.
        changed: bool,
    },
    /// A start code for one carer on one tablet, once.
    CarerCode {
        /// Sixteen characters in groups of four.
        code: String,
        /// For how many days.
        days: i64,
    },
    /// A file was read.
    Imported(ImportReport),
    /// A code that admits one tablet, once.
    DeviceCode {
        /// The QR's text, or the thirteen characters.
        code: String,
        /// Where the tablet finds the server, `host:port`.
        address: String,
        /// The identity key's hash (hex), to be compared on the tablet's screen.
        identity: String,
        /// For how long, in seconds.
        seconds: u32,
    },
    /// The tablets.
    Devices {
        /// By number.
        devices: Vec<DeviceLine>,
    },
    /// A tablet is out of use.
    Revoked {
        /// The tablet, as it is now.
        device: DeviceLine,
        /// False when it was so before.
        changed: bool,
    },
    /// A relative is there.
    Relative {
        /// The relative's id.
        relative: String,
    },
    /// A consent or a withdrawal was written.
    Consent {
        /// The id of the entry.
        consent: String,
    },
    /// A setting holds.
    Setting {
        /// False when it held before.
        changed: bool,
    },
    /// Digests were composed and sent: counts only.
    Digests {
        /// About which day.
        day: String,
        /// The gateway took them.
        sent: u64,
        /// Consent or news had gone: nothing left.
        withdrawn: u64,
        /// The gateway will never take them.
        refused: u64,
        /// Nobody can say whether they left; they are not sent again.
        unknown: u64,
        /// The gateway could not take them now; they are tried again.
        later: u64,
        /// Relatives for whom the municipality's words make no message.
        unsendable: u64,
    },
    /// The facts were read anew.
    Facts {
        /// How many differed and were put right.
        differed: u64,
    },
    /// What was in doubt is confirmed.
    JournalConfirmed {
        /// What it was.
        doubt: String,
        /// The file of the journal that protects the server from now on.
        journal: String,
    },
    /// A backup was written.
    BackedUp {
        /// The file.
        file: String,
        /// Its size.
        bytes: u64,
    },
    /// A certificate was made.
    TlsRenewed {
        /// The pin (hex) that the next start or SIGHUP puts in use.
        pin: String,
    },
    /// Figures by name, for example `published rows`.
    Status {
        /// The figures.
        figures: BTreeMap<String, u64>,
    },
}

/// A tablet as an operator sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceLine {
    /// Its number.
    pub device: u32,
    /// `active`, `retired`, `stolen` or `wiped`.
    pub status: String,
    /// Its teams.
    pub teams: Vec<u32>,
    /// When it joined, Unix seconds.
    pub enrolled: i64,
    /// When it last handed something in, Unix seconds.
    pub handed_in: Option<i64>,
}

/// What became of a file's rows. Good rows are taken although others are bad.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportReport {
    /// The rows that are now in the store.
    pub taken: Vec<TakenRow>,
    /// The rows that are not, and why.
    pub problems: Vec<RowProblem>,
}

/// A row that is now in the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenRow {
    /// The line of the file where the row begins, from 1.
    pub line: usize,
    /// The id it has, or the words that name it.
    pub id: String,
    /// What the row changed.
    pub state: TakenState,
}

/// What a taken row changed. Importing the same file again gives `unchanged` everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TakenState {
    /// It was not there.
    Added,
    /// It was there with other content.
    Updated,
    /// It was there just so.
    Unchanged,
}

/// A row that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowProblem {
    /// The line of the file where the row begins, from 1.
    pub line: usize,
    /// Why, naming the field; never its value when that is about a person.
    pub reason: String,
}

/// Why a verb did nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{text}")]
pub struct OperatorError {
    /// The kind of reason.
    pub reason: Reason,
    /// One English sentence that says what to do.
    pub text: String,
}

/// The kinds of reason, so that a script can tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A field of the request is not what it must be.
    Invalid,
    /// The team, citizen or relative is not there.
    Unknown,
    /// The server could not do it now; the log says why.
    Failed,
}

impl OperatorError {
    /// A field of the request is not what it must be.
    #[must_use]
    pub fn invalid(text: impl Into<String>) -> Self {
        Self { reason: Reason::Invalid, text: text.into() }
    }

    /// Something named is not there.
    #[must_use]
    pub fn unknown(text: impl Into<String>) -> Self {
        Self { reason: Reason::Unknown, text: text.into() }
    }

    /// The server could not do it now.
    #[must_use]
    pub fn failed(text: impl Into<String>) -> Self {
        Self { reason: Reason::Failed, text: text.into() }
    }
}

/// One line from the socket: `{"done":…}` or `{"refused":…}`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
    Done(OperatorReply),
    Refused(OperatorError),
}

impl From<Result<OperatorReply, OperatorError>> for Line {
    fn from(result: Result<OperatorReply, OperatorError>) -> Self {
        match result {
            Ok(reply) => Self::Done(reply),
            Err(error) => Self::Refused(error),
        }
    }
}

impl From<Line> for Result<OperatorReply, OperatorError> {
    fn from(line: Line) -> Self {
        match line {
            Line::Done(reply) => Ok(reply),
            Line::Refused(error) => Err(error),
        }
    }
}
