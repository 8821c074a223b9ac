//! A note: what one author wrote about one visit, or in answer to another note. Sealed when
//! saved; a correction is a note of its own that points at the original (L1).

use minicbor::{Decode, Encode};

use super::keyed::keyed;
use super::legal_basis::LegalBasis;
use super::minutes::Minutes;
use super::visit::VisitKey;
use crate::ids::{CarerId, CitizenId, ItemId, NoteId};
use crate::time::{LocalDay, UnixSeconds};

pub use super::note_rules::{MOST_NOTE_BYTES, MOST_TICKS, NoteError};

/// What a note is. Its key stands in documents and is for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum NoteKind {
    /// A visit, as agreed or with a deviation.
    #[n(0)]
    Visit,
    /// Words that correct another note, which stays readable (L1).
    #[n(1)]
    Correction,
    /// Something noticed, left for somebody who can take it up (M44).
    #[n(2)]
    Handover,
    /// "Taget af …".
    #[n(3)]
    HandoverTaken,
    /// What came of it, back to the sender.
    #[n(4)]
    HandoverAnswer,
    /// A guided hand-over to the authority: observed, tried, ask (M43).
    #[n(5)]
    Advis,
    /// The authority's answer, back to the sender.
    #[n(6)]
    AdvisAnswer,
    /// A note of before, taken in by the operator.
    #[n(7)]
    Import,
}

keyed!(NoteKind {
    Visit = "visit",
    Correction = "correction",
    Handover = "handover",
    HandoverTaken = "taken",
    HandoverAnswer = "answer",
    Advis = "advis",
    AdvisAnswer = "advis_answer",
    Import = "import",
});

impl NoteKind {
    /// Whether a note of this kind answers another one and cannot be without it.
    #[must_use]
    pub fn points_at_another(self) -> bool {
        matches!(
            self,
            Self::Correction | Self::HandoverTaken | Self::HandoverAnswer | Self::AdvisAnswer
        )
    }
}

/// Who wrote something.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
pub enum Author {
    /// A carer of the directory.
    #[n(0)]
    Carer(#[n(0)] CarerId),
    /// Somebody known by another system's word only, kept to the letter.
    #[n(1)]
    Outside(#[n(0)] String),
    /// The municipality's server: an import or a migration.
    #[n(2)]
    Municipality,
}

/// A function of the municipality to which something can be handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Function {
    /// Sygeplejerske.
    #[n(0)]
    Nurse,
    /// Terapeut.
    #[n(1)]
    Therapist,
    /// Visitator.
    #[n(2)]
    Assessor,
    /// Frivilligkoordinator.
    #[n(3)]
    VolunteerCoordinator,
    /// Demenskonsulent.
    #[n(4)]
    DementiaConsultant,
    /// The citizen's own team.
    #[n(5)]
    Team,
}

keyed!(Function {
    Nurse = "nurse",
    Therapist = "therapist",
    Assessor = "assessor",
    VolunteerCoordinator = "volunteer_coordinator",
    DementiaConsultant = "dementia_consultant",
    Team = "team",
});

/// Who is asked to take something up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
pub enum Recipient {
    /// Whoever has the function.
    #[n(0)]
    Function(#[n(0)] Function),
    /// One carer.
    #[n(1)]
    Carer(#[n(0)] CarerId),
}

impl Recipient {
    /// The word that stands in documents: a function's key or a carer's id in hex.
    #[must_use]
    pub fn word(self) -> String {
        match self {
            Self::Function(function) => function.key().to_owned(),
            Self::Carer(carer) => carer.to_string(),
        }
    }

    /// Reads what [`Recipient::word`] wrote.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Function::from_key(word).map(Self::Function).or_else(|| word.parse().ok().map(Self::Carer))
    }
}

/// An item done.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Encode, Decode)]
pub struct Tick {
    /// The item.
    #[n(0)]
    pub item: ItemId,
    /// Seconds after the note's `started`.
    #[n(1)]
    pub after: u32,
    /// The id that another system gave the tick.
    #[n(2)]
    pub outside_id: Option<String>,
}

/// How a visit went (M45).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
pub enum Outcome {
    /// Som aftalt.
    #[n(0)]
    AsAgreed,
    /// Afvigelse.
    #[n(1)]
    Deviation {
        /// Kræver handling: whether the next shift must act.
        #[n(0)]
        needs_action: bool,
    },
}

/// The three parts of an advis, its owner and the day by which it is answered (M43). There is no
/// advis without owner and day.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Encode, Decode)]
pub struct Advis {
    /// What was observed.
    #[n(0)]
    pub observed: String,
    /// What was tried.
    #[n(1)]
    pub tried: String,
    /// What is asked.
    #[n(2)]
    pub ask: String,
    /// Who has to answer.
    #[n(3)]
    pub owner: Recipient,
    /// By when.
    #[n(4)]
    pub due: LocalDay,
}

/// The first eight bytes of a head of the plan that was on screen when the note was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub struct HeadPrefix(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 8]);

/// The number of an approved phrase in the municipality's list (M48, M55).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub struct PhraseId(#[n(0)] pub u16);

/// A note as it is written and read. What other tablets wrote is read whatever it says; what is
/// written here passes [`Note::check`] first.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Note {
    /// Minted on the tablet.
    #[n(0)]
    pub id: NoteId,
    /// What it is.
    #[n(1)]
    pub kind: NoteKind,
    /// About whom; the manifest of its change names the same one.
    #[n(2)]
    pub citizen: CitizenId,
    /// Who wrote it.
    #[n(3)]
    pub author: Author,
    /// When it was saved on the tablet (L3); the server adds when it received it.
    #[n(4)]
    pub written: UnixSeconds,
    /// Under which law it is kept (L4).
    #[n(5)]
    pub law: LegalBasis,
    /// The visit it is about.
    #[n(6)]
    pub visit: Option<VisitKey>,
    /// When the visit began; ticks count from here.
    #[n(7)]
    pub started: UnixSeconds,
    /// Items done, each once.
    #[n(8)]
    pub ticks: Vec<Tick>,
    /// Items not done that would keep the visit open: "ikke givet". The note says why.
    #[n(9)]
    pub not_given: Vec<ItemId>,
    /// How the visit went.
    #[n(10)]
    pub outcome: Option<Outcome>,
    /// What was written, at most 4,000 characters.
    #[n(11)]
    pub text: String,
    /// How long it took.
    #[n(12)]
    pub minutes: Option<Minutes>,
    /// The plan that was on screen; what is not an ancestor of these is new to the author (M03).
    #[n(13)]
    pub plan_heads: Vec<HeadPrefix>,
    /// The note that this one answers or corrects.
    #[n(14)]
    pub points_at: Option<NoteId>,
    /// Approved phrases that were chosen.
    #[n(15)]
    pub phrases: Vec<PhraseId>,
    /// Whether the text was spoken (M54).
    #[n(16)]
    pub dictated: bool,
    /// To whom a handover goes.
    #[n(17)]
    pub to: Option<Recipient>,
    /// What an advis says.
    #[n(18)]
    pub advis: Option<Advis>,
    /// The id that another system gave the note.
    #[n(19)]
    pub outside_id: Option<String>,
}

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

    /// When an item was ticked.
    #[must_use]
    pub fn ticked_at(&self, tick: &Tick) -> UnixSeconds {
        self.started.plus(i64::from(tick.after))
    }

    /// Whether the next shift must act (M45).
    #[must_use]
    pub fn needs_action(&self) -> bool {
        self.outcome == Some(Outcome::Deviation { needs_action: true })
    }
}
