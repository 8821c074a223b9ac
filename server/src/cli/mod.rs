//! The verbs.

pub mod assembly;
