//! What one relative may read about a day, as words and consents stand in this transaction.

use doegnrytme_core::care::consent::{Channel, Topic};
use doegnrytme_core::care::digest::{self, Digest, DigestError, Frame};
use doegnrytme_core::time::LocalDay;

use crate::projection::day::day as day_facts;
use crate::record::consents;
use crate::record::words::{InForce, setting};
use crate::store::relative::Relative;
use crate::store::{StoreError, Tx};

/// What there is to send. Its `Debug` shows no text.
#[derive(Clone, PartialEq, Eq)]
pub enum News {
    /// Nothing: no consent, or nothing happened that may be told.
    Nothing,
    /// This text.
    Message(String),
    /// The municipality's own words cannot be sent; the operator has to mend them.
    Unsendable(DigestError),
    /// The register does not say who the citizen is, so that no sentence can be made.
    Nameless,
}

impl std::fmt::Debug for News {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Nothing => f.write_str("Nothing"),
            Self::Message(text) => write!(f, "Message({} characters)", text.chars().count()),
            Self::Unsendable(error) => write!(f, "Unsendable({error:?})"),
            Self::Nameless => f.write_str("Nameless"),
        }
    }
}

/// Composes what `relative` may read about `day`. Consents, withdrawals and STOPs are read here
/// and now.
///
/// # Errors
/// [`StoreError`].
pub fn news(
    tx: &mut dyn Tx,
    in_force: &InForce,
    relative: &Relative,
    day: LocalDay,
) -> Result<News, StoreError> {
    let consents = consents::of(tx, relative.citizen, relative.id)?;
    if !Topic::ALL.iter().any(|topic| consents.allow(*topic, Channel::Sms)) {
        return Ok(News::Nothing);
    }
    let facts = day_facts(tx, relative.citizen, day)?;
    let citizen = consents::citizen(tx, relative.citizen)?.map(|citizen| citizen.name);
    let Some(name) = citizen.filter(|name| !name.trim().is_empty()) else {
        return Ok(News::Nameless);
    };
    let frame = Frame {
        citizen: &name,
        municipality: in_force.setting(setting::MUNICIPALITY),
        link: in_force.setting(setting::LINK),
        most_segments: in_force.most_segments(),
    };
    Ok(match digest::compose(&facts, &in_force.words, &frame, &consents) {
        Ok(Digest::Nothing) => News::Nothing,
        Ok(Digest::Message { text, .. } | Digest::NewGreeting { text }) => News::Message(text),
        Err(error) => News::Unsendable(error),
    })
}
