//! Trust by pinned keys: certificate dates and authorities do not matter, so that a renewed
//! certificate, a new proxy or a tablet clock of 1970 shuts nobody out (design §5).

use std::sync::{Arc, Mutex, PoisonError};

use rustls::{
    CertificateError, DigitallySignedStruct, Error, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
};

use crate::sync::line::TlsTrust;
use crate::wire::sha256;

/// What a verifier saw last.
#[derive(Debug, Default)]
pub struct Seen(Mutex<Option<[u8; 32]>>);

impl Seen {
    /// The hash of the last key that a server showed.
    #[must_use]
    pub fn last(&self) -> Option<[u8; 32]> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, pin: [u8; 32]) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(pin);
    }
}

/// SHA-256 of a certificate's SubjectPublicKeyInfo (DER).
///
/// # Errors
/// [`Error`] when the bytes are not an X.509 certificate.
pub fn spki_pin(certificate: &CertificateDer<'_>) -> Result<[u8; 32], Error> {
    let parsed = ParsedCertificate::try_from(certificate)?;
    Ok(sha256(&[parsed.subject_public_key_info().as_ref()]))
}

#[derive(Debug)]
struct PinVerifier {
    trust: TlsTrust,
    seen: Arc<Seen>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for PinVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let pin = spki_pin(end_entity)?;
        self.seen.set(pin);
        match &self.trust {
            TlsTrust::Anyone => Ok(ServerCertVerified::assertion()),
            TlsTrust::Pins(pins) if pins.contains(&pin) => Ok(ServerCertVerified::assertion()),
            TlsTrust::Pins(_) => {
                Err(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
            }
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// A TLS client that trusts as told, and what it sees.
///
/// # Errors
/// [`Error`] when the provider lacks the protocol versions (it does not).
pub fn client_config(trust: TlsTrust) -> Result<(rustls::ClientConfig, Arc<Seen>), Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let seen = Arc::new(Seen::default());
    let verifier = PinVerifier { trust, seen: Arc::clone(&seen), provider: Arc::clone(&provider) };
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok((config, seen))
}
