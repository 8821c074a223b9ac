//! The power goes: what may lie on a disk when it does, and whether anything confirmed is gone.
//!
//! [`vfs`] is a VFS of SQLite before the usual one. It is the default of the process, so that the
//! product's stores use it without knowing, and looks only at folders that somebody watches: a
//! [`Disk`]. A disk records every write, cut, sync and name in order (the outbox file, which SQLite
//! does not write, tells through the store's `Faults`), and may refuse one of them. [`model`] says
//! what a cut after any of them leaves: what was synced, and of the rest what chance kept, torn at
//! sectors and out of order. [`life`] is a shift of the simulator over such disks, [`promises`]
//! what was confirmed in it and when, [`check`] whether a disk keeps that, [`run()`] a seed from
//! begin to end, [`many()`] a range of them. [`refusals`] are single operations of which each call
//! fails once; [`damage`] flips bytes and cuts files off, and a tablet makes its store anew;
//! [`rescues`] cuts the power while it does.

pub mod check;
pub mod damage;
pub mod disk;
pub mod life;
pub mod model;
pub mod promises;
pub mod refusals;
pub mod rescues;
pub mod run;
#[cfg(test)]
mod tests;
pub mod vfs;

pub use disk::{Disk, Refusal};
pub use model::Model;
pub use run::{Breach, Cuts, Loss, many, run};
