//! A message's way: composed → claimed → sent, each step a transaction of its own.
//!
//! The claim is durable before the gateway hears of the message, and a claimed message is never
//! claimed again: a crash at any point costs at most a message that did not leave, never a second
//! one.

use doegnrytme_core::ids::RelativeId;
use doegnrytme_core::port::{Entropy, random};
use doegnrytme_core::time::{LocalDay, UnixSeconds};

use super::gateway::{Outcome, Outgoing};
use super::news::{News, news};
use crate::journal::Record;
use crate::journal::doubt::Doubt;
use crate::record;
use crate::record::words::setting;
use crate::store::sms::{Sms, SmsState};
use crate::store::{StoreError, Tx};

/// What a run did, in counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DigestRun {
    /// Messages newly composed.
    pub composed: usize,
    /// Messages that the gateway took.
    pub sent: usize,
    /// Messages that did not leave because consent or news had gone.
    pub withdrawn: usize,
    /// Messages that the gateway will never take.
    pub refused: usize,
    /// Messages of which nobody can say whether they left; listed, never sent again.
    pub unknown: usize,
    /// Messages that the gateway could not take now; they stay composed.
    pub later: usize,
    /// Relatives for whom the municipality's own words cannot be sent.
    pub unsendable: usize,
    /// Relatives of citizens whose name the register does not say.
    pub nameless: usize,
}

/// What is to be written into the outbox. Its `Debug` shows no text.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Composed {
    /// Texts by relative.
    pub messages: Vec<(RelativeId, String)>,
    /// As in [`DigestRun`].
    pub unsendable: usize,
    /// As in [`DigestRun`].
    pub nameless: usize,
}

impl std::fmt::Debug for Composed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Composed({} messages)", self.messages.len())
    }
}

/// Composes for every relative who has no message about the day yet. A reader's transaction will
/// do.
///
/// # Errors
/// [`StoreError`].
pub fn compose(tx: &mut dyn Tx, day: LocalDay) -> Result<Composed, StoreError> {
    let in_force = record::in_force(tx)?;
    let mut composed = Composed::default();
    for relative in tx.relatives()? {
        if tx.sms(relative.id, day)?.is_some() {
            continue;
        }
        match news(tx, &in_force, &relative, day)? {
            News::Message(text) => composed.messages.push((relative.id, text)),
            News::Unsendable(_) => composed.unsendable += 1,
            News::Nameless => composed.nameless += 1,
            News::Nothing => {}
        }
    }
    Ok(composed)
}

/// Writes composed messages into the outbox; how many were new.
///
/// # Errors
/// [`StoreError`].
pub fn enter(
    tx: &mut dyn Tx,
    rng: &mut dyn Entropy,
    now: UnixSeconds,
    day: LocalDay,
    messages: &[(RelativeId, String)],
) -> Result<usize, StoreError> {
    let mut added = 0;
    for (relative, text) in messages {
        let sms = Sms {
            relative: *relative,
            day,
            reference: random(rng),
            text: text.clone(),
            state: SmsState::Composed,
            at: now,
        };
        added += usize::from(tx.add_sms(&sms)?);
    }
    Ok(added)
}

/// What came of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// The message may leave, once, when this transaction is durable.
    Send(Outgoing),
    /// Consent or news had gone: nothing leaves.
    Withdrawn,
    /// Nothing is composed, or somebody claimed it before.
    Gone,
    /// Sending is off until the operator confirms that nothing was forgotten.
    Off,
}

/// Claims the message to a relative about a day. It is composed once more in this transaction, so
/// that a withdrawal, a STOP or a correction that came after composing counts.
///
/// # Errors
/// [`StoreError`].
pub fn claim(
    tx: &mut dyn Tx,
    now: UnixSeconds,
    relative: RelativeId,
    day: LocalDay,
) -> Result<Claim, StoreError> {
    let Some(sms) = tx.sms(relative, day)?.filter(|sms| sms.state == SmsState::Composed) else {
        return Ok(Claim::Gone);
    };
    if !Doubt::read(tx)?.is_none() {
        return Ok(Claim::Off);
    }
    let in_force = record::in_force(tx)?;
    let whom = tx.relative(relative)?;
    let text = match &whom {
        Some(whom) => news(tx, &in_force, whom, day)?,
        None => News::Nothing,
    };
    let (Some(whom), News::Message(text)) = (whom, text) else {
        let gone = Sms { state: SmsState::Withdrawn, at: now, text: String::new(), ..sms };
        tx.move_sms(SmsState::Composed, &gone)?;
        return Ok(Claim::Withdrawn);
    };
    let sms = Sms { state: SmsState::Claimed, at: now, text, ..sms };
    if !tx.move_sms(SmsState::Composed, &sms)? {
        return Ok(Claim::Gone);
    }
    let reference = sms.reference;
    tx.protect(Record::SmsClaimed { relative, day, reference, at: now })?;
    Ok(Claim::Send(Outgoing {
        relative,
        day,
        reference,
        sender: in_force.setting(setting::MUNICIPALITY).to_owned(),
        to: whom.phone,
        text: sms.text,
        at: now,
    }))
}

/// Writes down what the gateway made of a claimed message.
///
/// # Errors
/// [`StoreError`].
pub fn settle(
    tx: &mut dyn Tx,
    now: UnixSeconds,
    relative: RelativeId,
    day: LocalDay,
    outcome: Outcome,
) -> Result<(), StoreError> {
    let Some(sms) = tx.sms(relative, day)? else { return Ok(()) };
    let state = match outcome {
        Outcome::Taken => SmsState::Sent,
        Outcome::Refused => SmsState::Refused,
        Outcome::NotNow => SmsState::Composed,
        Outcome::Unknown => SmsState::Unknown,
    };
    tx.move_sms(SmsState::Claimed, &Sms { state, at: now, ..sms })?;
    Ok(())
}

/// Takes back what was composed about days before `today` and never left: yesterday's news is not
/// sent after an outage. How many there were.
///
/// # Errors
/// [`StoreError`].
pub fn expire(tx: &mut dyn Tx, now: UnixSeconds, today: LocalDay) -> Result<usize, StoreError> {
    let mut expired = 0;
    for sms in tx.sms_in(SmsState::Composed)? {
        if sms.day < today {
            let gone = Sms { state: SmsState::Withdrawn, at: now, text: String::new(), ..sms };
            expired += usize::from(tx.move_sms(SmsState::Composed, &gone)?);
        }
    }
    Ok(expired)
}
