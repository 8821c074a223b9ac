//! Whether a note's change stands as a document.

use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{Automerge, Change};

use super::DocumentError;
use crate::gate::GatedChange;

/// Applies the one change of a note to nothing, saves, loads, and compares the heads.
///
/// # Errors
/// [`DocumentError`].
pub fn survives(change: &GatedChange) -> Result<(), DocumentError> {
    let tried = catch_unwind(AssertUnwindSafe(|| {
        let mut doc = Automerge::new();
        let change = Change::try_from(change.bytes()).map_err(|_| DocumentError::Refused)?;
        doc.apply_changes([change]).map_err(|_| DocumentError::Refused)?;
        let loaded =
            Automerge::load(&doc.save_nocompress()).map_err(|_| DocumentError::Unreadable)?;
        let heads = loaded.get_heads();
        if heads == doc.get_heads() && heads.len() == 1 {
            Ok(())
        } else {
            Err(DocumentError::Unreadable)
        }
    }));
    tried.unwrap_or(Err(DocumentError::Panicked))
}
