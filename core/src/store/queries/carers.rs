//! SQL of the carers who have chosen a PIN on this tablet.

use rusqlite::params;

use super::cells::{bytes, cbor};
use crate::ids::CarerId;
use crate::store::{StoreError, Tx};
use crate::trust::pin::{Tries, Verifier};
use crate::wire::to_bytes;

impl Tx<'_> {
    /// What is kept of a carer's PIN; none before the first use with a start code.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn pin_of(&self, carer: CarerId) -> Result<Option<(Verifier, Tries)>, StoreError> {
        const SQL: &str = "SELECT verifier, tries FROM carers_here WHERE carer = ?1";
        self.one(SQL, [carer.0], |row| Ok((cbor(row, 0)?, cbor(row, 1)?)))
    }

    /// The carer's PIN is this one from now on; nothing was tried yet. Drafts stay.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn put_pin(&mut self, carer: CarerId, verifier: &Verifier) -> Result<(), StoreError> {
        const SQL: &str =
            "INSERT OR REPLACE INTO carers_here (carer, verifier, tries) VALUES (?1, ?2, ?3)";
        self.run(SQL, params![carer.0, to_bytes(verifier), to_bytes(&Tries::default())]).map(drop)
    }

    /// How often the PIN was typed wrongly.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn put_tries(&mut self, carer: CarerId, tries: &Tries) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE carers_here SET tries = ?2 WHERE carer = ?1";
        self.run(SQL, params![carer.0, to_bytes(tries)]).map(drop)
    }

    /// Carers who have a PIN here.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn carers_here(&self) -> Result<Vec<CarerId>, StoreError> {
        const SQL: &str = "SELECT carer FROM carers_here ORDER BY carer";
        self.all(SQL, [], |row| Ok(CarerId(bytes(row, 0)?)))
    }

    /// The carer has no PIN here any more: a start code is needed. Drafts stay.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn forget_pin(&mut self, carer: CarerId) -> Result<(), StoreError> {
        self.run("DELETE FROM carers_here WHERE carer = ?1", [carer.0]).map(drop)
    }
}
