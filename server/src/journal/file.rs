//! The file: appended and synced before each commit that it protects, read at start.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use doegnrytme_core::wire::{from_bytes, to_bytes};
use minicbor::{Decode, Encode};
use ring::rand::{SecureRandom as _, SystemRandom};

use super::seal::{Keys, Line, Sealer};
use super::{JournalError, Record};

/// Where a journal lies and what it is sealed with.
#[derive(Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: PathBuf,
    /// The server's key.
    pub key: [u8; 32],
}

/// A place in a journal: what database and file have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Mark {
    /// The journal's id.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub id: [u8; 16],
    /// The last line.
    #[n(1)]
    pub serial: u64,
    /// The chain up to and with it.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub chain: [u8; 16],
}

/// What stands between a transaction and forgetting.
pub enum Protection {
    /// Nothing: no journal belongs to this store.
    None,
    /// A journal belongs to it and cannot be used: what is due is kept in the database until the
    /// operator confirms that a new one begins here.
    Due(Place),
    /// The journal.
    File(Box<JournalFile>),
}

/// What lay in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// No file, or an empty one.
    Nothing,
    /// No line of it opens with this key.
    Foreign,
    /// A journal.
    Lines(Scan),
}

/// A journal's whole lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scan {
    /// Where it ends.
    pub(crate) end: Mark,
    /// The chain at the serial that was asked for.
    pub(crate) chain_at: Option<[u8; 16]>,
    /// The records behind that serial.
    pub(crate) records: Vec<(u64, Record)>,
    /// Bytes up to the end of the last whole line.
    pub(crate) whole: u64,
    /// Bytes of a torn last line.
    pub(crate) torn: u64,
    /// The first damage between whole lines: behind which line, and at which byte.
    pub(crate) damage: Option<(u64, u64)>,
}

/// The file, open for appending and locked.
pub struct JournalFile {
    file: File,
    path: PathBuf,
    whole: u64,
    end: Mark,
    sealer: Sealer,
    /// Where the file and the chain stood before the last append.
    before: Option<(u64, Mark)>,
    /// A line that must not stay could not be cut off.
    spoilt: bool,
}

fn trouble(path: &Path, error: &std::io::Error) -> JournalError {
    match error.kind() {
        ErrorKind::StorageFull => JournalError::Full,
        _ => JournalError::Io { path: path.display().to_string(), reason: error.to_string() },
    }
}

fn unsealable(path: &Path) -> JournalError {
    let reason = String::from("a line could not be sealed");
    JournalError::Io { path: path.display().to_string(), reason }
}

fn random(path: &Path) -> Result<[u8; 16], JournalError> {
    let mut bytes = [0; 16];
    SystemRandom::new().fill(&mut bytes).map_err(|_| unsealable(path))?;
    Ok(bytes)
}

/// Reads a file without touching it; records up to serial `known` are passed over.
pub(crate) fn read(place: &Place, known: u64) -> Result<Found, JournalError> {
    let bytes = match std::fs::read(&place.path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) => return Err(trouble(&place.path, &error)),
    };
    if bytes.is_empty() {
        return Ok(Found::Nothing);
    }
    scan(&bytes, &mut Keys::of(&place.key), known)
}

fn scan(bytes: &[u8], keys: &mut Keys, known: u64) -> Result<Found, JournalError> {
    let mut scan: Option<Scan> = None;
    let (mut at, mut gap) = (0, None);
    while at < bytes.len() {
        let Some((line, length)) = keys.open(bytes.get(at..).unwrap_or_default()) else {
            gap.get_or_insert(at);
            // A line may begin at any byte behind a damaged one.
            at += 1;
            continue;
        };
        let begins = scan.is_none();
        let scan = scan.get_or_insert_with(Scan::empty);
        let follows =
            !begins && line.before == scan.end.chain && line.serial == scan.end.serial + 1;
        if gap.take().is_some() || !(follows || begins && line.serial == 0) {
            scan.damage.get_or_insert((scan.end.serial, scan.whole));
        }
        scan.take(&line, known)?;
        at += length;
        scan.whole = u64::try_from(at).unwrap_or(u64::MAX);
    }
    let Some(mut scan) = scan else { return Ok(Found::Foreign) };
    scan.torn = u64::try_from(bytes.len()).unwrap_or(u64::MAX).saturating_sub(scan.whole);
    Ok(Found::Lines(scan))
}

impl Scan {
    fn empty() -> Self {
        Self {
            end: Mark { id: [0; 16], serial: 0, chain: [0; 16] },
            chain_at: None,
            records: Vec::new(),
            whole: 0,
            torn: 0,
            damage: None,
        }
    }

    fn take(&mut self, line: &Line, known: u64) -> Result<(), JournalError> {
        let newer = JournalError::Newer(line.serial);
        if line.serial == 0 {
            self.end.id = from_bytes::<Head>(&line.record).map_err(|_| newer)?.id;
        } else if line.serial > known {
            // It opened, so it is what was written: what cannot be read is a newer version's.
            let record = from_bytes(&line.record).map_err(|_| newer)?;
            self.records.push((line.serial, record));
        }
        self.end.serial = line.serial;
        self.end.chain = line.chain();
        if line.serial == known {
            self.chain_at = Some(self.end.chain);
        }
        Ok(())
    }
}

/// What the first line says.
#[derive(Encode, Decode)]
#[cbor(array)]
struct Head {
    #[cbor(n(0), with = "minicbor::bytes")]
    id: [u8; 16],
}

impl JournalFile {
    /// Makes a new, empty journal: whole at its place or not at all. A file that lies there is set
    /// aside under another name, never overwritten.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn create(place: &Place) -> Result<Self, JournalError> {
        let path = &place.path;
        let id = random(path)?;
        let line = Line { serial: 0, before: [0; 16], record: to_bytes(&Head { id }) };
        let keys = Keys::of(&place.key);
        let mut sealer = Sealer::new(random(path)?, &keys).ok_or_else(|| unsealable(path))?;
        let frame = sealer.seal(&line).ok_or_else(|| unsealable(path))?;
        set_aside(path).map_err(|error| trouble(path, &error))?;
        crate::folder::write_private(path, &frame).map_err(|error| trouble(path, &error))?;
        let end = Mark { id, serial: 0, chain: line.chain() };
        let whole = u64::try_from(frame.len()).unwrap_or(u64::MAX);
        Self::open_at(place, whole, end)
    }

    /// Opens a journal behind what was read of it, cutting off a torn last line.
    pub(super) fn open(place: &Place, scan: &Scan) -> Result<Self, JournalError> {
        Self::open_at(place, scan.whole, scan.end)
    }

    fn open_at(place: &Place, whole: u64, end: Mark) -> Result<Self, JournalError> {
        let path = &place.path;
        let failed = |error: std::io::Error| trouble(path, &error);
        let file = OpenOptions::new().read(true).write(true).mode(0o600).open(path);
        let file = file.map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(JournalError::Locked(path.display().to_string()));
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        if file.metadata().map_err(failed)?.len() > whole {
            file.set_len(whole).map_err(failed)?;
            file.sync_all().map_err(failed)?;
        }
        let keys = Keys::of(&place.key);
        let sealer = Sealer::new(random(path)?, &keys).ok_or_else(|| unsealable(path))?;
        let path = path.clone();
        Ok(Self { file, path, whole, end, sealer, before: None, spoilt: false })
    }

    /// Where it ends.
    #[must_use]
    pub fn end(&self) -> Mark {
        self.end
    }

    /// Appends records, all durable when this returns: one sync for all of them. After an error
    /// the file ends as before.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn append(&mut self, records: &[Record]) -> Result<Mark, JournalError> {
        if self.spoilt {
            self.cut(self.whole)?;
        }
        let (mut end, mut frames) = (self.end, Vec::new());
        for record in records {
            let line = Line { serial: end.serial + 1, before: end.chain, record: to_bytes(record) };
            let frame = self.sealer.seal(&line).ok_or_else(|| unsealable(&self.path))?;
            frames.extend_from_slice(&frame);
            end = Mark { serial: line.serial, chain: line.chain(), ..end };
        }
        let written = self
            .file
            .seek(SeekFrom::Start(self.whole))
            .and_then(|_| self.file.write_all(&frames))
            .and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            // Should this fail too, nothing is appended before it succeeds.
            let _ = self.cut(self.whole);
            return Err(trouble(&self.path, &error));
        }
        self.before = Some((self.whole, self.end));
        self.whole = self.whole.saturating_add(u64::try_from(frames.len()).unwrap_or(0));
        self.end = end;
        Ok(end)
    }

    /// Takes back the last append: the commit that it protected did not happen. A line that stayed
    /// would make the next commit look as if it held what the database does not.
    pub fn take_back(&mut self) {
        if let Some((whole, end)) = self.before.take() {
            (self.whole, self.end) = (whole, end);
            if self.cut(whole).is_err() {
                tracing::error!(
                    "the journal could not be cut back; nothing is taken in until it is"
                );
            }
        }
    }

    fn cut(&mut self, whole: u64) -> Result<(), JournalError> {
        self.spoilt = true;
        let cut = self.file.set_len(whole).and_then(|()| self.file.sync_all());
        cut.map_err(|error| trouble(&self.path, &error))?;
        self.spoilt = false;
        Ok(())
    }
}

/// Gives a file that lies at `path` another name.
fn set_aside(path: &Path) -> std::io::Result<()> {
    if !path.exists() {
        return Ok(());
    }
    for number in 1_u32.. {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".set-aside-{number}"));
        let to = PathBuf::from(name);
        if !to.exists() {
            return std::fs::rename(path, to);
        }
    }
    Ok(())
}
