//! The sealed outbox file: what a carer saved, on the disk before the database commits.
//!
//! A record is `"DRo1" ‖ length ‖ session ‖ counter ‖ ciphertext`, sealed with ChaCha20-Poly1305
//! (RFC 8439) under a key of its session. A session is one opening of the store (16 random bytes)
//! and its counter never goes back, so no nonce is used twice, whatever was cut off in between.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use ring::aead;

use super::faults::{Faults, FileOp};
use super::keys::Keys;
use super::{OpenError, StoreError, files};

pub(super) const FILE: &str = "outbox.seal";
const MAGIC: &[u8; 4] = b"DRo1";
const HEAD: usize = 4 + 4 + 16 + 8;
/// Far more than the changes of one visit.
const MOST: usize = 16 * 1024 * 1024;

/// What lay in the file at opening.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Scan {
    /// The records that read, oldest first.
    pub(super) records: Vec<Vec<u8>>,
    /// Stretches that were skipped because they are damaged.
    pub(super) damaged: usize,
    /// Where the last whole record ends.
    whole: u64,
}

/// The file, open for appending.
pub(super) struct SealedFile {
    file: File,
    path: PathBuf,
    whole: u64,
    session: [u8; 16],
    counter: u64,
    key: aead::LessSafeKey,
}

fn nonce(counter: u64) -> aead::Nonce {
    let mut bytes = [0; 12];
    let (_, tail) = bytes.split_at_mut(4);
    tail.copy_from_slice(&counter.to_le_bytes());
    aead::Nonce::assume_unique_for_key(bytes)
}

/// Whether there is a file that is not empty.
pub(super) fn is_filled(dir: &Path) -> bool {
    std::fs::metadata(dir.join(FILE)).is_ok_and(|found| found.len() > 0)
}

/// Reads the file of a folder without touching it.
pub(super) fn scan(dir: &Path, keys: &Keys) -> Result<Scan, OpenError> {
    let mut bytes = Vec::new();
    match File::open(dir.join(FILE)) {
        Ok(mut file) => file.read_to_end(&mut bytes)?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => 0,
        Err(error) => return Err(error.into()),
    };
    Ok(scan_bytes(&bytes, keys))
}

fn scan_bytes(bytes: &[u8], keys: &Keys) -> Scan {
    let mut scan = Scan::default();
    let mut at = 0;
    let mut gap = false;
    while at < bytes.len() {
        match read_record(bytes.get(at..).unwrap_or_default(), keys) {
            Some((record, length)) => {
                scan.damaged += usize::from(std::mem::take(&mut gap));
                scan.records.push(record);
                at += length;
                scan.whole = u64::try_from(at).unwrap_or(u64::MAX);
            }
            // A record may begin at any byte after a damaged one.
            None => {
                gap = true;
                at += 1;
            }
        }
    }
    // A gap at the end is a torn last record and no damage.
    scan
}

/// A whole record at the beginning of `bytes` and its length.
fn read_record(bytes: &[u8], keys: &Keys) -> Option<(Vec<u8>, usize)> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (session, rest) = rest.split_first_chunk::<16>()?;
    let (counter, rest) = rest.split_first_chunk::<8>()?;
    let length =
        usize::try_from(u32::from_le_bytes(*length)).ok().filter(|length| *length <= MOST)?;
    let mut sealed = rest.get(..length)?.to_vec();
    let key = keys.outbox(session)?;
    let head = aead::Aad::from(bytes.get(..HEAD)?);
    let plain = key.open_in_place(nonce(u64::from_le_bytes(*counter)), head, &mut sealed).ok()?;
    Some((plain.to_vec(), HEAD + length))
}

impl SealedFile {
    /// Opens the file behind what `scan` read, cutting off a torn last record.
    pub(super) fn open(
        dir: &Path,
        keys: &Keys,
        scan: &Scan,
        session: [u8; 16],
        faults: &Faults,
    ) -> Result<Self, OpenError> {
        let path = dir.join(FILE);
        let fresh = !path.exists();
        if fresh {
            faults.file(FileOp::Make(&path))?;
        }
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path)?;
        if fresh {
            // Syncing a file need not make its name durable, and appends only sync the file.
            files::sync_folder(dir, faults)?;
        }
        if file.metadata()?.len() > scan.whole {
            faults.file(FileOp::Cut(&path, scan.whole))?;
            file.set_len(scan.whole)?;
            faults.file(FileOp::Sync(&path))?;
            file.sync_all()?;
        }
        let key = keys.outbox(&session).ok_or(OpenError::Damaged)?;
        Ok(Self { file, path, whole: scan.whole, session, counter: 0, key })
    }

    /// Appends one record, durable when this returns. After an error the file ends with the last
    /// whole record, as before.
    pub(super) fn append(&mut self, record: &[u8], faults: &Faults) -> Result<(), StoreError> {
        faults.step()?;
        let frame = self.frame(record)?;
        match self.write(&frame, faults) {
            Ok(()) => {
                self.whole = self.whole.saturating_add(u64::try_from(frame.len()).unwrap_or(0));
                faults.step()
            }
            Err(error) => {
                // Should this fail too, the next append writes over the torn record anyway.
                if faults.file(FileOp::Cut(&self.path, self.whole)).is_ok() {
                    let _ = self.file.set_len(self.whole);
                }
                Err(error)
            }
        }
    }

    fn frame(&mut self, record: &[u8]) -> Result<Vec<u8>, StoreError> {
        let counter = self.counter;
        // Counted before it is written: a record that was torn has used its nonce.
        self.counter += 1;
        let mut sealed = record.to_vec();
        let length = sealed.len() + aead::CHACHA20_POLY1305.tag_len();
        let length = u32::try_from(length).map_err(|_| StoreError::Unfitting("a record's size"))?;
        let mut frame = MAGIC.to_vec();
        frame.extend_from_slice(&length.to_le_bytes());
        frame.extend_from_slice(&self.session);
        frame.extend_from_slice(&counter.to_le_bytes());
        let aad = aead::Aad::from(&frame);
        self.key
            .seal_in_place_append_tag(nonce(counter), aad, &mut sealed)
            .map_err(|_| StoreError::Unfitting("a record's size"))?;
        frame.extend_from_slice(&sealed);
        Ok(frame)
    }

    fn write(&mut self, frame: &[u8], faults: &Faults) -> Result<(), StoreError> {
        self.file.seek(SeekFrom::Start(self.whole))?;
        if let Some(length) = faults.short_append.take() {
            let short = frame.get(..length).unwrap_or(frame);
            faults.file(FileOp::Write(&self.path, self.whole, short))?;
            self.file.write_all(short)?;
            return Err(StoreError::DiskFull);
        }
        faults.file(FileOp::Write(&self.path, self.whole, frame))?;
        self.file.write_all(frame)?;
        match self.sync(faults) {
            Err(_) if faults.sync_again => self.sync(faults),
            // A sync that failed may have forgotten what was written: only writing it anew helps,
            // which the next append does.
            synced => synced,
        }
    }

    fn sync(&self, faults: &Faults) -> Result<(), StoreError> {
        faults.file(FileOp::Sync(&self.path))?;
        Ok(self.file.sync_data()?)
    }

    /// Cuts off all records: each row that they stand for is closed. What a crash brings back is
    /// known by (doc, hash) and does nothing. Synced, so that the next record cannot reach the disk
    /// without the cut: half over an old one it would look like damage.
    pub(super) fn cut(&mut self, faults: &Faults) -> Result<(), StoreError> {
        if self.whole > 0 {
            faults.file(FileOp::Cut(&self.path, 0))?;
            self.file.set_len(0)?;
            self.whole = 0;
            self.sync(faults)?;
        }
        Ok(())
    }

    /// Reads the records again, after a commit of which nobody knows whether it succeeded.
    pub(super) fn records(&mut self, keys: &Keys) -> Result<Vec<Vec<u8>>, StoreError> {
        self.file.seek(SeekFrom::Start(0))?;
        let mut bytes = Vec::new();
        self.file.read_to_end(&mut bytes)?;
        Ok(scan_bytes(&bytes, keys).records)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_three() -> (tempfile::TempDir, Keys, Vec<u8>) {
        let dir = tempfile::tempdir().unwrap();
        let keys = Keys::of(&[7; 32]);
        let mut file =
            SealedFile::open(dir.path(), &keys, &Scan::default(), [1; 16], &Faults::default())
                .unwrap();
        for record in [&b"one"[..], b"two", b"three"] {
            file.append(record, &Faults::default()).unwrap();
        }
        let bytes = std::fs::read(dir.path().join(FILE)).unwrap();
        (dir, keys, bytes)
    }

    #[test]
    fn a_torn_last_record_is_cut_back_wherever_it_tore() {
        let (dir, keys, bytes) = with_three();
        let two = scan_bytes(&bytes[..bytes.len() - 1], &keys).whole;
        for end in usize::try_from(two).unwrap()..bytes.len() {
            std::fs::write(dir.path().join(FILE), &bytes[..end]).unwrap();
            let found = scan(dir.path(), &keys).unwrap();
            assert_eq!((found.records.len(), found.damaged), (2, 0));
            SealedFile::open(dir.path(), &keys, &found, [2; 16], &Faults::default()).unwrap();
            assert_eq!(std::fs::metadata(dir.path().join(FILE)).unwrap().len(), two);
        }
    }

    #[test]
    fn a_damaged_record_in_the_middle_is_skipped_and_counted() {
        let (_dir, keys, mut bytes) = with_three();
        let one = usize::try_from(scan_bytes(&bytes[..HEAD + 3 + 16], &keys).whole).unwrap();
        for at in one..one + HEAD + 3 + 16 {
            bytes[at] ^= 1;
            let found = scan_bytes(&bytes, &keys);
            assert_eq!(found.records, [b"one".to_vec(), b"three".to_vec()], "byte {at}");
            assert_eq!(found.damaged, 1);
            bytes[at] ^= 1;
        }
    }

    #[test]
    fn an_append_that_fails_leaves_the_whole_records() {
        let (dir, keys, bytes) = with_three();
        let found = scan(dir.path(), &keys).unwrap();
        let mut file =
            SealedFile::open(dir.path(), &keys, &found, [2; 16], &Faults::default()).unwrap();
        let faults = Faults::default();
        for short in [0, 1, 20, 40] {
            faults.short_append.set(Some(short));
            assert_eq!(file.append(b"four", &faults), Err(StoreError::DiskFull));
            assert_eq!(std::fs::read(dir.path().join(FILE)).unwrap(), bytes);
        }
        file.append(b"four", &faults).unwrap();
        assert_eq!(scan(dir.path(), &keys).unwrap().records.len(), 4);
    }

    #[test]
    fn another_key_reads_nothing() {
        let (dir, _, _) = with_three();
        assert_eq!(scan(dir.path(), &Keys::of(&[8; 32])).unwrap().records.len(), 0);
    }
}
