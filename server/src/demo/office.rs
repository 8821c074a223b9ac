//! The municipality's office: what an operator does before a team can work, through the running
//! server's own door.

use std::collections::BTreeMap;

use doegnrytme_core::ids::CarerId;
use doegnrytme_core::tablet::{Invite, TypedCode};
use doegnrytme_core::time::LocalDay;

use super::report::DigestLine;
use super::town::carers::CARERS;
use super::town::relatives::{Consent, RELATIVES, Relative};
use super::town::{MUNICIPALITY, TEAM, Town};
use super::trouble::Trouble;
use crate::folder::Folder;
use crate::record::words::setting;
use crate::relatives::LogGateway;
use crate::socket::{ImportReport, OperatorReply, OperatorRequest, ask};

/// The operator of the server that runs in a folder.
pub struct Office {
    folder: Folder,
}

impl Office {
    /// The operator of the server that runs in the folder.
    #[must_use]
    pub fn of(folder: Folder) -> Self {
        Self { folder }
    }

    /// Asks for one verb.
    ///
    /// # Errors
    /// [`Trouble::Server`].
    pub fn ask(&self, request: &OperatorRequest) -> Result<OperatorReply, Trouble> {
        let reply = ask(&self.folder, request)?;
        reply.ok_or_else(|| Trouble::Wrong("the server does not run any more".to_owned()))
    }

    /// The team and its carers, in the order of [`CARERS`].
    ///
    /// # Errors
    /// [`Trouble`].
    pub fn add_team(&self) -> Result<Vec<CarerId>, Trouble> {
        // The day's digests are ordered when the day is over, not by the clock of this machine.
        for (name, value) in [(setting::MUNICIPALITY, MUNICIPALITY), (setting::DIGEST_AT, "23:59")]
        {
            let (name, value) = (name.to_owned(), value.to_owned());
            self.ask(&OperatorRequest::SettingPut { name, value })?;
        }
        self.ask(&OperatorRequest::TeamAdd { name: TEAM.to_owned() })?;
        CARERS
            .iter()
            .map(|carer| {
                let request = OperatorRequest::CarerAdd {
                    team: TEAM.to_owned(),
                    name: carer.name.to_owned(),
                    roles: vec![carer.role.key().to_owned()],
                };
                match self.ask(&request)? {
                    OperatorReply::Carer { carer } => {
                        carer.parse().map_err(|_| Trouble::Answer("carer add"))
                    }
                    _ => Err(Trouble::Answer("carer add")),
                }
            })
            .collect()
    }

    /// Citizens and shifts; gives the citizens' ids by their outside ids.
    ///
    /// # Errors
    /// [`Trouble`], also when a row was not taken.
    pub fn import(&self, town: &Town) -> Result<BTreeMap<String, String>, Trouble> {
        let citizens = OperatorRequest::CitizenImport { json: town.citizen_file()? };
        let report = self.imported("citizens", &citizens)?;
        let ids = town.citizens.iter().zip(report.taken);
        let ids = ids.map(|(row, taken)| (row.id.clone(), taken.id)).collect();
        let shifts = OperatorRequest::ShiftImport { json: town.shift_file()? };
        self.imported("shifts", &shifts)?;
        Ok(ids)
    }

    fn imported(
        &self,
        what: &'static str,
        request: &OperatorRequest,
    ) -> Result<ImportReport, Trouble> {
        let OperatorReply::Imported(report) = self.ask(request)? else {
            return Err(Trouble::Answer(what));
        };
        match report.problems.first() {
            None => Ok(report),
            Some(first) => {
                Err(Trouble::Import(what, format!("line {}: {}", first.line, first.reason)))
            }
        }
    }

    /// Relatives, and what the citizens let them know.
    ///
    /// # Errors
    /// [`Trouble`].
    pub fn add_relatives(&self, citizens: &BTreeMap<String, String>) -> Result<(), Trouble> {
        for relative in RELATIVES {
            let Some(citizen) = citizens.get(relative.citizen) else { continue };
            let added = self.ask(&OperatorRequest::RelativeAdd {
                citizen: citizen.clone(),
                name: relative.name.to_owned(),
                phone: relative.phone(),
                relation: relative.relation.to_owned(),
            })?;
            let OperatorReply::Relative { relative: id } = added else {
                return Err(Trouble::Answer("relative add"));
            };
            for topic in topics(relative.consent) {
                self.consent(&id, topic, true)?;
            }
            if relative.consent == Consent::Withdrawn {
                self.consent(&id, "wellbeing", false)?;
            }
        }
        Ok(())
    }

    fn consent(&self, relative: &str, topic: &str, give: bool) -> Result<(), Trouble> {
        let (relative, topic) = (relative.to_owned(), topic.to_owned());
        let (channel, by) = ("sms".to_owned(), "Teamets kontor".to_owned());
        self.ask(&match give {
            true => OperatorRequest::ConsentGive { relative, topic, channel, by },
            false => OperatorRequest::ConsentWithdraw { relative, topic, channel, by },
        })
        .map(drop)
    }

    /// Has the day's digests composed and sent, and reads what left.
    ///
    /// # Errors
    /// [`Trouble`].
    pub fn tell_relatives(&self, day: LocalDay) -> Result<Vec<DigestLine>, Trouble> {
        self.ask(&OperatorRequest::DigestRun { day: Some(day.to_string()) })?;
        let lines = LogGateway::lines(&self.folder.path().join("sms.log"))?;
        let to = |phone: &str| {
            let relative = RELATIVES.iter().find(|relative| relative.phone() == phone);
            relative.map(|it| format!("{} ({})", it.name, it.relation)).unwrap_or_default()
        };
        let told = lines.into_iter();
        Ok(told.map(|it| DigestLine { to: to(&it.to), phone: it.to, text: it.text }).collect())
    }

    /// A start code for a carer.
    ///
    /// # Errors
    /// [`Trouble`].
    pub fn start_code(&self, carer: CarerId) -> Result<TypedCode, Trouble> {
        match self.ask(&OperatorRequest::CarerCode { carer: carer.to_string() })? {
            OperatorReply::CarerCode { code, .. } => Ok(TypedCode(code)),
            _ => Err(Trouble::Answer("carer code")),
        }
    }

    /// A fresh code for one tablet.
    ///
    /// # Errors
    /// [`Trouble`].
    pub fn invite(&self) -> Result<Invite, Trouble> {
        let request = OperatorRequest::DeviceCode { team: TEAM.to_owned(), typed: false };
        match self.ask(&request)? {
            OperatorReply::DeviceCode { code, .. } => Ok(Invite::Scanned(code)),
            _ => Err(Trouble::Answer("device code")),
        }
    }
}

fn topics(consent: Consent) -> &'static [&'static str] {
    match consent {
        Consent::None => &[],
        Consent::Wellbeing | Consent::Withdrawn => &["wellbeing"],
        Consent::WellbeingAndVisits => &["wellbeing", "visits"],
    }
}

/// What must not have left, and what should have: each mistake in words.
#[must_use]
pub fn mistakes(told: &[DigestLine]) -> Vec<String> {
    let mut mistakes = Vec::new();
    for relative in RELATIVES {
        let count = told.iter().filter(|line| line.phone == relative.phone()).count();
        let may = matches!(relative.consent, Consent::Wellbeing | Consent::WellbeingAndVisits);
        if count > 1 {
            mistakes.push(format!("{} was told {count} times", relative.name));
        } else if count == 1 && !may {
            mistakes.push(format!("{} was told without consent", relative.name));
        } else if count == 0 && may && happened(relative.citizen) {
            mistakes.push(format!("{} was not told", relative.name));
        }
    }
    mistakes
}

/// Whether the script has something good to tell of the citizen on every weekday.
fn happened(citizen: &str) -> bool {
    citizen == "LK-01"
}

/// Relatives who got nothing: how many, and why.
#[must_use]
pub fn silent(told: &[DigestLine]) -> Vec<(usize, String)> {
    let got_nothing = |relative: &&Relative| told.iter().all(|line| line.phone != relative.phone());
    let why = |consent| match consent {
        Consent::None => "the citizen has not consented",
        Consent::Withdrawn => "the citizen has withdrawn the consent",
        Consent::Wellbeing | Consent::WellbeingAndVisits => "nothing happened that is told by SMS",
    };
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for relative in RELATIVES.iter().filter(got_nothing) {
        *reasons.entry(why(relative.consent)).or_default() += 1;
    }
    reasons.into_iter().map(|(why, count)| (count, why.to_owned())).collect()
}
