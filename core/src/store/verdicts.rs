//! What became of rows that were pushed or offered from here.

use super::logged::State;
use super::{StoreError, Tx};
use crate::ids::{ChangeHash, DocId};
use crate::wire::row::{Origin, Placed};
use crate::wire::verdict::{Verdict, VerdictRun};

/// A row whose verdict asks for more than a note of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The document.
    pub doc: DocId,
    /// The change.
    pub hash: ChangeHash,
    /// The verdict.
    pub verdict: Verdict,
}

/// How far a verdict has come; a later one never falls behind it.
fn rank(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::Received => 0,
        Verdict::Parked { .. } => 1,
        Verdict::Held { .. } | Verdict::Refused { .. } => 2,
        Verdict::Published { .. } => 3,
        Verdict::Erased => 4,
    }
}

impl Tx<'_> {
    /// Notes what became of a run of entries. Plan changes that were held or refused are taken out
    /// of their plan, with what rests on them, and handed back: the tablet writes them anew where
    /// that is called for (design §5). A row that is not known, or whose verdict has come further
    /// already, is left as it is.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn apply_verdict(&mut self, run: &VerdictRun) -> Result<Vec<Judgement>, StoreError> {
        let device = match run.device {
            Some(device) => device,
            None => match self.single(&super::DEVICE)? {
                Some(device) => device,
                None => return Ok(Vec::new()),
            },
        };
        let mut bad = Vec::new();
        for step in 0..run.count {
            let Some(position) = run.position.checked_add(step) else { break };
            let origin = Origin { device, number: run.number, position };
            let verdict = nth(&run.verdict, u64::from(step));
            if let Some((id, doc, hash)) = self.row_at(origin)?
                && self.note_verdict(id, &doc, &hash, &verdict)?
            {
                bad.push(Judgement { doc, hash, verdict });
            }
        }
        Ok(bad)
    }

    /// Whether the row was held or refused just now.
    fn note_verdict(
        &mut self,
        id: i64,
        doc: &DocId,
        hash: &ChangeHash,
        verdict: &Verdict,
    ) -> Result<bool, StoreError> {
        let before = self.verdict_of(id)?;
        if before.as_ref().is_some_and(|before| rank(before) > rank(verdict)) {
            return Ok(false);
        }
        let changed = before.as_ref() != Some(verdict);
        match verdict {
            Verdict::Received | Verdict::Parked { .. } => {}
            Verdict::Published { stream, seq, received } => {
                let placed = Placed { stream: *stream, seq: *seq, received: *received };
                self.publish(id, doc, hash, placed)?;
            }
            Verdict::Held { .. } => self.set_aside(doc, hash, State::Held)?,
            Verdict::Refused { .. } => self.set_aside(doc, hash, State::Refused)?,
            Verdict::Erased => self.restrict(doc)?,
        }
        self.set_verdict(id, verdict)?;
        Ok(changed && matches!(verdict, Verdict::Held { .. } | Verdict::Refused { .. }))
    }

    /// A row that came back in its stream is published, whether its verdict came or not.
    pub(super) fn close_published(&mut self, id: i64, placed: Placed) -> Result<(), StoreError> {
        let Placed { stream, seq, received } = placed;
        self.set_verdict(id, &Verdict::Published { stream, seq, received })
    }
}

/// The verdict of the entry `step` places behind the first of a run.
fn nth(first: &Verdict, step: u64) -> Verdict {
    match first {
        Verdict::Published { stream, seq, received } => Verdict::Published {
            stream: *stream,
            seq: seq.saturating_add(step),
            received: *received,
        },
        same => same.clone(),
    }
}
