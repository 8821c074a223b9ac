//! The gate against honest changes, each refusal by itself, and a million mutants.

mod contents;
mod facts;
mod honest;
pub(crate) mod mutants;
pub(crate) mod parts;
mod structure;
