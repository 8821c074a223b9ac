//! From the seam to the verbs.

use std::path::Path;
use std::sync::Arc;

use doegnrytme_core::time::LocalDay;
use doegnrytme_core::wire::record::Setting;

use super::desk::{Desk, at};
use super::{OperatorFailure, devices, relatives, verbs};
use crate::enrol::pins;
use crate::import::file;
use crate::intake::Taken;
use crate::jobs::Jobs;
use crate::journal::Record;
use crate::journal::doubt::{self, Confirmed};
use crate::socket::{Operator, OperatorError, OperatorReply, OperatorRequest};
use crate::vault::{Vault, VaultError};

/// The operator of one server.
pub struct Office {
    desk: Arc<dyn Desk>,
    address: String,
    jobs: Option<Arc<Jobs>>,
    vault: Option<Vault>,
}

impl Office {
    /// The office whose work is done at `desk`; `address` is where tablets reach the server.
    #[must_use]
    pub fn new(desk: Arc<dyn Desk>, address: impl Into<String>) -> Self {
        Self { desk, address: address.into(), jobs: None, vault: None }
    }

    /// With jobs to be asked for now.
    #[must_use]
    pub fn with_jobs(self, jobs: Arc<Jobs>) -> Self {
        Self { jobs: Some(jobs), ..self }
    }

    /// With the means to make backups.
    #[must_use]
    pub fn with_vault(self, vault: Vault) -> Self {
        Self { vault: Some(vault), ..self }
    }

    fn backup(&self, to: &str) -> Result<OperatorReply, OperatorFailure> {
        let none = || OperatorError::failed("This server makes no backups.");
        let vault = self.vault.as_ref().ok_or_else(none)?;
        let refused = |error: VaultError| OperatorError::failed(error.to_string());
        let now = at(&*self.desk, |_, context| Ok((context.now, Taken::default())))?;
        let bytes = vault.backup(Path::new(to), now).map_err(refused)?;
        // From here on the journal is ahead of the backup, whatever else happens.
        at(&*self.desk, |tx, context| {
            tx.protect(Record::Lived { at: context.now })?;
            Ok(((), Taken::default()))
        })?;
        Ok(OperatorReply::BackedUp { file: to.to_owned(), bytes })
    }

    fn confirm(&self) -> Result<OperatorReply, OperatorFailure> {
        let none = || OperatorError::failed("This server has no journal.");
        let journal = self.vault.as_ref().ok_or_else(none)?.journal().display().to_string();
        match at(&*self.desk, |tx, context| Ok(doubt::confirm(tx, context)?))? {
            Confirmed::Done(doubt) => {
                Ok(OperatorReply::JournalConfirmed { doubt: doubt.words(), journal })
            }
            Confirmed::Nothing => Err(OperatorError::invalid(
                "There is nothing to confirm: the journal is as it should be.",
            )
            .into()),
            Confirmed::InTheWay => Err(OperatorError::invalid(format!(
                "Another server's file lies at {journal}: move it away, or name another with \
                 --journal, restart, and confirm then.",
            ))
            .into()),
        }
    }

    fn jobs(&self) -> Result<&Jobs, OperatorFailure> {
        let none = || OperatorError::failed("This server does no jobs.");
        Ok(self.jobs.as_deref().ok_or_else(none)?)
    }

    fn run_digests(&self, day: Option<String>) -> Result<OperatorReply, OperatorFailure> {
        let day = match day {
            Some(day) => day.trim().parse().ok(),
            None => {
                at(&*self.desk, |_, context| Ok((context.now, Taken::default())))?.local_day().ok()
            }
        };
        let wrong = || OperatorError::invalid("The day must be one such as 2026-03-02.");
        let day: LocalDay = day.ok_or_else(wrong)?;
        let run = self.jobs()?.run_digests(day)?;
        Ok(OperatorReply::Digests {
            day: day.to_string(),
            sent: count(run.sent),
            withdrawn: count(run.withdrawn),
            refused: count(run.refused),
            unknown: count(run.unknown),
            later: count(run.later),
            unsendable: count(run.unsendable + run.nameless),
        })
    }

    fn carry_out(&self, request: OperatorRequest) -> Result<OperatorReply, OperatorFailure> {
        let desk = &*self.desk;
        match request {
            OperatorRequest::TeamAdd { name } => {
                at(desk, move |tx, context| verbs::team_add(tx, context, &name))
            }
            OperatorRequest::CarerAdd { team, name, roles } => {
                at(desk, move |tx, context| verbs::carer_add(tx, context, &team, &name, &roles))
            }
            OperatorRequest::CarerSet { carer, teams, roles } => {
                at(desk, move |tx, context| verbs::carer_set(tx, context, &carer, &teams, &roles))
            }
            OperatorRequest::CarerCode { carer } => {
                at(desk, move |tx, context| verbs::carer_code(tx, context, &carer))
            }
            OperatorRequest::CitizenImport { json } => {
                file::citizens(desk, &json).map(OperatorReply::Imported)
            }
            OperatorRequest::ShiftImport { json } => {
                file::shifts(desk, &json).map(OperatorReply::Imported)
            }
            OperatorRequest::DeviceCode { team, typed } => {
                let address = self.address.clone();
                at(desk, move |tx, context| verbs::device_code(tx, context, &team, typed, address))
            }
            OperatorRequest::DeviceList => at(desk, |tx, _| devices::list(tx)),
            OperatorRequest::DeviceRetire { device } => {
                at(desk, move |tx, context| devices::revoke(tx, context, device, false))
            }
            OperatorRequest::DeviceStolen { device } => {
                at(desk, move |tx, context| devices::revoke(tx, context, device, true))
            }
            OperatorRequest::RelativeAdd { citizen, name, phone, relation } => {
                let relative = relatives::NewRelative { citizen, name, phone, relation };
                at(desk, move |tx, context| relatives::relative_add(tx, context, &relative))
            }
            OperatorRequest::ConsentGive { relative, topic, channel, by } => {
                let said = relatives::Said { relative, topic, channel, by };
                at(desk, move |tx, context| relatives::consent_give(tx, context, &said))
            }
            OperatorRequest::ConsentWithdraw { relative, topic, channel, by } => {
                let said = relatives::Said { relative, topic, channel, by };
                at(desk, move |tx, context| relatives::consent_withdraw(tx, context, &said))
            }
            OperatorRequest::SettingPut { name, value } => {
                let setting = Setting { name: name.trim().to_owned(), value };
                at(desk, move |tx, context| verbs::setting_put(tx, context, &setting))
            }
            OperatorRequest::DigestRun { day } => self.run_digests(day),
            OperatorRequest::FactsRebuild => {
                let differed = count(self.jobs()?.rebuild()?.len());
                Ok(OperatorReply::Facts { differed })
            }
            OperatorRequest::JournalConfirm => self.confirm(),
            OperatorRequest::Backup { to } => self.backup(&to),
            OperatorRequest::Status => at(desk, |tx, _| verbs::status(tx)),
            OperatorRequest::TlsRenew => {
                Err(OperatorError::invalid("The shell makes certificates itself.").into())
            }
        }
    }
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

impl Operator for Office {
    fn handle(&self, request: OperatorRequest) -> Result<OperatorReply, OperatorError> {
        Ok(self.carry_out(request)?)
    }

    fn pins(&self, pins: &[[u8; 32]]) -> Result<(), OperatorError> {
        let pins = pins.to_vec();
        let announce = move |tx: &mut dyn crate::store::Tx,
                             context: &mut crate::node::Context<'_>| {
            pins::announce(tx, context, &pins)?;
            Ok(((), Taken::default()))
        };
        Ok(at(&*self.desk, announce)?)
    }
}
