//! Everything a Døgnrytme tablet knows, without a screen.
//!
//! Read the modules in this order; each may use only those above it.

pub mod care;
pub mod document;
pub mod gate;
pub mod ids;
pub mod port;
pub mod store;
pub mod sync;
pub mod tablet;
pub mod time;
#[cfg(feature = "transport")]
pub mod transport;
pub mod trust;
pub mod wire;
