//! Facts of notes, for digests: read from published rows beside the hot path, step by step after
//! publications, and all over again to prove that the steps lost nothing.
//!
//! [`fact`] reads one row, [`pages`] reads on from where a stream was left, [`anew`] reads
//! everything and compares, [`day`] puts a citizen's day together. Reading decodes documents and
//! wants a reader's transaction; only keeping what was read is work for the writer. What is kept
//! is a cache: the change log is the truth.

pub mod anew;
pub mod day;
pub mod fact;
pub mod pages;
#[cfg(test)]
mod tests;

pub use anew::{Anew, Difference};
pub use pages::{Page, Progress};
