//! A tablet: one thread that owns the store, the documents and the line.
//!
//! [`event`] is what can happen to it, [`notice`] what it says of itself.

pub mod event;
pub mod notice;
