//! Cursors: made here, checked here, and the proof of a roll-back that one can be.

use doegnrytme_core::ids::{DeviceNumber, StreamId};
use doegnrytme_core::trust::cursor::Owner;
use doegnrytme_core::wire::answer::RolledBack;
use doegnrytme_core::wire::cursor::{Cursor, StreamCursor};

use super::reach::Reach;
use crate::node::context::Context;
use crate::store::stream::Head;
use crate::store::{StoreError, Tx};

/// What a device's cursors say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checked {
    /// All are the server's and it holds what they point at.
    Sound(Places),
    /// One was not made by this server for this use.
    Foreign,
    /// The server once held more than it does now.
    RolledBack(RolledBack),
}

/// Where a device stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// In each stream that it reads.
    pub streams: Vec<Place>,
    /// In its verdict log.
    pub verdicts: Head,
}

/// A device's place in a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The stream.
    pub stream: StreamId,
    /// The cursor as the device has it.
    pub cursor: Cursor,
}

/// A cursor in the present epoch.
#[must_use]
pub fn issue(context: &Context<'_>, owner: Owner, head: Head) -> Cursor {
    context.keys.cursor.issue(owner, context.epoch.epoch, head.seq, head.running)
}

/// Where a new device begins to read each of its streams.
///
/// # Errors
/// [`StoreError`].
pub fn starts(
    tx: &mut dyn Tx,
    context: &Context<'_>,
    reach: &Reach,
) -> Result<Vec<StreamCursor>, StoreError> {
    let mut cursors = Vec::with_capacity(reach.streams.len());
    for reads in &reach.streams {
        let cursor = cursor_at(tx, context, reads.stream, reads.since)?;
        cursors.push(StreamCursor { stream: reads.stream, cursor });
    }
    Ok(cursors)
}

fn cursor_at(
    tx: &mut dyn Tx,
    context: &Context<'_>,
    stream: StreamId,
    seq: u64,
) -> Result<Cursor, StoreError> {
    let running = tx.running_at(stream, seq)?.ok_or(StoreError::Damaged("a stream's rows"))?;
    Ok(issue(context, Owner::Stream(stream), Head { seq, running }))
}

/// Checks the cursors that a device sent. An authentic one that the server does not contain opens
/// a new epoch, unless another cursor has proved that roll-back before.
///
/// # Errors
/// [`StoreError`].
pub fn check(
    tx: &mut dyn Tx,
    context: &mut Context<'_>,
    reach: &Reach,
    cursors: &[StreamCursor],
    verdicts: Option<&Cursor>,
) -> Result<Checked, StoreError> {
    let device = reach.device;
    let mut lost: Option<Cursor> = None;
    let mut streams = Vec::with_capacity(reach.streams.len());
    for reads in &reach.streams {
        let sent = cursors.iter().find(|sent| sent.stream == reads.stream);
        let cursor = match sent {
            Some(sent) => sent.cursor,
            None => cursor_at(tx, context, reads.stream, reads.since)?,
        };
        if !context.keys.cursor.is_authentic(Owner::Stream(reads.stream), &cursor) {
            return Ok(Checked::Foreign);
        }
        if tx.running_at(reads.stream, cursor.seq)? != Some(cursor.running) {
            lost = lost.or(Some(cursor));
        }
        streams.push(Place { stream: reads.stream, cursor });
    }
    let heard = match verdicts {
        None => Head { seq: 0, running: [0; 16] },
        Some(cursor) => {
            if !context.keys.cursor.is_authentic(Owner::Verdicts(device), cursor) {
                return Ok(Checked::Foreign);
            }
            if tx.verdict_running_at(device, cursor.seq)? != Some(cursor.running) {
                lost = lost.or(Some(*cursor));
            }
            Head { seq: cursor.seq, running: cursor.running }
        }
    };
    let places = Places { streams, verdicts: heard };
    match lost {
        None => Ok(Checked::Sound(places)),
        Some(proof) => {
            rolled_back(tx, context, device, &places, verdicts, &proof).map(Checked::RolledBack)
        }
    }
}

fn rolled_back(
    tx: &mut dyn Tx,
    context: &mut Context<'_>,
    device: DeviceNumber,
    places: &Places,
    verdicts: Option<&Cursor>,
    proof: &Cursor,
) -> Result<RolledBack, StoreError> {
    let known = tx.epochs()?.into_iter().find(|epoch| epoch.epoch == proof.epoch);
    // An epoch that is over or written down as lost has been proved before.
    if known.is_none_or(|epoch| epoch.number == context.epoch.number) {
        context.open_epoch(tx, proof.epoch)?;
    }
    let mut heads = Vec::with_capacity(places.streams.len());
    for place in &places.streams {
        let head = last_common(tx, place)?;
        let cursor = issue(context, Owner::Stream(place.stream), head);
        heads.push(StreamCursor { stream: place.stream, cursor });
    }
    let heard = match verdicts {
        Some(cursor) if tx.verdict_running_at(device, cursor.seq)? != Some(cursor.running) => {
            retold_from(tx, device, cursor)?
        }
        _ => places.verdicts,
    };
    let chain_end = tx.chain_end(device)?;
    Ok(RolledBack {
        epoch: context.epoch.epoch,
        heads,
        verdicts: issue(context, Owner::Verdicts(device), heard),
        last_batch: chain_end.map_or(0, |(number, _)| number),
        last_hash: chain_end.map(|(_, hash)| hash),
    })
}

/// From where a device is told its verdicts again: all that were written since its cursor's epoch
/// began, because nobody noticed the roll-back while they took the place of those it had heard. In
/// an epoch that is lost, that was the one before it.
fn retold_from(tx: &mut dyn Tx, device: DeviceNumber, cursor: &Cursor) -> Result<Head, StoreError> {
    let mut since = 0;
    for epoch in tx.epochs()? {
        if !epoch.lost {
            since = epoch.number;
        }
        if epoch.epoch == cursor.epoch {
            break;
        }
    }
    tx.verdicts_before_epoch(device, since)
}

/// The last place up to which a device and the server hold the same rows.
fn last_common(tx: &mut dyn Tx, place: &Place) -> Result<Head, StoreError> {
    let Place { stream, cursor } = place;
    if tx.running_at(*stream, cursor.seq)? == Some(cursor.running) {
        return Ok(Head { seq: cursor.seq, running: cursor.running });
    }
    let epochs = tx.epochs()?;
    let number = epochs.iter().find(|epoch| epoch.epoch == cursor.epoch);
    // Where the next epoch after the cursor's began; rows before it are common.
    let begin = match number {
        Some(epoch) => tx.epoch_begin(epoch.number, *stream)?,
        None => None,
    };
    let seq = begin.unwrap_or(0).min(cursor.seq);
    let running = tx.running_at(*stream, seq)?.ok_or(StoreError::Damaged("a stream's rows"))?;
    Ok(Head { seq, running })
}
