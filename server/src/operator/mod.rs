//! What the operator's verbs do, behind the seam [`crate::socket::Operator`].
//!
//! [`Office`] takes a verb to the [`Desk`], which is wherever transactions are: the node's writer
//! in a running server. [`verbs`] and [`relatives`] are the verbs themselves as synchronous functions,
//! [`find`] is how teams, carers and citizens are named.

#[cfg(test)]
pub(crate) mod bench;
pub mod desk;
pub mod devices;
mod failure;
pub mod find;
mod office;
pub mod relatives;
#[cfg(test)]
pub(crate) mod tests;
pub mod verbs;

pub use desk::{Desk, Job, at};
pub use failure::OperatorFailure;
pub use office::Office;
