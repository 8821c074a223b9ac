//! One transaction: what all changes of the store go through.

use std::cell::Cell;
use std::collections::BTreeMap;

use rusqlite::{Params, Row as SqlRow, TransactionBehavior};

use super::digests::Summand;
use super::faults::Faults;
use super::plans::{PlanCache, Touched};
use super::{Store, StoreError, rescue};
use crate::ids::{DeviceNumber, DocId, StreamId};
use crate::wire::cursor::Cursor;
use crate::wire::scope::Owner;

/// An open transaction. Reading goes through `&Tx`, writing through `&mut Tx`; nothing that was
/// written counts until the closure it was handed to has ended well.
pub struct Tx<'s> {
    sql: rusqlite::Transaction<'s>,
    pub(super) faults: &'s Faults,
    pub(super) plans: PlanCache,
    /// See [`Store::documents_loaded`].
    pub(super) loaded: &'s Cell<u64>,
    /// Digest summands of this transaction, written once at its end.
    pub(super) summands: BTreeMap<(Owner, u32), Summand>,
    /// Plans whose projection is written at the end.
    pub(super) dirty: BTreeMap<DocId, Touched>,
    /// What is to be done when all of it was kept.
    pub(super) after: After,
    /// Whether the pages are to be doubted: the next opening looks at all of them.
    doubted: Cell<bool>,
    /// The batch whose row was taken last: rows of one batch follow each other.
    pub(super) batch: Option<(DeviceNumber, u64)>,
    /// With the negative control: cursors that move apart from their data.
    pub(super) apart: Vec<(StreamId, Cursor)>,
}

/// What follows a commit, outside of the database.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct After {
    /// An outbox row was closed: the outbox file may be cut.
    pub(super) closed: bool,
    /// What the passport says has changed, or the chain's end.
    pub(super) identified: bool,
    /// A document's content must be nowhere any more.
    pub(super) erased: bool,
}

impl Tx<'_> {
    /// Runs a statement that writes; says how many rows it touched.
    pub(super) fn run(&mut self, sql: &str, params: impl Params) -> Result<usize, StoreError> {
        self.faults.step()?;
        self.heard(self.sql.prepare_cached(sql).and_then(|mut statement| statement.execute(params)))
    }

    /// The first row, if any.
    pub(super) fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&SqlRow<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        self.heard(self.sql.prepare_cached(sql).and_then(|mut statement| {
            let mut rows = statement.query(params)?;
            rows.next()?.map(read).transpose()
        }))
    }

    /// All rows.
    pub(super) fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&SqlRow<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        self.heard(self.sql.prepare_cached(sql).and_then(|mut statement| {
            let rows = statement.query_map(params, read)?;
            rows.collect()
        }))
    }

    /// What the database said; remembers when a page was not what was written, or the disk refused.
    fn heard<T>(&self, said: rusqlite::Result<T>) -> Result<T, StoreError> {
        said.map_err(|error| {
            let error = StoreError::from(error);
            let doubtful = matches!(error, StoreError::Damaged | StoreError::Disk(_));
            self.doubted.set(self.doubted.get() || doubtful);
            error
        })
    }

    /// Rows until a page does not verify; whether all were read.
    pub(super) fn until_damage<T>(
        &self,
        sql: &str,
        read: impl Fn(&SqlRow<'_>) -> rusqlite::Result<T>,
    ) -> (Vec<T>, bool) {
        let mut found = Vec::new();
        let Ok(mut statement) = self.sql.prepare(sql) else { return (found, false) };
        let Ok(mut rows) = statement.query([]) else { return (found, false) };
        let mut all = true;
        loop {
            match rows.next() {
                Ok(None) => return (found, all),
                Ok(Some(row)) => match read(row) {
                    Ok(row) => found.push(row),
                    Err(_) => all = false,
                },
                Err(_) => return (found, false),
            }
        }
    }

    pub(super) fn last_id(&self) -> i64 {
        self.sql.last_insert_rowid()
    }

    /// Writes what was gathered for the end of the transaction.
    fn settle(&mut self) -> Result<(), StoreError> {
        self.settle_plans()?;
        self.settle_digests()
    }
}

impl Store {
    /// Runs `work` in one transaction: all of it is kept, or nothing when `work` or the commit
    /// fails. Plans in memory are thrown away after a failure or a panic.
    ///
    /// # Errors
    /// What `work` said, or [`StoreError`] from the commit.
    pub fn write<T, E: From<StoreError>>(
        &mut self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut apart = Vec::new();
        let done = self.transact(work, &mut apart);
        if !apart.is_empty() && done.is_err() {
            // The negative control: as if the cursor had been committed before the data.
            self.move_apart(&apart)?;
        }
        let (value, after) = done?;
        self.faults.step()?;
        if after.identified {
            self.keep_passport();
        }
        if after.closed {
            // What stays in the file is known by (doc, hash) and does no harm.
            let _ = self.cut_outbox_file();
        }
        if after.erased {
            // What cannot be removed now is when tablet and server next hold the same.
            let _ = self.forgets_aside();
        }
        Ok(value)
    }

    fn transact<T, E: From<StoreError>>(
        &mut self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
        apart: &mut Vec<(StreamId, Cursor)>,
    ) -> Result<(T, After), E> {
        self.faults.step()?;
        // Taken out, and only put back when all went well.
        let plans = std::mem::take(&mut self.plans);
        let sql = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(StoreError::from)?;
        let mut tx = Tx::new(sql, &self.faults, &self.loaded, plans);
        let done = work(&mut tx).and_then(|value| Ok(tx.settle().map(|()| value)?));
        *apart = std::mem::take(&mut tx.apart);
        if tx.doubted.get() {
            rescue::suspect(&self.dir);
        }
        let value = done?;
        self.faults.before_commit()?;
        let Tx { sql, plans, after, .. } = tx;
        sql.commit().map_err(StoreError::from)?;
        self.plans = plans;
        Ok((value, after))
    }

    /// Runs `work` on one unchanging view of the store.
    ///
    /// # Errors
    /// What `work` said.
    pub fn read<T, E: From<StoreError>>(
        &mut self,
        work: impl FnOnce(&Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.faults.alive()?;
        let plans = std::mem::take(&mut self.plans);
        let sql = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Deferred)
            .map_err(StoreError::from)?;
        let tx = Tx::new(sql, &self.faults, &self.loaded, plans);
        let done = work(&tx);
        if tx.doubted.get() {
            rescue::suspect(&self.dir);
        }
        let value = done?;
        self.plans = tx.plans;
        Ok(value)
    }

    fn move_apart(&mut self, cursors: &[(StreamId, Cursor)]) -> Result<(), StoreError> {
        let sql = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let calm = Faults::default();
        let mut tx = Tx::new(sql, &calm, &self.loaded, PlanCache::default());
        for (stream, cursor) in cursors {
            tx.store_cursor(*stream, cursor)?;
        }
        Ok(tx.sql.commit()?)
    }
}

impl<'s> Tx<'s> {
    pub(super) fn new(
        sql: rusqlite::Transaction<'s>,
        faults: &'s Faults,
        loaded: &'s Cell<u64>,
        plans: PlanCache,
    ) -> Self {
        Self {
            sql,
            faults,
            plans,
            loaded,
            summands: BTreeMap::new(),
            dirty: BTreeMap::new(),
            after: After::default(),
            doubted: Cell::new(false),
            batch: None,
            apart: Vec::new(),
        }
    }
}
