//! Whether a disk keeps what was promised, after a power cut.

use std::path::Path;

use doegnrytme_core::ids::{CarerId, StreamId};
use doegnrytme_core::store::StoreError;
use doegnrytme_core::wire::digest::Digest;
use doegnrytme_server::projection::Anew;

use super::promises::{Drafts, OfServer, OfTablet};
use crate::simulator::broken::{Held, promise};
use crate::simulator::clock::WorldTime;
use crate::simulator::dice::Dice;
use crate::simulator::server::SimServer;
use crate::simulator::tablet::SimTablet;
use crate::simulator::template::{TEAM, secret};

/// The tablet on a disk after a cut is opened; all that it had promised is there, and what it keeps
/// step by step is what its log gives.
///
/// # Errors
/// The promise that was broken.
pub fn tablet(
    folder: &Path,
    at: usize,
    carer: CarerId,
    time: WorldTime,
    promises: &OfTablet,
    done: usize,
) -> Held<()> {
    let mut tablet = SimTablet::new(folder, secret(at), carer, time);
    tablet.starts(&mut Dice::new(1), None)?;
    let store = tablet.machine()?.store();
    let (lost, unsent, behind, drafts) = store.read(|tx| {
        let (mut lost, mut unsent) = (0, 0);
        for (doc, hash) in promises.saved_by(done) {
            lost += usize::from(tx.logged(doc, hash)?.is_none());
            unsent +=
                usize::from(tx.outgoing_in(doc)?.iter().all(|row| row.row.entry.hash != *hash));
        }
        let mut behind = 0;
        let cursors = tx.cursors()?;
        for (stream, seq, doc, hash) in &promises.stream {
            let read = cursors.iter().any(|at| at.stream == *stream && at.cursor.seq >= *seq);
            behind += usize::from(read && tx.logged(doc, hash)?.is_none());
        }
        let mut drafts = Drafts::new();
        if let Some((before, after)) = promises.drafts_at(done) {
            for (carer, visit) in before.keys().chain(after.keys()) {
                if let Some(draft) = tx.draft(visit, *carer)? {
                    drafts.insert((*carer, *visit), draft.body);
                }
            }
        }
        Ok::<_, StoreError>((lost, unsent, behind, drafts))
    })?;
    promise(lost == 0, || format!("{lost} saved changes are gone"))?;
    promise(unsent == 0, || format!("{unsent} saved changes are not in the outbox"))?;
    promise(behind == 0, || format!("a cursor stands past {behind} rows that are not there"))?;
    if let Some((before, after)) = promises.drafts_at(done).filter(|_| !promises.failed) {
        for key in before.keys().chain(after.keys()) {
            let found = drafts.get(key);
            promise(found == before.get(key) || found == after.get(key), || {
                "a draft is neither as it was nor as it became".to_owned()
            })?;
        }
    }
    counts_right(&mut tablet)
}

/// Kept digests and projections are those that the log gives.
fn counts_right(tablet: &mut SimTablet) -> Held<()> {
    let store = tablet.machine()?.store();
    let (kept, counted) = store.read(|tx| {
        let kept = tx.digests()?.into_iter().filter(|(_, digest)| digest.count > 0);
        Ok::<_, StoreError>((kept.collect(), tx.recount_digests()?))
    })?;
    promise(counted == kept, || "digests are miscounted".to_owned())?;
    let mut differences = Vec::new();
    // Taken back: comparing rebuilds.
    let _ = store.write(|tx| {
        differences = tx.compare_projections()?;
        Err::<(), _>(StoreError::Crashed)
    });
    promise(differences.is_empty(), || {
        let tables: Vec<_> = differences.iter().map(|difference| difference.table).collect();
        format!("kept projections differ from rebuilt ones: {tables:?}")
    })
}

/// The same for the server.
///
/// # Errors
/// The promise that was broken.
pub fn server(folder: &Path, time: WorldTime, promises: &OfServer, done: usize) -> Held<()> {
    let mut server = SimServer::open(folder, time, 1)?;
    let lost = server.look(|tx| {
        let mut lost = Vec::new();
        let by = |since: &usize| *since <= done;
        for (_, doc, hash) in promises.received.iter().filter(|(since, ..)| by(since)) {
            if tx.standing(*doc, *hash)?.is_none() {
                lost.push("a received change");
            }
        }
        for (_, device, number, hash) in promises.batches.iter().filter(|one| by(&one.0)) {
            if tx.batch(*device, *number)?.is_none_or(|batch| batch.hash != *hash) {
                lost.push("a received batch");
            }
        }
        for (_, citizen) in promises.citizens.iter().filter(|(since, _)| by(since)) {
            if tx.citizen(*citizen)?.is_none() {
                lost.push("an imported citizen");
            }
        }
        Ok(lost)
    })?;
    promise(lost.is_empty(), || format!("the server lost {lost:?}"))?;
    server.look(|tx| {
        for stream in [StreamId::COMMON, TEAM] {
            for count in tx.buckets(stream)? {
                let rows = tx.bucket_rows(count.key)?;
                let sum = rows.iter().fold(Digest::default(), |sum, entry| {
                    sum.plus(&Digest::of(&entry.row.entry.doc, &entry.row.entry.hash))
                });
                promise(sum == count.digest, || "the server miscounts a bucket".to_owned())?;
            }
        }
        let differences = Anew::read(tx)?.compare(tx)?;
        promise(differences.is_empty(), || {
            format!("facts differ from those read anew: {differences:?}")
        })
    })
}
