//! How the store's own code is laid out.

use std::path::Path;

fn sources(dir: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
        }
    }
}

#[test]
fn sql_stands_in_the_queries_and_nowhere_else() {
    let mut found = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store"), &mut found);
    assert!(found.len() > 20);
    for (path, source) in found {
        if path.contains("/queries/") || path.contains("/tests/") {
            continue;
        }
        for (line, text) in source.lines().enumerate() {
            let sql = ["\"SELECT ", "\"INSERT ", "\"UPDATE ", "\"DELETE ", "\"CREATE "]
                .iter()
                .any(|word| text.contains(word));
            // The one question that must be asked before there is a transaction.
            assert!(!sql || text.contains("sqlite_schema"), "{path}:{}", line + 1);
        }
    }
}
