//! The one place where operators' requests arrive, from the socket or from this process.

use std::sync::{Arc, Mutex, PoisonError};

use axum_server::tls_rustls::RustlsConfig;
use doegnrytme_core::ids::hex;

use super::{Operator, OperatorError, OperatorReply, OperatorRequest};
use crate::error::Failure;
use crate::folder::Folder;
use crate::tls::{Fresh, Loaded, Source};

/// Hands requests to the node's [`Operator`], except what is the shell's own: certificates.
pub struct Desk {
    folder: Folder,
    source: Source,
    operator: Arc<dyn Operator>,
    /// The pin in use; held through a renewal, so that two of them come one after the other.
    pin: Mutex<Option<[u8; 32]>>,
}

impl Desk {
    /// A desk for `folder`.
    #[must_use]
    pub fn new(folder: Folder, source: Source, operator: Arc<dyn Operator>) -> Self {
        Self { folder, source, operator, pin: Mutex::new(None) }
    }

    /// Does what is asked. Blocks; the work is durable when it returns.
    ///
    /// # Errors
    /// [`OperatorError`] with what to do.
    pub fn answer(&self, request: OperatorRequest) -> Result<OperatorReply, OperatorError> {
        match request {
            OperatorRequest::TlsRenew => self.renew(),
            other => self.operator.handle(other),
        }
    }

    /// Reads the certificate and announces its pin, at start and at SIGHUP.
    ///
    /// # Errors
    /// [`Failure::Tls`] when it cannot be used, [`Failure::Refused`] when the pin could not be
    /// announced.
    pub fn certificate(&self) -> Result<Loaded, Failure> {
        let mut pin = self.pin.lock().unwrap_or_else(PoisonError::into_inner);
        let loaded = self.source.load()?;
        self.operator.pins(&[loaded.pin])?;
        *pin = Some(loaded.pin);
        Ok(loaded)
    }

    /// Puts the certificate that lies in the files in use, for connections from now on.
    ///
    /// # Errors
    /// As [`Desk::certificate`]; the old one stays in use then.
    pub fn reload(&self, serving: &RustlsConfig) -> Result<[u8; 32], Failure> {
        let loaded = self.certificate()?;
        serving.reload_from_config(loaded.config);
        Ok(loaded.pin)
    }

    /// Announces a new pin first and writes the certificate then: no tablet can meet a key whose
    /// pin was never signed.
    fn renew(&self) -> Result<OperatorReply, OperatorError> {
        let Source::SelfMade(_) = self.source else {
            return Err(OperatorError::invalid(
                "the certificate is given by the setting tls_certificate: replace that file \
                 yourself, then send SIGHUP to the server.",
            ));
        };
        let failed = |failure: Failure| OperatorError::failed(failure.to_string());
        let pin = self.pin.lock().unwrap_or_else(PoisonError::into_inner);
        let serving = pin.or_else(|| self.source.load().ok().map(|loaded| loaded.pin));
        let fresh = Fresh::make(&self.folder).map_err(failed)?;
        let pins: Vec<[u8; 32]> = serving.into_iter().chain([fresh.pin]).collect();
        self.operator.pins(&pins)?;
        fresh.write(&self.folder).map_err(failed)?;
        Ok(OperatorReply::TlsRenewed { pin: hex(&fresh.pin) })
    }
}
