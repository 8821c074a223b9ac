//! The server's one door for tablets: a request's bytes in, an answer's bytes out.
//!
//! [`engine`] is the whole of `POST /v1/sync` as a synchronous function over a transaction; the
//! simulator calls it directly; `door` turns strangers away before the queue,
//! `request` opens what came, `compose` makes what goes. [`keys`] and [`context`] are what it is handed. `writer` wraps
//! it in the one thread that writes, with group commit and waiting requests, and [`server_node`]
//! is the seam to the HTTP shell.

mod carers;
mod compose;
pub mod context;
mod door;
pub mod engine;
mod handled;
pub mod keys;
mod nonces;
mod orders;
pub mod quick_key;
mod request;
pub mod server_node;
#[cfg(test)]
mod tests;
mod waiters;
mod writer;

pub use context::{BuiltIn, Context, Rules};
pub use door::{Arrived, Vouched};
pub use engine::{Done, Engine, Handled, Waiting};
pub use keys::{Keys, KeysError};
pub use server_node::{EnrolDesk, Outside, ServerNode};
