//! The port to whoever carries text messages.

use doegnrytme_core::ids::RelativeId;
use doegnrytme_core::time::{LocalDay, UnixSeconds};

/// A message that is about to leave. Its `Debug` shows neither number nor text.
#[derive(Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// To whom.
    pub relative: RelativeId,
    /// About which day.
    pub day: LocalDay,
    /// Our reference, unique, by which a gateway can be asked afterwards.
    pub reference: [u8; 16],
    /// The sender as the relative reads it: the municipality, never a team or a house (L11).
    pub sender: String,
    /// The telephone number with country code.
    pub to: String,
    /// The text, in letters that every phone shows.
    pub text: String,
    /// When it was claimed.
    pub at: UnixSeconds,
}

impl std::fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outgoing")
            .field("relative", &self.relative)
            .field("day", &self.day)
            .finish_non_exhaustive()
    }
}

/// What a gateway made of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It has it.
    Taken,
    /// It will never take it.
    Refused,
    /// It certainly does not have it; the same message may be offered again.
    NotNow,
    /// Nobody can say. It is never offered again.
    Unknown,
}

/// Carries text messages.
pub trait Gateway: Send {
    /// Hands over one message. Called once for each claim, after the claim is durable.
    fn send(&mut self, message: &Outgoing) -> Outcome;

    /// What became of a message that was claimed before the server stopped. A gateway that cannot
    /// be asked says [`Outcome::Unknown`]; [`Outcome::NotNow`] counts as unknown here, because no
    /// message is offered twice on a guess.
    fn look_up(&mut self, reference: [u8; 16]) -> Outcome;
}
