//! `key recover`: the key file again, from the paper.

use super::assembly::{Opening, Provision};
use super::{Console, key_place};
use crate::config::Settings;
use crate::error::Failure;
use crate::key_file::ServerKey;

/// Reads from standard input and not from an argument: arguments show in process lists and in the
/// shell's history.
pub(super) fn recover(
    settings: &Settings,
    provision: &dyn Provision,
    console: &mut Console<'_>,
) -> Result<u8, Failure> {
    writeln!(console.errors, "Type the recovery key (14 groups of 4) and press Enter:")?;
    let mut typed = String::new();
    console.input.read_line(&mut typed)?;
    let key = ServerKey::from_recovery_key(&typed)?;
    if settings.folder.holds_a_server() {
        let _lock = settings.folder.lock()?;
        // A well-typed key of another server is told here and not at the next start.
        let (folder, address) = (&settings.folder, settings.reached_at());
        let code_lifetime = settings.code_lifetime;
        provision.open(&Opening { folder, key: &key, address, code_lifetime })?.node.finish();
    }
    let place = key_place(settings);
    place.write(&key)?;
    writeln!(console.output, "The key is written to {}.", place.path().display())?;
    Ok(0)
}
