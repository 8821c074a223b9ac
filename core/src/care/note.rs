//! A note: what one author wrote about one visit, or in answer to another note. Sealed when
//! saved; a correction is a note of its own that points at the original (L1).

use minicbor::{Decode, Encode};

use super::keyed::keyed;
use super::legal_basis::LegalBasis;
use super::minutes::Minutes;
use super::visit::VisitKey;
use crate::ids::{CitizenId, ItemId, NoteId};
use crate::time::{LocalDay, UnixSeconds};

pub use super::note_making::{NoteHead, VisitReport};
pub use super::note_rules::{MOST_NOTE_BYTES, MOST_TICKS, NoteError};
pub use super::people::{Author, Function, Recipient};

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

impl Note {
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
