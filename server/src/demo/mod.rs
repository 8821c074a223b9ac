//! A team's day with real parts: what `doegnrytme-server demo` plays.

pub mod page;
pub mod report;
pub mod shift;
pub mod town;
