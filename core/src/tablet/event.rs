//! What can happen to a tablet: everything a person, a clock or a line may do to it.

use crate::care::command::PlanCommand;
use crate::care::minutes::Minutes;
use crate::care::note::{Advis, Outcome, PhraseId, Recipient};
use crate::care::visit::VisitKey;
use crate::ids::{CarerId, CitizenId, ItemId, NoteId};
use crate::time::UnixSeconds;
use crate::trust::pin::Pin;

/// An event. `at`, where there is one, is when the thing was done if that was not just now: a
/// player of recorded shifts says so, a shell never does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Become a device of a municipality.
    Enrol(Invite),
    /// A carer's first use of this tablet, or the first after a forgotten PIN. Needs a line.
    Start {
        /// Who.
        carer: CarerId,
        /// The start code that an operator or team lead gave, as it was typed.
        code: TypedCode,
        /// The PIN from now on.
        pin: Pin,
    },
    /// A carer takes the tablet, from whoever had it; no line is needed.
    SignIn {
        /// Who.
        carer: CarerId,
        /// The PIN, as it was typed.
        pin: Pin,
    },
    /// The carer leaves the tablet. Drafts stay.
    SignOut,
    /// An item was done. Kept in the visit's draft until the visit closes.
    Tick {
        /// In which visit.
        visit: VisitKey,
        /// Which item.
        item: ItemId,
        /// When, if not now.
        at: Option<UnixSeconds>,
        /// The id that another system gave the tick.
        outside_id: Option<String>,
    },
    /// A tick was a mistake; nothing was saved yet.
    Untick {
        /// In which visit.
        visit: VisitKey,
        /// Which item.
        item: ItemId,
    },
    /// The visit is over: its note is saved.
    CloseVisit(Closing),
    /// A plan is edited; one command is one change.
    EditPlan {
        /// Whose plan.
        citizen: CitizenId,
        /// What.
        command: PlanCommand,
    },
    /// Words that correct a note; the original stays (L1).
    Correct {
        /// The note.
        note: NoteId,
        /// What is right.
        text: String,
    },
    /// Something noticed is left for somebody who can take it up (M44).
    HandOver {
        /// About whom.
        citizen: CitizenId,
        /// To whom.
        to: Recipient,
        /// What was noticed.
        text: String,
    },
    /// "Taget af mig."
    TakeHandover {
        /// The handover.
        note: NoteId,
    },
    /// What came of a handover.
    AnswerHandover {
        /// The handover.
        note: NoteId,
        /// What came of it.
        text: String,
    },
    /// A guided hand-over to the authority (M43).
    Advise {
        /// About whom.
        citizen: CitizenId,
        /// What it says.
        advis: Advis,
    },
    /// The authority's answer.
    AnswerAdvis {
        /// The advis.
        note: NoteId,
        /// The answer.
        text: String,
    },
    /// There is a line: sync, and go on listening.
    Online,
    /// The line is gone.
    Offline,
}

/// A code as somebody typed it. It is shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct TypedCode(pub String);

impl std::fmt::Debug for TypedCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TypedCode(…)")
    }
}

/// How a tablet is invited.
#[derive(Clone, PartialEq, Eq)]
pub enum Invite {
    /// The text of a QR code.
    Scanned(String),
    /// Typed by hand.
    Typed {
        /// `host:port`.
        address: String,
        /// Thirteen characters.
        code: String,
    },
}

impl std::fmt::Debug for Invite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Invite(…)")
    }
}

/// How a visit closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// Which visit.
    pub visit: VisitKey,
    /// When, if not now.
    pub at: Option<UnixSeconds>,
    /// As agreed, or not (M45).
    pub outcome: Outcome,
    /// What was written; empty for a visit as agreed.
    pub text: String,
    /// Approved phrases that were chosen.
    pub phrases: Vec<PhraseId>,
    /// How long it took; measured when nothing is said.
    pub minutes: Option<Minutes>,
    /// Whether the text was spoken (M54).
    pub dictated: bool,
    /// The id that another system gave the note.
    pub outside_id: Option<String>,
}

impl Closing {
    /// "Som aftalt": one tap, no text.
    #[must_use]
    pub fn as_agreed(visit: VisitKey) -> Self {
        Self {
            visit,
            at: None,
            outcome: Outcome::AsAgreed,
            text: String::new(),
            phrases: Vec::new(),
            minutes: None,
            dictated: false,
            outside_id: None,
        }
    }
}
