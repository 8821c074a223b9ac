//! The table at the end of the day, for a terminal.

use std::fmt::Write as _;

use super::report::{Report, kilobytes, milliseconds};

impl Report {
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
mod tests {
    use super::super::report::example::example;
    use super::*;

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
