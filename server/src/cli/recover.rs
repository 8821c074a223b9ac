//! `key recover`: the key file again, from the paper.

use super::assembly::{Opening, Provision};
use super::{Console, from_paper, key_place};
use crate::config::Settings;
use crate::error::Failure;
use crate::journal::opening::Bearing;

pub(super) fn recover(
    settings: &Settings,
    provision: &dyn Provision,
    console: &mut Console<'_>,
) -> Result<u8, Failure> {
    let key = from_paper(console)?;
    if settings.folder.holds_a_server() {
        let _lock = settings.folder.lock()?;
        // A well-typed key of another server is told here and not at the next start.
        let (folder, address) = (&settings.folder, settings.reached_at());
        let (bearing, code_lifetime) = (Bearing::Server, settings.code_lifetime);
        let (journal, limits) = (&settings.journal_place(), settings.limits);
        let opening =
            Opening { folder, key: &key, address, code_lifetime, limits, journal, bearing };
        provision.open(&opening)?.node.finish();
    }
    let place = key_place(settings);
    place.write(&key)?;
    writeln!(console.output, "The key is written to {}.", place.path().display())?;
    Ok(0)
}
