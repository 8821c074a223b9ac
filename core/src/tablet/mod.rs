//! A tablet: one thread that owns the store, the documents and the line.
//!
//! [`event`] is what can happen to it and [`notice`] what it says of itself. [`machine`] is all of
//! it without a thread or a socket: events and answers in, notices and requests out; the simulator
//! steps it by hand. Inside, `sign_in` says who has the tablet, [`author`] turns an order into a durable row, [`visit`] keeps the
//! draft of a visit, [`plan`] reads a plan from its projection, `replay` writes anew what rested on
//! a held change, `waiting` is what a full disk held up, `out_of_use`
//! how a tablet ends, [`line`](mod@line) decides when to speak
//! to the server. [`thread`] runs a machine on a thread of its own with a real line.

pub mod author;
pub mod event;
pub mod line;
pub mod machine;
pub mod notice;
mod out_of_use;
pub mod plan;
mod replay;
mod sign_in;
#[cfg(feature = "transport")]
pub mod thread;
pub mod visit;
mod waiting;

pub use event::{Closing, Event, Invite, TypedCode};
pub use machine::{Machine, OpenError, Ports};
pub use notice::{EnrolProblem, Notice, Problem, SignInProblem, SyncProblem};
#[cfg(feature = "transport")]
pub use thread::Tablet;
