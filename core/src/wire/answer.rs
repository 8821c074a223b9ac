//! The answer of `POST /v1/sync`: a head signed by the server's identity key, and its body.

use minicbor::{Decode, Encode, bytes::ByteVec};

use super::{
    cursor::{Cursor, StreamCursor},
    digest::{DigestAnswer, HashList},
    row::Pack,
    scope::{Blob, Scope},
    verdict::VerdictRun,
};
use crate::ids::{BatchHash, CarerId, Nonce, ServerEpoch, StreamId};
use crate::time::UnixSeconds;

/// What is signed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct AnswerHead {
    /// The protocol version that the answer speaks.
    #[n(0)]
    pub protocol: u16,
    /// The nonce of the request that is answered.
    #[n(1)]
    pub nonce: Nonce,
    /// The server's time: what lease time is set by.
    #[n(2)]
    pub time: UnixSeconds,
    /// SHA-256 of the compressed body.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub body: [u8; 32],
    /// Nonces that top the device up to four unused ones.
    #[n(4)]
    pub nonces: Vec<Nonce>,
}

/// The body, one compressed frame.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Default)]
#[cbor(array)]
pub struct AnswerBody {
    /// What became of the push as a whole.
    #[n(0)]
    pub push: Option<PushAnswer>,
    /// What became of entries, in the order of the verdict log.
    #[n(1)]
    pub verdicts: Vec<VerdictRun>,
    /// Where the verdict log stands after these.
    #[n(2)]
    pub verdict_cursor: Option<Cursor>,
    /// Certificates that the rows below need, as they were signed.
    #[n(3)]
    pub certificates: Vec<ByteVec>,
    /// New rows, stream by stream.
    #[n(4)]
    pub pages: Vec<Page>,
    /// More pages wait: ask again at once.
    #[n(5)]
    pub more: bool,
    /// The scope, when the device's serial is old.
    #[n(6)]
    pub scope: Option<Scope>,
    /// The TLS pins as signed, when the device's serial is old.
    #[n(7)]
    pub pins: Option<ByteVec>,
    /// The digest that was asked for.
    #[n(8)]
    pub digest: Option<DigestAnswer>,
    /// The lists that were asked for.
    #[n(9)]
    pub lists: Vec<HashList>,
    /// Rows that were asked for by name.
    #[n(10)]
    pub rows: Option<Pack>,
    /// Buckets that were asked for.
    #[n(11)]
    pub blobs: Vec<Blob>,
    /// Headers that were asked for: groups without rows.
    #[n(12)]
    pub headers: Option<Pack>,
    /// Certificates of carers that were chosen.
    #[n(13)]
    pub carers: Vec<CarerAnswer>,
    /// A limit was reached: nothing was judged, come again after so many seconds.
    #[n(14)]
    pub later: Option<u32>,
    /// The server was rolled back: its new epoch and what it still has of this device.
    #[n(15)]
    pub rolled_back: Option<RolledBack>,
    /// The nonce was spent before: verdicts and nonces only, ask again.
    #[n(16)]
    pub stale: bool,
    /// Orders to this device, each as it was signed (`certificate::Order`).
    #[n(17)]
    pub orders: Vec<ByteVec>,
}

/// What became of a push.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum PushAnswer {
    /// It is durable: the signed receipt.
    #[n(0)]
    Receipt(#[cbor(n(0), with = "minicbor::bytes")] Vec<u8>),
    /// The server lacks its predecessor: begin at this number. No fork, no verdict.
    #[n(1)]
    SendFrom(#[n(0)] u64),
    /// Two batches with one predecessor that do not name each other: enrol anew.
    #[n(2)]
    Fork,
    /// The batch cannot be read or its signature is wrong: cut it anew and look at the reason.
    #[n(3)]
    Rejected(#[n(0)] u8),
}

/// The next rows of a stream. Applied only when `from` is the device's cursor; cursor and rows
/// move in one transaction.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Page {
    /// The stream.
    #[n(0)]
    pub stream: StreamId,
    /// The cursor that the page continues.
    #[n(1)]
    pub from: Cursor,
    /// The cursor after it.
    #[n(2)]
    pub to: Cursor,
    /// The rows.
    #[n(3)]
    pub rows: Pack,
    /// Restrictions, erasures and moves; the place is kept, the content follows.
    #[n(4)]
    pub events: Option<ByteVec>,
}

/// A certificate for a carer, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct CarerAnswer {
    /// Who was chosen.
    #[n(0)]
    pub carer: CarerId,
    /// The signed certificate; none when the carer is not one of the device's teams or the proof
    /// does not hold.
    #[n(1)]
    pub certificate: Option<ByteVec>,
}

/// What a server that was rolled back tells a device.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct RolledBack {
    /// The new epoch.
    #[n(0)]
    pub epoch: ServerEpoch,
    /// Where each of the device's streams stands in it.
    #[n(1)]
    pub heads: Vec<StreamCursor>,
    /// The verdict log's beginning in it.
    #[n(2)]
    pub verdicts: Cursor,
    /// Number of the last batch that the server holds of this device; 0 for none.
    #[n(3)]
    pub last_batch: u64,
    /// That batch's hash.
    #[n(4)]
    pub last_hash: Option<BatchHash>,
}
