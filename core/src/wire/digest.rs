//! Digests: how a tablet and the server find out that they hold the same, and what differs.
//!
//! A digest is a count and a wrapping 256-bit sum of SHA-256(doc ‖ hash) over published rows. Sums
//! can be kept row by row and added bucket by bucket, so that comparing costs no walk.

use minicbor::{Decode, Encode};

use super::{
    scope::{Bucket, Owner},
    sha256,
};
use crate::ids::{ChangeHash, DocId};
use crate::time::Month;

/// Count and sum of a set of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Default)]
#[cbor(array)]
pub struct Digest {
    /// How many rows.
    #[n(0)]
    pub count: u64,
    /// The sum, little endian.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub sum: [u8; 32],
}

impl Digest {
    /// The digest of a single row.
    #[must_use]
    pub fn of(doc: &DocId, hash: &ChangeHash) -> Self {
        Self { count: 1, sum: sha256(&[&doc.to_bytes(), &hash.0]) }
    }

    /// This and the rows of `other`.
    #[must_use]
    pub fn plus(self, other: &Self) -> Self {
        let mut sum = [0; 32];
        let mut carry = 0_u16;
        for ((out, a), b) in sum.iter_mut().zip(self.sum).zip(other.sum) {
            let [low, high] = (u16::from(a) + u16::from(b) + carry).to_le_bytes();
            *out = low;
            carry = u16::from(high);
        }
        Self { count: self.count.wrapping_add(other.count), sum }
    }

    /// This without the rows of `other`.
    #[must_use]
    pub fn minus(self, other: &Self) -> Self {
        let mut negative = [0; 32];
        let mut carry = 1_u16;
        for (out, byte) in negative.iter_mut().zip(other.sum) {
            let [low, high] = (u16::from(!byte) + carry).to_le_bytes();
            *out = low;
            carry = u16::from(high);
        }
        self.plus(&Self { count: other.count.wrapping_neg(), sum: negative })
    }
}

/// Asks for the digest of the granted citizens' plans and records and of all their months since
/// `window`, and of the own buckets of the device's streams, less the ones that are still wanted.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct DigestAsk {
    /// The scope that the tablet counts by.
    #[n(0)]
    pub scope_serial: u64,
    /// The first month that the tablet keeps.
    #[n(1)]
    pub window: Month,
    /// Buckets not to be counted.
    #[n(2)]
    pub less: Vec<BucketOf>,
    /// Whether each bucket's own digest is asked for, after the whole ones differed.
    #[n(3)]
    pub each: bool,
}

/// A bucket and whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(array)]
pub struct BucketOf {
    /// Whose.
    #[n(0)]
    pub owner: Owner,
    /// The bucket.
    #[n(1)]
    pub bucket: Bucket,
}

/// The server's digest over published rows up to the cursors that the same answer ends with.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct DigestAnswer {
    /// The scope that was counted by; another serial than asked means: compare next time.
    #[n(0)]
    pub scope_serial: u64,
    /// All of it.
    #[n(1)]
    pub root: Digest,
    /// Bucket by bucket, when asked.
    #[n(2)]
    pub each: Vec<BucketDigest>,
}

/// One bucket's digest.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct BucketDigest {
    /// Which.
    #[n(0)]
    pub of: BucketOf,
    /// Its digest.
    #[n(1)]
    pub digest: Digest,
}

/// The rows of a bucket, by name, to repair by union.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct HashList {
    /// Which bucket.
    #[n(0)]
    pub of: BucketOf,
    /// Its published rows.
    #[n(1)]
    pub rows: Vec<RowName>,
}

/// A row's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(array)]
pub struct RowName {
    /// The document or record.
    #[n(0)]
    pub doc: DocId,
    /// The content's hash.
    #[n(1)]
    pub hash: ChangeHash,
}
