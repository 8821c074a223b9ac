//! Who writes, and whom one can ask: authors, functions, recipients.

use minicbor::{Decode, Encode};

use super::keyed::keyed;
use crate::ids::CarerId;

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
