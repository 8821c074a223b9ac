//! `server/SECURITY.md` names a test for each threat; each of them must be there.

use std::fs;
use std::path::Path;

/// The tests that a line names as `path::function`.
fn named(line: &str) -> impl Iterator<Item = (&str, &str)> {
    line.split('`').skip(1).step_by(2).filter_map(|code| {
        let (file, function) = code.rsplit_once("::")?;
        Path::new(file).extension().is_some_and(|end| end == "rs").then_some((file, function))
    })
}

/// Why a named test is not there, if it is not.
fn is_missing(project: &Path, file: &str, function: &str) -> bool {
    let Ok(text) = fs::read_to_string(project.join(file)) else { return true };
    let Some((before, _)) = text.split_once(&format!("fn {function}()")) else { return true };
    // `#[test]`, perhaps with another attribute behind it.
    !before.lines().rev().take(4).any(|line| line.trim() == "#[test]")
}

#[test]
fn every_threat_names_tests_and_every_named_test_exists() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let table = fs::read_to_string(project.join("server/SECURITY.md")).unwrap();
    let rows: Vec<&str> = table.lines().filter(|line| line.starts_with("| T")).collect();
    assert!(rows.len() > 20, "{}", rows.len());
    let silent: Vec<&&str> = rows.iter().filter(|row| named(row).next().is_none()).collect();
    assert!(silent.is_empty(), "{silent:#?}");
    let missing: Vec<String> = named_everywhere(&table)
        .filter(|(file, function)| is_missing(project, file, function))
        .map(|(file, function)| format!("{file}::{function}"))
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

fn named_everywhere(table: &str) -> impl Iterator<Item = (&str, &str)> {
    table.lines().flat_map(named)
}

#[test]
fn a_test_that_is_not_there_is_found_out() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let file = "tests/tests/stories/security_table.rs";
    assert!(!is_missing(project, file, "a_test_that_is_not_there_is_found_out"));
    assert!(is_missing(project, file, "a_test_that_nobody_wrote"));
    assert!(is_missing(project, "tests/nowhere.rs", "a_test_that_is_not_there_is_found_out"));
    assert!(is_missing(project, file, "named"), "a function that is no test");
}
