//! Requests and answers of `POST /v1/sync`: sealed by one side, opened by the other.

use super::{TrustError, purpose::*, sign1};
use crate::ids::{DeviceNumber, IdentityHash};
use crate::port::KeyStore;
use crate::wire::{
    answer::{AnswerBody, AnswerHead},
    frame::{self, Envelope},
    from_bytes,
    request::{RequestBody, RequestHead},
    sha256, to_bytes,
};

/// The path of the one route that syncs.
pub const SYNC_PATH: &str = "/v1/sync";

/// Signs and joins a request. `head.body` is filled in here.
///
/// # Errors
/// What the key store says; [`TrustError::Wire`] when the body is too large.
pub fn seal_request(
    key: &dyn KeyStore,
    identity: &IdentityHash,
    mut head: RequestHead,
    body: &RequestBody,
) -> Result<Vec<u8>, TrustError> {
    let frame = frame::deflate(&to_bytes(body))?;
    head.body = sha256(&[&frame]);
    let aad = message_aad(Message::Request, identity, SYNC_PATH);
    Ok(Envelope::join(&sign1::sign(key, &to_bytes(&head), &aad)?, &frame))
}

/// A request whose signature and body digest hold, not yet inflated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedRequest<'b> {
    /// The signed head.
    pub head: RequestHead,
    frame: &'b [u8],
}

impl<'b> OpenedRequest<'b> {
    /// A request that [`open_request`] opened before, put together again by who has kept its parts.
    #[must_use]
    pub fn opened_before(head: RequestHead, frame: &'b [u8]) -> Self {
        Self { head, frame }
    }

    /// The compressed body.
    #[must_use]
    pub fn frame(&self) -> &'b [u8] {
        self.frame
    }

    /// Inflates and reads the body.
    ///
    /// # Errors
    /// [`TrustError::Wire`], also for a body beyond [`RequestBody::keeps_bounds`].
    pub fn body(&self) -> Result<RequestBody, TrustError> {
        let body: RequestBody = from_bytes(&frame::inflate(self.frame)?)?;
        body.keeps_bounds()?;
        Ok(body)
    }
}

/// Checks a request. `key_of` finds the device's key; nothing is inflated before the signature
/// and the digest of the body hold.
///
/// # Errors
/// [`TrustError`].
pub fn open_request<'b>(
    bytes: &'b [u8],
    identity: &IdentityHash,
    key_of: impl FnOnce(DeviceNumber) -> Option<[u8; 65]>,
) -> Result<OpenedRequest<'b>, TrustError> {
    let claimed = trust_head(bytes, identity, key_of)?;
    let envelope = Envelope::split(bytes)?;
    if sha256(&[envelope.frame]) != claimed.body {
        return Err(TrustError::BodyDiffers);
    }
    Ok(OpenedRequest { head: claimed, frame: envelope.frame })
}

/// Checks the signature of a request whose beginning is here, and nothing of its body: whether it
/// is worth reading on.
///
/// # Errors
/// [`TrustError`]; also when the head is not whole.
pub fn trust_head(
    beginning: &[u8],
    identity: &IdentityHash,
    key_of: impl FnOnce(DeviceNumber) -> Option<[u8; 65]>,
) -> Result<RequestHead, TrustError> {
    let envelope = Envelope::split(beginning)?;
    let claimed: RequestHead = from_bytes(&sign1::unverified_payload(envelope.head)?)?;
    let key = key_of(claimed.device).ok_or(TrustError::UnknownSigner)?;
    sign1::verify(envelope.head, &key, &message_aad(Message::Request, identity, SYNC_PATH))?;
    Ok(claimed)
}

/// Signs and joins an answer. `head.body` is filled in here.
///
/// # Errors
/// What the key store says; [`TrustError::Wire`] when the body is too large.
pub fn seal_answer(
    key: &dyn KeyStore,
    identity: &IdentityHash,
    mut head: AnswerHead,
    body: &AnswerBody,
) -> Result<Vec<u8>, TrustError> {
    let frame = frame::deflate(&to_bytes(body))?;
    head.body = sha256(&[&frame]);
    let aad = message_aad(Message::Answer, identity, SYNC_PATH);
    Ok(Envelope::join(&sign1::sign(key, &to_bytes(&head), &aad)?, &frame))
}

/// Checks and reads an answer to the request that spent `nonce`.
///
/// # Errors
/// [`TrustError`]; an answer to another request is [`TrustError::BodyDiffers`].
pub fn open_answer(
    bytes: &[u8],
    identity_key: &[u8; 65],
    nonce: &crate::ids::Nonce,
) -> Result<(AnswerHead, AnswerBody), TrustError> {
    let envelope = Envelope::split(bytes)?;
    let aad = message_aad(Message::Answer, &super::identity_hash(identity_key), SYNC_PATH);
    let payload = sign1::verify(envelope.head, identity_key, &aad)?;
    let head: AnswerHead = from_bytes(&payload)?;
    if head.nonce != *nonce || sha256(&[envelope.frame]) != head.body {
        return Err(TrustError::BodyDiffers);
    }
    let body = from_bytes(&frame::inflate(envelope.frame)?)?;
    Ok((head, body))
}
