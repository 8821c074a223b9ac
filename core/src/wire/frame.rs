//! Compression, and the envelope that puts a signed head before a compressed body.
//!
//! The body is one zstd frame (RFC 8878) with the dictionary of the protocol version: a few
//! kilobytes of invented sample rows, fixed for ever. On the wire an envelope is the head's
//! COSE_Sign1, then the frame, nothing between and nothing after.

use std::sync::OnceLock;

use zstd::dict::{DecoderDictionary, EncoderDictionary};

use super::WireError;

/// The dictionary of protocol version 1.
pub const DICTIONARY: &[u8] = include_bytes!("dictionary-v1.bin");
/// Most bytes that a frame may grow to.
pub const MAX_INFLATED: usize = 4 * 1024 * 1024;
/// Largest window, as a power of two: 4 MiB.
const WINDOW_LOG: u32 = 22;
/// zstd's own default.
const LEVEL: i32 = 3;

fn encoder() -> &'static EncoderDictionary<'static> {
    static PREPARED: OnceLock<EncoderDictionary<'static>> = OnceLock::new();
    PREPARED.get_or_init(|| EncoderDictionary::copy(DICTIONARY, LEVEL))
}

fn decoder() -> &'static DecoderDictionary<'static> {
    static PREPARED: OnceLock<DecoderDictionary<'static>> = OnceLock::new();
    PREPARED.get_or_init(|| DecoderDictionary::copy(DICTIONARY))
}

/// Compresses a body.
///
/// # Errors
/// [`WireError::TooLarge`] when the reader would refuse it.
pub fn deflate(bytes: &[u8]) -> Result<Vec<u8>, WireError> {
    if bytes.len() > MAX_INFLATED {
        return Err(WireError::TooLarge);
    }
    let mut compressor = zstd::bulk::Compressor::with_prepared_dictionary(encoder())
        .map_err(|_| WireError::Frame)?;
    // The head's digest covers the frame; its own checksum and dictionary id would be dead weight.
    compressor.include_checksum(false).map_err(|_| WireError::Frame)?;
    compressor.include_dictid(false).map_err(|_| WireError::Frame)?;
    compressor.compress(bytes).map_err(|_| WireError::Frame)
}

/// Inflates a body, at most to [`MAX_INFLATED`] bytes.
///
/// # Errors
/// [`WireError::Frame`] for a frame that is damaged, too large or has a larger window.
pub fn inflate(frame: &[u8]) -> Result<Vec<u8>, WireError> {
    let mut decompressor = zstd::bulk::Decompressor::with_prepared_dictionary(decoder())
        .map_err(|_| WireError::Frame)?;
    decompressor.window_log_max(WINDOW_LOG).map_err(|_| WireError::Frame)?;
    // The content size that the frame claims bounds the allocation, and the cap bounds the claim.
    let claimed = zstd::zstd_safe::get_frame_content_size(frame).ok().flatten();
    let claimed = claimed.and_then(|size| usize::try_from(size).ok()).ok_or(WireError::Frame)?;
    if claimed > MAX_INFLATED {
        return Err(WireError::TooLarge);
    }
    decompressor.decompress(frame, claimed).map_err(|_| WireError::Frame)
}

/// The two parts of an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Envelope<'b> {
    /// The head's COSE_Sign1.
    pub head: &'b [u8],
    /// The compressed body.
    pub frame: &'b [u8],
}

impl<'b> Envelope<'b> {
    /// Finds where the head ends.
    ///
    /// # Errors
    /// [`WireError::Malformed`] when the bytes do not begin with one CBOR item.
    pub fn split(bytes: &'b [u8]) -> Result<Self, WireError> {
        let mut decoder = minicbor::Decoder::new(bytes);
        decoder.skip()?;
        let (head, frame) =
            bytes.split_at_checked(decoder.position()).ok_or(WireError::Malformed)?;
        Ok(Self { head, frame })
    }

    /// Head and frame, one after the other.
    #[must_use]
    pub fn join(head: &[u8], frame: &[u8]) -> Vec<u8> {
        [head, frame].concat()
    }
}
