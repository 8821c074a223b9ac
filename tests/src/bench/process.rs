//! What the kernel knows of a process: processor time and memory.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::Duration;

/// User and system time of all threads of a process, to the nanosecond. Time of threads that have
/// ended is not in it: measure a process whose threads stay.
#[must_use]
pub fn processor_time(pid: u32) -> Duration {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else { return Duration::ZERO };
    let spent = threads.flatten().filter_map(|thread| {
        let spent = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        spent.split_whitespace().next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(spent.sum())
}

/// The same of all processes that a process has started and that still run.
#[must_use]
pub fn childrens_time(pid: u32) -> Duration {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else { return Duration::ZERO };
    let children = threads
        .flatten()
        .filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    let children: Vec<u32> = children
        .flat_map(|text| {
            text.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>()
        })
        .collect();
    children.into_iter().map(processor_time).sum()
}

/// The most memory that a process has held, in bytes.
#[must_use]
pub fn peak_memory(pid: u32) -> u64 {
    status(pid, "VmHWM:")
}

/// The memory that a process holds, in bytes.
#[must_use]
pub fn memory(pid: u32) -> u64 {
    status(pid, "VmRSS:")
}

fn status(pid: u32, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}

/// Lets the peak be measured from now on.
pub fn forget_peak(pid: u32) {
    let _ = fs::write(format!("/proc/{pid}/clear_refs"), "5");
}

/// A profile of some processes (perf), taken while it lives, when `DOEGNRYTME_TEST_BENCH_PROFILE`
/// names a folder for it.
pub struct Profile(Option<Child>);

impl Profile {
    /// Begins one of that name.
    #[must_use]
    pub fn of(processes: &[u32], name: &str) -> Self {
        let Some(folder) = std::env::var_os("DOEGNRYTME_TEST_BENCH_PROFILE") else {
            return Self(None);
        };
        let processes: Vec<String> = processes.iter().map(u32::to_string).collect();
        let file = PathBuf::from(folder).join(format!("{name}.perf"));
        let begun = Command::new("perf")
            .args(["record", "--quiet", "-g", "-F", "1999", "-p", &processes.join(","), "-o"])
            .arg(file)
            .spawn();
        // It takes a moment until perf looks at all threads.
        std::thread::sleep(Duration::from_millis(500));
        Self(begun.ok())
    }
}

impl Drop for Profile {
    fn drop(&mut self) {
        if let Some(perf) = &mut self.0 {
            let _ = Command::new("sh").args(["-c", &format!("kill -INT {}", perf.id())]).status();
            let _ = perf.wait();
        }
    }
}

/// One line about the machine: processors, how busy it is.
#[must_use]
pub fn machine() -> String {
    let processors = std::thread::available_parallelism().map_or(0, usize::from);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("?").to_owned();
    format!("{processors} processors, load {load}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_worked_and_holds_memory() {
        let own = std::process::id();
        assert!(processor_time(own) > Duration::ZERO);
        // The peak is read last: other tests of this process may take memory in between.
        let now = memory(own);
        assert!(now > 1_000_000 && peak_memory(own) >= now);
    }
}
