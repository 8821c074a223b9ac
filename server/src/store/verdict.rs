//! The verdict log of each device.

use doegnrytme_core::ids::DeviceNumber;
use doegnrytme_core::wire::verdict::VerdictRun;

use super::{StoreError, stream::Head};

/// Verdict logs. A run of equal verdicts is one line.
pub trait VerdictTx {
    /// Where a device's log ends.
    ///
    /// # Errors
    /// [`StoreError`]; so for every method here.
    fn verdict_head(&mut self, device: DeviceNumber) -> Result<Head, StoreError>;

    /// Adds a line at `head.seq`, written in the epoch of a number.
    ///
    /// # Errors
    /// [`StoreError`].
    fn append_verdict(
        &mut self,
        device: DeviceNumber,
        head: Head,
        epoch: u32,
        run: &VerdictRun,
    ) -> Result<(), StoreError>;

    /// The running hash at a place; none when the log does not reach it. All zero at 0.
    ///
    /// # Errors
    /// [`StoreError`].
    fn verdict_running_at(
        &mut self,
        device: DeviceNumber,
        seq: u64,
    ) -> Result<Option<[u8; 16]>, StoreError>;

    /// Lines after `from`, in order, at most `limit`, and where the log stands after them.
    ///
    /// # Errors
    /// [`StoreError`].
    fn verdicts_after(
        &mut self,
        device: DeviceNumber,
        from: u64,
        limit: usize,
    ) -> Result<(Vec<VerdictRun>, Head), StoreError>;

    /// The last line that was written before the epoch of a number.
    ///
    /// # Errors
    /// [`StoreError`].
    fn verdicts_before_epoch(
        &mut self,
        device: DeviceNumber,
        epoch: u32,
    ) -> Result<Head, StoreError>;

    /// Whether a line after `from` is about a batch of the device's own.
    ///
    /// # Errors
    /// [`StoreError`].
    fn verdicts_tell_of(
        &mut self,
        device: DeviceNumber,
        number: u64,
        from: u64,
    ) -> Result<bool, StoreError>;
}
