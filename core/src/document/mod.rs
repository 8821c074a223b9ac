//! The plan and the notes as Automerge documents: the only module that knows Automerge.
//!
//! Read [`schema`] for the shape of the two documents, [`genesis`] for what every plan begins
//! with, then [`PlanDoc`] (months of edits by many) and [`encode`]/[`read_note`] (exactly one
//! change by one author). A document takes only a [`crate::gate::GatedChange`] or an edit of its
//! own; the log of changes is the truth, and a document can be rebuilt from it at any time.

mod conflict;
mod error;
pub mod genesis;
mod hashes;
mod note_doc;
mod note_reading;
mod note_trial;
mod note_values;
mod own_change;
mod plan_doc;
mod plan_edit;
mod scalar;
pub mod schema;

pub use conflict::{MapPlace, PlanContents, PlanEntry, PlanField, Put};
pub use error::DocumentError;
pub use note_doc::encode;
pub use note_reading::{NoteUnread, ReadNote, read_note};
pub use note_trial::survives;
pub use own_change::OwnChange;
pub use plan_doc::{Applied, PlanDoc};
pub use plan_edit::split;
pub use scalar::scalar;

#[cfg(test)]
mod tests;
