//! The outbox of text messages: one row a relative and day, whatever happens.

use doegnrytme_core::ids::RelativeId;
use doegnrytme_core::time::{LocalDay, UnixSeconds};

use super::StoreError;

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmsState {
    /// Composed; consent is asked for again when it is claimed.
    Composed,
    /// Handed to the gateway, outcome not known yet. Never handed over again.
    Claimed,
    /// The gateway took it.
    Sent,
    /// Nobody can say whether the gateway took it. Never sent again; the team sees it.
    Unknown,
    /// The gateway said no.
    Refused,
    /// Consent or news had gone when it was to be sent: nothing left.
    Withdrawn,
}

/// A row of the outbox.
#[derive(Clone, PartialEq, Eq)]
pub struct Sms {
    /// To whom.
    pub relative: RelativeId,
    /// About which day.
    pub day: LocalDay,
    /// Our reference, which the gateway gets.
    pub reference: [u8; 16],
    /// What is sent.
    pub text: String,
    /// What became of it.
    pub state: SmsState,
    /// When it came into that state.
    pub at: UnixSeconds,
}

impl std::fmt::Debug for Sms {
    /// Without the text.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sms")
            .field("relative", &self.relative)
            .field("day", &self.day)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// The outbox.
pub trait SmsTx {
    /// The message to a relative about a day.
    ///
    /// # Errors
    /// [`StoreError`]; so for every method here.
    fn sms(&mut self, relative: RelativeId, day: LocalDay) -> Result<Option<Sms>, StoreError>;

    /// Adds a message unless there is one about that day, in whatever state.
    ///
    /// # Errors
    /// [`StoreError`].
    fn add_sms(&mut self, sms: &Sms) -> Result<bool, StoreError>;

    /// Changes text, state and time of a message that is still in state `from`; false, and
    /// nothing changed, when it is not.
    ///
    /// # Errors
    /// [`StoreError`].
    fn move_sms(&mut self, from: SmsState, sms: &Sms) -> Result<bool, StoreError>;

    /// The messages in a state, by day and relative.
    ///
    /// # Errors
    /// [`StoreError`].
    fn sms_in(&mut self, state: SmsState) -> Result<Vec<Sms>, StoreError>;

    /// The messages about a day, by relative.
    ///
    /// # Errors
    /// [`StoreError`].
    fn sms_of(&mut self, day: LocalDay) -> Result<Vec<Sms>, StoreError>;
}
