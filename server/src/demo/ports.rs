//! What a tablet without hardware is given: a key in a file, the machine's clocks and randomness.

use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use doegnrytme_core::port::{Clock, Entropy, Level, Log, Reading};
use doegnrytme_core::tablet::Ports;
use doegnrytme_core::time::UnixSeconds;
use doegnrytme_core::trust::software_key::SoftwareKey;
use ring::rand::{SecureRandom as _, SystemRandom};

use crate::folder::write_private;

/// The ports of the tablet that lives in `dir`.
///
/// # Errors
/// When its key cannot be read or written.
pub fn ports(dir: &Path) -> io::Result<Ports> {
    Ok(Ports {
        keys: Box::new(device_key(dir)?),
        clock: Box::new(MachineClock::start()),
        entropy: Box::new(MachineEntropy(SystemRandom::new())),
        log: Box::new(Traced),
    })
}

/// What hardware would hold lies in a file (0600) beside the store.
fn device_key(dir: &Path) -> io::Result<SoftwareKey> {
    let path = dir.join("device.key");
    let secret = match fs::read(&path) {
        Ok(bytes) => bytes
            .try_into()
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "the key file is no key"))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(dir)?;
            let mut secret = [0; 32];
            MachineEntropy(SystemRandom::new()).fill(&mut secret);
            write_private(&path, &secret)?;
            secret
        }
        Err(error) => return Err(error),
    };
    Ok(SoftwareKey::from_secret(secret))
}

/// The wall clock, and the time since the tablet was opened; each opening counts as a boot.
struct MachineClock {
    opened: Instant,
    boot: u64,
}

impl MachineClock {
    fn start() -> Self {
        let mut boot = [0; 8];
        MachineEntropy(SystemRandom::new()).fill(&mut boot);
        Self { opened: Instant::now(), boot: u64::from_be_bytes(boot) }
    }
}

impl Clock for MachineClock {
    fn read(&self) -> Reading {
        Reading { wall: now(), monotonic: self.opened.elapsed(), boot: self.boot }
    }
}

/// The wall clock.
#[must_use]
pub fn now() -> UnixSeconds {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixSeconds(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

struct MachineEntropy(SystemRandom);

impl Entropy for MachineEntropy {
    fn fill(&mut self, bytes: &mut [u8]) {
        // Nothing may go on without randomness: keys and ids would repeat.
        while self.0.fill(bytes).is_err() {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

struct Traced;

impl Log for Traced {
    fn write(&self, level: Level, what: &'static str, numbers: &[(&'static str, i64)]) {
        match level {
            Level::Info => tracing::debug!(?numbers, "tablet: {what}"),
            Level::Warning => tracing::info!(?numbers, "tablet: {what}"),
            Level::Error => tracing::error!(?numbers, "tablet: {what}"),
        }
    }
}
