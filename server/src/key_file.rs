//! The store's key, where it is kept, and the identity key's birth.

use std::fmt;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use doegnrytme_core::ids::{from_hex, hex};
use ring::rand::{SecureRandom as _, SystemRandom};

use crate::error::Failure;
use crate::folder::{Folder, write_private};

/// The name under which systemd hands the key over (`LoadCredential=doegnrytme-key:…`).
pub const CREDENTIAL: &str = "doegnrytme-key";

/// The raw 256-bit key of the encrypted store.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerKey(pub [u8; 32]);

/// The secret scalar of the server's P-256 identity key. It lives in the encrypted store only.
#[derive(Clone, PartialEq, Eq)]
pub struct IdentitySecret(pub [u8; 32]);

impl fmt::Debug for ServerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerKey(…)")
    }
}

impl fmt::Debug for IdentitySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdentitySecret(…)")
    }
}

fn random() -> Result<[u8; 32], Failure> {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).map_err(|_| Failure::Randomness)?;
    Ok(bytes)
}

impl IdentitySecret {
    /// A fresh identity key.
    ///
    /// # Errors
    /// [`Failure::Randomness`] when the machine gives none.
    pub fn generate() -> Result<Self, Failure> {
        loop {
            let bytes = random()?;
            // About one in 2^32 random texts is no scalar of the curve.
            if p256::SecretKey::from_slice(&bytes).is_ok() {
                return Ok(Self(bytes));
            }
        }
    }
}

impl ServerKey {
    /// A fresh key.
    ///
    /// # Errors
    /// [`Failure::Randomness`] when the machine gives none.
    pub fn generate() -> Result<Self, Failure> {
        random().map(Self)
    }
}

/// Where the key is read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyPlace {
    /// A file that the operator named.
    File(PathBuf),
    /// A credential that systemd put there.
    Credential(PathBuf),
    /// `DIR/key`: works out of the box, but whoever copies the folder has the key too.
    BesideTheStore(PathBuf),
}

impl KeyPlace {
    /// The named file, else systemd's credential, else `DIR/key`.
    #[must_use]
    pub fn choose(named: Option<&Path>, credentials: Option<&Path>, folder: &Folder) -> Self {
        if let Some(path) = named {
            return Self::File(path.to_owned());
        }
        match credentials.map(|credentials| credentials.join(CREDENTIAL)) {
            Some(path) if path.exists() => Self::Credential(path),
            _ => Self::BesideTheStore(folder.key()),
        }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::File(path) | Self::Credential(path) | Self::BesideTheStore(path) => path,
        }
    }

    /// Reads the key, with what the operator should be warned about.
    ///
    /// # Errors
    /// [`Failure::KeyFile`] when it is missing, unreadable or not 64 hex digits.
    pub fn read(&self) -> Result<(ServerKey, Vec<String>), Failure> {
        let path = self.path();
        let bad = |reason: String| Failure::KeyFile { path: path.to_owned(), reason };
        let text = fs::read_to_string(path).map_err(|error| bad(error.to_string()))?;
        let key = from_hex(text.trim())
            .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok())
            .ok_or_else(|| bad("it does not hold a key of 64 hex digits".to_owned()))?;
        Ok((ServerKey(key), self.warnings()))
    }

    /// Writes a key that is not there yet, readable by its owner only.
    ///
    /// # Errors
    /// [`Failure::KeyFile`] when there is a file already or it cannot be written.
    pub fn write(&self, key: &ServerKey) -> Result<(), Failure> {
        let path = self.path();
        let bad = |reason: String| Failure::KeyFile { path: path.to_owned(), reason };
        if path.exists() {
            return Err(bad("there is a file already, and a key is never overwritten".to_owned()));
        }
        write_private(path, format!("{}\n", hex(&key.0)).as_bytes())
            .map_err(|error| bad(error.to_string()))
    }

    fn warnings(&self) -> Vec<String> {
        let path = self.path();
        let mut warnings = Vec::new();
        let open_to_others =
            fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o077 != 0);
        // systemd hands credentials over with rights of its own.
        if open_to_others && !matches!(self, Self::Credential(_)) {
            warnings.push(format!(
                "other users can read the key file {0}: run chmod 600 {0}",
                path.display()
            ));
        }
        if matches!(self, Self::BesideTheStore(_)) {
            warnings.push(format!(
                "the key {} lies beside the data it protects: keep it elsewhere with --key-file \
                 or a systemd credential",
                path.display()
            ));
        }
        warnings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> ServerKey {
        ServerKey(std::array::from_fn(|at| u8::try_from(at * 7).unwrap()))
    }

    #[test]
    fn a_key_file_is_private_and_never_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let place = KeyPlace::File(dir.path().join("key"));
        place.write(&key()).unwrap();
        let mode = fs::metadata(place.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(place.read().unwrap(), (key(), Vec::new()));
        assert!(matches!(place.write(&key()), Err(Failure::KeyFile { .. })));
    }

    #[test]
    fn a_key_that_others_can_read_or_that_lies_beside_the_data_is_warned_about() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::at(dir.path());
        let place = KeyPlace::choose(None, None, &folder);
        place.write(&key()).unwrap();
        fs::set_permissions(place.path(), fs::Permissions::from_mode(0o644)).unwrap();
        let (_, warnings) = place.read().unwrap();
        assert_eq!(warnings.len(), 2);
        assert!(warnings[0].contains("chmod 600"));
        assert!(warnings[1].contains("--key-file"));
    }

    #[test]
    fn a_missing_or_damaged_key_file_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let place = KeyPlace::File(dir.path().join("key"));
        assert!(place.read().unwrap_err().to_string().contains("No such file"));
        fs::write(place.path(), "abc").unwrap();
        assert!(place.read().unwrap_err().to_string().contains("64 hex digits"));
    }

    #[test]
    fn a_named_file_goes_before_a_credential_and_that_before_the_folder() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::at("/srv/invented");
        let named = Path::new("/etc/invented-key");
        let credentials = Some(dir.path());
        assert_eq!(
            KeyPlace::choose(None, credentials, &folder),
            KeyPlace::BesideTheStore("/srv/invented/key".into())
        );
        fs::write(dir.path().join(CREDENTIAL), "").unwrap();
        assert!(matches!(KeyPlace::choose(None, credentials, &folder), KeyPlace::Credential(_)));
        assert!(matches!(KeyPlace::choose(Some(named), credentials, &folder), KeyPlace::File(_)));
    }
}
