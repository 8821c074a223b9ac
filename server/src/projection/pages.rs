//! Reading on: the rows of a stream behind its mark, a page at a time.

use doegnrytme_core::ids::StreamId;
use doegnrytme_core::wire::row::Placed;

use super::fact::{Told, told};
use crate::store::fact::Fact;
use crate::store::{StoreError, Tx};

/// The most rows of a page: what the writer keeps in one go, some milliseconds of its time.
const ROWS: usize = 500;
/// The most bytes of content of a page.
const BYTES: usize = 1024 * 1024;

/// What was read of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Which stream.
    pub stream: StreamId,
    /// Behind which seq it begins.
    pub from: u64,
    /// Its last seq.
    pub to: u64,
    /// The notes in it.
    pub facts: Vec<Fact>,
    /// How many notes could not be read.
    pub unread: usize,
}

/// What was read and kept, in counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Published rows.
    pub rows: u64,
    /// Notes among them.
    pub facts: usize,
    /// Notes that could not be read.
    pub unread: usize,
}

impl Progress {
    /// Counts a page that was kept.
    pub fn count(&mut self, page: &Page) {
        self.rows += page.to.saturating_sub(page.from);
        self.facts += page.facts.len();
        self.unread += page.unread;
    }
}

/// Reads the page of a stream behind `from`, up to `upto` at most; none when there is nothing.
///
/// # Errors
/// [`StoreError`].
pub fn page(tx: &mut dyn Tx, stream: StreamId, from: u64) -> Result<Option<Page>, StoreError> {
    page_up_to(tx, stream, from, u64::MAX)
}

/// Reads the page of a stream behind `from` that ends at `last` or before.
///
/// # Errors
/// [`StoreError`].
pub fn page_up_to(
    tx: &mut dyn Tx,
    stream: StreamId,
    from: u64,
    last: u64,
) -> Result<Option<Page>, StoreError> {
    let left = usize::try_from(last.saturating_sub(from)).unwrap_or(usize::MAX);
    let rows = tx.rows_after(stream, from, ROWS.min(left), BYTES)?;
    let Some(to) = rows.last().and_then(|row| row.entry.row.placed).map(|Placed { seq, .. }| seq)
    else {
        return Ok(None);
    };
    let mut page = Page { stream, from, to, facts: Vec::new(), unread: 0 };
    for row in &rows {
        match told(&row.entry) {
            Told::Fact(fact) => page.facts.push(fact),
            Told::Unread => page.unread += 1,
            Told::Other => {}
        }
    }
    Ok(Some(page))
}

/// Reads the next page of each team's stream. A reader's transaction will do. The common stream
/// holds no notes.
///
/// # Errors
/// [`StoreError`].
pub fn next(tx: &mut dyn Tx) -> Result<Vec<Page>, StoreError> {
    let mut pages = Vec::new();
    for team in tx.teams()? {
        let from = tx.projected(team.stream)?;
        if tx.head(team.stream)?.is_some_and(|head| head.seq > from) {
            pages.extend(page(tx, team.stream, from)?);
        }
    }
    Ok(pages)
}

/// Keeps a page, unless its stream was read by somebody else in the meantime; false then.
///
/// # Errors
/// [`StoreError`].
pub fn keep(tx: &mut dyn Tx, page: &Page) -> Result<bool, StoreError> {
    if tx.projected(page.stream)? != page.from {
        return Ok(false);
    }
    for fact in &page.facts {
        tx.put_fact(fact)?;
    }
    tx.set_projected(page.stream, page.to)?;
    Ok(true)
}
