//! The sync session, without a socket and without a clock: what to ask next, and what an answer
//! means. Read [`enrol`] for how a tablet becomes a device.

pub mod enrol;
