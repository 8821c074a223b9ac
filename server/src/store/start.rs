//! Start codes: what a carer begins with on a tablet, once.

use doegnrytme_core::ids::{CarerId, DeviceNumber};
use doegnrytme_core::time::UnixSeconds;

use super::StoreError;

/// A start code that was handed out. The code itself is not kept: its name finds it, the key of its
/// proofs proves it.
#[derive(Clone, PartialEq, Eq)]
pub struct HandedStart {
    /// What names it, see `trust::start::StartCode::name`.
    pub name: Vec<u8>,
    /// The key of its proofs.
    pub mac_key: [u8; 32],
    /// Whom it is for.
    pub carer: CarerId,
    /// It is void from then on.
    pub expires: UnixSeconds,
    /// The device on which it was used.
    pub used_by: Option<DeviceNumber>,
}

impl std::fmt::Debug for HandedStart {
    /// Without the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HandedStart").field("expires", &self.expires).finish_non_exhaustive()
    }
}

/// Start codes.
pub trait StartTx {
    /// The start code of a name.
    ///
    /// # Errors
    /// [`StoreError`]; so for every method here.
    fn start_code(&mut self, name: &[u8]) -> Result<Option<HandedStart>, StoreError>;

    /// Keeps a start code. One of the same name must not be there. Earlier ones of the same carer
    /// that were not used are void: whoever lost one asks for another.
    ///
    /// # Errors
    /// [`StoreError`].
    fn add_start_code(&mut self, code: &HandedStart) -> Result<(), StoreError>;

    /// Marks a start code as used.
    ///
    /// # Errors
    /// [`StoreError`].
    fn use_start_code(&mut self, name: &[u8], by: DeviceNumber) -> Result<(), StoreError>;

    /// Forgets start codes that were void at a time.
    ///
    /// # Errors
    /// [`StoreError`].
    fn forget_start_codes(&mut self, void_at: UnixSeconds) -> Result<(), StoreError>;
}
