//! Compression, and the envelope that puts a signed head before a compressed body.
//!
//! The body is one zstd frame (RFC 8878) with the dictionary of the protocol version: a few
//! kilobytes of invented sample rows, fixed for ever. On the wire an envelope is the head's
//! COSE_Sign1, then the frame, nothing between and nothing after.

use std::cell::RefCell;
use std::sync::OnceLock;

use zstd::bulk::{Compressor, Decompressor};
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

thread_local! {
    // A context is about a megabyte of memory that must be touched: made anew for every message it
    // took two fifths of a server's processor time at a shift's end.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

fn compressor() -> std::io::Result<Compressor<'static>> {
    let mut compressor = Compressor::with_prepared_dictionary(encoder())?;
    // The head's digest covers the frame; its own checksum and dictionary id would be dead weight.
    compressor.include_checksum(false)?;
    compressor.include_dictid(false)?;
    Ok(compressor)
}

fn decompressor() -> std::io::Result<Decompressor<'static>> {
    let mut decompressor = Decompressor::with_prepared_dictionary(decoder())?;
    decompressor.window_log_max(WINDOW_LOG)?;
    Ok(decompressor)
}

/// Lends this thread's context to `work`. One that failed is not used again.
fn lend<C, T>(
    kept: &RefCell<Option<C>>,
    make: impl FnOnce() -> std::io::Result<C>,
    work: impl FnOnce(&mut C) -> std::io::Result<T>,
) -> Result<T, WireError> {
    let taken = kept.borrow_mut().take();
    let mut context = taken.map_or_else(make, Ok).map_err(|_| WireError::Frame)?;
    let done = work(&mut context).map_err(|_| WireError::Frame)?;
    *kept.borrow_mut() = Some(context);
    Ok(done)
}

/// Compresses a body.
///
/// # Errors
/// [`WireError::TooLarge`] when the reader would refuse it.
pub fn deflate(bytes: &[u8]) -> Result<Vec<u8>, WireError> {
    if bytes.len() > MAX_INFLATED {
        return Err(WireError::TooLarge);
    }
    COMPRESSOR.with(|kept| lend(kept, compressor, |context| context.compress(bytes)))
}

/// Inflates a body, at most to [`MAX_INFLATED`] bytes.
///
/// # Errors
/// [`WireError::Frame`] for a frame that is damaged, too large or has a larger window.
pub fn inflate(frame: &[u8]) -> Result<Vec<u8>, WireError> {
    // The content size that the frame claims bounds the allocation, and the cap bounds the claim.
    let claimed = zstd::zstd_safe::get_frame_content_size(frame).ok().flatten();
    let claimed = claimed.and_then(|size| usize::try_from(size).ok()).ok_or(WireError::Frame)?;
    if claimed > MAX_INFLATED {
        return Err(WireError::TooLarge);
    }
    DECOMPRESSOR.with(|kept| lend(kept, decompressor, |context| context.decompress(frame, claimed)))
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
