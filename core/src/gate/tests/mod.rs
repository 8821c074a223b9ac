//! The gate against honest changes, refusals one by one, and a million mutants.

mod honest;
