//! A batch: the entries that a device pushes together, numbered and chained.

use minicbor::{Decode, Encode};

use super::{WireError, sha256, to_bytes};
use crate::ids::{BatchHash, DeviceNumber, InstallEpoch};
use crate::time::UnixSeconds;

/// What a device signs (payload of a COSE_Sign1 with the purpose `batch`). Stored before it is
/// first sent and resent byte for byte.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Batch {
    /// The signing device.
    #[n(0)]
    pub device: DeviceNumber,
    /// 1, 2, 3… for each device and install epoch.
    #[n(1)]
    pub number: u64,
    /// Hash of batch `number - 1`; none for the first.
    #[n(2)]
    pub previous: Option<BatchHash>,
    /// The installation that signs; another one under the same number is a clone.
    #[n(3)]
    pub install: InstallEpoch,
    /// Lease time when the batch was cut.
    #[n(4)]
    pub made: UnixSeconds,
    /// A batch of the same number that was cut anew and must not count.
    #[n(5)]
    pub replaces: Option<BatchHash>,
    /// The entries' digests, 32 bytes each, one after the other.
    #[cbor(n(6), with = "minicbor::bytes")]
    pub digests: Vec<u8>,
}

/// Most entries that one batch may hold.
pub const MAX_ENTRIES: usize = 2_000;

impl Batch {
    /// The batch's identity: SHA-256 of the signed payload, so that it does not depend on which
    /// of many valid signatures a key store makes.
    #[must_use]
    pub fn hash(&self) -> BatchHash {
        BatchHash(sha256(&[&to_bytes(self)]))
    }

    /// The entries' digests.
    ///
    /// # Errors
    /// [`WireError`] when they are not whole or too many.
    pub fn entry_digests(&self) -> Result<Vec<[u8; 32]>, WireError> {
        let (digests, rest) = self.digests.as_chunks::<32>();
        if !rest.is_empty() {
            return Err(WireError::Malformed);
        }
        if digests.len() > MAX_ENTRIES {
            return Err(WireError::TooLarge);
        }
        Ok(digests.to_vec())
    }
}

/// A batch header as readers get it: everything of the batch but the digests of the entries that
/// travel beside it, which the reader computes.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Header {
    /// As in [`Batch`].
    #[n(0)]
    pub previous: Option<BatchHash>,
    /// As in [`Batch`].
    #[n(1)]
    pub install: InstallEpoch,
    /// As in [`Batch`].
    #[n(2)]
    pub made: UnixSeconds,
    /// As in [`Batch`].
    #[n(3)]
    pub replaces: Option<BatchHash>,
    /// The device's signature, r ‖ s.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub signature: [u8; 64],
    /// How many entries the batch has.
    #[n(5)]
    pub count: u16,
    /// Digests of the entries that do not travel beside the header, in order of position.
    #[n(6)]
    pub absent: Vec<Absent>,
}

/// An entry of a batch that the reader does not get: its place and its digest.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Absent {
    /// Position in the batch, from 0.
    #[n(0)]
    pub position: u16,
    /// The entry's digest.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub digest: [u8; 32],
}

impl Header {
    /// The signed batch, put together from the header and the digests of the entries that came
    /// beside it (position → digest).
    ///
    /// # Errors
    /// [`WireError::Dangling`] when a position is missing or named twice.
    pub fn batch(
        &self,
        device: DeviceNumber,
        number: u64,
        present: &[(u16, [u8; 32])],
    ) -> Result<Batch, WireError> {
        let mut slots = vec![None; usize::from(self.count)];
        let absent = self.absent.iter().map(|absent| (absent.position, absent.digest));
        for (position, digest) in absent.chain(present.iter().copied()) {
            let slot = slots.get_mut(usize::from(position)).ok_or(WireError::Dangling)?;
            if slot.replace(digest).is_some() {
                return Err(WireError::Dangling);
            }
        }
        let digests: Option<Vec<[u8; 32]>> = slots.into_iter().collect();
        Ok(Batch {
            device,
            number,
            previous: self.previous,
            install: self.install,
            made: self.made,
            replaces: self.replaces,
            digests: digests.ok_or(WireError::Dangling)?.concat(),
        })
    }
}
