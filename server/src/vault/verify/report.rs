//! What a walk found: counts of what was proved, and the first bad row of each kind.

/// Rows of one kind of badness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bad {
    /// The table.
    pub table: &'static str,
    /// The first one's key. Ids and numbers only.
    pub key: String,
    /// What is wrong.
    pub what: &'static str,
    /// How many there are.
    pub count: u64,
}

/// What was walked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// What was proved, and how many of it.
    pub proved: Vec<(&'static str, u64)>,
    /// What is not as it should be.
    pub bad: Vec<Bad>,
}

impl Report {
    pub(super) fn proved(&mut self, what: &'static str, count: u64) {
        self.proved.push((what, count));
    }

    pub(super) fn bad(&mut self, table: &'static str, key: impl Into<String>, what: &'static str) {
        self.bad_rows(table, key.into(), what, 1);
    }

    pub(super) fn bad_rows(
        &mut self,
        table: &'static str,
        key: String,
        what: &'static str,
        count: u64,
    ) {
        match self.bad.iter_mut().find(|bad| (bad.table, bad.what) == (table, what)) {
            Some(bad) => bad.count += count,
            None => self.bad.push(Bad { table, key, what, count }),
        }
    }
}

impl std::fmt::Display for Bad {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({}): {}", self.table, self.key, self.what)?;
        match self.count {
            1 => Ok(()),
            count => write!(f, " [the first of {count}]"),
        }
    }
}
