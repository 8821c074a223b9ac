//! The table that a benchmark prints.

use std::fmt;

/// Whether a budget was held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It was.
    Yes,
    /// It was not.
    No,
    /// There is none: a figure to compare with.
    Figure,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    what: String,
    measured: String,
    budget: String,
    kept: Kept,
}

/// Lines under a heading, with the command that prints them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    heading: String,
    command: String,
    lines: Vec<Line>,
}

impl Table {
    /// A table without lines yet.
    #[must_use]
    pub fn new(heading: impl Into<String>, command: impl Into<String>) -> Self {
        Self { heading: heading.into(), command: command.into(), lines: Vec::new() }
    }

    /// A measurement with a budget that it must not exceed.
    pub fn at_most(&mut self, what: &str, measured: f64, budget: f64, unit: &str) {
        let kept = if measured <= budget { Kept::Yes } else { Kept::No };
        self.push(what, amount(measured, unit), format!("≤ {}", amount(budget, unit)), kept);
    }

    /// A measurement with a budget that it must reach.
    pub fn at_least(&mut self, what: &str, measured: f64, budget: f64, unit: &str) {
        let kept = if measured >= budget { Kept::Yes } else { Kept::No };
        self.push(what, amount(measured, unit), format!("≥ {}", amount(budget, unit)), kept);
    }

    /// Something that must be so.
    pub fn must(&mut self, what: &str, so: bool, words: &str) {
        let kept = if so { Kept::Yes } else { Kept::No };
        self.push(what, words.to_owned(), String::new(), kept);
    }

    /// A figure without a budget.
    pub fn figure(&mut self, what: &str, measured: impl Into<String>) {
        self.push(what, measured.into(), String::new(), Kept::Figure);
    }

    fn push(&mut self, what: &str, measured: String, budget: String, kept: Kept) {
        self.lines.push(Line { what: what.to_owned(), measured, budget, kept });
    }

    /// How many budgets were not held.
    #[must_use]
    pub fn missed(&self) -> usize {
        self.lines.iter().filter(|line| line.kept == Kept::No).count()
    }
}

/// A number with three digits that matter.
#[must_use]
pub fn amount(number: f64, unit: &str) -> String {
    let size = number.abs();
    let digits = match size {
        _ if number.fract() == 0.0 => 0,
        _ if size >= 100.0 => 0,
        _ if size >= 10.0 => 1,
        _ => 2,
    };
    format!("{number:.digits$} {unit}").trim_end().to_owned()
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n## {}\n`{}`\n", self.heading, self.command)?;
        let width = |text: fn(&Line) -> &String| {
            self.lines.iter().map(|line| text(line).chars().count()).max().unwrap_or(0)
        };
        let (what, measured) = (width(|line| &line.what), width(|line| &line.measured));
        let budget = width(|line| &line.budget).max(6);
        writeln!(f, "| {:what$} | {:measured$} | {:budget$} |  |", "what", "", "budget")?;
        writeln!(
            f,
            "|{:-<1$}|{2:-<3$}:|{4:-<5$}|--|",
            "",
            what + 2,
            "",
            measured + 1,
            "",
            budget + 2
        )?;
        for line in &self.lines {
            let kept = match line.kept {
                Kept::Yes => "kept",
                Kept::No => "MISSED",
                Kept::Figure => "",
            };
            writeln!(
                f,
                "| {:what$} | {:>measured$} | {:budget$} | {kept} |",
                line.what, line.measured, line.budget
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_kept_missed_or_not_there() {
        let mut table = Table::new("x", "y");
        table.at_most("bytes", 64.0, 64.0, "KB");
        table.at_least("ratio", 9.0, 10.0, "×");
        table.figure("load", "2");
        assert_eq!(table.missed(), 1);
        let text = table.to_string();
        assert!(text.contains("≤ 64 KB") && text.contains("MISSED"), "{text}");
    }

    #[test]
    fn numbers_have_three_digits_that_matter() {
        let told = [0.123, 12.34, 123.4, 5.0].map(|number| amount(number, "ms"));
        assert_eq!(told, ["0.12 ms", "12.3 ms", "123 ms", "5 ms"]);
    }
}
