//! The request of `POST /v1/sync`: a signed head, and a body that the head's digest covers.

use minicbor::{Decode, Encode};

use super::{
    WireError,
    cursor::{Cursor, StreamCursor},
    digest::{BucketOf, DigestAsk, RowName},
    row::Pack,
    scope::BucketAsk,
};
use crate::ids::{BatchHash, CarerId, DeviceNumber, InstallEpoch, Nonce};

/// What is signed: small, uncompressed, checked before anything is inflated.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct RequestHead {
    /// Oldest protocol version that the device speaks.
    #[n(0)]
    pub protocol_min: u16,
    /// Newest protocol version that the device speaks.
    #[n(1)]
    pub protocol_max: u16,
    /// The device.
    #[n(2)]
    pub device: DeviceNumber,
    /// The installation.
    #[n(3)]
    pub install: InstallEpoch,
    /// A nonce of the server's; this request spends it.
    #[n(4)]
    pub nonce: Nonce,
    /// SHA-256 of the compressed body.
    #[cbor(n(5), with = "minicbor::bytes")]
    pub body: [u8; 32],
    /// How far each stream was read.
    #[n(6)]
    pub cursors: Vec<StreamCursor>,
    /// How far the device's verdict log was read.
    #[n(7)]
    pub verdicts: Option<Cursor>,
    /// Serial of the scope that the device acts on; 0 for none.
    #[n(8)]
    pub scope_serial: u64,
    /// Serial of the TLS pins that the device has.
    #[n(9)]
    pub pins_serial: u64,
    /// Hold the answer until something new is published or judged.
    #[n(10)]
    pub wait: bool,
}

/// The body, one compressed frame.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Default)]
#[cbor(array)]
pub struct RequestBody {
    /// The batch in flight, if any.
    #[n(0)]
    pub push: Option<Push>,
    /// Colleagues' rows that the server lacks.
    #[n(1)]
    pub offers: Vec<Offer>,
    /// Compare what both hold.
    #[n(2)]
    pub digest: Option<DigestAsk>,
    /// Buckets whose rows are asked for by name.
    #[n(3)]
    pub lists: Vec<BucketOf>,
    /// Rows that the device lacks.
    #[n(4)]
    pub rows: Vec<RowName>,
    /// Buckets to fetch.
    #[n(5)]
    pub buckets: Vec<BucketAsk>,
    /// Batch headers to fetch.
    #[n(6)]
    pub headers: Vec<HeaderAsk>,
    /// Carers that were chosen on this tablet and need a certificate.
    #[n(7)]
    pub carers: Vec<CarerAsk>,
    /// Most bytes of rows (before compression) that the answer should hold.
    #[n(8)]
    pub page: u32,
    /// Signed reads of citizens (L13); the place is kept, the content follows.
    #[n(9)]
    pub reads: Option<minicbor::bytes::ByteVec>,
    /// True when a retired device has handed in everything and wipes itself once it is answered;
    /// not said otherwise, so that it costs no byte.
    #[n(10)]
    pub goodbye: Option<bool>,
}

/// Most changes that one request may bring, in its batch and its offers together. A tablet brings
/// 500 of each.
pub const MAX_CHANGES: usize = 4_000;
/// Most certificates that one request may offer: each costs the reader a signature.
pub const MAX_CERTIFICATES: usize = 2_048;
/// Most carers that one request may name.
pub const MAX_CARERS: usize = 256;

impl RequestBody {
    /// Checks that the body asks for no more work than any honest one does.
    ///
    /// # Errors
    /// [`WireError::TooLarge`]; a request that is beyond these is not read.
    pub fn keeps_bounds(&self) -> Result<(), WireError> {
        let pushed = self.push.iter().map(|push| push.rows.weight());
        let changes: usize =
            pushed.chain(self.offers.iter().map(|offer| offer.rows.weight())).sum();
        let certificates: usize = self.offers.iter().map(|offer| offer.certificates.len()).sum();
        let kept = changes <= MAX_CHANGES
            && certificates <= MAX_CERTIFICATES
            && self.offers.len() <= MAX_CHANGES
            && self.carers.len() <= MAX_CARERS;
        if kept { Ok(()) } else { Err(WireError::TooLarge) }
    }
}

/// A batch with all its entries.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Push {
    /// The batch as COSE_Sign1, made once, byte for byte the same each time.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub batch: Vec<u8>,
    /// The entries with their contents; a purged one travels withheld.
    #[n(1)]
    pub rows: Pack,
}

/// Rows of a batch that another device signed, with its header: unnumbered and unchained. The
/// verdict goes to carrier and author.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Offer {
    /// Certificates that the server may lack, as they were signed.
    #[n(0)]
    pub certificates: Vec<minicbor::bytes::ByteVec>,
    /// One or more groups, each with its header.
    #[n(1)]
    pub rows: Pack,
}

/// Asks for a batch's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(array)]
pub struct HeaderAsk {
    /// The device.
    #[n(0)]
    pub device: DeviceNumber,
    /// The batch's number.
    #[n(1)]
    pub number: u64,
    /// The batch's hash, where a device has two of one number.
    #[n(2)]
    pub hash: Option<BatchHash>,
}

/// Asks for a carer's certificate on this device.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct CarerAsk {
    /// Who was chosen.
    #[n(0)]
    pub carer: CarerId,
    /// Why the tablet may have one. Without a proof there is none.
    #[n(1)]
    pub proof: Option<CarerProof>,
}

/// Why a tablet may have a certificate of a carer.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum CarerProof {
    /// Somebody typed the carer's start code: first use, or a forgotten PIN.
    #[n(0)]
    Start(#[n(0)] StartProof),
    /// It had one before, as it was signed: the lease is renewed. So a server that was rolled back
    /// turns nobody away.
    #[n(1)]
    Certificate(#[cbor(n(0), with = "minicbor::bytes")] Vec<u8>),
}

/// That somebody with a start code was at a tablet.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct StartProof {
    /// What names the code without giving it away, see `trust::start`.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub name: Vec<u8>,
    /// HMAC-SHA256 over carer, device and installation.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub mac: [u8; 32],
}
