//! What the day came to, and the table that says it.

use std::fmt::Write as _;
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

    /// The table for a terminal, English but for what people of the municipality wrote.
    #[must_use]
    pub fn table(&self) -> String {
        let mut out = String::new();
        // Writing to a String cannot fail.
        let _ = self.tablets_table(&mut out);
        let _ = self.conflicts_table(&mut out);
        let _ = self.handovers_table(&mut out);
        let _ = self.digests_table(&mut out);
        let _ = self.verdict(&mut out);
        out
    }

    fn tablets_table(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "\nTHE TABLETS, from coming online to holding the same as all the others\n")?;
        let titles = ["carer", "role", "visits", "not as", "plan", "requests", "KB up", "KB down"];
        let [carer, role, visits, deviations, edits, requests, up, down] = titles;
        writeln!(
            out,
            "  {carer:<18} {role:<11} {visits:>6} {deviations:>7} {edits:>5} {requests:>9} {up:>7} \
             {down:>8} {:>9}",
            "equal"
        )?;
        writeln!(
            out,
            "  {:<18} {:<11} {:>6} {:>7} {:>5} {:>9} {:>7} {:>8} {:>9}",
            "", "", "", "agreed", "edits", "+ waiting", "", "", "after"
        )?;
        for line in &self.tablets {
            writeln!(
                out,
                "  {:<18} {:<11} {:>6} {:>7} {:>5} {:>9} {:>7} {:>8} {:>9}{}",
                line.carer,
                line.role,
                line.visits,
                line.deviations,
                line.edits,
                format!("{} + {}", line.requests, line.waiting),
                kilobytes(line.up),
                kilobytes(line.down),
                line.equal_after.map_or_else(|| "never".to_owned(), milliseconds),
                if line.late { "  came late" } else { "" },
            )?;
        }
        if let Some(storm) = self.storm {
            let together = self.tablets.iter().filter(|line| !line.late).count();
            writeln!(
                out,
                "\n  {together} tablets came online at once and were equal after {}.",
                milliseconds(storm)
            )?;
        }
        Ok(())
    }

    fn conflicts_table(&self, out: &mut String) -> std::fmt::Result {
        writeln!(
            out,
            "\nIN CONFLICT: two wrote without seeing each other; a person will choose\n"
        )?;
        if self.conflicts.is_empty() {
            writeln!(out, "  nothing")?;
        }
        for line in &self.conflicts {
            writeln!(out, "  {}: {} ({})", line.citizen, line.entry, line.field)?;
            for (value, author) in &line.values {
                writeln!(out, "    {author:<18} {}", folded(value, 21))?;
            }
        }
        Ok(())
    }

    fn handovers_table(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "\nHANDED OVER\n")?;
        if self.handovers.is_empty() {
            writeln!(out, "  nothing")?;
        }
        for line in &self.handovers {
            writeln!(out, "  {}: {} to the {}", line.citizen, line.from, line.to)?;
            writeln!(out, "    {}", folded(&line.text, 4))?;
            if line.taken_by.is_empty() {
                writeln!(out, "    -> open")?;
            } else {
                writeln!(out, "    -> taken by {}", line.taken_by.join(", "))?;
            }
            for answer in &line.answers {
                writeln!(out, "       {}", folded(answer, 7))?;
            }
        }
        Ok(())
    }

    fn digests_table(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "\nTOLD TO RELATIVES, as it left through the outbox\n")?;
        for line in &self.digests {
            writeln!(out, "  {}  {}", line.phone, line.to)?;
            writeln!(out, "    {}", folded(&line.text, 4))?;
        }
        for (count, why) in &self.silent {
            writeln!(out, "  {count} got nothing: {why}")?;
        }
        Ok(())
    }

    fn verdict(&self, out: &mut String) -> std::fmt::Result {
        let visits: usize = self.tablets.iter().map(|line| line.visits).sum();
        if self.is_good() {
            return writeln!(
                out,
                "\nNothing was lost: {visits} visits, {} notes, all on each of {} tablets.",
                self.notes,
                self.tablets.len()
            );
        }
        writeln!(out, "\nSOMETHING IS WRONG")?;
        self.wrong.iter().try_for_each(|wrong| writeln!(out, "  {wrong}"))
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

/// Words in lines of at most 76 characters, each after the first indented by `indent`.
fn folded(words: &str, indent: usize) -> String {
    const WIDTH: usize = 76;
    let mut lines = vec![String::new()];
    for word in words.split_whitespace() {
        let fits = lines.last().is_some_and(|line| {
            line.is_empty() || line.chars().count() + 1 + word.chars().count() <= WIDTH
        });
        if !fits {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.join(&format!("\n{}", " ".repeat(indent)))
}

#[cfg(test)]
pub(super) mod tests {
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

    #[test]
    fn the_table_says_what_a_newcomer_asks_for() {
        let table = example().table();
        for words in [
            "Opdigtet Hjælper   helper",
            "2 + 1     6.2     48.2",
            "came late",
            "1 tablets came online at once and were equal after 312 ms",
            "Opdigtet Borger: Brænde ind (minutes)",
            "taken by Opdigtet Sygeplejerske",
            "+4500000011  Opdigtet Datter (datter)",
            "2 got nothing: the citizen has not consented",
            "Nothing was lost: 24 visits, 26 notes, all on each of 2 tablets.",
        ] {
            assert!(table.contains(words), "{words}\n{table}");
        }
        assert!(table.lines().all(|line| line.chars().count() <= 110), "{table}");
    }

    #[test]
    fn what_went_wrong_is_said_and_nothing_is_called_good() {
        let report = Report { wrong: vec!["a note is missing".to_owned()], ..example() };
        let table = report.table();
        assert!(table.contains("a note is missing") && !table.contains("Nothing was lost"));
        assert!(!report.is_good());
    }

    #[test]
    fn long_words_are_folded_and_none_is_dropped() {
        let words = "ord ".repeat(60);
        let folded = folded(&words, 4);
        assert_eq!(folded.split_whitespace().count(), 60);
        assert!(folded.lines().all(|line| line.trim_start().chars().count() <= 76));
    }
}
