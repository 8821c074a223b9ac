//! The gate against honest changes, each refusal by itself, and a million mutants.

mod contents;
mod facts;
mod honest;
mod mutants;
pub(super) mod parts;
mod structure;
