//! What a verb prints: ids first, so that a script finds them.

use std::io::Write;

use doegnrytme_core::time::UnixSeconds;

use crate::error::Failure;
use crate::socket::{DeviceLine, ImportReport, OperatorReply, TakenState};

/// A tablet in one line.
fn tablet(line: &DeviceLine) -> String {
    let teams: Vec<String> = line.teams.iter().map(u32::to_string).collect();
    let at = |seconds: i64| UnixSeconds(seconds).to_rfc3339();
    let handed_in = line.handed_in.map_or("never".to_owned(), at);
    let DeviceLine { device, status, enrolled, .. } = line;
    let (teams, joined) = (teams.join(","), at(*enrolled));
    format!("{device}  {status}  teams {teams}  joined {joined}  last handed in {handed_in}")
}

/// Prints a reply; the result is the exit status: 1 when rows of a file were not taken.
pub(super) fn print(reply: &OperatorReply, out: &mut dyn Write) -> Result<u8, Failure> {
    match reply {
        OperatorReply::Team { team, added: true } => writeln!(out, "{team} (team added)")?,
        OperatorReply::Team { team, added: false } => writeln!(out, "{team} (team was there)")?,
        OperatorReply::Carer { carer } => writeln!(out, "{carer} (carer added)")?,
        OperatorReply::CarerSet { changed: true } => writeln!(out, "set")?,
        OperatorReply::CarerSet { changed: false } => writeln!(out, "was set so before")?,
        OperatorReply::CarerCode { code, days } => {
            writeln!(out, "{code}\nGood for one carer on one tablet, for {days} days.")?;
        }
        OperatorReply::Imported(report) => return imported(report, out),
        OperatorReply::DeviceCode { code, address, identity, seconds } => writeln!(
            out,
            "{code}\nserver {address}\nidentity key {identity}\nGood for one tablet, for {}.",
            crate::enrol::in_words(*seconds)
        )?,
        OperatorReply::Devices { devices } => {
            for device in devices {
                writeln!(out, "{}", tablet(device))?;
            }
        }
        OperatorReply::Revoked { device, changed } => {
            let was = if *changed { "" } else { " (it was before)" };
            writeln!(out, "{}{was}", tablet(device))?;
            writeln!(out, "What was written on it after that is held for the team if it comes.")?;
        }
        OperatorReply::Relative { relative } => writeln!(out, "{relative} (relative added)")?,
        OperatorReply::Consent { consent } => writeln!(out, "{consent} (written)")?,
        OperatorReply::Setting { changed: true } => writeln!(out, "set")?,
        OperatorReply::Setting { changed: false } => writeln!(out, "was set so before")?,
        OperatorReply::Digests { day, sent, withdrawn, refused, unknown, later, unsendable } => {
            writeln!(
                out,
                "{day}: {sent} sent, {withdrawn} withdrawn, {refused} refused, \
                 {unknown} of unknown outcome, {later} to be tried again, \
                 {unsendable} without words that can be sent"
            )?;
        }
        OperatorReply::Facts { differed } => {
            writeln!(out, "{differed} facts differed and were put right")?;
        }
        OperatorReply::JournalConfirmed { doubt, journal } => writeln!(
            out,
            "confirmed, although {doubt}\nWhat waited is taken in, and text messages leave again.\nThe journal is {journal}."
        )?,
        OperatorReply::BackedUp { file, bytes } => writeln!(
            out,
            "{file} ({bytes} bytes)\nIt opens with the recovery key. Check it with: doegnrytme-server verify {file}"
        )?,
        OperatorReply::TlsRenewed { pin } => writeln!(
            out,
            "{pin} (pin of the new certificate)\nA running server takes it in use at SIGHUP or restart."
        )?,
        OperatorReply::Status { figures } => {
            let width = figures.keys().map(|name| name.chars().count()).max().unwrap_or(0);
            for (name, figure) in figures {
                writeln!(out, "{name:width$}  {figure}")?;
            }
        }
    }
    Ok(0)
}

fn imported(report: &ImportReport, out: &mut dyn Write) -> Result<u8, Failure> {
    for problem in &report.problems {
        writeln!(out, "line {}: not taken: {}", problem.line, problem.reason)?;
    }
    let count = |state| report.taken.iter().filter(|row| row.state == state).count();
    writeln!(
        out,
        "{} added, {} updated, {} unchanged, {} not taken",
        count(TakenState::Added),
        count(TakenState::Updated),
        count(TakenState::Unchanged),
        report.problems.len()
    )?;
    Ok(u8::from(!report.problems.is_empty()))
}
