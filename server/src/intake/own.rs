//! The server writes as device 1: imports and records of the directory, through the same gates.

use doegnrytme_core::ids::{CertificateId, CitizenId, DeviceNumber, DocId, StreamId};
use doegnrytme_core::time::UnixSeconds;
use doegnrytme_core::trust::durable::seal;
use doegnrytme_core::wire::batch::{Batch, MAX_ENTRIES};
use doegnrytme_core::wire::entry::{ClockMark, Entry, EntryKind};
use doegnrytme_core::wire::row::{Content, Origin, Row};
use doegnrytme_core::wire::verdict::Verdict;

use super::judge::Judge;
use super::{IntakeError, Taken, log};
use crate::node::context::Context;
use crate::store::batch::{BatchKey, BatchState, StoredBatch};
use crate::store::{StoreError, Tx};

/// Something that the server itself writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The document or record.
    pub doc: DocId,
    /// The citizen that it concerns.
    pub citizen: Option<CitizenId>,
    /// The stream of a record that concerns no citizen: the common one, or a shift's team.
    pub home: Option<StreamId>,
    /// A change of device 1's own actor, or a record version.
    pub content: Content,
    /// Schema of the content.
    pub schema: u16,
    /// The certificate of the author on device 1.
    pub certificate: CertificateId,
    /// When it was written, within the certificate's time.
    pub written: UnixSeconds,
}

impl Draft {
    fn entry(&self) -> Result<Entry, IntakeError> {
        let kind = match self.content {
            Content::Record { .. } => EntryKind::Record,
            Content::Change(_) | Content::Withheld => EntryKind::Change,
        };
        Ok(Entry {
            doc: self.doc,
            kind,
            citizen: self.citizen,
            hash: self.content.hash().ok_or(StoreError::Damaged("a draft without content"))?,
            schema: self.schema,
            certificate: self.certificate,
            written: self.written,
            raw_clock: self.written,
            clock_mark: ClockMark::Sound,
            replaces: None,
        })
    }
}

/// Signs and publishes what the server writes, in as many batches as it takes. The verdicts are in
/// the order of the drafts; anything but published says what is wrong with the draft.
///
/// # Errors
/// [`IntakeError`].
pub fn write(
    tx: &mut dyn Tx,
    context: &mut Context<'_>,
    drafts: Vec<Draft>,
) -> Result<(Vec<Verdict>, Taken), IntakeError> {
    let mut verdicts = Vec::with_capacity(drafts.len());
    let mut judge = Judge::default();
    judge.own = true;
    let mut drafts = drafts.into_iter().peekable();
    while drafts.peek().is_some() {
        let part: Vec<Draft> = drafts.by_ref().take(MAX_ENTRIES).collect();
        let entries: Vec<Entry> = part.iter().map(Draft::entry).collect::<Result<_, _>>()?;
        let (batch, number) = sign(tx, context, &entries)?;
        for ((draft, entry), position) in part.into_iter().zip(entries).zip(0_u16..) {
            let (doc, hash) = (entry.doc, entry.hash);
            let origin = Origin { device: DeviceNumber::SERVER, number, position };
            let row = Row { entry, content: draft.content, origin, placed: None };
            verdicts.push(judge.entry(tx, context, row, batch, draft.home)?);
            judge.release(tx, context, doc, hash)?;
        }
    }
    let (news, streams) = judge.finish(tx)?;
    Ok((verdicts, Taken { streams, devices: log::write(tx, context, news)? }))
}

fn sign(
    tx: &mut dyn Tx,
    context: &Context<'_>,
    entries: &[Entry],
) -> Result<(BatchKey, u64), IntakeError> {
    let device = tx.device(DeviceNumber::SERVER)?.ok_or(StoreError::Damaged("no device 1"))?;
    let (number, previous) = match tx.chain_end(DeviceNumber::SERVER)? {
        Some((last, hash)) => (last + 1, Some(hash)),
        None => (1, None),
    };
    let batch = Batch {
        device: DeviceNumber::SERVER,
        number,
        previous,
        install: device.install,
        made: context.now,
        replaces: None,
        digests: entries.iter().flat_map(Entry::digest).collect(),
    };
    let signed = seal(&context.keys.device, &context.keys.municipality, &batch)?;
    let key = tx.put_batch(&StoredBatch {
        key: BatchKey(0),
        device: batch.device,
        number,
        hash: batch.hash(),
        state: BatchState::Chained,
        received: context.now,
        signed,
        receipt: None,
    })?;
    Ok((key, number))
}
