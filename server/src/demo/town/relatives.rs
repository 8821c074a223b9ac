//! Invented relatives, and what the citizens let them know. No Danish telephone number begins
//! with zero: `+45 00 00 00 …` reaches nobody.

/// What a citizen lets a relative know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// Good news by SMS.
    Wellbeing,
    /// Good news and that somebody was there, by SMS.
    WellbeingAndVisits,
    /// It was given and taken back.
    Withdrawn,
    /// It was never given.
    None,
}

/// A relative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Relative {
    /// Outside id of the citizen.
    pub citizen: &'static str,
    /// The name.
    pub name: &'static str,
    /// How they are related.
    pub relation: &'static str,
    /// The last two digits of the telephone number.
    pub number: u8,
    /// What the citizen said.
    pub consent: Consent,
}

impl Relative {
    /// The telephone number with country code.
    #[must_use]
    pub fn phone(&self) -> String {
        format!("+45000000{:02}", self.number)
    }
}

const fn relative(
    citizen: &'static str,
    name: &'static str,
    relation: &'static str,
    number: u8,
    consent: Consent,
) -> Relative {
    Relative { citizen, name, relation, number, consent }
}

/// The relatives that the server knows.
pub const RELATIVES: &[Relative] = &[
    relative("LK-01", "Birthe Æblegren", "datter", 11, Consent::Wellbeing),
    relative("LK-01", "Solvej Æblegren", "datter", 12, Consent::WellbeingAndVisits),
    relative("LK-02", "Thor Bølgebryder", "søn", 13, Consent::Wellbeing),
    relative("LK-03", "Merete Rosenkål", "niece", 14, Consent::WellbeingAndVisits),
    relative("LK-04", "Claus Havregryn", "søn", 15, Consent::None),
    relative("LK-05", "Lone Morgendug", "datter", 16, Consent::Wellbeing),
    relative("LK-06", "Allan Lanterne", "nevø", 17, Consent::WellbeingAndVisits),
    relative("LK-07", "Kurt Sommerfugl", "nevø", 18, Consent::None),
    relative("LK-08", "Pia Krølle", "datter", 19, Consent::Wellbeing),
    relative("LK-09", "Mads Grusgang", "søn", 20, Consent::Wellbeing),
    relative("LK-10", "Jens Brevdue", "søn", 21, Consent::Withdrawn),
    relative("LK-11", "Tine Stentrappe", "datter", 22, Consent::Wellbeing),
    relative("LK-12", "Oda Natlampe", "søster", 23, Consent::WellbeingAndVisits),
    relative("LK-13", "Stine Tidsel", "datter", 24, Consent::None),
    relative("LK-14", "Amina Granatæble", "datter", 25, Consent::WellbeingAndVisits),
    relative("LK-15", "Rie Kirsebær", "søster", 26, Consent::Wellbeing),
    relative("LK-16", "Jakob Skruestik", "søn", 27, Consent::Withdrawn),
    relative("LK-17", "Emma Silkepapir", "niece", 28, Consent::None),
];
