//! Numbered, forward-only migrations. A file in `migrations/` is never changed once it was released.

use rusqlite::{Connection, TransactionBehavior};

use super::StoreError;

/// Each brings the store from the version of its place to the next.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_log.sql"),
    include_str!("migrations/0002_outbox.sql"),
    include_str!("migrations/0003_sync.sql"),
    include_str!("migrations/0004_projections.sql"),
    include_str!("migrations/0005_carers.sql"),
];

/// The version that this program writes.
pub(super) fn known() -> u32 {
    u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX)
}

/// The version that the database has.
pub(super) fn found(connection: &Connection) -> Result<u32, StoreError> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// Brings the database to [`known`], one transaction a version.
pub(super) fn run(connection: &mut Connection) -> Result<(), StoreError> {
    let mut version = found(connection)?;
    let done = usize::try_from(version).unwrap_or(usize::MAX);
    for migration in MIGRATIONS.iter().skip(done) {
        version += 1;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(migration)?;
        transaction.pragma_update(None, "user_version", version)?;
        transaction.commit()?;
    }
    Ok(())
}
