//! What an operator brings in from another system: citizens with their plans, and planned shifts.
//!
//! The formats stand in `server/IMPORT.md`. Bad rows are reported with line and reason and good
//! rows are taken; a second import of the same file changes nothing. Read [`json`] (rows and
//! values), [`fields`] (one object, checked), then [`citizen`] and [`shift`] (what a row says).

pub mod citizen;
pub mod fields;
pub mod json;
pub mod shift;
