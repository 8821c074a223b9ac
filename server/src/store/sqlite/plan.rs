//! SQL of what is known of plans without loading them.

use doegnrytme_core::care::role::Roles;
use doegnrytme_core::ids::{CitizenId, DocId, ItemId};
use rusqlite::params;

use super::SqliteTx;
use crate::store::StoreError;
use crate::store::plan::{PlanTx, PlanVersion};

impl PlanTx for SqliteTx<'_> {
    fn plan_version(&mut self, plan: DocId) -> Result<PlanVersion, StoreError> {
        let found = self.one(
            "SELECT version FROM plan_versions WHERE doc = ?1",
            [plan.to_bytes()],
            |row| row.get(0).map(PlanVersion),
        )?;
        Ok(found.unwrap_or_default())
    }

    fn set_plan_version(&mut self, plan: DocId, version: PlanVersion) -> Result<(), StoreError> {
        self.run(
            "INSERT OR REPLACE INTO plan_versions (doc, version) VALUES (?1, ?2)",
            params![plan.to_bytes(), version.0],
        )
        .map(|_| ())
    }

    fn plan_changes(&mut self, plan: DocId) -> Result<Vec<Vec<u8>>, StoreError> {
        self.all(
            "SELECT content FROM entries
             WHERE doc = ?1 AND state = 4 AND content IS NOT NULL ORDER BY key",
            [plan.to_bytes()],
            |row| row.get(0),
        )
    }

    fn item_roles(&mut self, citizen: CitizenId) -> Result<Vec<(ItemId, Roles)>, StoreError> {
        self.all(
            "SELECT item, roles FROM item_roles WHERE citizen = ?1 ORDER BY item",
            [citizen.0],
            |row| Ok((ItemId(row.get(0)?), Roles::from_bits(row.get(1)?))),
        )
    }

    fn set_item_roles(
        &mut self,
        citizen: CitizenId,
        item: ItemId,
        roles: Roles,
    ) -> Result<(), StoreError> {
        self.run(
            "INSERT OR REPLACE INTO item_roles (citizen, item, roles) VALUES (?1, ?2, ?3)",
            params![citizen.0, item.0, roles.bits()],
        )
        .map(|_| ())
    }
}
