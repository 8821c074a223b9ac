//! Batches as devices signed them: the chain, and what stands beside it.

use doegnrytme_core::ids::{BatchHash, DeviceNumber};
use doegnrytme_core::time::UnixSeconds;

use super::StoreError;

/// A batch's short number inside the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BatchKey(pub i64);

/// How a batch came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchState {
    /// From its own device, in order.
    Chained,
    /// From a colleague's tablet; its own device has not pushed it.
    Carried,
    /// Cut anew: another batch took its number.
    Replaced,
}

/// A stored batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredBatch {
    /// Its number in the store.
    pub key: BatchKey,
    /// Who signed it.
    pub device: DeviceNumber,
    /// Its number in the chain.
    pub number: u64,
    /// Its hash.
    pub hash: BatchHash,
    /// How it came.
    pub state: BatchState,
    /// When it was first received.
    pub received: UnixSeconds,
    /// The batch's COSE_Sign1.
    pub signed: Vec<u8>,
    /// The signed receipt, once there is one.
    pub receipt: Option<Vec<u8>>,
}

/// Why a push was put beside the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aside {
    /// Its predecessor has not come.
    Early,
    /// Another batch has its place, or another installation signed it.
    Fork,
}

/// Batches.
pub trait BatchTx {
    /// The last batch of a device's chain: number and hash.
    ///
    /// # Errors
    /// [`StoreError`]; so for every method here.
    fn chain_end(&mut self, device: DeviceNumber) -> Result<Option<(u64, BatchHash)>, StoreError>;

    /// The batch of a number that counts (chained before carried).
    ///
    /// # Errors
    /// [`StoreError`].
    fn batch(
        &mut self,
        device: DeviceNumber,
        number: u64,
    ) -> Result<Option<StoredBatch>, StoreError>;

    /// A batch by its key.
    ///
    /// # Errors
    /// [`StoreError`].
    fn batch_by_key(&mut self, key: BatchKey) -> Result<Option<StoredBatch>, StoreError>;

    /// Stores a batch; `key` is ignored. A batch that is there already (device, number, hash)
    /// keeps its place and time and takes the new state and receipt.
    ///
    /// # Errors
    /// [`StoreError`].
    fn put_batch(&mut self, batch: &StoredBatch) -> Result<BatchKey, StoreError>;

    /// Puts a push beside the chain as it came, so that nothing signed is lost. At most 16 a
    /// device are kept; returns whether it was.
    ///
    /// # Errors
    /// [`StoreError`].
    fn put_aside(
        &mut self,
        device: DeviceNumber,
        number: u64,
        hash: BatchHash,
        why: Aside,
        push: &[u8],
        now: UnixSeconds,
    ) -> Result<bool, StoreError>;

    /// Forgets a push that lay beside the chain and has now come in order.
    ///
    /// # Errors
    /// [`StoreError`].
    fn take_from_aside(
        &mut self,
        device: DeviceNumber,
        number: u64,
        hash: BatchHash,
    ) -> Result<(), StoreError>;
}
