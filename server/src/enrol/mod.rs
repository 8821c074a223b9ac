//! How a tablet becomes a device.
//!
//! [`issue()`] makes a single-use code, [`join()`] answers `POST /v1/enrol`, [`Reception`] is the
//! same behind the node's door, where `tries` are counted, [`pins`] signs the TLS keys that tablets may meet. [`start_code()`]
//! is what a carer begins with on a tablet. All of it is
//! synchronous and handed its transaction, time and randomness.

mod issue;
mod join;
mod lifetime;
pub mod pins;
mod reception;
mod start;
#[cfg(test)]
mod tests;
mod tries;

pub use issue::{Handed, issue};
use join::named_code;
pub use join::{ENROL_PATH, Outcome, join};
pub use lifetime::{BadLifetime, CodeLifetime, in_words};
pub use reception::Reception;
pub use start::{START_DAYS, start_code, takes_start};
