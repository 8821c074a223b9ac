//! Cursors: how far a tablet has read, authenticated by the server.

use minicbor::{Decode, Encode};

use crate::ids::{ServerEpoch, StreamId};

/// A place in a stream or in a device's verdict log. A tablet keeps it and hands it back as it
/// came; only the server looks inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Cursor {
    /// The stretch of the server's life in which it was made.
    #[n(0)]
    pub epoch: ServerEpoch,
    /// The last seq that lies before it; 0 at the beginning.
    #[n(1)]
    pub seq: u64,
    /// First half of the running SHA-256 over everything up to `seq`: proves that the server
    /// still holds the very rows that the tablet read.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub running: [u8; 16],
    /// First half of the server's HMAC-SHA256 over the rest and the cursor's owner.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub mac: [u8; 16],
}

/// A cursor and the stream that it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct StreamCursor {
    /// The stream.
    #[n(0)]
    pub stream: StreamId,
    /// How far it was read.
    #[n(1)]
    pub cursor: Cursor,
}
