//! Streams of published rows: how a row gets its place, and how devices read.
//!
//! `publish` appends; [`reach`] says what a device may read; [`cursor`] checks how far it has
//! read and proves roll-backs; [`page`] composes what is new, from rows that [`shelf`] keeps in
//! memory; [`wallet`] sees to it that certificates travel once; [`digest`] and [`bucket`] serve
//! comparison, repair and bootstrap. No document is ever loaded here.

pub mod bucket;
pub mod cursor;
pub mod digest;
mod group;
pub mod page;
mod publish;
pub mod reach;
pub mod shelf;
pub mod wallet;

pub use publish::{Publisher, running};
