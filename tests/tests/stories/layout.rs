//! The house keeps its order: each room uses only rooms above it, and opens by saying what it is.

use std::fs;
use std::path::{Path, PathBuf};

/// The rooms of the core, each of which may use only those before it.
const CORE: [&str; 15] = [
    "ids",
    "time",
    "port",
    "care",
    "wire",
    "gate",
    "document",
    "trial",
    "trust",
    "store",
    "sync",
    "text",
    "app",
    "view",
    "transport",
];
/// The last room, which may use all of them.
const LAST: &str = "tablet";

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// Every Rust file under `folder`.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The code of a file without its comments and without what only tests see.
fn code(path: &Path) -> String {
    let only_tests = path.components().any(|part| part.as_os_str() == "tests")
        || path.file_name().is_some_and(|name| name == "tests.rs");
    if only_tests {
        return String::new();
    }
    let text = fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap();
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The names that follow `crate::` in the code.
fn rooms_used(code: &str) -> impl Iterator<Item = &str> {
    code.split("crate::").skip(1).map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        &rest[..end.unwrap_or(rest.len())]
    })
}

#[test]
fn each_room_of_the_core_uses_only_rooms_above_it() {
    let source = project().join("core/src");
    let rank = |room: &str| CORE.iter().chain([&LAST]).position(|known| *known == room);
    let mut wrong = Vec::new();
    for file in files(&source) {
        let inside = file.strip_prefix(&source).unwrap();
        let first = inside.components().next().unwrap().as_os_str().to_str().unwrap();
        let room = first.trim_end_matches(".rs");
        if room == "lib" {
            continue;
        }
        let Some(own) = rank(room) else {
            wrong.push(format!("{room} is not in the list"));
            continue;
        };
        for used in rooms_used(&code(&file)) {
            if rank(used).is_some_and(|used| used > own) {
                wrong.push(format!("{} uses {used}", inside.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_takes_pushes_in_and_publishes_them_cannot_name_documents() {
    let source = project().join("server/src");
    for room in ["intake", "stream"] {
        for file in files(&source).iter().filter(|file| {
            let inside = file.strip_prefix(&source).unwrap();
            inside.starts_with(room) || inside == Path::new(&format!("{room}.rs"))
        }) {
            let code = code(file);
            for word in ["automerge", "::document", "document::"] {
                assert!(!code.contains(word), "{} names {word}", file.display());
            }
        }
    }
}

#[test]
fn one_file_of_the_project_holds_unsafe() {
    let word = ["un", "safe"].concat();
    let holding: Vec<PathBuf> = ["core/src", "server/src", "tests/src", "tests/tests"]
        .iter()
        .flat_map(|folder| files(&project().join(folder)))
        .filter(|file| {
            let text = fs::read_to_string(file).unwrap();
            let words = [" {", " fn", " extern", " impl"].map(|next| format!("{word}{next}"));
            words.iter().any(|words| text.contains(words.as_str()))
        })
        .collect();
    assert_eq!(holding, [project().join("tests/src/power/vfs.rs")]);
}

#[test]
fn every_file_opens_by_saying_what_lives_there() {
    let silent: Vec<PathBuf> = ["core/src", "server/src", "tests/src", "tests/tests"]
        .iter()
        .flat_map(|folder| files(&project().join(folder)))
        .filter(|file| !file.ends_with("tests.rs"))
        .filter(|file| !fs::read_to_string(file).unwrap().starts_with("//!"))
        .collect();
    assert!(silent.is_empty(), "{silent:#?}");
}
