//! Enrolment codes: what a tablet may join with, once, for a quarter of an hour.

use doegnrytme_core::ids::{DeviceNumber, StreamId};
use doegnrytme_core::time::UnixSeconds;
use doegnrytme_core::wire::enrol::CodeKind;

use super::StoreError;

/// A code that was handed out. The code itself is not kept: its name finds it, and the key of its
/// MACs is derived when it is made, so that nobody outside can make the server derive one.
#[derive(Clone, PartialEq, Eq)]
pub struct EnrolmentCode {
    /// Scanned or typed.
    pub kind: CodeKind,
    /// What names it, see `trust::code::Code::name`.
    pub name: Vec<u8>,
    /// The key of its MACs.
    pub mac_key: [u8; 32],
    /// The team that the tablet joins.
    pub team: StreamId,
    /// It is void from then on.
    pub expires: UnixSeconds,
    /// The device that joined with it.
    pub used_by: Option<DeviceNumber>,
}

impl std::fmt::Debug for EnrolmentCode {
    /// Without the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EnrolmentCode").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// Enrolment codes.
pub trait CodeTx {
    /// The code of a name.
    ///
    /// # Errors
    /// [`StoreError`]; so for every method here.
    fn code(&mut self, kind: CodeKind, name: &[u8]) -> Result<Option<EnrolmentCode>, StoreError>;

    /// Keeps a code. One of the same name must not be there.
    ///
    /// # Errors
    /// [`StoreError`].
    fn add_code(&mut self, code: &EnrolmentCode) -> Result<(), StoreError>;

    /// Marks a code as used.
    ///
    /// # Errors
    /// [`StoreError`].
    fn use_code(&mut self, kind: CodeKind, name: &[u8], by: DeviceNumber)
    -> Result<(), StoreError>;

    /// Forgets codes that were void at a time.
    ///
    /// # Errors
    /// [`StoreError`].
    fn forget_codes(&mut self, void_at: UnixSeconds) -> Result<(), StoreError>;
}
