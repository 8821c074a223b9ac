//! The domain in plain Rust: what a day-rhythm plan, a visit and a note are, and what each may
//! hold. No I/O, no CRDT, no clock.
//!
//! Read the small words first ([`day_part`], [`weekdays`], [`minutes`], [`legal_basis`],
//! [`role`]), then the plan ([`field`], [`command`], [`plan`]), the work of a day ([`visit`],
//! [`note`]).

mod keyed;

pub mod command;
pub mod day_part;
pub mod field;
pub mod legal_basis;
pub mod minutes;
pub mod note;
mod note_rules;
pub mod plan;
mod plan_reading;
pub mod role;
pub mod visit;
pub mod weekdays;
