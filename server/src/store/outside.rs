//! What was imported: which outside id became which id of ours, and what the file said.

use doegnrytme_core::ids::CitizenId;

use super::StoreError;

/// Something that a file named by an outside id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// Our id, as bytes: an item's five, a note's sixteen.
    pub id: Vec<u8>,
    /// What the file said last, so that an import changes only what the file changed and never
    /// takes back what a carer wrote since.
    pub said: Vec<u8>,
}

/// Imports.
pub trait OutsideTx {
    /// What was imported of a citizen under one kind, by outside id.
    ///
    /// # Errors
    /// [`StoreError`]; so for every method here.
    fn imported(
        &mut self,
        citizen: CitizenId,
        kind: &str,
    ) -> Result<Vec<(String, Imported)>, StoreError>;

    /// Remembers what was imported under an outside id.
    ///
    /// # Errors
    /// [`StoreError`].
    fn put_imported(
        &mut self,
        citizen: CitizenId,
        kind: &str,
        outside: &str,
        imported: &Imported,
    ) -> Result<(), StoreError>;
}
