//! A workload from outside is read as it stands; tried when there is one.

use std::path::{Path, PathBuf};

use doegnrytme_tests::workload::expect::conflicts;
use doegnrytme_tests::workload::format::{Act, Workload};

/// The workloads in the folder that `DOEGNRYTME_TEST_WORKLOADS` names, or in one that lies beside
/// the project.
pub fn workloads() -> Vec<PathBuf> {
    let beside = || {
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?;
        Some(project.parent()?.join("shared").join("workload"))
    };
    let named = std::env::var_os("DOEGNRYTME_TEST_WORKLOADS").map(PathBuf::from);
    let entries = named.or_else(beside).and_then(|folder| std::fs::read_dir(folder).ok());
    entries
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect()
}

#[test]
fn a_workload_from_outside_is_read_to_the_last_edit() {
    for path in workloads() {
        let workload = Workload::read(&path).unwrap();
        for team in &workload.teams {
            let cut = workload.cut(&team.id).unwrap();
            assert_eq!(cut.citizens.len(), team.citizens.len());
            assert_eq!(cut.tablets.len(), team.tablets.len());
            let edits = cut.tablets.iter().flat_map(|tablet| &tablet.ops).filter(|op| {
                matches!(op.act, Act::Splice { .. } | Act::Set { .. }) && op.pair.is_some()
            });
            assert!(edits.count() == 0 || conflicts(&cut) > 0, "{}", path.display());
        }
    }
}
