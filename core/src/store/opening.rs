//! Making and opening a store. Nothing on the disk is touched until key, version and pages are
//! known to be right.

use std::cell::Cell;
use std::path::Path;
use std::sync::Once;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::faults::Faults;
use super::keys::{KeyCheck, Keys, read_check, write_check};
use super::plans::PlanCache;
pub(super) use super::reserve::FILE as RESERVE;
use super::reserve::{RESERVE_BYTES, Reserve};
use super::seal::{Scan, SealedFile, scan};
use super::{OpenError, Store, StoreError, aside, files, migrate, passport, rescue, seal};
use crate::ids::hex;

/// The database's name in the store's folder.
pub const DATABASE: &str = "store.db";
/// Its log's.
pub(super) const LOG: &str = "store.db-wal";

/// What opening needs besides folder and key.
#[derive(Debug, Clone)]
pub struct Options {
    /// Random bytes, fresh at each opening: the session of the outbox file.
    pub session: [u8; 16],
    /// Disk space to hold back; 0 for none (the simulator's thousands of stores).
    pub reserve_bytes: u64,
    /// What goes wrong.
    #[doc(hidden)]
    pub faults: Faults,
}

impl Options {
    /// The usual, with these random bytes.
    #[must_use]
    pub fn new(session: [u8; 16]) -> Self {
        Self { session, reserve_bytes: RESERVE_BYTES, faults: Faults::default() }
    }
}

/// What opening found in the outbox file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Opening {
    /// Rows that had not reached the database and are there now.
    pub replayed: usize,
    /// Damaged stretches that were skipped; an operator must know.
    pub damaged: usize,
    /// Whether a rescue was ended that a power cut had interrupted.
    pub made_anew: bool,
    /// Why rows could not be brought into the database (a full disk, say). They stay in the file;
    /// see [`Store::finish_saving`].
    pub failed: Option<StoreError>,
}

impl Store {
    /// Makes a new store in `dir`, which is made when it does not exist.
    ///
    /// # Errors
    /// [`OpenError::Exists`], or what the disk says.
    pub fn create(dir: &Path, key: &[u8; 32], options: Options) -> Result<Self, OpenError> {
        std::fs::create_dir_all(dir)?;
        if dir.join(DATABASE).exists() {
            return Err(OpenError::Exists);
        }
        let keys = Keys::of(key);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let mut connection = connect(dir, key, flags)?;
        settle(&connection, &options.faults)?;
        migrate::run(&mut connection)?;
        write_check(dir, &keys, migrate::known(), &options.faults)?;
        files::sync_folder(dir, &options.faults)?;
        Self::assemble(dir, connection, keys, &Scan::default(), options)
    }

    /// Opens the store in `dir`, brings it to this program's version and replays what the outbox
    /// file has and the database lacks.
    ///
    /// # Errors
    /// [`OpenError`]; nothing was touched then.
    pub fn open(dir: &Path, key: &[u8; 32], options: Options) -> Result<Self, OpenError> {
        let made_anew = rescue::finish(dir, &options.faults)?;
        if !dir.join(DATABASE).exists() {
            let lost = passport::is_there(dir) || seal::is_filled(dir);
            return Err(if lost { OpenError::Damaged } else { OpenError::Missing });
        }
        let log = dir.join(LOG);
        let had_log = log.exists();
        let opened = Self::open_checked(dir, key, options);
        if opened.is_err() && !had_log && std::fs::metadata(&log).is_ok_and(|new| new.len() == 0) {
            // SQLite makes an empty one as soon as it reads.
            let _ = std::fs::remove_file(&log);
        }
        let mut store = opened?;
        store.opening.made_anew = made_anew;
        Ok(store)
    }

    fn open_checked(dir: &Path, key: &[u8; 32], options: Options) -> Result<Self, OpenError> {
        let keys = Keys::of(key);
        let known = migrate::known();
        let check = read_check(dir, &keys)?;
        match check {
            KeyCheck::Wrong => return Err(OpenError::WrongKey),
            KeyCheck::Right(found) if found > known => {
                return Err(OpenError::Newer { found, known });
            }
            KeyCheck::Right(_) | KeyCheck::Unknown => {}
        }
        let mut connection = connect(dir, key, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let found = look(&connection)?;
        if found > known {
            return Err(OpenError::Newer { found, known });
        }
        if rescue::is_damaged(dir, &mut connection)? {
            return Err(OpenError::Damaged);
        }
        if passport::is_ahead(dir, &keys, &mut connection)? {
            return Err(OpenError::Damaged);
        }
        let records = scan(dir, &keys)?;
        settle(&connection, &options.faults)?;
        if check != KeyCheck::Right(known) {
            // Before the migration: an older program must not find a newer database unwarned.
            write_check(dir, &keys, known, &options.faults)?;
        }
        migrate::run(&mut connection)?;
        Self::assemble(dir, connection, keys, &records, options)
    }

    fn assemble(
        dir: &Path,
        connection: Connection,
        keys: Keys,
        found: &Scan,
        options: Options,
    ) -> Result<Self, OpenError> {
        let clerk = passport::Clerk::new(dir, &keys, options.session);
        let outbox_file = SealedFile::open(dir, &keys, found, options.session, &options.faults)?;
        let reserve = Reserve::new(dir, options.reserve_bytes);
        let mut store = Self {
            connection,
            keys,
            outbox_file,
            plans: PlanCache::default(),
            dir: dir.to_owned(),
            clerk,
            aside: aside::is_there(dir),
            loaded: Cell::new(0),
            reserve,
            faults: options.faults,
            opening: Opening { damaged: found.damaged, ..Opening::default() },
        };
        match store.replay(&found.records) {
            Ok(replayed) => store.opening.replayed = replayed,
            Err(StoreError::Damaged) => return Err(OpenError::Damaged),
            Err(error) => store.opening.failed = Some(error),
        }
        store.reserve.take();
        if store.take_certificates().is_ok() {
            store.keep_passport();
        }
        Ok(store)
    }
}

/// SQLCipher readies its providers at the first key of a process. Two threads that give one at the
/// same moment have been refused: it is done once, before anybody opens anything.
pub fn ready_cipher() {
    static READY: Once = Once::new();
    READY.call_once(|| {
        let first = Connection::open_in_memory();
        let _ = first.and_then(|first| first.pragma_update(None, "key", "x'00'"));
    });
}

/// A connection that has not touched anything yet, and will not when it is dropped.
pub(super) fn connect(
    dir: &Path,
    key: &[u8; 32],
    flags: OpenFlags,
) -> Result<Connection, OpenError> {
    ready_cipher();
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection =
        Connection::open_with_flags(dir.join(DATABASE), flags).map_err(StoreError::from)?;
    let prepare = || -> rusqlite::Result<()> {
        // Tablets' processors compute SHA-256 in hardware and SHA-512, SQLCipher's own choice, mostly
        // not; each page that is read or written costs one. Before the key, or it does not count.
        connection.pragma_update(None, "cipher_default_hmac_algorithm", "HMAC_SHA256")?;
        // A raw key: it is random, so deriving one from it (0.3 s) would add nothing.
        connection.pragma_update(None, "key", format!("x'{}'", hex(key)))?;
        // A failed opening must not write the log back into the database.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        // SQLCipher would write what it finds to standard error.
        connection.pragma_update(None, "cipher_log_level", "NONE")?;
        // One process, one connection: no shared-memory file, and nobody else gets in.
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        // A backup program may hold the file for a moment.
        connection.pragma_update(None, "busy_timeout", 2_000)
    };
    prepare().map_err(|error| OpenError::from(StoreError::from(error)))?;
    Ok(connection)
}

/// Reads what tells damage and version; the first page's HMAC is checked by that.
fn look(connection: &Connection) -> Result<u32, OpenError> {
    let version = migrate::found(connection)?;
    let count = "SELECT COUNT(*) FROM sqlite_schema";
    connection.query_row(count, [], |row| row.get::<_, i64>(0)).map_err(StoreError::from)?;
    Ok(version)
}

/// How the database is used from now on.
fn settle(connection: &Connection, faults: &Faults) -> Result<(), OpenError> {
    let set = || -> rusqlite::Result<()> {
        // SQLCipher's default, said aloud: a page of an encrypted file can be checked alone.
        connection.pragma_update(None, "cipher_page_size", 4096)?;
        // Writers do not wait for readers, and a commit is one append.
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // NORMAL lost acknowledged notes in 44 % of simulated power cuts, FULL in none.
        let synchronous = if faults.synchronous_normal { "NORMAL" } else { "FULL" };
        connection.pragma_update(None, "synchronous", synchronous)?;
        // 8 MiB of pages: a day's work of a team, small beside the app.
        connection.pragma_update(None, "cache_size", -8 * 1024)?;
        // 4 MiB between checkpoints: a note's save seldom pays for one.
        connection.pragma_update(None, "wal_autocheckpoint", 1_000)?;
        // Temporary tables of a sort would lie on the disk in the clear.
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        connection.pragma_update(None, "foreign_keys", false)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
        // Without it SQLite plans a statement anew whenever a value is bound that a partial index
        // might be chosen by: a tenth of the time that an evening's rows took.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.set_prepared_statement_cache_capacity(128);
        Ok(())
    };
    set().map_err(|error| OpenError::from(StoreError::from(error)))
}
