//! Recorded shifts to test and measure on: the file format, a generator, and what must be on every
//! tablet afterwards.
//!
//! [`format`](mod@format) is the file, [`generate`] invents one, [`rebase`] turns edits of a text
//! into texts, [`canonical`] writes what a tablet holds as lines that can be compared, and
//! [`expect`] finds what is missing in them. The README of this crate describes all of it.

pub mod canonical;
pub mod expect;
pub mod format;
pub mod generate;
pub mod rebase;
pub mod words;
