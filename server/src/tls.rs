//! Certificate and TLS key: self-made or given, and the pin that tablets trust instead of an
//! authority.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use doegnrytme_core::transport::pins::spki_pin;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::error::Failure;
use crate::folder::{Folder, write_private};

/// How long a self-made certificate is valid. Tablets ignore its dates (a tablet's clock may say
/// 1970); browsers and monitoring do not.
const YEARS: i32 = 10;

/// Where certificate and key come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// `DIR/tls.pem`, made by `init` and `tls renew`.
    SelfMade(PathBuf),
    /// Files that the operator keeps.
    Given {
        /// PEM, the server's own certificate first.
        certificate: PathBuf,
        /// PEM.
        key: PathBuf,
    },
}

/// What a TLS listener needs.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// Certificate, key, protocol versions.
    pub config: Arc<ServerConfig>,
    /// The certificate's pin.
    pub pin: [u8; 32],
}

/// A self-made certificate that is not in use yet.
#[derive(Debug)]
pub struct Fresh {
    /// Its pin.
    pub pin: [u8; 32],
    pem: String,
}

impl Source {
    /// The given files, else the folder's own.
    #[must_use]
    pub fn choose(given: Option<&(PathBuf, PathBuf)>, folder: &Folder) -> Self {
        match given {
            Some((certificate, key)) => {
                Self::Given { certificate: certificate.clone(), key: key.clone() }
            }
            None => Self::SelfMade(folder.tls()),
        }
    }

    /// Reads certificate and key.
    ///
    /// # Errors
    /// [`Failure::Tls`] when a file is missing, unreadable, or the two do not belong together.
    pub fn load(&self) -> Result<Loaded, Failure> {
        let (certificate, key) = match self {
            Self::SelfMade(path) => (path, path),
            Self::Given { certificate, key } => (certificate, key),
        };
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(certificate)
            .and_then(Iterator::collect)
            .map_err(|error| self.failure(certificate, error))?;
        let own = chain
            .first()
            .ok_or_else(|| self.failure(certificate, "there is no certificate in it"))?;
        let pin = spki_pin(own).map_err(|error| self.failure(certificate, error))?;
        let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| self.failure(key, error))?;
        let config = server_config(chain, secret).map_err(|error| self.failure(key, error))?;
        Ok(Loaded { config: Arc::new(config), pin })
    }

    fn failure(&self, path: &Path, reason: impl std::fmt::Display) -> Failure {
        let advice = match self {
            Self::SelfMade(_) => "Make a new one with `doegnrytme-server tls renew`.",
            Self::Given { .. } => "Check the settings tls_certificate and tls_key.",
        };
        Failure::Tls { path: path.to_owned(), reason: reason.to_string(), advice }
    }
}

fn server_config(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // A tablet that comes back resumes without a signature by the server; the tickets are sealed
    // with a key that lives in this process only, so 602 tablets need no table here.
    config.ticketer = rustls::crypto::ring::Ticketer::new()?;
    config.send_tls13_tickets = 1;
    Ok(config)
}

impl Fresh {
    /// Makes a key and a self-signed certificate for ten years.
    ///
    /// # Errors
    /// [`Failure::Tls`] when the machine cannot make one.
    pub fn make(folder: &Folder) -> Result<Self, Failure> {
        let failure = |error: &dyn std::fmt::Display| Failure::Tls {
            path: folder.tls(),
            reason: error.to_string(),
            advice: "Nothing was changed.",
        };
        let key = KeyPair::generate().map_err(|error| failure(&error))?;
        let certificate = parameters()
            .and_then(|parameters| parameters.self_signed(&key))
            .map_err(|error| failure(&error))?;
        let pin = spki_pin(certificate.der()).map_err(|error| failure(&error))?;
        let pem = format!(
            "{}{}",
            pem("CERTIFICATE", certificate.der()),
            pem("PRIVATE KEY", &key.serialize_der())
        );
        Ok(Self { pin, pem })
    }

    /// Puts it in the folder. A running server goes on with the old one until SIGHUP or restart.
    ///
    /// # Errors
    /// [`Failure::Folder`] when it cannot be written.
    pub fn write(&self, folder: &Folder) -> Result<(), Failure> {
        write_private(&folder.tls(), self.pem.as_bytes()).map_err(|error| Failure::Folder {
            folder: folder.path().to_owned(),
            reason: error.to_string(),
        })
    }
}

fn parameters() -> Result<CertificateParams, rcgen::Error> {
    let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let mut parameters = CertificateParams::new(names)?;
    parameters.distinguished_name = DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, "doegnrytme-server");
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    // The first of the month: always a real day, ten years on too.
    let month = u8::try_from(today.month()).unwrap_or(1);
    let year = i32::from(today.year());
    parameters.not_before = date_time_ymd(year, month, 1);
    parameters.not_after = date_time_ymd(year + YEARS, month, 1);
    Ok(parameters)
}

/// RFC 7468 text.
fn pem(label: &str, der: &[u8]) -> String {
    let encoded = base64(der);
    let lines: Vec<&str> =
        encoded.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let value = three.iter().fold(0_u32, |value, byte| value << 8 | u32::from(*byte));
        let value = value << (8 * (3 - three.len()));
        for place in 0..4 {
            let digit = usize::try_from((value >> (18 - 6 * place)) & 63).unwrap_or(0);
            let filled = place <= three.len();
            text.push(if filled {
                ALPHABET.get(digit).map_or('=', |b| char::from(*b))
            } else {
                '='
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made() -> (tempfile::TempDir, Folder, Fresh) {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::at(dir.path());
        let fresh = Fresh::make(&folder).unwrap();
        fresh.write(&folder).unwrap();
        (dir, folder, fresh)
    }

    #[test]
    fn a_made_certificate_loads_with_the_pin_it_was_made_with() {
        let (_dir, folder, fresh) = made();
        let loaded = Source::choose(None, &folder).load().unwrap();
        assert_eq!(loaded.pin, fresh.pin);
    }

    #[test]
    fn two_certificates_have_two_pins() {
        let (_dir, folder, first) = made();
        assert_ne!(first.pin, Fresh::make(&folder).unwrap().pin);
    }

    #[test]
    fn a_key_of_another_certificate_is_refused_with_the_setting_named() {
        let (_one, first, _) = made();
        let (_two, second, _) = made();
        let given = (first.tls(), second.tls());
        let failure = Source::choose(Some(&given), &first).load().unwrap_err().to_string();
        assert!(failure.contains("tls_certificate"), "{failure}");
    }

    #[test]
    fn a_missing_certificate_says_how_to_make_one() {
        let dir = tempfile::tempdir().unwrap();
        let source = Source::choose(None, &Folder::at(dir.path()));
        assert!(source.load().unwrap_err().to_string().contains("tls renew"));
    }

    #[test]
    fn base64_pads_as_rfc_4648_says() {
        let cases =
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")];
        for (plain, encoded) in cases {
            assert_eq!(base64(plain.as_bytes()), encoded);
        }
    }
}
