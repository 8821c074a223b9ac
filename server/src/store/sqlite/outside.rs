//! SQL of imports.

use doegnrytme_core::ids::CitizenId;
use rusqlite::params;

use super::SqliteTx;
use crate::store::StoreError;
use crate::store::outside::{Imported, OutsideTx};

impl OutsideTx for SqliteTx<'_> {
    fn imported(
        &mut self,
        citizen: CitizenId,
        kind: &str,
    ) -> Result<Vec<(String, Imported)>, StoreError> {
        self.all(
            "SELECT outside, id, said FROM imported WHERE citizen = ?1 AND kind = ?2
             ORDER BY outside",
            params![citizen.0, kind],
            |row| Ok((row.get(0)?, Imported { id: row.get(1)?, said: row.get(2)? })),
        )
    }

    fn put_imported(
        &mut self,
        citizen: CitizenId,
        kind: &str,
        outside: &str,
        imported: &Imported,
    ) -> Result<(), StoreError> {
        self.run(
            "INSERT OR REPLACE INTO imported (citizen, kind, outside, id, said)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            params![citizen.0, kind, outside, imported.id, imported.said],
        )
        .map(|_| ())
    }
}
