//! A team's day with real parts: what `doegnrytme-server demo` plays.
//!
//! The server is the one that `serve` runs, in this process; tablets are the core with encrypted
//! stores and HTTPS. Read [`town`] (who lives there), [`scenes`] (what happens), [`day`] (the parts
//! of the day, in order); then how: [`office`] asks the server as an operator does, [`player`] is
//! a carer with a tablet, [`visits`] plays a round as [`shift`] orders it, [`team`] waits for all to
//! be equal, [`reading`] reads what tablets hold and [`losses`] judges it, and [`report`], [`table`] and [`page`] tell a
//! person.

pub mod day;
pub mod losses;
pub mod office;
pub mod page;
pub mod player;
pub mod ports;
pub mod progress;
pub mod reading;
pub mod report;
mod run;
pub mod scenes;
pub mod shift;
pub mod table;
pub mod team;
pub mod town;
pub mod trouble;
pub mod visits;

pub(crate) use run::{Wishes, run};
