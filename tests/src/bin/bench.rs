//! The benchmarks: `bench [LINE…]` measures all lines or the named ones and prints tables.

use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use doegnrytme_tests::bench::table::Table;
use doegnrytme_tests::bench::{big_store, end_of_shift, storm, workload, year};

const HELP: &str = "\
bench [LINE…]    all lines, or some:
  end-of-shift   14 tablets go online together; beside Yjs + Hocuspocus; nothing-new sync; bytes by kind
  storm          602 tablets push within a minute, on the big store
  join           a new tablet joins a team with a year of notes
  cold-start     the app opens with a year on the tablet (after join)
  save           a visit is saved (after join)
bench big-store[=YEARS]   builds the big store: 43 teams, so many with a year of 66,000 notes (43)

DOEGNRYTME_TEST_BENCH_DIR       where the big store is kept (target/bench)
DOEGNRYTME_TEST_BENCH_RUNS      how often short lines are measured (5)
DOEGNRYTME_TEST_BENCH_WORKLOAD  a file of format end-of-shift/1 in place of our own workload
";
const ALL: [&str; 5] = ["end-of-shift", "storm", "join", "cold-start", "save"];
const TEAMS: usize = 43;

fn runs() -> usize {
    std::env::var("DOEGNRYTME_TEST_BENCH_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(5)
}

fn say(line: impl std::fmt::Display) {
    // Nobody to tell is no reason to stop measuring.
    let _ = writeln!(io::stdout(), "{line}");
}

fn build(years: usize) {
    big_store::build(&big_store::home(), TEAMS, years, say);
}

fn measure(line: &str) -> Option<Vec<Table>> {
    let home = big_store::home();
    if ALL.iter().skip(1).any(|needs| *needs == line) && !big_store::fleet_file(&home).exists() {
        build(TEAMS);
    }
    if matches!(line, "cold-start" | "save") && !year::tablet(&home).join("store.db").exists() {
        say(year::join(&home));
    }
    Some(match line {
        "end-of-shift" => end_of_shift::measure(workload().as_deref(), runs()),
        "storm" => vec![storm::measure(&home)],
        "join" => vec![year::join(&home)],
        "cold-start" => vec![year::cold_start(&home, runs())],
        "save" => vec![year::save(&home)],
        _ => return None,
    })
}

fn main() -> ExitCode {
    let named: Vec<String> = std::env::args().skip(1).collect();
    if let [verb, folder] = named.as_slice()
        && verb == "one-start"
    {
        say(serde_json::to_string(&year::start(Path::new(folder))).unwrap_or_default());
        return ExitCode::SUCCESS;
    }
    if named.iter().any(|line| line == "help") {
        say(HELP);
        return ExitCode::SUCCESS;
    }
    let named = if named.is_empty() { ALL.map(str::to_owned).to_vec() } else { named };
    let mut missed = 0;
    for line in &named {
        if let Some(years) = line.strip_prefix("big-store") {
            build(years.trim_start_matches('=').parse().unwrap_or(TEAMS));
            continue;
        }
        let Some(tables) = measure(line) else {
            say(HELP);
            return ExitCode::from(2);
        };
        for table in tables {
            missed += table.missed();
            say(table);
        }
    }
    say(format_args!("{missed} budgets missed"));
    ExitCode::SUCCESS
}
