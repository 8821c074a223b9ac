//! The default store: SQLite with SQLCipher, one writer connection, readers beside it (WAL).
//!
//! Each file holds the SQL of one subject. Statements are prepared once and kept.

mod batch;
mod certificate;
mod code;
mod device;
mod entry;
mod entry_row;
mod fact;
mod journal;
mod loose;
mod meta;
mod migrations;
mod outside;
mod people;
mod plan;
mod record;
mod relative;
mod sms;
mod start;
mod stream;
#[cfg(test)]
mod tests;
mod verdict;
mod walk;

use std::path::{Path, PathBuf};

use doegnrytme_core::ids::hex;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, Params, Row};

use super::{Store, StoreError, Tx};
use crate::journal::Protection;
use journal::{Owed, Paid};

/// The SQLite backend.
pub struct SqliteStore {
    connection: Connection,
    path: PathBuf,
    key: [u8; 32],
    reads: bool,
    protection: Protection,
}

impl SqliteStore {
    /// Makes a new store.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Backend`] when the file is there already.
    pub fn create(path: &Path, key: &[u8; 32]) -> Result<Self, StoreError> {
        if path.exists() {
            return Err(StoreError::Backend(String::from("the file exists already")));
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        Self::prepare(Connection::open_with_flags(path, flags)?, path, key)
    }

    /// Opens a store and brings it up to date. Wrong key and newer schema touch nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open(path: &Path, key: &[u8; 32]) -> Result<Self, StoreError> {
        if !path.exists() {
            return Err(StoreError::Missing);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
        Self::prepare(Connection::open_with_flags(path, flags)?, path, key)
    }

    /// Opens a store to be read only, while others may write. It is not brought up to date.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn look(path: &Path, key: &[u8; 32]) -> Result<Self, StoreError> {
        if !path.exists() {
            return Err(StoreError::Missing);
        }
        Self::reading(path.to_owned(), path, OpenFlags::SQLITE_OPEN_READ_ONLY, key)
    }

    /// Opens a store that nobody writes and that may not be touched, such as a backup: no lock, no
    /// file beside it. Bytes behind the database's last page are passed over.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn look_still(path: &Path, key: &[u8; 32]) -> Result<Self, StoreError> {
        let named = || StoreError::Backend(String::from("the file's name"));
        let name = path.to_str().ok_or_else(named)?;
        let name = name.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
        let uri = PathBuf::from(format!("file:{name}?immutable=1"));
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
        Self::reading(uri, path, flags, key)
    }

    fn reading(
        name: PathBuf,
        path: &Path,
        flags: OpenFlags,
        key: &[u8; 32],
    ) -> Result<Self, StoreError> {
        let connection = Connection::open_with_flags(name, flags)?;
        unlock(&connection, key)?;
        let found = migrations::schema_of(&connection)?;
        if found < migrations::known() {
            let older = "an older version wrote it: start this version's server on it once";
            return Err(StoreError::Backend(older.to_owned()));
        }
        let (path, key, protection) = (path.to_owned(), *key, Protection::None);
        Ok(Self { connection, path, key, reads: true, protection })
    }

    fn prepare(
        mut connection: Connection,
        path: &Path,
        key: &[u8; 32],
    ) -> Result<Self, StoreError> {
        // A connection that fails to open the store must not write the log back into it.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        unlock(&connection, key)?;
        let found = migrations::schema_of(&connection);
        if !matches!(found, Err(StoreError::WrongKey)) {
            // With the right key closing tidies the log up, whatever comes next.
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
        }
        let found = found?;
        // Readers go on while the writer commits.
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // A receipt promises durability: NORMAL lost confirmed notes in 44 % of simulated power
        // cuts, FULL in none.
        connection.pragma_update(None, "synchronous", "FULL")?;
        migrations::migrate(&mut connection, found)?;
        let protection = Protection::None;
        Ok(Self { connection, path: path.to_owned(), key: *key, reads: false, protection })
    }
}

fn unlock(connection: &Connection, key: &[u8; 32]) -> Result<(), StoreError> {
    doegnrytme_core::store::ready_cipher();
    // SHA-256 is computed in hardware. As the default, so that a backup is written alike.
    connection.pragma_update(None, "cipher_default_hmac_algorithm", "HMAC_SHA256")?;
    // A raw key: no key derivation at each opening.
    connection.pragma_update(None, "key", format!("x'{}'", hex(key)))?;
    // SQLCipher would write what it finds to standard error; an operator reads our words there.
    connection.pragma_update(None, "cipher_log_level", "NONE")?;
    // Nothing may reach the disk unencrypted, sorters' files neither.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // 32 MiB of decrypted pages: each page outside it costs an AES and an HMAC.
    connection.pragma_update(None, "cache_size", -32_768)?;
    // The operator's verbs in another process may hold the lock for a moment.
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(256);
    // A plan never depends on a bound value: without this SQLite plans range queries anew at every
    // run [a twentieth of the server's time at a shift's end].
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // The first page that is read tells whether the key fits.
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(())
}

impl Store for SqliteStore {
    fn begin(&mut self) -> Result<Box<dyn Tx + '_>, StoreError> {
        let begin = if self.reads { "BEGIN" } else { "BEGIN IMMEDIATE" };
        self.connection.execute_batch(begin)?;
        let Self { connection, protection, .. } = self;
        Ok(Box::new(SqliteTx { connection, protection, owed: Owed::default(), open: true }))
    }

    fn reader(&self) -> Result<Box<dyn Store>, StoreError> {
        let connection = Connection::open_with_flags(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        unlock(&connection, &self.key)?;
        let (path, key, protection) = (self.path.clone(), self.key, Protection::None);
        Ok(Box::new(Self { connection, path, key, reads: true, protection }))
    }

    fn protect(&mut self, protection: Protection) {
        self.protection = protection;
    }

    fn backup(&mut self, to: &Path) -> Result<(), StoreError> {
        let to = to.to_str().ok_or_else(|| StoreError::Backend(String::from("the file's name")))?;
        self.connection.execute("VACUUM INTO ?1", [to])?;
        Ok(())
    }
}

/// A transaction on a connection.
struct SqliteTx<'c> {
    connection: &'c Connection,
    protection: &'c mut Protection,
    owed: Owed,
    open: bool,
}

impl SqliteTx<'_> {
    fn run(&self, sql: &str, params: impl Params) -> Result<usize, StoreError> {
        Ok(self.connection.prepare_cached(sql)?.execute(params)?)
    }

    fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        Ok(rows.next()?.map(read).transpose()?)
    }

    fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map(params, read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Tx for SqliteTx<'_> {
    fn mark(&mut self) -> Result<(), StoreError> {
        self.run("SAVEPOINT request", [])?;
        self.owed.mark();
        Ok(())
    }

    fn keep(&mut self) -> Result<(), StoreError> {
        self.run("RELEASE request", [])?;
        self.owed.keep();
        Ok(())
    }

    fn undo(&mut self) -> Result<(), StoreError> {
        self.owed.undo();
        self.run("ROLLBACK TO request", [])?;
        self.run("RELEASE request", []).map(|_| ())
    }

    fn commit(mut self: Box<Self>) -> Result<(), StoreError> {
        let paid = self.pay()?;
        let committed = self.run("COMMIT", []);
        self.open = false;
        if let Err(error) = committed {
            // SQLite may have rolled back itself.
            let _ = self.connection.execute_batch("ROLLBACK");
            self.not_committed(paid);
            return Err(error);
        }
        if let Paid::Anew(file) = paid {
            *self.protection = Protection::File(file);
        }
        Ok(())
    }
}

impl Drop for SqliteTx<'_> {
    fn drop(&mut self) {
        if self.open {
            // When this fails the connection is broken, and the next BEGIN says so.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let Some(code) = error.sqlite_error_code() else {
            return match error {
                rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::IntegralValueOutOfRange(..) => Self::Damaged("a value"),
                other => Self::Backend(format!("the driver said {}", kind(&other))),
            };
        };
        match code {
            ErrorCode::NotADatabase => Self::WrongKey,
            ErrorCode::DatabaseCorrupt => Self::Damaged("a page"),
            ErrorCode::DiskFull => Self::Full,
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Busy,
            // Never SQLite's own text: it may quote SQL, and goes to the log and to operators.
            _ => {
                let extended = error.sqlite_error().map_or(0, |error| error.extended_code);
                Self::Backend(format!("SQLite said {code:?}, code {extended}"))
            }
        }
    }
}

/// The name of a driver's error, without what it quotes.
fn kind(error: &rusqlite::Error) -> String {
    let all = format!("{error:?}");
    all.chars().take_while(char::is_ascii_alphanumeric).collect()
}

/// SQLite's integers are signed; ours count from 0 and never reach the sign.
fn int(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let value: i64 = row.get(column)?;
    u64::try_from(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, value))
}

/// A value that is not what this program wrote.
fn damaged(column: usize) -> rusqlite::Error {
    rusqlite::Error::IntegralValueOutOfRange(column, -1)
}
