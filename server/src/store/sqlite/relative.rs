//! SQL of relatives.

use doegnrytme_core::ids::{CitizenId, RelativeId};
use rusqlite::{Row, params};

use super::SqliteTx;
use crate::store::StoreError;
use crate::store::relative::{Relative, RelativeTx};

const RELATIVE: &str = "SELECT relative, citizen, phone FROM relatives";

fn relative(row: &Row<'_>) -> rusqlite::Result<Relative> {
    let (id, citizen) = (RelativeId(row.get(0)?), CitizenId(row.get(1)?));
    Ok(Relative { id, citizen, phone: row.get(2)? })
}

impl RelativeTx for SqliteTx<'_> {
    fn relative(&mut self, id: RelativeId) -> Result<Option<Relative>, StoreError> {
        self.one(&format!("{RELATIVE} WHERE relative = ?1"), [id.0], relative)
    }

    fn relatives(&mut self) -> Result<Vec<Relative>, StoreError> {
        self.all(&format!("{RELATIVE} ORDER BY relative"), [], relative)
    }

    fn put_relative(&mut self, relative: &Relative) -> Result<(), StoreError> {
        self.run(
            "INSERT OR REPLACE INTO relatives (relative, citizen, phone) VALUES (?1, ?2, ?3)",
            params![relative.id.0, relative.citizen.0, relative.phone],
        )
        .map(|_| ())
    }
}
