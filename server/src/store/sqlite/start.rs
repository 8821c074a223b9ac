//! SQL of start codes.

use doegnrytme_core::ids::{CarerId, DeviceNumber};
use doegnrytme_core::time::UnixSeconds;
use rusqlite::params;

use super::SqliteTx;
use crate::store::StoreError;
use crate::store::start::{HandedStart, StartTx};

impl StartTx for SqliteTx<'_> {
    fn start_code(&mut self, name: &[u8]) -> Result<Option<HandedStart>, StoreError> {
        const SQL: &str =
            "SELECT mac_key, carer, expires, used_by FROM start_codes WHERE name = ?1";
        self.one(SQL, params![name], |row| {
            let used_by: Option<u32> = row.get(3)?;
            Ok(HandedStart {
                name: name.to_vec(),
                mac_key: row.get(0)?,
                carer: CarerId(row.get(1)?),
                expires: UnixSeconds(row.get(2)?),
                used_by: used_by.map(DeviceNumber),
            })
        })
    }

    fn add_start_code(&mut self, code: &HandedStart) -> Result<(), StoreError> {
        let HandedStart { name, mac_key, carer, expires, used_by } = code;
        self.run("DELETE FROM start_codes WHERE carer = ?1 AND used_by IS NULL", [carer.0])?;
        self.run(
            "INSERT INTO start_codes (name, mac_key, carer, expires, used_by)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            params![name, mac_key, carer.0, expires.0, used_by.map(|device| device.0)],
        )
        .map(|_| ())
    }

    fn use_start_code(&mut self, name: &[u8], by: DeviceNumber) -> Result<(), StoreError> {
        let sql = "UPDATE start_codes SET used_by = ?2 WHERE name = ?1";
        self.run(sql, params![name, by.0]).map(|_| ())
    }

    fn forget_start_codes(&mut self, void_at: UnixSeconds) -> Result<(), StoreError> {
        self.run("DELETE FROM start_codes WHERE expires <= ?1", [void_at.0]).map(|_| ())
    }
}
