//! SQL behind the gate's questions (G1).

use rusqlite::params;

use super::cells::{citizen, signed, unsigned};
use crate::ids::{ActorId, ChangeHash, CitizenId, DeviceNumber, DocId};
use crate::store::logged::{Standing, State};
use crate::store::{StoreError, Tx};

impl Tx<'_> {
    pub(in crate::store) fn has_rows(&self, doc: &DocId) -> Result<bool, StoreError> {
        const SQL: &str = "SELECT EXISTS (SELECT 1 FROM changes WHERE doc = ?1)";
        Ok(self.one(SQL, [doc.to_bytes()], |row| row.get(0))?.unwrap_or(false))
    }

    pub(in crate::store) fn dependency_row(
        &self,
        doc: &DocId,
        hash: &ChangeHash,
    ) -> Result<Option<(State, Standing, u64)>, StoreError> {
        const SQL: &str =
            "SELECT state, standing, max_op FROM changes WHERE doc = ?1 AND hash = ?2";
        let found = self.one(SQL, params![doc.to_bytes(), hash.0], |row| {
            Ok((unsigned(row, 0)?, unsigned(row, 1)?, unsigned(row, 2)?))
        })?;
        Ok(found.and_then(|(state, standing, max_op)| {
            Some((State::from_number(state)?, Standing::from_number(standing)?, max_op))
        }))
    }

    /// The highest sequence number among an actor's applied changes of a document.
    pub(in crate::store) fn applied_seq(
        &self,
        doc: &DocId,
        actor: ActorId,
    ) -> Result<u64, StoreError> {
        const PLAN: &str = "SELECT COALESCE(MAX(seq), 0) FROM changes \
            WHERE form = 0 AND doc = ?1 AND actor = ?2 AND standing = 0";
        const OTHER: &str = "SELECT COALESCE(MAX(seq), 0) FROM changes \
            WHERE doc = ?1 AND actor = ?2 AND standing = 0";
        let sql = if matches!(doc, DocId::Plan(..)) { PLAN } else { OTHER };
        let key = params![doc.to_bytes(), actor.0];
        Ok(self.one(sql, key, |row| unsigned(row, 0))?.unwrap_or(0))
    }

    /// Whether another change has this (doc, actor, seq), not counting refused and set aside ones.
    pub(in crate::store) fn seq_taken(
        &self,
        doc: &DocId,
        actor: ActorId,
        seq: u64,
        except: &ChangeHash,
    ) -> Result<bool, StoreError> {
        const PLAN: &str = "SELECT EXISTS (SELECT 1 FROM changes WHERE form = 0 AND doc = ?1 \
            AND actor = ?2 AND seq = ?3 AND hash <> ?4 AND state NOT IN (3, 5))";
        const OTHER: &str = "SELECT EXISTS (SELECT 1 FROM changes WHERE doc = ?1 \
            AND actor = ?2 AND seq = ?3 AND hash <> ?4 AND state NOT IN (3, 5))";
        let sql = if matches!(doc, DocId::Plan(..)) { PLAN } else { OTHER };
        let key = params![doc.to_bytes(), actor.0, signed(seq), except.0];
        Ok(self.one(sql, key, |row| row.get(0))?.unwrap_or(false))
    }

    pub(in crate::store) fn counts_rows(
        &self,
        doc: &DocId,
        except: Option<ChangeHash>,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "SELECT EXISTS (SELECT 1 FROM changes WHERE doc = ?1 \
            AND state NOT IN (3, 5) AND hash IS NOT ?2)";
        let key = params![doc.to_bytes(), except.map(|hash| hash.0)];
        Ok(self.one(SQL, key, |row| row.get(0))?.unwrap_or(false))
    }

    pub(in crate::store) fn bound_citizen(
        &self,
        doc: &DocId,
        except: Option<ChangeHash>,
    ) -> Result<Option<CitizenId>, StoreError> {
        const SQL: &str = "SELECT citizen FROM changes WHERE doc = ?1 AND stream IS NOT NULL \
            AND hash IS NOT ?2 ORDER BY id LIMIT 1";
        let key = params![doc.to_bytes(), except.map(|hash| hash.0)];
        Ok(self.one(SQL, key, |row| citizen(row, 0))?.flatten())
    }

    pub(in crate::store) fn is_restricted(&self, doc: &DocId) -> Result<bool, StoreError> {
        const SQL: &str = "SELECT EXISTS (SELECT 1 FROM changes WHERE doc = ?1 AND state = 4)";
        Ok(self.one(SQL, [doc.to_bytes()], |row| row.get(0))?.unwrap_or(false))
    }

    /// Whether a plan has a later generation.
    pub(in crate::store) fn is_superseded(&self, doc: &DocId) -> Result<bool, StoreError> {
        const SQL: &str = "SELECT EXISTS (SELECT 1 FROM changes WHERE doc > ?1 AND doc <= ?2)";
        let DocId::Plan(whose, _) = doc else { return Ok(false) };
        let last = DocId::Plan(*whose, u16::MAX).to_bytes();
        Ok(self.one(SQL, params![doc.to_bytes(), last], |row| row.get(0))?.unwrap_or(false))
    }

    /// Whether this tablet may read the citizen.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn grants_citizen(&self, citizen: CitizenId) -> Result<bool, StoreError> {
        const SQL: &str = "SELECT EXISTS (SELECT 1 FROM grants WHERE citizen = ?1)";
        Ok(self.one(SQL, [citizen.0], |row| row.get(0))?.unwrap_or(false))
    }

    pub(in crate::store) fn is_this_device(
        &self,
        device: DeviceNumber,
    ) -> Result<bool, StoreError> {
        Ok(self.single(&crate::store::DEVICE)? == Some(device))
    }
}
