//! The messages of the wire, byte by byte: what `core/WIRE.md` describes and both sides share.
//!
//! Read in this order: [`entry`] (what is said of one change), [`batch`] (what a device signs),
//! [`row`] (entries with their contents, and `pack`, how they travel), [`cursor`], [`verdict`], [`scope`], [`digest`],
//! [`request`] and [`answer`] (the two bodies of `POST /v1/sync`), [`certificate`], [`enrol`],
//! [`record`] (what records say), and [`frame`] (compression and the envelope).
//!
//! Everything is CBOR arrays (RFC 8949) with fields by position. A reader ignores positions that
//! it does not know, a writer appends new ones at the end. Signed objects are kept and passed on
//! as the bytes that came, so that nothing a newer version said in them is lost.

pub mod answer;
pub mod batch;
pub mod certificate;
pub mod cursor;
pub mod digest;
pub mod enrol;
pub mod entry;
pub mod frame;
mod pack;
pub mod record;
pub mod request;
pub mod row;
pub mod scope;
pub mod verdict;

#[cfg(test)]
mod tests;

/// The product's name in every `external_aad`.
pub const PRODUCT: &str = "doegnrytme";
/// The protocol version that this build speaks.
pub const PROTOCOL: u16 = 1;
/// The oldest protocol version that this build still answers; push v1 is accepted for ever.
pub const PROTOCOL_MIN: u16 = 1;
/// Format number of durable objects (batches, certificates, receipts, pins).
pub const FORMAT: u16 = 1;
/// The schema of plans and notes that this build writes.
pub const SCHEMA: u16 = 1;

/// Why bytes are not a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// Not the CBOR that was expected.
    #[error("malformed message")]
    Malformed,
    /// The compressed frame is damaged, of another dictionary, or grows beyond its cap.
    #[error("the compressed body cannot be read")]
    Frame,
    /// A table index, a count or a position points outside the message.
    #[error("the message refers to something that it does not carry")]
    Dangling,
    /// More bytes than the protocol allows.
    #[error("the message is too large")]
    TooLarge,
}

impl From<minicbor::decode::Error> for WireError {
    fn from(_: minicbor::decode::Error) -> Self {
        Self::Malformed
    }
}

/// CBOR bytes of a message. Encoding into memory cannot fail for our types.
pub fn to_bytes<T: minicbor::Encode<()>>(message: &T) -> Vec<u8> {
    minicbor::to_vec(message).unwrap_or_default()
}

/// Reads a whole message; bytes after it are an error.
///
/// # Errors
/// [`WireError::Malformed`].
pub fn from_bytes<'b, T: minicbor::Decode<'b, ()>>(bytes: &'b [u8]) -> Result<T, WireError> {
    let mut decoder = minicbor::Decoder::new(bytes);
    let message = decoder.decode()?;
    if decoder.position() == bytes.len() { Ok(message) } else { Err(WireError::Malformed) }
}

/// SHA-256 of `parts`, one after the other.
#[must_use]
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = ring::digest::Context::new(&ring::digest::SHA256);
    for part in parts {
        context.update(part);
    }
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}
