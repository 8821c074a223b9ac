//! What a tablet without hardware is given: a key in a file, clocks, randomness, a log.

use std::fs::OpenOptions;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use doegnrytme_core::port::{Clock, Entropy, Level, Log, Reading};
use doegnrytme_core::time::UnixSeconds;
use doegnrytme_core::trust::pin::Pin;
use doegnrytme_core::trust::software_key::SoftwareKey;
use rand_chacha::{ChaCha8Rng, rand_core::Rng as _, rand_core::SeedableRng as _};
use ring::rand::{SecureRandom as _, SystemRandom};

/// The PIN that every carer chooses.
#[must_use]
pub fn pin() -> Pin {
    Pin::typed("246813")
}

/// The key of the tablet in `dir`: what hardware would hold lies in a file (0600) beside its store.
///
/// # Errors
/// What the operating system says, or that the file is not a key.
pub fn device_key(dir: &Path, entropy: &mut dyn Entropy) -> std::io::Result<SoftwareKey> {
    let path = dir.join("device.key");
    let mut secret = [0; 32];
    match OpenOptions::new().read(true).open(&path) {
        Ok(mut file) => file.read_exact(&mut secret)?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            std::fs::create_dir_all(dir)?;
            entropy.fill(&mut secret);
            // Whole or not at all: a process may be killed here.
            let fresh = path.with_extension("new");
            let mut options = OpenOptions::new();
            options.create(true).write(true).truncate(true).mode(0o600);
            let mut file = options.open(&fresh)?;
            file.write_all(&secret)?;
            file.sync_all()?;
            std::fs::rename(&fresh, &path)?;
        }
        Err(error) => return Err(error),
    }
    Ok(SoftwareKey::from_secret(secret))
}

/// A clock that runs with the machine's until a test says otherwise. Copies are one clock.
#[derive(Debug, Clone)]
pub struct TestClock(Arc<Mutex<Hands>>);

#[derive(Debug)]
struct Hands {
    begun: Instant,
    skipped: Duration,
    ahead: i64,
    passed: i64,
    boot: u64,
}

impl Default for TestClock {
    fn default() -> Self {
        let hands =
            Hands { begun: Instant::now(), skipped: Duration::ZERO, ahead: 0, passed: 0, boot: 1 };
        Self(Arc::new(Mutex::new(hands)))
    }
}

impl TestClock {
    fn change(&self, change: impl FnOnce(&mut Hands)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Sets the wall clock, as a flat battery or a wrong hand does; it runs on from there.
    pub fn says(&self, wall: UnixSeconds) {
        self.change(|hands| hands.ahead = wall.0.saturating_sub(now()));
    }

    /// Lets time pass, for the wall clock and since the boot.
    pub fn passes(&self, time: Duration) {
        self.change(|hands| {
            hands.skipped += time;
            let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
            hands.ahead = hands.ahead.saturating_add(seconds);
            hands.passed = hands.passed.saturating_add(seconds);
        });
    }

    /// What time it really is, whatever the clock says.
    #[must_use]
    pub fn really(&self) -> UnixSeconds {
        let hands = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        UnixSeconds(now().saturating_add(hands.passed))
    }

    /// The tablet is switched off and on: the monotonic clock begins anew.
    pub fn reboots(&self) {
        self.change(|hands| {
            hands.boot += 1;
            hands.begun = Instant::now();
            hands.skipped = Duration::ZERO;
        });
    }
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

impl Clock for TestClock {
    fn read(&self) -> Reading {
        let hands = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Reading {
            wall: UnixSeconds(now().saturating_add(hands.ahead)),
            monotonic: hands.begun.elapsed() + hands.skipped,
            boot: hands.boot,
        }
    }
}

/// The machine's own clocks; `boot` and the time since it come from the kernel.
#[derive(Debug, Clone, Copy, Default)]
pub struct MachineClock;

impl Clock for MachineClock {
    fn read(&self) -> Reading {
        let file = |path| std::fs::read_to_string(path).unwrap_or_default();
        let up = file("/proc/uptime");
        let up: f64 = up.split(' ').next().and_then(|up| up.parse().ok()).unwrap_or(0.0);
        let boot: String = file("/proc/sys/kernel/random/boot_id")
            .chars()
            .filter(|c| *c != '-')
            .take(16)
            .collect();
        Reading {
            wall: UnixSeconds(now()),
            monotonic: Duration::try_from_secs_f64(up).unwrap_or_default(),
            boot: u64::from_str_radix(&boot, 16).unwrap_or(0),
        }
    }
}

/// The machine's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct MachineEntropy;

impl Entropy for MachineEntropy {
    fn fill(&mut self, bytes: &mut [u8]) {
        // Without randomness nothing may go on: ids and keys would repeat.
        if SystemRandom::new().fill(bytes).is_err() {
            std::process::abort();
        }
    }
}

/// The same bytes for the same seed.
#[derive(Debug, Clone)]
pub struct SeededEntropy(ChaCha8Rng);

impl SeededEntropy {
    /// The bytes of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&mut self, bytes: &mut [u8]) {
        self.0.fill_bytes(bytes);
    }
}

/// A log that is kept to be searched. Copies are one log.
#[derive(Debug, Clone, Default)]
pub struct KeptLog(Arc<Mutex<Vec<String>>>);

impl KeptLog {
    /// Every line so far.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Log for KeptLog {
    fn write(&self, level: Level, what: &'static str, numbers: &[(&'static str, i64)]) {
        let mut line = format!("{level:?} {what}");
        for (name, number) in numbers {
            line.push_str(&format!(" {name}={number}"));
        }
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use doegnrytme_core::port::KeyStore as _;

    #[test]
    fn a_tablets_key_is_the_same_the_next_time() {
        let dir = tempfile::tempdir().unwrap();
        let key = |seed| {
            let key = device_key(&dir.path().join("t"), &mut SeededEntropy::new(seed)).unwrap();
            key.public_key().unwrap()
        };
        assert_eq!(key(1), key(2));
    }

    #[test]
    fn a_set_clock_runs_on_and_a_reboot_begins_anew() {
        let clock = TestClock::default();
        clock.says(UnixSeconds(17));
        clock.passes(Duration::from_secs(3600));
        let read = clock.read();
        assert!((3617..3620).contains(&read.wall.0), "{read:?}");
        assert!(read.monotonic >= Duration::from_secs(3600));
        clock.reboots();
        assert!(clock.read().monotonic < Duration::from_secs(60));
        assert_ne!(clock.read().boot, read.boot);
    }
}
