//! The trial (G2): changes that passed the gate are tried on a copy of their document, in child
//! processes of this program, before anybody sees them.
//!
//! Read [`questions`] for what is done with one change, [`worker`] for the child that does it,
//! [`bench`](mod@bench) for the parent that feeds it, kills it when it takes too long and starts another.
//! [`again`] tries once more, beside the writer, what took too long the first time.

pub mod again;
pub mod bench;
mod in_process;
mod process;
pub mod protocol;
pub mod questions;
#[cfg(test)]
pub(crate) mod tests;
pub mod worker;

pub use bench::Bench;
pub use in_process::InProcess;
