//! Numbered forward-only migrations. A new one is a new file and one line here.

use rusqlite::Connection;

use crate::store::StoreError;

const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_identity.sql"),
    include_str!("migrations/0002_intake.sql"),
    include_str!("migrations/0003_streams.sql"),
    include_str!("migrations/0004_enrolment_and_imports.sql"),
    include_str!("migrations/0005_relatives.sql"),
    include_str!("migrations/0006_trial.sql"),
    include_str!("migrations/0007_start_codes.sql"),
];

/// The newest schema that this version knows.
pub(super) fn known() -> u32 {
    u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX)
}

/// The schema that a store has, when this version can bring it up to date.
///
/// # Errors
/// [`StoreError::Newer`], [`StoreError::WrongKey`].
pub(super) fn schema_of(connection: &Connection) -> Result<u32, StoreError> {
    let found: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found > known() {
        return Err(StoreError::Newer { found, known: known() });
    }
    Ok(found)
}

/// Brings a store from schema `found` up to date, each step in its own transaction.
pub(super) fn migrate(connection: &mut Connection, found: u32) -> Result<(), StoreError> {
    let done = usize::try_from(found).unwrap_or(usize::MAX);
    for (sql, number) in MIGRATIONS.iter().zip(1_u32..).skip(done) {
        let step = connection.transaction()?;
        step.execute_batch(sql)?;
        step.pragma_update(None, "user_version", number)?;
        step.commit()?;
    }
    Ok(())
}
