//! Enrolment as a conversation of two requests, without a socket: `GET /v1/pins`, then
//! `POST /v1/enrol` to the very TLS key that answered the first.

use crate::ids::{DeviceNumber, IdentityHash, InstallEpoch};
use crate::port::{Entropy, KeyStore, random};
use crate::trust::{
    TrustError,
    code::{Code, Invitation, NotACode, Side, Transcript},
    durable,
    identity::Identity,
    identity_hash,
    purpose::{Message, message_aad},
    sign1,
};
use crate::wire::{
    certificate::{DeviceCertificate, PinsAnswer},
    enrol::{EnrolAnswer, EnrolRequest},
    from_bytes, to_bytes,
};

/// The path that serves the signed pins.
pub const PINS_PATH: &str = "/v1/pins";
/// The path that enrols.
pub const ENROL_PATH: &str = "/v1/enrol";

/// An enrolment under way.
pub struct Enrolment {
    /// Where, `host:port`.
    pub address: String,
    code: Code,
    invited_by: Option<IdentityHash>,
    install: InstallEpoch,
    asked: Option<Asked>,
}

/// What was agreed upon when the request was made.
struct Asked {
    transcript: Transcript,
    mac_key: [u8; 32],
}

/// What an enrolled tablet keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolled {
    /// Its number.
    pub device: DeviceNumber,
    /// Its installation.
    pub install: InstallEpoch,
    /// Whom it believes.
    pub identity: Identity,
    /// Everything else that the server said.
    pub answer: EnrolAnswer,
}

impl Enrolment {
    /// Begins from the text of a QR code.
    ///
    /// # Errors
    /// [`NotACode`].
    pub fn scanned(text: &str, entropy: &mut dyn Entropy) -> Result<Self, NotACode> {
        let invitation = Invitation::read(text)?;
        Ok(Self {
            address: invitation.address,
            code: Code::Scanned(invitation.code),
            invited_by: Some(invitation.identity),
            install: InstallEpoch(random(entropy)),
            asked: None,
        })
    }

    /// Begins from an address and a code that were typed.
    ///
    /// # Errors
    /// [`NotACode`].
    pub fn typed(address: &str, code: &str, entropy: &mut dyn Entropy) -> Result<Self, NotACode> {
        Ok(Self {
            address: address.trim().to_owned(),
            code: Code::read_typed(code)?,
            invited_by: None,
            install: InstallEpoch(random(entropy)),
            asked: None,
        })
    }

    /// Takes the answer of `/v1/pins` and makes the body of `/v1/enrol`.
    ///
    /// # Errors
    /// [`TrustError`] when the server is not the one that the code names.
    pub fn ask(
        &mut self,
        pins: &[u8],
        tls: [u8; 32],
        keys: &dyn KeyStore,
    ) -> Result<Vec<u8>, TrustError> {
        let answer: PinsAnswer = from_bytes(pins)?;
        let identity = identity_hash(&answer.key);
        // With successors the invitation may name an older key; the chain is checked at the end.
        if answer.successors.is_empty() && self.invited_by.is_some_and(|named| named != identity) {
            return Err(TrustError::UnknownSigner);
        }
        let transcript = Transcript {
            device_key: keys.public_key()?,
            identity_key: answer.key,
            tls,
            install: self.install,
        };
        let mac_key = self.code.mac_key(&identity)?;
        let request = EnrolRequest {
            kind: self.code.kind(),
            code: self.code.name(),
            key: transcript.device_key,
            install: self.install,
            tls,
            mac: transcript.mac(&mac_key, Side::Tablet),
        };
        self.asked = Some(Asked { transcript, mac_key });
        let aad = message_aad(Message::Request, &identity, ENROL_PATH);
        sign1::sign(keys, &to_bytes(&request), &aad)
    }

    /// Takes the answer of `/v1/enrol`.
    ///
    /// # Errors
    /// [`TrustError`] when any part of it is not the municipality's, or not for this tablet.
    pub fn finish(&self, answer: &[u8]) -> Result<Enrolled, TrustError> {
        let asked = self.asked.as_ref().ok_or(TrustError::UnknownSigner)?;
        let transcript = &asked.transcript;
        let key = &transcript.identity_key;
        let aad = message_aad(Message::Answer, &identity_hash(key), ENROL_PATH);
        let answer: EnrolAnswer = from_bytes(&sign1::verify(answer, key, &aad)?)?;
        transcript.check(&asked.mac_key, Side::Server, &answer.mac)?;
        let identity = Identity::follow(answer.first_key, &answer.successors)?;
        let named = self.invited_by;
        if identity.key != *key
            || named
                .is_some_and(|named| named != identity.municipality && named != identity_hash(key))
        {
            return Err(TrustError::UnknownSigner);
        }
        let certificate: DeviceCertificate =
            durable::open(&answer.certificate, key, &identity.municipality)?;
        if certificate.key != transcript.device_key || certificate.install != self.install {
            return Err(TrustError::UnknownSigner);
        }
        let (_, pins) = identity.pins(&answer.pins)?;
        if !pins.contains(&transcript.tls) {
            return Err(TrustError::UnknownSigner);
        }
        Ok(Enrolled { device: certificate.device, install: self.install, identity, answer })
    }
}
