//! The verbs about relatives and what a citizen lets them know.

use doegnrytme_core::care::consent::{Act, Channel, ConsentEntry, ConsentId, SaidTo, Topic};
use doegnrytme_core::ids::{RelativeId, hex};
use doegnrytme_core::port::random;
use doegnrytme_core::wire::record;

use super::verbs::{Done, name};
use super::{OperatorFailure, find};
use crate::node::Context;
use crate::record::{consents, write};
use crate::socket::{OperatorError, OperatorReply};
use crate::store::Tx;
use crate::store::relative::Relative;

/// A relative as the operator names one.
pub struct NewRelative {
    /// Whose: id or outside id.
    pub citizen: String,
    /// The name.
    pub name: String,
    /// The telephone number, with country code.
    pub phone: String,
    /// How they are related.
    pub relation: String,
}

/// A relative. The number stays on the server; name and relation travel to the citizen's team.
///
/// # Errors
/// [`OperatorFailure`].
pub fn relative_add(tx: &mut dyn Tx, context: &mut Context<'_>, new: &NewRelative) -> Done {
    let name_of = name(&new.name, "The relative's name")?;
    let relation = name(&new.relation, "The relation")?;
    let phone = phone(&new.phone)?;
    let unknown = || OperatorError::unknown("There is no such citizen. Import citizens first.");
    let citizen = find::citizen(tx, new.citizen.trim())?.ok_or_else(unknown)?.id;
    let id = RelativeId(random(context.rng));
    tx.put_relative(&Relative { id, citizen, phone })?;
    let relative = record::Relative { relative: id, name: name_of, relation };
    let (_, taken) = write::put(tx, context, Some(citizen), &relative)?;
    Ok((OperatorReply::Relative { relative: id.to_string() }, taken))
}

/// `+4512345678`: a plus, then 8 to 15 digits (E.164); spaces and hyphens between them are fine.
fn phone(text: &str) -> Result<String, OperatorError> {
    let phone: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    let digits = phone.strip_prefix('+').unwrap_or_default();
    let fits = (8..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    let problem = "The telephone number must have its country code, such as +4512345678.";
    if fits { Ok(phone) } else { Err(OperatorError::invalid(problem)) }
}

/// What was said about a relative.
pub struct Said {
    /// The relative's id.
    pub relative: String,
    /// A key of [`Topic`].
    pub topic: String,
    /// A key of [`Channel`].
    pub channel: String,
    /// Who recorded it: a carer's id, or any name of the office.
    pub by: String,
}

fn keys_of(keys: impl Iterator<Item = &'static str>) -> String {
    keys.collect::<Vec<_>>().join(", ")
}

impl Said {
    fn about(&self) -> Result<(Topic, Channel), OperatorError> {
        let topic = Topic::from_key(self.topic.trim()).ok_or_else(|| {
            let known = keys_of(Topic::ALL.iter().map(|topic| topic.key()));
            OperatorError::invalid(format!("The topic must be one of {known}."))
        })?;
        let channel = Channel::from_key(self.channel.trim()).ok_or_else(|| {
            let known = keys_of(Channel::ALL.iter().map(|channel| channel.key()));
            OperatorError::invalid(format!("The channel must be one of {known}."))
        })?;
        Ok((topic, channel))
    }

    fn relative(&self, tx: &mut dyn Tx) -> Result<Relative, OperatorFailure> {
        let id = self.relative.trim().parse().ok();
        let known = id.map(|id| tx.relative(id)).transpose()?.flatten();
        Ok(known.ok_or_else(|| OperatorError::unknown("There is no such relative."))?)
    }

    fn said_to(&self, tx: &mut dyn Tx) -> Result<SaidTo, OperatorFailure> {
        name(&self.by, "Who recorded it")?;
        let carer = self.by.trim().parse().ok().map(|id| tx.carer(id)).transpose()?.flatten();
        Ok(carer.map_or(SaidTo::Municipality, |carer| SaidTo::Carer(carer.id)))
    }

    fn write(
        &self,
        tx: &mut dyn Tx,
        context: &mut Context<'_>,
        act: impl FnOnce(&mut dyn Tx, &Relative) -> Result<Act, OperatorFailure>,
    ) -> Done {
        let relative = self.relative(tx)?;
        let said_to = self.said_to(tx)?;
        let id = ConsentId(random(context.rng));
        let act = act(tx, &relative)?;
        let entry = ConsentEntry { id, relative: relative.id, act, said_to, at: context.now };
        let (_, taken) = write::put(tx, context, Some(relative.citizen), &entry)?;
        let consent = hex(&id.0);
        Ok((OperatorReply::Consent { consent }, taken))
    }
}

/// A citizen's consent for a relative. It names every withdrawal that stands against it: whoever
/// asks the operator for it has the whole record in front of him.
///
/// # Errors
/// [`OperatorFailure`].
pub fn consent_give(tx: &mut dyn Tx, context: &mut Context<'_>, said: &Said) -> Done {
    let (topic, channel) = said.about()?;
    said.write(tx, context, |tx, relative| {
        let consents = consents::of(tx, relative.citizen, relative.id)?;
        let despite = consents.withdrawals(topic, channel).collect();
        Ok(Act::Give { topic, channel, despite })
    })
}

/// The end of a consent; holds at once.
///
/// # Errors
/// [`OperatorFailure`].
pub fn consent_withdraw(tx: &mut dyn Tx, context: &mut Context<'_>, said: &Said) -> Done {
    let (topic, channel) = said.about()?;
    let act = Act::Withdraw { topic: Some(topic), channel: Some(channel) };
    said.write(tx, context, |_, _| Ok(act))
}
