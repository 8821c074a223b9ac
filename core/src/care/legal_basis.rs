//! The law that a piece of care rests on (M13), also on notes (L4).

use minicbor::{Decode, Encode};

use super::keyed::keyed;

/// The paragraph that an item rests on. SEL is serviceloven, ÆL ældreloven, SUL sundhedsloven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum LegalBasis {
    /// Personal and practical help.
    #[n(0)]
    Sel83,
    /// Rehabilitation course.
    #[n(1)]
    Sel83a,
    /// Care course under ældreloven.
    #[n(2)]
    Ael10,
    /// Home nursing.
    #[n(3)]
    Sul138,
    /// Rehabilitation training under health law.
    #[n(4)]
    Sul140,
}

keyed!(LegalBasis {
    Sel83 = "sel83",
    Sel83a = "sel83a",
    Ael10 = "ael10",
    Sul138 = "sul138",
    Sul140 = "sul140",
});

impl LegalBasis {
    /// How the paragraph is cited.
    #[must_use]
    pub fn citation(self) -> &'static str {
        match self {
            Self::Sel83 => "SEL § 83",
            Self::Sel83a => "SEL § 83a",
            Self::Ael10 => "ÆL § 10",
            Self::Sul138 => "SUL § 138",
            Self::Sul140 => "SUL § 140",
        }
    }

    /// Whether health law's record rules hold (L4): such items are ticked one by one and never
    /// swapped.
    #[must_use]
    pub fn is_health_law(self) -> bool {
        matches!(self, Self::Sul138 | Self::Sul140)
    }

    /// The law of a note about items under `laws`: health law as soon as one of them is under it,
    /// because its record rules are the stricter ones; else the first. `None` without items.
    #[must_use]
    pub fn of_note(laws: impl IntoIterator<Item = Self>) -> Option<Self> {
        laws.into_iter().reduce(|so_far, next| {
            if !so_far.is_health_law() && next.is_health_law() { next } else { so_far }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sundhedsloven_is_health_law() {
        for law in LegalBasis::ALL {
            assert_eq!(law.is_health_law(), law.citation().starts_with("SUL"), "{law:?}");
            assert_eq!(LegalBasis::from_key(law.key()), Some(*law));
        }
    }

    #[test]
    fn one_health_law_item_puts_the_note_under_health_law() {
        use LegalBasis::{Ael10, Sel83, Sul138};
        for (laws, law) in [
            (vec![], None),
            (vec![Sel83, Ael10], Some(Sel83)),
            (vec![Sel83, Sul138, Ael10], Some(Sul138)),
        ] {
            assert_eq!(LegalBasis::of_note(laws), law);
        }
    }
}
