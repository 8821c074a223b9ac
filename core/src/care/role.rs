//! What a carer is: the roles of the directory, and sets of them as an item names them (M14).

use minicbor::{Decode, Encode};

use super::keyed::keyed;

/// A role in the municipality's directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Role {
    /// Social- og sundhedshjælper.
    #[n(0)]
    Helper,
    /// Social- og sundhedsassistent.
    #[n(1)]
    Assistant,
    /// Sygeplejerske.
    #[n(2)]
    Nurse,
    /// Terapeut.
    #[n(3)]
    Therapist,
    /// Ufaglært.
    #[n(4)]
    Unskilled,
    /// Vikar.
    #[n(5)]
    Substitute,
    /// Teamleder.
    #[n(6)]
    TeamLead,
    /// Visitator.
    #[n(7)]
    Assessor,
    /// Koordinator.
    #[n(8)]
    Coordinator,
}

keyed!(Role {
    Helper = "helper",
    Assistant = "assistant",
    Nurse = "nurse",
    Therapist = "therapist",
    Unskilled = "unskilled",
    Substitute = "substitute",
    TeamLead = "team_lead",
    Assessor = "assessor",
    Coordinator = "coordinator",
});

impl Role {
    const fn bit(self) -> u32 {
        1 << (self as u32)
    }
}

/// A set of roles, one bit each by the role's number. Bits that a newer version set are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Encode, Decode)]
#[cbor(transparent)]
pub struct Roles(#[n(0)] u32);

impl Roles {
    /// Nobody.
    pub const NONE: Self = Self(0);
    /// Every role that this version knows.
    pub const ALL: Self = Self::of(&[
        Role::Helper,
        Role::Assistant,
        Role::Nurse,
        Role::Therapist,
        Role::Unskilled,
        Role::Substitute,
        Role::TeamLead,
        Role::Assessor,
        Role::Coordinator,
    ]);

    /// The set of these roles.
    #[must_use]
    pub const fn of(roles: &[Role]) -> Self {
        let mut bits = 0;
        let mut rest = roles;
        while let [role, tail @ ..] = rest {
            bits |= role.bit();
            rest = tail;
        }
        Self(bits)
    }

    /// The set that a document's number means.
    #[must_use]
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// The number that stands in documents.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Whether the role is one of these.
    #[must_use]
    pub const fn contains(self, role: Role) -> bool {
        self.0 & role.bit() != 0
    }

    /// Whether the two sets share a role.
    #[must_use]
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether nobody is in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The known roles in it.
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.iter().copied().filter(move |role| self.contains(*role))
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        Self(roles.into_iter().fold(0, |bits, role| bits | role.bit()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_exactly_the_roles_it_was_made_of() {
        let set = Roles::of(&[Role::Nurse, Role::Assistant]);
        let inside: Vec<Role> = set.iter().collect();
        assert_eq!(inside, [Role::Assistant, Role::Nurse]);
        assert_eq!(inside.into_iter().collect::<Roles>(), set);
        assert!(!set.contains(Role::Helper));
        assert!(Roles::NONE.is_empty() && Roles::NONE.iter().next().is_none());
    }

    #[test]
    fn the_set_of_all_roles_leaves_none_out() {
        assert_eq!(Role::ALL.iter().copied().collect::<Roles>(), Roles::ALL);
    }

    #[test]
    fn numbers_of_roles_are_for_ever() {
        assert_eq!(Roles::of(&[Role::Helper]).bits(), 1);
        assert_eq!(Roles::of(&[Role::Coordinator]).bits(), 256);
    }

    #[test]
    fn a_newer_versions_role_is_kept() {
        let newer = Roles::from_bits(1 << 20 | 1);
        assert_eq!(newer.bits(), 1 << 20 | 1);
        assert_eq!(newer.iter().collect::<Vec<_>>(), [Role::Helper]);
        assert!(!newer.is_empty());
    }
}
