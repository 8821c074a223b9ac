//! What a start finds when it compares journal and database, and what it does about it.

use doegnrytme_core::wire::{from_bytes, to_bytes};

use super::doubt::Doubt;
use super::file::{Found, JournalFile, Mark, Place, Protection, Scan, read};
use super::replay::replay;
use super::{JournalError, Record};
use crate::intake::IntakeError;
use crate::node::context::{Context, Rules};
use crate::node::{Keys, Outside};
use crate::store::meta::name;
use crate::store::{self, Store, StoreError, Tx};

/// Why a start stops.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpeningError {
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The database.
    #[error(transparent)]
    Intake(#[from] IntakeError),
}

impl From<StoreError> for OpeningError {
    fn from(error: StoreError) -> Self {
        Self::Intake(error.into())
    }
}

/// Who opens, and so what is done about a journal that cannot be relied on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Bearing {
    /// A verb without a server: it stops. Perhaps only `--journal` was forgotten.
    #[default]
    Verb,
    /// A server: it serves in doubt, so that carers' work comes in safety; but it stops at a
    /// damaged journal, because an operator has to know.
    Server,
    /// The operator who confirms: what can be read is taken.
    Confirmation,
}

/// What was found.
enum Standing {
    /// The database never had a journal, and none lies there.
    New,
    /// Both know the same.
    Sound(Scan),
    /// The database was rolled back.
    Ahead(Scan),
    /// The journal cannot be relied on; what could be read of it behind the database's mark.
    Doubtful(Doubt, Vec<(u64, Record)>),
}

/// Compares, teaches, and puts the journal between the store's commits and forgetting.
///
/// # Errors
/// [`OpeningError`]: nothing was changed, or it is done again at the next start.
pub fn open(
    store: &mut dyn Store,
    place: &Place,
    bearing: Bearing,
    keys: &Keys,
    outside: &mut Outside,
) -> Result<(), OpeningError> {
    let mark = store::read(store, mark_of)?;
    let mut sound = true;
    match compare(place, mark, bearing)? {
        Standing::New => begin(store, place)?,
        Standing::Sound(scan) => attach(store, place, &scan)?,
        Standing::Ahead(scan) => {
            let lines = scan.records.len();
            tracing::warn!(lines, "the database was rolled back; the journal teaches it again");
            teach(store, keys, outside, &scan.records, |tx| {
                tx.put_meta(name::JOURNAL, &to_bytes(&scan.end))?;
                tx.put_meta(name::EPOCH_DUE, &[1])
            })?;
            attach(store, place, &scan)?;
        }
        Standing::Doubtful(doubt, _) if bearing == Bearing::Verb => {
            let path = place.path.display().to_string();
            return Err(JournalError::Doubtful { path, doubt: doubt.words() }.into());
        }
        Standing::Doubtful(doubt, records) => {
            tracing::error!(
                "{}: uploads wait and no text message leaves until `journal confirm`",
                doubt.words()
            );
            teach(store, keys, outside, &records, |tx| {
                let before = Doubt::read(tx)?;
                let others = before.with_a_sound_journal();
                if before == others {
                    tx.put_meta(name::EPOCH_DUE, &[1])?;
                }
                others.and(doubt).write(tx)
            })?;
            store.protect(Protection::Due(place.clone()));
            sound = false;
        }
    }
    settle(store, keys, outside, sound)
}

fn mark_of(tx: &mut dyn Tx) -> Result<Option<Mark>, StoreError> {
    let bytes = tx.meta(name::JOURNAL)?;
    let mark = bytes.map(|bytes| from_bytes(&bytes)).transpose();
    mark.map_err(|_| StoreError::Damaged("the journal's mark"))
}

fn compare(place: &Place, mark: Option<Mark>, bearing: Bearing) -> Result<Standing, JournalError> {
    let known = mark.map_or(0, |mark| mark.serial);
    let doubtful = |doubt| Ok(Standing::Doubtful(doubt, Vec::new()));
    let scan = match (read(place, known)?, mark) {
        (Found::Nothing, None) => return Ok(Standing::New),
        (Found::Nothing, Some(_)) => return doubtful(Doubt::MISSING),
        (Found::Foreign, _) => return doubtful(Doubt::FOREIGN),
        (Found::Lines(scan), _) => scan,
    };
    if let Some((after, at)) = scan.damage {
        if bearing != Bearing::Confirmation {
            let path = place.path.display().to_string();
            return Err(JournalError::Damaged { path, after, at });
        }
        return Ok(Standing::Doubtful(Doubt::DAMAGED, scan.records));
    }
    if scan.torn > 0 {
        tracing::warn!(bytes = scan.torn, "a torn last line is cut off the journal");
    }
    // A database without a mark is older than its journal.
    let Some(mark) = mark else { return Ok(Standing::Ahead(scan)) };
    if scan.end.id != mark.id {
        return doubtful(Doubt::FOREIGN);
    }
    if scan.chain_at != Some(mark.chain) {
        return doubtful(Doubt::BEHIND);
    }
    Ok(if scan.end == mark { Standing::Sound(scan) } else { Standing::Ahead(scan) })
}

fn begin(store: &mut dyn Store, place: &Place) -> Result<(), OpeningError> {
    let file = JournalFile::create(place)?;
    let mark = to_bytes(&file.end());
    store::write(store, |tx| tx.put_meta(name::JOURNAL, &mark))?;
    store.protect(Protection::File(Box::new(file)));
    Ok(())
}

fn attach(store: &mut dyn Store, place: &Place, scan: &Scan) -> Result<(), OpeningError> {
    let file = JournalFile::open(place, scan)?;
    store.protect(Protection::File(Box::new(file)));
    Ok(())
}

/// Teaches in one transaction. The store is not protected yet: what comes out of the journal does
/// not go into it again.
fn teach(
    store: &mut dyn Store,
    keys: &Keys,
    outside: &mut Outside,
    records: &[(u64, Record)],
    then: impl FnOnce(&mut dyn Tx) -> Result<(), StoreError>,
) -> Result<(), OpeningError> {
    let (now, rules) = (outside.now(), Rules::default());
    store::write(store, |tx| {
        let mut context = Context::new(tx, now, &mut *outside.rng, keys, &rules)?;
        for (serial, record) in records {
            replay(tx, &mut context, *serial, record)?;
        }
        then(tx)?;
        Ok(())
    })
}

/// What is due since a former start: the new epoch, and what the journal could not be told.
fn settle(
    store: &mut dyn Store,
    keys: &Keys,
    outside: &mut Outside,
    sound: bool,
) -> Result<(), OpeningError> {
    let (now, rules) = (outside.now(), Rules::default());
    store::write(store, |tx| {
        let mut context = Context::new(tx, now, &mut *outside.rng, keys, &rules)?;
        if is_set(tx, name::EPOCH_DUE)? {
            context.begin_epoch(tx)?;
            tx.put_meta(name::EPOCH_DUE, &[])?;
            tracing::warn!("a new epoch begins; tablets bring what the server has forgotten");
        }
        if sound && !context.doubt.is_none() {
            context.doubt.with_a_sound_journal().write(tx)?;
        }
        if sound && is_set(tx, name::JOURNAL_DUE)? {
            let due = tx.meta(name::JOURNAL_DUE)?.unwrap_or_default();
            let due: Vec<Record> =
                from_bytes(&due).map_err(|_| StoreError::Damaged("what is due to the journal"))?;
            for record in due {
                tx.protect(record)?;
            }
            tx.put_meta(name::JOURNAL_DUE, &[])?;
        }
        if sound {
            tx.protect(Record::Lived { at: now })?;
        }
        Ok(())
    })
}

fn is_set(tx: &mut dyn Tx, name: &str) -> Result<bool, StoreError> {
    Ok(tx.meta(name)?.is_some_and(|bytes| !bytes.is_empty()))
}
