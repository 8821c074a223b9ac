//! The trial (G2): a change that passed the gate is tried on a copy of its document before anybody
//! sees it. The server runs this in child processes, because Automerge may hang or ask for
//! gigabytes on crafted input; a panic is caught here.
//!
//! Read [`plan()`] and [`note()`] for the questions in their order, [`Reason`] for what each failure
//! means. `core/FORMAT.md` has an example of every verdict.

mod note;
mod plan;
mod reason;
#[cfg(test)]
mod tests;

pub use note::note;
pub use plan::{Base, Passed, plan};
pub use reason::{End, Reason};

use crate::care::authority::Authority;
use crate::care::role::Roles;
use crate::document::DocumentError;
use crate::ids::{CitizenId, ItemId};

/// What is known of a change besides its bytes.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    /// The citizen whom its manifest names.
    pub citizen: CitizenId,
    /// The schema that its manifest names.
    pub schema: u16,
    /// The roles that its author's certificate gives; none for the server's own changes, which
    /// need no right.
    pub roles: Option<Roles>,
    /// Who may do what.
    pub authority: &'a Authority,
    /// Who may do the items of the citizen's plan, as far as it is known (M14).
    pub items: &'a [(ItemId, Roles)],
}

impl From<DocumentError> for Reason {
    fn from(error: DocumentError) -> Self {
        match error {
            DocumentError::Panicked => Self::Crashed,
            DocumentError::Unreadable => Self::DoesNotReload,
            _ => Self::DoesNotApply,
        }
    }
}
