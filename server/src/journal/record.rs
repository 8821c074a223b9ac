//! The kinds of things that a restored server must not forget.
//!
//! CBOR with fields by position, as everywhere: a new kind gets the next number, a new field the
//! next position. A version that meets a kind it does not know stops at start instead of forgetting.

use doegnrytme_core::ids::{
    CitizenId, DeviceNumber, DocId, InstallEpoch, RelativeId, ServerEpoch, StreamId,
};
use doegnrytme_core::time::{LocalDay, UnixSeconds};
use doegnrytme_core::wire::enrol::CodeKind;
use minicbor::{Decode, Encode};

/// One thing. Its `Debug` shows neither keys nor numbers nor content.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub enum Record {
    /// A tablet joined.
    #[n(0)]
    DeviceEnrolled(#[n(0)] Enrolled),
    /// A tablet was taken out of use.
    #[n(1)]
    DeviceRevoked {
        /// Which.
        #[n(0)]
        device: DeviceNumber,
        /// Whether it is in strange hands; else it may still hand in.
        #[n(1)]
        stolen: bool,
        /// When.
        #[n(2)]
        at: UnixSeconds,
    },
    /// A consent was taken back: the very record version, so that it is the same row wherever it
    /// comes from.
    #[n(2)]
    ConsentWithdrawn {
        /// Whose relative it is about.
        #[n(0)]
        citizen: CitizenId,
        /// The consent record's id.
        #[cbor(n(1), with = "minicbor::bytes")]
        id: [u8; 16],
        /// The version's random bytes.
        #[cbor(n(2), with = "minicbor::bytes")]
        salt: [u8; 16],
        /// The version's payload.
        #[cbor(n(3), with = "minicbor::bytes")]
        payload: Vec<u8>,
    },
    /// A telephone said STOP, whosever it is.
    #[n(3)]
    NumberStopped {
        /// The number with country code.
        #[n(0)]
        phone: String,
        /// When.
        #[n(1)]
        at: UnixSeconds,
    },
    /// A document was erased, or restricted to the record.
    #[n(4)]
    DocumentWithheld {
        /// Which.
        #[n(0)]
        doc: DocId,
        /// Whether the bytes leave the server too.
        #[n(1)]
        erased: bool,
        /// When.
        #[n(2)]
        at: UnixSeconds,
    },
    /// A text message was about to be handed to the gateway.
    #[n(5)]
    SmsClaimed {
        /// To whom.
        #[n(0)]
        relative: RelativeId,
        /// About which day.
        #[n(1)]
        day: LocalDay,
        /// Our reference, by which the gateway can be asked.
        #[cbor(n(2), with = "minicbor::bytes")]
        reference: [u8; 16],
        /// When.
        #[n(3)]
        at: UnixSeconds,
    },
    /// A new stretch of the server's life began: its cursors prove nothing new when they come.
    #[n(6)]
    EpochOpened {
        /// Its name.
        #[n(0)]
        epoch: ServerEpoch,
        /// When.
        #[n(1)]
        at: UnixSeconds,
    },
    /// The server started, or a backup was made: a database that does not know it was rolled back,
    /// also when nothing else was to be remembered.
    #[n(7)]
    Lived {
        /// When.
        #[n(0)]
        at: UnixSeconds,
    },
}

/// A tablet as it joined.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Enrolled {
    /// Its number.
    #[n(0)]
    pub device: DeviceNumber,
    /// Its key, SEC1 uncompressed.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub key: [u8; 65],
    /// The installation.
    #[n(2)]
    pub install: InstallEpoch,
    /// Its certificate as it was signed.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub certificate: Vec<u8>,
    /// When.
    #[n(4)]
    pub at: UnixSeconds,
    /// The teams that it reads.
    #[n(5)]
    pub teams: Vec<StreamId>,
    /// The kind of the code that it joined with.
    #[n(6)]
    pub code_kind: CodeKind,
    /// The name of that code, which is used up.
    #[cbor(n(7), with = "minicbor::bytes")]
    pub code_name: Vec<u8>,
}

impl Record {
    /// The kind in words, for logs and reports.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::DeviceEnrolled(_) => "device enrolled",
            Self::DeviceRevoked { .. } => "device revoked",
            Self::ConsentWithdrawn { .. } => "consent withdrawn",
            Self::NumberStopped { .. } => "number stopped",
            Self::DocumentWithheld { .. } => "document withheld",
            Self::SmsClaimed { .. } => "text message claimed",
            Self::EpochOpened { .. } => "epoch opened",
            Self::Lived { .. } => "server lived",
        }
    }
}

impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.kind())
    }
}
