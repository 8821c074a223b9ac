//! SQL of the drafts.

use rusqlite::params;

use super::cells::{bytes, cbor, time};
use crate::care::visit::VisitKey;
use crate::ids::CarerId;
use crate::store::{StoreError, Tx};
use crate::time::UnixSeconds;
use crate::wire::to_bytes;

/// An unfinished note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The visit.
    pub visit: VisitKey,
    /// Who writes.
    pub carer: CarerId,
    /// What the app put there.
    pub body: Vec<u8>,
    /// When.
    pub saved: UnixSeconds,
}

fn draft(row: &rusqlite::Row<'_>) -> rusqlite::Result<Draft> {
    Ok(Draft {
        visit: cbor(row, 0)?,
        carer: CarerId(bytes(row, 1)?),
        body: row.get(2)?,
        saved: time(row, 3)?,
    })
}

impl Tx<'_> {
    /// Saves a draft in the place of the one before, at each tick, so that none is lost.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn put_draft(
        &mut self,
        visit: &VisitKey,
        carer: CarerId,
        body: &[u8],
        saved: UnixSeconds,
    ) -> Result<(), StoreError> {
        const SQL: &str =
            "INSERT OR REPLACE INTO drafts (visit, carer, body, saved) VALUES (?1, ?2, ?3, ?4)";
        self.run(SQL, params![to_bytes(visit), carer.0, body, saved.0]).map(drop)
    }

    /// Removes a draft: its note was saved, or the carer threw it away.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn drop_draft(&mut self, visit: &VisitKey, carer: CarerId) -> Result<(), StoreError> {
        const SQL: &str = "DELETE FROM drafts WHERE visit = ?1 AND carer = ?2";
        self.run(SQL, params![to_bytes(visit), carer.0]).map(drop)
    }

    /// A carer's draft of a visit.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn draft(&self, visit: &VisitKey, carer: CarerId) -> Result<Option<Draft>, StoreError> {
        const SQL: &str =
            "SELECT visit, carer, body, saved FROM drafts WHERE visit = ?1 AND carer = ?2";
        self.one(SQL, params![to_bytes(visit), carer.0], draft)
    }

    /// Everybody's drafts, the oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn all_drafts(&self) -> Result<Vec<Draft>, StoreError> {
        const SQL: &str = "SELECT visit, carer, body, saved FROM drafts ORDER BY saved, visit";
        self.all(SQL, [], draft)
    }

    /// A carer's drafts, the oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn drafts_of(&self, carer: CarerId) -> Result<Vec<Draft>, StoreError> {
        const SQL: &str = "SELECT visit, carer, body, saved FROM drafts WHERE carer = ?1 \
            ORDER BY saved, visit";
        self.all(SQL, [carer.0], draft)
    }
}
