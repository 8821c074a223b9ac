//! What a tablet says of itself: what was saved, what was not and why, how the sync goes.

use crate::ids::{CarerId, DocId};
use crate::port::KeyStoreError;
use crate::store::StoreError;
use crate::trust::pin::NotAPin;

/// A notice. Saved means durable: the commit is behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The tablet is a device of the municipality now.
    Enrolled,
    /// It is not.
    NotEnrolled(EnrolProblem),
    /// The carer may write.
    CarerReady(CarerId),
    /// The carer's certificate has to be fetched: there is no line now.
    CarerWaits(CarerId),
    /// The server gives the carer no certificate: the start code is wrong, used or too old, or the
    /// carer is in none of this tablet's teams.
    CarerRefused(CarerId),
    /// The carer does not have the tablet; nothing of his was lost.
    NotSignedIn(CarerId, SignInProblem),
    /// What the event ordered is durable.
    Saved(DocId),
    /// It is not; nothing was written, unless the problem is [`Problem::Waits`].
    NotSaved(Problem),
    /// Changes of others became visible: so many since the tablet was opened.
    Visible(u64),
    /// A sync ended; `equal` when both sides hold the same and nothing waits.
    Synced {
        /// Nothing differs and no outbox row is open.
        equal: bool,
    },
    /// The municipality takes the tablet out of use: it hands in what it holds and nothing new is
    /// written.
    Retired,
    /// The tablet has wiped itself; it may be enrolled anew.
    Wiped,
    /// A request failed; it will be tried again.
    SyncFailed(SyncProblem),
}

/// Why a tablet was not enrolled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnrolProblem {
    /// The text is not a code of this system.
    #[error("that is not an enrolment code of this system")]
    NotACode,
    /// Nobody answers at the address.
    #[error("the server cannot be reached")]
    Unreachable,
    /// Wrong, used or expired.
    #[error("the code was not accepted: it is wrong, used or too old; ask for a new one")]
    CodeRefused,
    /// The server is not the one that the code names, or somebody stands in between.
    #[error("the server is not the one that the code names")]
    Stranger,
    /// The tablet is enrolled already.
    #[error("the tablet is enrolled already")]
    Already,
    /// The answer could not be stored.
    #[error("the tablet could not store the answer")]
    Store,
}

/// Why a carer does not have the tablet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignInProblem {
    /// The tablet is not enrolled.
    #[error("the tablet is not enrolled")]
    NotEnrolled,
    /// What was typed is no start code.
    #[error("that is not a start code")]
    NotACode,
    /// The PIN may not be chosen.
    #[error(transparent)]
    NotAPin(#[from] NotAPin),
    /// The carer has not been here yet: a start code is needed.
    #[error("the carer has no PIN on this tablet; ask for a start code")]
    NoPinHere,
    /// The PIN is another one.
    #[error("the PIN is wrong; {free} more tries are free")]
    WrongPin {
        /// Wrong tries that cost no wait.
        free: u32,
    },
    /// Too many wrong tries.
    #[error("too many wrong tries; wait {seconds} seconds")]
    Wait {
        /// How long.
        seconds: u32,
    },
    /// The lease is past: it is renewed as soon as there is a line. Everything is kept.
    #[error("the carer's lease is past; a line is needed")]
    LeasePast,
    /// The disk is full.
    #[error("the disk is full")]
    DiskFull,
    /// The store failed; nothing is lost.
    #[error("the store failed")]
    Store,
    /// The platform's key store failed.
    #[error("the key store failed")]
    KeyStore,
}

impl From<StoreError> for SignInProblem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::DiskFull => Self::DiskFull,
            _ => Self::Store,
        }
    }
}

impl From<KeyStoreError> for SignInProblem {
    fn from(_: KeyStoreError) -> Self {
        Self::KeyStore
    }
}

/// Why something was not saved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Not enrolled yet.
    #[error("the tablet is not enrolled")]
    NotEnrolled,
    /// Nobody has signed in.
    #[error("nobody has signed in")]
    NoCarer,
    /// The carer's lease is past: it is renewed as soon as there is a line. Drafts are kept.
    #[error("the carer's lease is past; a line is needed")]
    LeasePast,
    /// The municipality has taken the tablet out of use.
    #[error("the tablet is out of use")]
    OutOfUse,
    /// The citizen is not one of this tablet's.
    #[error("the citizen is not on this tablet")]
    NoSuchCitizen,
    /// The item is not in the citizen's plan.
    #[error("the item is not in the plan")]
    NoSuchItem,
    /// The note is not on this tablet.
    #[error("the note is not on this tablet")]
    NoSuchNote,
    /// The carer's role may not do that (M14).
    #[error("the role may not do that")]
    NotAllowed,
    /// The command says something that cannot be.
    #[error("{0}")]
    Invalid(String),
    /// The disk is full; nothing is lost.
    #[error("the disk is full")]
    DiskFull,
    /// The disk is full, and what was ordered lies safe in the outbox file. As soon as there is
    /// room it is saved, and said to be; ordering the same again writes nothing twice.
    #[error("the disk is full; it is saved as soon as there is room")]
    Waits,
    /// The store failed; nothing is lost.
    #[error("the store failed: {0}")]
    Store(String),
    /// The key store failed.
    #[error("the key store failed: {0}")]
    Key(String),
}

/// Why a sync did not come to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SyncProblem {
    /// No line, or nobody answers.
    #[error("the server cannot be reached")]
    Unreachable,
    /// The server asked to come again later.
    #[error("the server is busy")]
    Busy,
    /// The server shows a key that the municipality did not sign.
    #[error("the server is not the municipality's")]
    Stranger,
    /// The answer cannot be read or trusted.
    #[error("the answer cannot be trusted")]
    BadAnswer,
    /// The server refuses this device.
    #[error("the server refuses this device")]
    Refused,
    /// The store failed while taking the answer in; nothing is lost.
    #[error("the store failed")]
    Store,
}
