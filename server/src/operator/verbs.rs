//! The verbs, each in one transaction. A verb looks at everything it was given before it writes.
//! Those about relatives and consents are in [`super::relatives`].

use std::collections::BTreeMap;

use doegnrytme_core::care::role::{Role, Roles};
use doegnrytme_core::ids::{CarerId, StreamId};
use doegnrytme_core::port::random;
use doegnrytme_core::wire::record::{Directory, Setting};

use super::{OperatorFailure, find};
use crate::enrol;
use crate::intake::Taken;
use crate::journal::doubt::Doubt;
use crate::node::Context;
use crate::record::words::setting;
use crate::record::{self, write};
use crate::socket::{OperatorError, OperatorReply, TakenState};
use crate::store::Tx;
use crate::store::people::Carer;
use crate::store::sms::SmsState;

/// The longest name, in characters.
const MOST_NAME: usize = 100;
/// The longest setting, in characters.
const MOST_SETTING: usize = 500;

/// What a verb did, and who has something new to read.
pub type Done = Result<(OperatorReply, Taken), OperatorFailure>;

/// A name of one line.
///
/// # Errors
/// [`OperatorError`] that says what `of` must be.
pub(super) fn name(text: &str, of: &str) -> Result<String, OperatorError> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > MOST_NAME || text.contains(char::is_control) {
        return Err(OperatorError::invalid(format!(
            "{of} must be one line of 1 to {MOST_NAME} characters."
        )));
    }
    Ok(text.to_owned())
}

fn team(tx: &mut dyn Tx, named: &str) -> Result<StreamId, OperatorFailure> {
    let unknown = || OperatorError::unknown("There is no such team. Add it with `team add`.");
    Ok(find::team(tx, named)?.ok_or_else(unknown)?)
}

/// A team, and its stream.
///
/// # Errors
/// [`OperatorFailure`]; so for every verb.
pub fn team_add(tx: &mut dyn Tx, context: &mut Context<'_>, named: &str) -> Done {
    let name = name(named, "The team's name")?;
    if name.parse::<u32>().is_ok() {
        let text = "A team's name cannot be a number: teams have numbers of their own.";
        return Err(OperatorError::invalid(text).into());
    }
    if let Some(known) = find::team(tx, &name)? {
        return Ok((OperatorReply::Team { team: known.0, added: false }, Taken::default()));
    }
    let team = tx.add_team(&name)?.stream;
    let (_, taken) = write::put(tx, context, None, &Directory::Team { team, name })?;
    Ok((OperatorReply::Team { team: team.0, added: true }, taken))
}

/// A carer in the directory.
///
/// # Errors
/// [`OperatorFailure`].
pub fn carer_add(
    tx: &mut dyn Tx,
    context: &mut Context<'_>,
    team_named: &str,
    named: &str,
    roles: &[String],
) -> Done {
    let name = name(named, "The carer's name")?;
    let roles = roles_of(roles)?;
    let teams = vec![team(tx, team_named)?];
    let id = CarerId(random(context.rng));
    let (_, taken) = put_carer(tx, context, Carer { id, name, roles, teams })?;
    Ok((OperatorReply::Carer { carer: id.to_string() }, taken))
}

fn put_carer(
    tx: &mut dyn Tx,
    context: &mut Context<'_>,
    carer: Carer,
) -> Result<(TakenState, Taken), OperatorFailure> {
    tx.put_carer(&carer)?;
    let Carer { id, name, roles, teams } = carer;
    let roles = Roles::from_bits(u32::from(roles));
    Ok(write::put(tx, context, None, &Directory::Carer { carer: id, name, roles, teams })?)
}

fn roles_of(named: &[String]) -> Result<u16, OperatorError> {
    let roles: Option<Roles> = named.iter().map(|role| Role::from_key(role)).collect();
    let roles = roles.filter(|roles| !roles.is_empty()).ok_or_else(|| {
        let known: Vec<&str> = Role::ALL.iter().map(|role| role.key()).collect();
        OperatorError::invalid(format!(
            "A carer needs one or more of the roles {}.",
            known.join(", ")
        ))
    })?;
    Ok(u16::try_from(roles.bits()).unwrap_or(u16::MAX))
}

fn known_carer(tx: &mut dyn Tx, named: &str) -> Result<Carer, OperatorFailure> {
    let unknown =
        || OperatorError::unknown("There is no such carer. Name the id that `carer add` gave.");
    let id: CarerId = named.trim().parse().map_err(|_| unknown())?;
    Ok(tx.carer(id)?.ok_or_else(unknown)?)
}

/// A carer's teams and roles from now on.
///
/// # Errors
/// [`OperatorFailure`].
pub fn carer_set(
    tx: &mut dyn Tx,
    context: &mut Context<'_>,
    carer: &str,
    teams: &[String],
    roles: &[String],
) -> Done {
    let known = known_carer(tx, carer)?;
    let teams: Result<Vec<_>, _> = teams.iter().map(|named| team(tx, named)).collect();
    let roles = if roles.is_empty() { known.roles } else { roles_of(roles)? };
    let carer = Carer { teams: teams?, roles, ..known.clone() };
    let changed = carer != known;
    let (_, taken) = put_carer(tx, context, carer)?;
    Ok((OperatorReply::CarerSet { changed }, taken))
}

/// A start code for a carer.
///
/// # Errors
/// [`OperatorFailure`].
pub fn carer_code(tx: &mut dyn Tx, context: &mut Context<'_>, carer: &str) -> Done {
    let carer = known_carer(tx, carer)?;
    let handed = enrol::start_code(tx, context, carer.id)?;
    let reply = OperatorReply::CarerCode { code: handed.text, days: enrol::START_DAYS };
    Ok((reply, Taken::default()))
}

/// A code by which one tablet of a team joins.
///
/// # Errors
/// [`OperatorFailure`].
pub fn device_code(
    tx: &mut dyn Tx,
    context: &mut Context<'_>,
    team_named: &str,
    typed: bool,
    address: String,
) -> Done {
    let team = team(tx, team_named)?;
    let handed = enrol::issue(tx, context, team, typed, &address)?;
    let reply = OperatorReply::DeviceCode {
        code: handed.text,
        address,
        identity: context.keys.identity_hash.to_string(),
        seconds: context.rules.code_lifetime.seconds(),
    };
    Ok((reply, Taken::default()))
}

/// A setting of the municipality, one of [`setting::ALL`]. A greeting that may not go by text
/// message is refused here, where somebody can mend it, and not in the evening.
///
/// # Errors
/// [`OperatorFailure`].
pub fn setting_put(tx: &mut dyn Tx, context: &mut Context<'_>, put: &Setting) -> Done {
    if !setting::ALL.contains(&put.name.as_str()) {
        let known = setting::ALL.join(", ");
        return Err(OperatorError::invalid(format!("The settings are {known}.")).into());
    }
    if put.value.chars().count() > MOST_SETTING || put.value.contains(char::is_control) {
        let text = format!("A setting is one line of at most {MOST_SETTING} characters.");
        return Err(OperatorError::invalid(text).into());
    }
    let is_greeting = [setting::MESSAGE, setting::NEW_GREETING].contains(&put.name.as_str());
    let words = record::in_force(tx)?.words;
    if is_greeting && (!put.value.contains("{kommune}") || !words.may_go_by_sms(&put.value)) {
        let text = "A greeting names {kommune} and holds no word about health and no number.";
        return Err(OperatorError::invalid(text).into());
    }
    if put.name == setting::MESSAGE && !put.value.contains("{nyt}") {
        return Err(OperatorError::invalid("The message has no place for the news: {nyt}.").into());
    }
    let (state, taken) = write::put(tx, context, None, put)?;
    Ok((OperatorReply::Setting { changed: state != TakenState::Unchanged }, taken))
}

/// Figures for a glance: counts only.
///
/// # Errors
/// [`OperatorFailure`].
pub fn status(tx: &mut dyn Tx) -> Done {
    let teams = tx.teams()?;
    let mut citizens = 0;
    let mut rows = tx.head(StreamId::COMMON)?.map_or(0, |head| head.seq);
    for team in &teams {
        citizens += tx.citizens_of(team.stream)?.len();
        rows += tx.head(team.stream)?.map_or(0, |head| head.seq);
    }
    let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
    let mut figures = BTreeMap::from([
        ("teams".to_owned(), count(teams.len())),
        ("carers".to_owned(), count(tx.carers()?.len())),
        ("citizens".to_owned(), count(citizens)),
        // Device 1 is the server.
        ("tablets".to_owned(), count(tx.devices()?.len().saturating_sub(1))),
        ("relatives".to_owned(), count(tx.relatives()?.len())),
        ("published rows".to_owned(), rows),
        ("held for a person".to_owned(), tx.count_held(None)?),
        // 1 while uploads wait and no message leaves.
        ("waits for journal confirm".to_owned(), u64::from(!Doubt::read(tx)?.is_none())),
    ]);
    for (words, state) in [
        ("sms sent", SmsState::Sent),
        ("sms of unknown outcome", SmsState::Unknown),
        ("sms refused", SmsState::Refused),
    ] {
        figures.insert(words.to_owned(), count(tx.sms_in(state)?.len()));
    }
    Ok((OperatorReply::Status { figures }, Taken::default()))
}
