//! What relatives are told, and that each is told it once.
//!
//! [`news`] composes what one relative may read about a day; [`outbox`] is the way of a message
//! from composed to sent, each step a transaction of its own; [`gateway`] is the port to whoever
//! carries it, [`log_gateway`] the one that only writes it down. Rules: no consent, nothing leaves
//! (M49); one message a relative and day, never twice (M48); whether an interrupted one was taken
//! is asked for, and never tried out.

pub mod gateway;
pub mod log_gateway;
pub mod news;
pub mod outbox;
#[cfg(test)]
mod tests;

pub use gateway::{Gateway, Outcome, Outgoing};
pub use log_gateway::LogGateway;
pub use outbox::DigestRun;
