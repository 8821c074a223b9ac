//! The journal's part in a commit: what is due is on the disk first.

use doegnrytme_core::wire::{from_bytes, to_bytes};

use super::SqliteTx;
use crate::journal::file::Mark;
use crate::journal::{JournalFile, Protection, Record};
use crate::store::StoreError;
use crate::store::journal::JournalTx;
use crate::store::meta::{MetaTx as _, name};

/// What a transaction owes the journal.
#[derive(Default)]
pub(super) struct Owed {
    records: Vec<Record>,
    /// How many there were at each mark.
    marks: Vec<usize>,
    /// Whether a new journal begins.
    begins: bool,
}

impl Owed {
    pub(super) fn mark(&mut self) {
        self.marks.push(self.records.len());
    }

    pub(super) fn keep(&mut self) {
        self.marks.pop();
    }

    pub(super) fn undo(&mut self) {
        let length = self.marks.pop().unwrap_or(0);
        self.records.truncate(length);
    }
}

impl JournalTx for SqliteTx<'_> {
    fn protect(&mut self, record: Record) -> Result<(), StoreError> {
        if self.is_protected() {
            self.owed.records.push(record);
        }
        Ok(())
    }

    fn is_protected(&self) -> bool {
        !matches!(self.protection, Protection::None)
    }

    fn begin_journal(&mut self) -> Result<(), StoreError> {
        self.owed.begins = true;
        Ok(())
    }
}

impl SqliteTx<'_> {
    /// Pays what is owed. What the file could not take fails the commit.
    pub(super) fn pay(&mut self) -> Result<Paid, StoreError> {
        let Owed { records, begins, .. } = std::mem::take(&mut self.owed);
        if records.is_empty() && !begins {
            return Ok(Paid::Nothing);
        }
        if begins && let Protection::Due(place) = &*self.protection {
            let mut file = JournalFile::create(place)?;
            let mut due = self.due()?;
            due.extend(records);
            file.append(&due)?;
            self.put_meta(name::JOURNAL_DUE, &[])?;
            self.put_meta(name::JOURNAL, &to_bytes(&file.end()))?;
            return Ok(Paid::Anew(Box::new(file)));
        }
        match &mut *self.protection {
            Protection::None => Ok(Paid::Nothing),
            Protection::Due(_) => {
                let mut due = self.due()?;
                due.extend(records);
                self.put_meta(name::JOURNAL_DUE, &to_bytes(&due))?;
                Ok(Paid::Nothing)
            }
            Protection::File(file) => {
                let mark = file.append(&records)?;
                self.put_meta(name::JOURNAL, &to_bytes(&mark))?;
                Ok(Paid::Appended(mark))
            }
        }
    }

    /// What became due while no journal could be used.
    fn due(&mut self) -> Result<Vec<Record>, StoreError> {
        let bytes = self.meta(name::JOURNAL_DUE)?.unwrap_or_default();
        if bytes.is_empty() {
            return Ok(Vec::new());
        }
        from_bytes(&bytes).map_err(|_| StoreError::Damaged("what is due to the journal"))
    }

    /// After a commit that failed and was rolled back: the line goes again, unless the database
    /// holds its serial after all.
    pub(super) fn not_committed(&mut self, paid: Paid) {
        let Paid::Appended(mark) = paid else { return };
        let held = self.meta(name::JOURNAL).ok().flatten();
        if held != Some(to_bytes(&mark))
            && let Protection::File(file) = &mut *self.protection
        {
            file.take_back();
        }
    }
}

/// What was paid to the journal for a commit.
pub(super) enum Paid {
    Nothing,
    Appended(Mark),
    Anew(Box<JournalFile>),
}
