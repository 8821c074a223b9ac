//! `init`: a new server in an empty folder.

use std::fs;
use std::path::PathBuf;

use doegnrytme_core::ids::hex;

use super::assembly::Provision;
use super::{Console, key_place};
use crate::config::Settings;
use crate::error::Failure;
use crate::folder::Folder;
use crate::key_file::{IdentitySecret, KeyPlace, ServerKey};
use crate::tls::Fresh;

pub(crate) fn init(
    settings: &Settings,
    provision: &dyn Provision,
    console: &mut Console<'_>,
) -> Result<u8, Failure> {
    let folder = &settings.folder;
    folder.make()?;
    let _lock = folder.lock()?;
    if folder.holds_a_server() {
        return Err(Failure::Occupied { folder: folder.path().to_owned() });
    }
    let place = key_place(settings);
    let (key, warnings) = key(&place)?;
    let fresh = Fresh::make(folder)?;
    fresh.write(folder)?;
    if let Err(error) = provision.create(folder, &key, &IdentitySecret::generate()?) {
        undo(folder);
        return Err(error.into());
    }
    for warning in warnings {
        writeln!(console.errors, "doegnrytme-server: warning: {warning}.")?;
    }
    report(folder, &place, &key, fresh.pin, console)?;
    Ok(0)
}

/// The key that lies at `place`, or a new one: an operator may bring his own, and an `init` that
/// was interrupted goes on with the key it made.
fn key(place: &KeyPlace) -> Result<(ServerKey, Vec<String>), Failure> {
    if !place.path().exists() {
        place.write(&ServerKey::generate()?)?;
    }
    place.read()
}

/// Removes a half-made store, so that `init` can be tried again.
fn undo(folder: &Folder) {
    let database = folder.database();
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let mut name = database.clone().into_os_string();
        name.push(suffix);
        // What is not there needs no removing.
        let _ = fs::remove_file(PathBuf::from(name));
    }
}

fn report(
    folder: &Folder,
    place: &KeyPlace,
    key: &ServerKey,
    pin: [u8; 32],
    console: &mut Console<'_>,
) -> Result<(), Failure> {
    let out = &mut console.output;
    writeln!(out, "A new server lies in {}.", folder.path().display())?;
    writeln!(out, "Its store is encrypted with the key in {}.", place.path().display())?;
    writeln!(out, "The TLS key's pin is {}.", hex(&pin))?;
    writeln!(out)?;
    writeln!(out, "Recovery key, shown this once. Write it on paper and lock it away:")?;
    writeln!(out)?;
    writeln!(out, "    {}", key.recovery_key())?;
    writeln!(out)?;
    writeln!(out, "Next: doegnrytme-server serve --data {}", folder.path().display())?;
    Ok(())
}
