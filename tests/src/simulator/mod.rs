//! The seeded simulator: a server and its tablets in one thread, without sockets, over real
//! encrypted files. A seed and a commit are a whole story, to be told again exactly.
//!
//! Read [`World`] (who is there), [`storm`](World::storm) (what happens) with [`shift`] (what
//! people do) and [`line`](mod@line) (what becomes of requests), [`settle`](World::settle) (faults
//! stop) and [`promises`] (what must hold then). [`server`] and [`tablet`] wrap the real parts;
//! [`dice`] and [`clock`] are all the chance and time there is. [`run()`] is a seed from begin to
//! end, [`many()`] a range of them.

pub mod broken;
pub mod by_hand;
pub mod clock;
pub mod counts;
pub mod dice;
pub mod folder;
pub mod line;
pub mod many;
pub mod promises;
pub mod quiet;
pub mod rogue;
pub mod server;
pub mod settle;
pub mod shift;
pub mod storm;
pub mod tablet;
pub mod template;
#[cfg(test)]
mod tests;
pub mod world;

pub use counts::{Counts, Seen};
pub use doegnrytme_core::store::Faults;
pub use many::{Failure, many, run};
pub use template::Size;
pub use world::World;
