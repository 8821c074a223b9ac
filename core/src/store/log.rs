//! Storing rows: once each, whatever is delivered twice, early or under another place.

use super::logged::{Facts, Fresh, Named, Standing, State, content_column};
use super::{StoreError, Tx};
use crate::document::genesis;
use crate::gate::{self, Claim, GatedChange, Place, Verdict};
use crate::ids::{ChangeHash, DeviceNumber, DocId};
use crate::wire::entry::Entry;
use crate::wire::row::{Content, Origin, Placed, Row};

/// What taking a row did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It was not here before.
    New,
    /// It was here, perhaps under another place.
    Known,
    /// It waits for a change that has not come yet.
    Parked,
    /// "Kan ikke vises her": it stays in the log and counts.
    Unreadable,
}

impl Taken {
    fn of(standing: Standing) -> Self {
        match standing {
            Standing::Waiting => Self::Parked,
            Standing::Unreadable => Self::Unreadable,
            Standing::Applied | Standing::Aside | Standing::Withheld => Self::New,
        }
    }
}

/// The changes that are built into this version, which the reserved actor may have written.
pub(super) const BUILT_IN: &[ChangeHash] = &[genesis::HASH];

/// What the gate made of a row's content.
struct Judged {
    standing: Standing,
    facts: Facts,
    change: Option<GatedChange>,
}

impl Tx<'_> {
    /// Stores a row of the server's: by page, bucket or name. Idempotent by (doc, hash). For a row
    /// that is known, the server's place counts and its summand moves with it.
    ///
    /// Gates G0 and G1 are passed here, so that nothing gets by them: what passes is applied to
    /// its document and projections, what came early waits, and what this version cannot apply
    /// stays in the log; all of it counts in the digest.
    ///
    /// # Errors
    /// [`StoreError`]; the transaction must then be given up.
    pub fn take_row(&mut self, row: &Row) -> Result<Taken, StoreError> {
        let entry = &row.entry;
        if let Some(known) = self.name(&entry.doc, &entry.hash)? {
            return self.place_known(entry, &known, row);
        }
        let judged = self.judge(entry, &row.content, row.origin.device)?;
        let standing = judged.standing;
        let withheld = row.content == Content::Withheld;
        if let Some(placed) = row.placed {
            self.expect_batch(row.origin, placed)?;
        }
        let id = self.insert_change(&Fresh {
            entry,
            content: content_column(&row.content),
            origin: Some(row.origin),
            placed: row.placed,
            facts: judged.facts,
            state: match row.placed {
                _ if withheld => State::Restricted,
                Some(_) => State::Published,
                None => State::Own,
            },
            standing,
        })?;
        if let Some(placed) = row.placed {
            self.count_row(entry.citizen, &entry.doc, &entry.hash, None, placed);
        }
        self.take_in(id, entry, &row.content, judged)
            .map(|applied| if applied { Taken::of(standing) } else { Taken::Unreadable })
    }

    /// A colleague's batch is heard of for the first time.
    fn expect_batch(&mut self, origin: Origin, placed: Placed) -> Result<(), StoreError> {
        let batch = (origin.device, origin.number);
        if self.batch == Some(batch) {
            return Ok(());
        }
        self.batch = Some(batch);
        if self.is_this_device(origin.device)? {
            return Ok(());
        }
        self.expect_header(origin.device, origin.number, placed.received)
    }

    /// The server's place counts, whatever was known before.
    fn place_known(
        &mut self,
        entry: &Entry,
        known: &Named,
        row: &Row,
    ) -> Result<Taken, StoreError> {
        let Some(now) = row.placed else { return Ok(Taken::Known) };
        self.publish(known.id, &entry.doc, &entry.hash, now)?;
        Ok(Taken::Known)
    }

    /// Marks a row as published at a place; false when that was known.
    pub(super) fn publish(
        &mut self,
        id: i64,
        doc: &DocId,
        hash: &ChangeHash,
        now: Placed,
    ) -> Result<bool, StoreError> {
        let Some(known) = self.name(doc, hash)? else { return Ok(false) };
        if known.placed == Some(now) {
            return Ok(false);
        }
        self.count_row(known.citizen, doc, hash, known.placed, now);
        self.set_place(id, doc, now)?;
        if known.state != State::Restricted {
            self.set_state(id, State::Published)?;
        }
        self.close_published(id, now)?;
        self.project_record_again(doc)?;
        if known.standing == Standing::Aside {
            // It was held, and the team let it in.
            self.take_back(id, doc)?;
        }
        Ok(true)
    }

    fn judge(
        &self,
        entry: &Entry,
        content: &Content,
        signer: DeviceNumber,
    ) -> Result<Judged, StoreError> {
        let chunk = match content {
            Content::Change(chunk) => chunk,
            Content::Record { .. } => return Ok(Judged::plain(Standing::Applied)),
            Content::Withheld => return Ok(Judged::plain(Standing::Withheld)),
        };
        let Some(citizen) = entry.citizen else {
            return Ok(Judged::plain(Standing::Unreadable));
        };
        let claim = Claim { doc: entry.doc, citizen, hash: entry.hash, signer };
        let mut facts = self.facts_about_new(entry.doc, entry.hash)?;
        let verdict = gate::judge(&mut facts, Place::Tablet(BUILT_IN), &claim, chunk.clone())?;
        Ok(Judged::of(verdict, chunk))
    }

    /// Brings a stored row's content into documents and projections; false when it does not fit.
    fn take_in(
        &mut self,
        id: i64,
        entry: &Entry,
        content: &Content,
        judged: Judged,
    ) -> Result<bool, StoreError> {
        let taken = match (judged.change, entry.doc) {
            (Some(change), DocId::Plan(..)) => {
                let taken = self.apply_to_plan(&change)?;
                if taken {
                    self.wake_waiting(&entry.doc)?;
                }
                taken
            }
            (Some(change), DocId::Note(note)) => self.project_note(id, note, entry, &change)?,
            (None, DocId::Record(kind, record)) if judged.standing == Standing::Applied => {
                self.project_record(id, kind, record, entry, content)?;
                true
            }
            _ => return Ok(true),
        };
        if !taken {
            self.set_standing(id, Standing::Unreadable)?;
        }
        Ok(taken)
    }

    /// Stores a row that was written here, without a place and not yet in a batch.
    pub(super) fn log_own(
        &mut self,
        entry: &Entry,
        content: &Content,
        device: DeviceNumber,
    ) -> Result<i64, StoreError> {
        if let Some(replaced) = entry.replaces {
            self.set_aside(&entry.doc, &replaced, State::SetAside)?;
        }
        let judged = self.judge(entry, content, device)?;
        let id = self.insert_change(&Fresh {
            entry,
            content: content_column(content),
            origin: None,
            placed: None,
            facts: judged.facts,
            state: State::Own,
            standing: judged.standing,
        })?;
        self.take_in(id, entry, content, judged)?;
        Ok(id)
    }
}

impl Judged {
    fn plain(standing: Standing) -> Self {
        Self { standing, facts: Facts::default(), change: None }
    }

    fn of(verdict: Verdict, chunk: &[u8]) -> Self {
        if let Verdict::Pass(change) = verdict {
            let shape = change.shape();
            let facts = Facts { actor: Some(shape.actor), seq: shape.seq, max_op: shape.max_op() };
            return Self { standing: Standing::Applied, facts, change: Some(*change) };
        }
        let facts = gate::examine(chunk).map_or_else(
            |_| Facts::default(),
            |shape| Facts { actor: Some(shape.actor), seq: shape.seq, max_op: shape.max_op() },
        );
        let waits = matches!(verdict, Verdict::Parked(_));
        let standing = if waits { Standing::Waiting } else { Standing::Unreadable };
        Self { standing, facts, change: None }
    }
}
