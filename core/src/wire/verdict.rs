//! Verdicts: what became of each pushed entry.

use minicbor::{Decode, Encode};

use crate::ids::{ChangeHash, DeviceNumber, StreamId};
use crate::time::UnixSeconds;

/// The reason for which an entry is held until its author brings the certificate that it names: a
/// server that was rolled back has forgotten it.
pub const CERTIFICATE_UNKNOWN: u8 = 120;

/// What became of an entry. Received and parked are interim ("på vej"), the others close the
/// outbox row; a repeated push gets the same verdict or a later one.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Verdict {
    /// Durable, not yet judged.
    #[n(0)]
    Received,
    /// In the stream.
    #[n(1)]
    Published {
        /// The stream.
        #[n(0)]
        stream: StreamId,
        /// Place in the stream.
        #[n(1)]
        seq: u64,
        /// When the server first had it.
        #[n(2)]
        received: UnixSeconds,
    },
    /// Waits for changes that the server does not have.
    #[n(2)]
    Parked {
        /// The missing changes of the same document.
        #[n(0)]
        missing: Vec<ChangeHash>,
    },
    /// A person of the team must look at it; nothing is lost.
    #[n(3)]
    Held {
        /// A reason's number, see `gate::Reason`.
        #[n(0)]
        reason: u8,
    },
    /// Not a change that any version would take; its bytes are kept, opaque.
    #[n(4)]
    Refused {
        /// A reason's number, see `gate::Reason`.
        #[n(0)]
        reason: u8,
    },
    /// The document was erased; a tombstone stands for it.
    #[n(5)]
    Erased,
}

impl Verdict {
    /// Whether the outbox row may be closed.
    #[must_use]
    pub fn is_final(&self) -> bool {
        !matches!(self, Self::Received | Self::Parked { .. })
    }
}

/// The same verdict for entries that follow each other in a batch. When published, the second
/// entry has the seq after the first one's, and so on.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct VerdictRun {
    /// The batch's number.
    #[n(0)]
    pub number: u64,
    /// Position of the first entry.
    #[n(1)]
    pub position: u16,
    /// How many entries.
    #[n(2)]
    pub count: u16,
    /// What became of them.
    #[n(3)]
    pub verdict: Verdict,
    /// The device whose batch it is, when it is a colleague's that this device offered.
    #[n(4)]
    pub device: Option<DeviceNumber>,
}
