//! Relatives: what only the server knows of them. Names and consents are records; the telephone
//! number is here and nowhere else.

use doegnrytme_core::ids::{CitizenId, RelativeId};

use super::StoreError;

/// A relative who may be told something.
#[derive(Clone, PartialEq, Eq)]
pub struct Relative {
    /// Our own id.
    pub id: RelativeId,
    /// Whose relative.
    pub citizen: CitizenId,
    /// With country code: `+4512345678`.
    pub phone: String,
}

impl std::fmt::Debug for Relative {
    /// Without the number.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Relative").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Relatives.
pub trait RelativeTx {
    /// A relative.
    ///
    /// # Errors
    /// [`StoreError`]; so for every method here.
    fn relative(&mut self, id: RelativeId) -> Result<Option<Relative>, StoreError>;

    /// All relatives, by id.
    ///
    /// # Errors
    /// [`StoreError`].
    fn relatives(&mut self) -> Result<Vec<Relative>, StoreError>;

    /// Adds a relative or changes one.
    ///
    /// # Errors
    /// [`StoreError`].
    fn put_relative(&mut self, relative: &Relative) -> Result<(), StoreError>;
}
