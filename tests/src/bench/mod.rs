//! Benchmarks: every budget of the design, measured on the real parts and printed as a table.
//!
//! Each line has a file: [`end_of_shift`] with [`peer`] (the same shift on Yjs and Hocuspocus) and
//! [`anatomy`] (where the bytes go), [`storm`] (602 tablets within a minute) on the [`big_store`],
//! [`year`] (a tablet that joins a team with a year behind it, starts cold and saves visits).
//! [`process`] reads what the kernel knows of a process, [`table`] prints, [`station`] is a tablet
//! whose every exchange is kept, [`player`] a light one that writes [`notes`], [`served`] a server
//! on a folder that stays. They measure and never judge: a slow machine fails no test.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

pub mod anatomy;
pub mod big_store;
pub mod end_of_shift;
pub mod notes;
pub mod peer;
pub mod player;
pub mod process;
pub mod served;
pub mod station;
pub mod storm;
pub mod table;
pub mod year;

use std::path::{Path, PathBuf};

use doegnrytme_core::port::Clock as _;
use doegnrytme_core::time::UnixSeconds;

use crate::ports::MachineClock;

/// Where benchmarks keep what is built once: `DOEGNRYTME_TEST_BENCH_DIR`, or `target/bench`.
#[must_use]
pub fn folder() -> PathBuf {
    let named = std::env::var_os("DOEGNRYTME_TEST_BENCH_DIR").map(PathBuf::from);
    let folder = named.unwrap_or_else(|| {
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("target").join("bench")
    });
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// What time it is.
#[must_use]
pub fn now() -> UnixSeconds {
    MachineClock.read().wall
}

/// A workload file that is to be measured instead of our own, when there is one:
/// `DOEGNRYTME_TEST_BENCH_WORKLOAD`.
#[must_use]
pub fn workload() -> Option<PathBuf> {
    std::env::var_os("DOEGNRYTME_TEST_BENCH_WORKLOAD").map(PathBuf::from)
}

/// The middle one of some measurements, and the smallest and largest.
#[must_use]
pub fn middle(mut values: Vec<f64>) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    (values[values.len() / 2], values[0], values[values.len() - 1])
}

/// The value below which so many in a hundred lie.
#[must_use]
pub fn percentile(mut values: Vec<f64>, hundredth: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    values[(values.len() * hundredth / 100).min(values.len() - 1)]
}

/// Copies a folder with everything in it.
pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            copy_folder(&entry.path(), &target);
        } else if kind.is_file() {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_lies_between_the_ends() {
        assert_eq!(middle(vec![3.0, 1.0, 2.0]), (2.0, 1.0, 3.0));
        assert_eq!(percentile((0..100).map(f64::from).collect(), 99), 99.0);
    }
}
