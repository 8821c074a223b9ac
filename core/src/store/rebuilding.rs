//! Projections made anew from the log, and compared with those that were kept step by step.

use std::collections::BTreeMap;

use super::logged::Standing;
use super::{StoreError, Tx};
use crate::gate::GatedChange;
use crate::ids::DocId;
use crate::wire::row::Content;

/// A line in which a kept projection and a rebuilt one differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Which projection.
    pub table: &'static str,
    /// The line's key.
    pub key: Vec<u8>,
    /// What was kept, as bytes that say nothing to anybody but another comparison.
    pub kept: Option<Vec<u8>>,
    /// What the log says.
    pub rebuilt: Option<Vec<u8>>,
}

/// A projection as lines to compare: key and what stands there.
pub(super) type Lines = Vec<(Vec<u8>, Vec<u8>)>;
type ByKey = BTreeMap<(&'static str, Vec<u8>), Vec<u8>>;

impl Tx<'_> {
    /// Makes every projection anew from the log. What a newer version of the program can read now
    /// is read; snapshots are dropped.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn rebuild_projections(&mut self) -> Result<(), StoreError> {
        self.clear_projections()?;
        for doc in self.plans()? {
            self.reread_plan(&doc)?;
        }
        for id in self.notes_and_records()? {
            self.project_anew(id)?;
        }
        self.settle_plans()
    }

    fn project_anew(&mut self, id: i64) -> Result<(), StoreError> {
        let Some(row) = self.logged_by_id(id)? else { return Ok(()) };
        let entry = &row.entry;
        match (entry.doc, &row.content) {
            (DocId::Note(note), Content::Change(chunk)) => {
                let citizen = entry.citizen.ok_or(StoreError::Unreadable("a note's row"))?;
                let change = if row.standing == Standing::Unreadable {
                    // What the gate refused stays refused; what this version reads now is read.
                    self.judge_again(&row)?
                } else {
                    GatedChange::from_log(entry.doc, citizen, entry.hash, chunk.clone()).ok()
                };
                let read = match change {
                    Some(change) => self.project_note(id, note, entry, &change)?,
                    None => false,
                };
                let standing = if read { Standing::Applied } else { Standing::Unreadable };
                if standing == row.standing { Ok(()) } else { self.set_standing(id, standing) }
            }
            (DocId::Record(kind, record), content) => {
                self.project_record(id, kind, record, entry, content)
            }
            _ => Ok(()),
        }
    }

    /// Rebuilds every projection and says where the kept ones differed. Run it in a transaction
    /// that is rolled back to compare only.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn compare_projections(&mut self) -> Result<Vec<Difference>, StoreError> {
        self.settle_plans()?;
        let kept = self.projection_lines()?;
        self.rebuild_projections()?;
        let rebuilt = self.projection_lines()?;
        let mut keys: Vec<_> = kept.keys().chain(rebuilt.keys()).collect();
        keys.sort_unstable();
        keys.dedup();
        Ok(keys
            .into_iter()
            .filter(|key| kept.get(*key) != rebuilt.get(*key))
            .map(|key| Difference {
                table: key.0,
                key: key.1.clone(),
                kept: kept.get(key).cloned(),
                rebuilt: rebuilt.get(key).cloned(),
            })
            .collect())
    }

    fn projection_lines(&self) -> Result<ByKey, StoreError> {
        let mut lines = ByKey::new();
        for (table, found) in [
            ("notes", self.note_lines()?),
            ("records", self.record_lines()?),
            ("visits", self.visit_lines()?),
            ("plan_values", self.value_lines()?),
            ("plan_entries", self.entry_lines()?),
        ] {
            // Lines of one key follow each other in order and are joined.
            for (key, line) in found {
                lines.entry((table, key)).or_default().extend(line);
            }
        }
        Ok(lines)
    }
}
