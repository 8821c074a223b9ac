//! A team's day with real parts: what `doegnrytme-server demo` plays.

pub mod town;
