//! SQL of enrolment codes.

use doegnrytme_core::ids::{DeviceNumber, StreamId};
use doegnrytme_core::time::UnixSeconds;
use doegnrytme_core::wire::enrol::CodeKind;
use rusqlite::params;

use super::SqliteTx;
use crate::store::StoreError;
use crate::store::code::{CodeTx, EnrolmentCode};

impl CodeTx for SqliteTx<'_> {
    fn code(&mut self, kind: CodeKind, name: &[u8]) -> Result<Option<EnrolmentCode>, StoreError> {
        self.one(
            "SELECT mac_key, team, expires, used_by FROM enrolment_codes
             WHERE kind = ?1 AND name = ?2",
            params![kind as u8, name],
            |row| {
                let used_by: Option<u32> = row.get(3)?;
                Ok(EnrolmentCode {
                    kind,
                    name: name.to_vec(),
                    mac_key: row.get(0)?,
                    team: StreamId(row.get(1)?),
                    expires: UnixSeconds(row.get(2)?),
                    used_by: used_by.map(DeviceNumber),
                })
            },
        )
    }

    fn add_code(&mut self, code: &EnrolmentCode) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO enrolment_codes (kind, name, mac_key, team, expires, used_by)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                code.kind as u8,
                code.name,
                code.mac_key,
                code.team.0,
                code.expires.0,
                code.used_by.map(|device| device.0)
            ],
        )
        .map(|_| ())
    }

    fn use_code(
        &mut self,
        kind: CodeKind,
        name: &[u8],
        by: DeviceNumber,
    ) -> Result<(), StoreError> {
        self.run(
            "UPDATE enrolment_codes SET used_by = ?3 WHERE kind = ?1 AND name = ?2",
            params![kind as u8, name, by.0],
        )
        .map(|_| ())
    }

    fn forget_codes(&mut self, void_at: UnixSeconds) -> Result<(), StoreError> {
        self.run("DELETE FROM enrolment_codes WHERE expires <= ?1", [void_at.0]).map(|_| ())
    }
}
