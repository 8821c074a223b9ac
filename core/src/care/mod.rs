//! The domain in plain Rust: what a day-rhythm plan, a visit and a note are, and what each may
//! hold. No I/O, no CRDT, no clock.
//!
//! Read the small words first ([`day_part`], [`weekdays`], [`minutes`], [`legal_basis`],
//! [`role`]), then the plan ([`field`], [`command`], [`plan`], [`rank`]), the work of a day
//! ([`visit`], [`note`], [`as_agreed`], [`handover`]), who may do what ([`authority`]) and what a relative may
//! read ([`consent`], [`digest`], [`sms_text`]).

mod keyed;

pub mod as_agreed;
pub mod authority;
pub mod command;
pub mod consent;
pub mod day_part;
pub mod digest;
pub mod field;
mod field_rules;
pub mod handover;
pub mod legal_basis;
pub mod minutes;
pub mod note;
mod note_making;
mod note_rules;
mod people;
pub mod plan;
mod plan_reading;
pub mod rank;
pub mod role;
pub mod sms_text;
pub mod visit;
pub mod weekdays;

#[cfg(test)]
pub(crate) mod example;
#[cfg(test)]
mod kept_bytes;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod stories;
