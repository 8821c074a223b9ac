//! The team's fourteen carers. All invented; their surnames are wild flowers and moss.

use doegnrytme_core::care::day_part::DayPart;
use doegnrytme_core::care::role::{Role, Roles};

/// When somebody works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watch {
    /// From 7 to 15.
    Day,
    /// From 15:30 to 23.
    Evening,
    /// From 23 on.
    Night,
}

impl Watch {
    /// Whose visits a part of the day's are.
    #[must_use]
    pub fn of(part: DayPart) -> Self {
        match part {
            DayPart::Evening => Self::Evening,
            DayPart::Night => Self::Night,
            DayPart::Morning | DayPart::Forenoon | DayPart::Noon | DayPart::Afternoon => Self::Day,
        }
    }
}

/// A carer of the team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Carer {
    /// The name.
    pub name: &'static str,
    /// What the carer is.
    pub role: Role,
    /// When the carer works on the day that is played.
    pub watch: Watch,
}

impl Carer {
    /// The role as a set.
    #[must_use]
    pub fn roles(&self) -> Roles {
        Roles::of(&[self.role])
    }
}

const fn carer(name: &'static str, role: Role, watch: Watch) -> Carer {
    Carer { name, role, watch }
}

/// The team.
pub const CARERS: [Carer; 14] = [
    carer("Anja Bregne", Role::Helper, Watch::Day),
    carer("Bilal Blåklokke", Role::Helper, Watch::Day),
    carer("Camilla Engkarse", Role::Assistant, Watch::Day),
    carer("Dorthe Lyngtue", Role::Helper, Watch::Day),
    carer("Elif Kodriver", Role::Helper, Watch::Day),
    carer("Frederik Skovsyre", Role::Assistant, Watch::Day),
    carer("Gitte Tusindfryd", Role::Helper, Watch::Day),
    carer("Henrik Mosebølle", Role::Nurse, Watch::Day),
    carer("Ida Anemone", Role::Substitute, Watch::Evening),
    carer("Jonas Rævehale", Role::Unskilled, Watch::Day),
    carer("Katrine Kamille", Role::Assistant, Watch::Evening),
    carer("Lars Nellikerod", Role::Helper, Watch::Evening),
    carer("Mette Perikum", Role::Helper, Watch::Evening),
    carer("Nadia Natviol", Role::Assistant, Watch::Night),
];
