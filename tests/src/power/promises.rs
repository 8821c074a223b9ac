//! What was confirmed in a life, and from which moment on: how much was done on a disk by then.

use std::collections::BTreeMap;

use doegnrytme_core::care::visit::VisitKey;
use doegnrytme_core::ids::{
    BatchHash, CarerId, ChangeHash, CitizenId, DeviceNumber, DocId, StreamId,
};

/// From so much done on.
pub type Since = usize;

/// The drafts of a tablet.
pub type Drafts = BTreeMap<(CarerId, VisitKey), Vec<u8>>;

/// What a tablet promised.
#[derive(Debug, Clone, Default)]
pub struct OfTablet {
    /// Changes that a person was told are saved: from when their record in the outbox file was
    /// durable.
    pub saved: Vec<(Since, DocId, ChangeHash)>,
    /// Ticks that a person saw; as they were after each step, first as they were at the begin.
    pub drafts: Vec<(Since, Drafts)>,
    /// Whether the last commit failed, so that drafts may also be as it would have left them.
    pub failed: bool,
    /// Where the rows lie that come to it by cursor.
    pub stream: Vec<(StreamId, u64, DocId, ChangeHash)>,
}

impl OfTablet {
    /// What must be there when so much was done.
    pub fn saved_by(&self, done: usize) -> impl Iterator<Item = (&DocId, &ChangeHash)> {
        self.saved
            .iter()
            .filter(move |(since, ..)| *since <= done)
            .map(|(_, doc, hash)| (doc, hash))
    }

    /// The drafts as they may be when so much was done: as they were after the last step that had
    /// ended, or as the step left them that was under way.
    #[must_use]
    pub fn drafts_at(&self, done: usize) -> Option<(&Drafts, &Drafts)> {
        let ended = self.drafts.iter().rposition(|(since, _)| *since <= done)?;
        let (since, before) = self.drafts.get(ended)?;
        let next = if *since == done { ended } else { ended + 1 };
        let after = self.drafts.get(next).map_or(before, |(_, drafts)| drafts);
        Some((before, after))
    }
}

/// What the server promised.
#[derive(Debug, Clone, Default)]
pub struct OfServer {
    /// Changes for which it gave a receipt.
    pub received: Vec<(Since, DocId, ChangeHash)>,
    /// Batches for which it gave a receipt.
    pub batches: Vec<(Since, DeviceNumber, u64, BatchHash)>,
    /// Citizens that an operator was told are there.
    pub citizens: Vec<(Since, CitizenId)>,
}
