//! One constructor for each kind of note; each refuses what cannot be.

use super::legal_basis::LegalBasis;
use super::minutes::Minutes;
use super::note::{
    Advis, Author, HeadPrefix, Note, NoteError, NoteKind, Outcome, PhraseId, Recipient, Tick,
};
use super::visit::VisitKey;
use crate::ids::{CitizenId, ItemId, NoteId};
use crate::time::UnixSeconds;

/// What every note has: who writes when about whom, under which law.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteHead {
    /// Freshly minted.
    pub id: NoteId,
    /// About whom.
    pub citizen: CitizenId,
    /// Who writes.
    pub author: Author,
    /// When it is saved.
    pub written: UnixSeconds,
    /// Under which law.
    pub law: LegalBasis,
}

/// What is said about a visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitReport {
    /// Which visit.
    pub visit: VisitKey,
    /// When it began.
    pub started: UnixSeconds,
    /// Items done.
    pub ticks: Vec<Tick>,
    /// Items "ikke givet".
    pub not_given: Vec<ItemId>,
    /// How it went.
    pub outcome: Outcome,
    /// What was written.
    pub text: String,
    /// Approved phrases.
    pub phrases: Vec<PhraseId>,
    /// How long it took.
    pub minutes: Option<Minutes>,
    /// The plan on screen.
    pub plan_heads: Vec<HeadPrefix>,
    /// Whether the text was spoken.
    pub dictated: bool,
}

impl Note {
    fn blank(head: NoteHead, kind: NoteKind) -> Self {
        let NoteHead { id, citizen, author, written, law } = head;
        Self {
            id,
            kind,
            citizen,
            author,
            written,
            law,
            visit: None,
            started: written,
            ticks: Vec::new(),
            not_given: Vec::new(),
            outcome: None,
            text: String::new(),
            minutes: None,
            plan_heads: Vec::new(),
            points_at: None,
            phrases: Vec::new(),
            dictated: false,
            to: None,
            advis: None,
            outside_id: None,
        }
    }

    fn checked(self) -> Result<Self, NoteError> {
        self.check().map(|()| self)
    }

    /// The note of a visit.
    ///
    /// # Errors
    /// [`NoteError`]: a deviation that says nothing, an item ticked twice, ticks without time…
    pub fn visit(head: NoteHead, report: VisitReport) -> Result<Self, NoteError> {
        Self {
            visit: Some(report.visit),
            started: report.started,
            ticks: report.ticks,
            not_given: report.not_given,
            outcome: Some(report.outcome),
            text: report.text,
            phrases: report.phrases,
            minutes: report.minutes,
            plan_heads: report.plan_heads,
            dictated: report.dictated,
            ..Self::blank(head, NoteKind::Visit)
        }
        .checked()
    }

    /// Words that correct `original`, which stays readable beside them (L1). The phrases are the
    /// ones that hold from now on.
    ///
    /// # Errors
    /// [`NoteError`]: no words, or a note that corrects itself.
    pub fn correction(
        head: NoteHead,
        original: NoteId,
        text: String,
        phrases: Vec<PhraseId>,
    ) -> Result<Self, NoteError> {
        Self { points_at: Some(original), text, phrases, ..Self::blank(head, NoteKind::Correction) }
            .checked()
    }

    /// Something noticed, left for `to` (M44); `about` is the note in which it was noticed.
    ///
    /// # Errors
    /// [`NoteError`]: no words.
    pub fn handover(
        head: NoteHead,
        to: Recipient,
        about: Option<NoteId>,
        text: String,
    ) -> Result<Self, NoteError> {
        Self { to: Some(to), points_at: about, text, ..Self::blank(head, NoteKind::Handover) }
            .checked()
    }

    /// "Taget af" the author.
    ///
    /// # Errors
    /// [`NoteError`]: a note that takes itself.
    pub fn taken(head: NoteHead, handover: NoteId) -> Result<Self, NoteError> {
        Self { points_at: Some(handover), ..Self::blank(head, NoteKind::HandoverTaken) }.checked()
    }

    /// What came of a handover, back to its sender.
    ///
    /// # Errors
    /// [`NoteError`]: no words.
    pub fn answer(head: NoteHead, handover: NoteId, text: String) -> Result<Self, NoteError> {
        Self { points_at: Some(handover), text, ..Self::blank(head, NoteKind::HandoverAnswer) }
            .checked()
    }

    /// An advis to the authority (M43).
    ///
    /// # Errors
    /// [`NoteError`]: one of the three parts is empty, or the day lies before today.
    pub fn advis(head: NoteHead, advis: Advis) -> Result<Self, NoteError> {
        Self { advis: Some(advis), ..Self::blank(head, NoteKind::Advis) }.checked()
    }

    /// The authority's answer to an advis.
    ///
    /// # Errors
    /// [`NoteError`]: no words.
    pub fn advis_answer(head: NoteHead, advis: NoteId, text: String) -> Result<Self, NoteError> {
        Self { points_at: Some(advis), text, ..Self::blank(head, NoteKind::AdvisAnswer) }.checked()
    }

    /// A note of before, as another system had it.
    ///
    /// # Errors
    /// [`NoteError`]: no words, or too many.
    pub fn import(
        head: NoteHead,
        outside_id: Option<String>,
        text: String,
    ) -> Result<Self, NoteError> {
        Self { outside_id, text, ..Self::blank(head, NoteKind::Import) }.checked()
    }
}
