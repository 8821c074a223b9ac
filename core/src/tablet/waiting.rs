//! What a full disk let into the outbox file and not into the database: it is committed later, the
//! same bytes, before anything else is written.

use super::event::Event;
use super::machine::Machine;
use super::notice::Notice;
use crate::ids::DocId;

/// What waits for room.
pub(super) struct Waiting {
    /// The document it belongs to.
    pub(super) doc: DocId,
    /// What was ordered.
    pub(super) order: Option<Event>,
}

impl Machine {
    /// Tries again to commit what waits; nothing when there is still no room. Opening the store
    /// tries too.
    pub(super) fn finds_room(&mut self) -> Option<(Notice, Option<Event>)> {
        let waiting = self.waiting.take()?;
        match self.store.finish_saving() {
            Ok(_) => Some((Notice::Saved(waiting.doc), waiting.order)),
            Err(_) => {
                self.waiting = Some(waiting);
                None
            }
        }
    }
}
