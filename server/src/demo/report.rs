//! What the day came to.

use std::time::Duration;

use doegnrytme_core::time::LocalDay;

/// What one tablet did and what it cost.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TabletLine {
    /// The carer.
    pub carer: String,
    /// The carer's role.
    pub role: String,
    /// Visits that were closed.
    pub visits: usize,
    /// Of these, not as agreed.
    pub deviations: usize,
    /// Edits of plans.
    pub edits: usize,
    /// Requests without the waiting ones, from coming online to being equal.
    pub requests: u64,
    /// Waiting requests in that time.
    pub waiting: u64,
    /// Bytes up, heads included.
    pub up: u64,
    /// Bytes down, heads included.
    pub down: u64,
    /// From coming online to holding what all the others hold.
    pub equal_after: Option<Duration>,
    /// Whether it came after the others.
    pub late: bool,
}

/// A field with more than one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictLine {
    /// The citizen.
    pub citizen: String,
    /// The entry's title.
    pub entry: String,
    /// The field's name.
    pub field: String,
    /// Each value and who wrote it.
    pub values: Vec<(String, String)>,
}

/// Something left for somebody, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandoverLine {
    /// The citizen.
    pub citizen: String,
    /// Who left it.
    pub from: String,
    /// To whom.
    pub to: String,
    /// What was noticed.
    pub text: String,
    /// Who took it.
    pub taken_by: Vec<String>,
    /// What came of it.
    pub answers: Vec<String>,
}

/// A digest as it left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestLine {
    /// The relative and how they are related, as far as the demo knows.
    pub to: String,
    /// The number.
    pub phone: String,
    /// The text.
    pub text: String,
}

/// The whole day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The day that was played.
    pub day: LocalDay,
    /// The town's seed.
    pub seed: u64,
    /// Citizens with a plan.
    pub citizens: usize,
    /// Every tablet, in the order of the team.
    pub tablets: Vec<TabletLine>,
    /// Notes that the tablets wrote, of every kind.
    pub notes: usize,
    /// From "all online" to "all equal", without the late tablet.
    pub storm: Option<Duration>,
    /// What is in conflict.
    pub conflicts: Vec<ConflictLine>,
    /// Handovers.
    pub handovers: Vec<HandoverLine>,
    /// What left for relatives.
    pub digests: Vec<DigestLine>,
    /// Relatives who got nothing, and why: (how many, reason).
    pub silent: Vec<(usize, String)>,
    /// What went wrong: lost, unequal, not saved. Empty on a good day.
    pub wrong: Vec<String>,
}

impl Report {
    /// Whether nothing was lost and all are equal.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.wrong.is_empty()
    }

    /// The status that the process ends with.
    #[must_use]
    pub fn exit_status(&self) -> u8 {
        u8::from(!self.is_good())
    }
}

/// Thousands of bytes with one decimal.
#[must_use]
pub fn kilobytes(bytes: u64) -> String {
    let tenths = bytes.saturating_add(50) / 100;
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// Whole milliseconds, or seconds when there are many.
#[must_use]
pub fn milliseconds(time: Duration) -> String {
    match time.as_millis() {
        short @ ..10_000 => format!("{short} ms"),
        long => format!("{} s", long / 1000),
    }
}

#[cfg(test)]
pub(super) mod example {
    use super::*;

    /// A short day.
    pub fn example() -> Report {
        let tablet = |carer: &str, late| TabletLine {
            carer: carer.to_owned(),
            role: "helper".to_owned(),
            visits: 12,
            deviations: 2,
            edits: 1,
            requests: 2,
            waiting: 1,
            up: 6_249,
            down: 48_150,
            equal_after: Some(Duration::from_millis(212)),
            late,
        };
        Report {
            day: LocalDay(20_000),
            seed: 1,
            citizens: 60,
            tablets: vec![tablet("Opdigtet Hjælper", false), tablet("Opdigtet Vikar", true)],
            notes: 26,
            storm: Some(Duration::from_millis(312)),
            conflicts: vec![ConflictLine {
                citizen: "Opdigtet Borger".to_owned(),
                entry: "Brænde ind".to_owned(),
                field: "minutes".to_owned(),
                values: vec![
                    ("20".to_owned(), "Opdigtet Hjælper".to_owned()),
                    ("25".to_owned(), "Opdigtet Vikar".to_owned()),
                ],
            }],
            handovers: vec![HandoverLine {
                citizen: "Opdigtet Borger".to_owned(),
                from: "Opdigtet Vikar".to_owned(),
                to: "nurse".to_owned(),
                text: "Rødme på hælen.".to_owned(),
                taken_by: vec!["Opdigtet Sygeplejerske".to_owned()],
                answers: vec!["Jeg ser på den i morgen.".to_owned()],
            }],
            digests: vec![DigestLine {
                to: "Opdigtet Datter (datter)".to_owned(),
                phone: "+4500000011".to_owned(),
                text: "Hej fra Lillekær Kommune. Karla har været i haven i dag.".to_owned(),
            }],
            silent: vec![(2, "the citizen has not consented".to_owned())],
            wrong: Vec::new(),
        }
    }
}
