//! SQL of devices and nonces.

use doegnrytme_core::ids::{CertificateId, DeviceNumber, InstallEpoch, Nonce, StreamId};
use doegnrytme_core::time::UnixSeconds;
use rusqlite::{Row, params};

use super::{SqliteTx, count, damaged};
use crate::store::StoreError;
use crate::store::device::{Device, DeviceStatus, DeviceStream, DeviceTx};

const DEVICE: &str = "SELECT number, key, install, status, certificate, enrolled FROM devices";

fn device(row: &Row<'_>) -> rusqlite::Result<Device> {
    Ok(Device {
        number: DeviceNumber(row.get(0)?),
        key: row.get(1)?,
        install: InstallEpoch(row.get(2)?),
        status: match row.get(3)? {
            0 => DeviceStatus::Active,
            1 => DeviceStatus::Retired,
            2 => DeviceStatus::Stolen,
            3 => DeviceStatus::Wiped,
            _ => return Err(damaged(3)),
        },
        certificate: CertificateId(row.get(4)?),
        enrolled: UnixSeconds(row.get(5)?),
    })
}

impl DeviceTx for SqliteTx<'_> {
    fn device(&mut self, number: DeviceNumber) -> Result<Option<Device>, StoreError> {
        self.one(&format!("{DEVICE} WHERE number = ?1"), [number.0], device)
    }

    fn devices(&mut self) -> Result<Vec<Device>, StoreError> {
        self.all(&format!("{DEVICE} ORDER BY number"), [], device)
    }

    fn put_device(&mut self, device: &Device) -> Result<(), StoreError> {
        let status = match device.status {
            DeviceStatus::Active => 0,
            DeviceStatus::Retired => 1,
            DeviceStatus::Stolen => 2,
            DeviceStatus::Wiped => 3,
        };
        self.run(
            "INSERT INTO devices (number, key, install, status, certificate, enrolled)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (number) DO UPDATE SET key = excluded.key, install = excluded.install,
                 status = excluded.status, certificate = excluded.certificate,
                 enrolled = excluded.enrolled",
            params![
                device.number.0,
                device.key,
                device.install.0,
                status,
                device.certificate.0,
                device.enrolled.0
            ],
        )
        .map(|_| ())
    }

    fn device_streams(&mut self, number: DeviceNumber) -> Result<Vec<DeviceStream>, StoreError> {
        self.all(
            "SELECT stream, since FROM device_streams WHERE device = ?1 ORDER BY stream",
            [number.0],
            |row| Ok(DeviceStream { stream: StreamId(row.get(0)?), since: count(row, 1)? }),
        )
    }

    fn join_stream(&mut self, number: DeviceNumber, stream: StreamId) -> Result<(), StoreError> {
        let added = self.run(
            "INSERT OR IGNORE INTO device_streams (device, stream, since)
             SELECT ?1, stream, head FROM streams WHERE stream = ?2",
            [number.0, stream.0],
        )?;
        if added > 0 {
            self.run(
                "UPDATE devices SET scope_serial = scope_serial + 1 WHERE number = ?1",
                [number.0],
            )?;
        }
        Ok(())
    }

    fn scope_serial(&mut self, number: DeviceNumber) -> Result<u64, StoreError> {
        // The epoch leads: a serial that was given out before a roll-back never comes again.
        let serial = self.one(
            "SELECT scope_serial + ((SELECT coalesce(max(number), 0) FROM epochs) << 32)
             FROM devices WHERE number = ?1",
            [number.0],
            |row| count(row, 0),
        )?;
        Ok(serial.unwrap_or(0))
    }

    fn nonces(&mut self, number: DeviceNumber) -> Result<Vec<Nonce>, StoreError> {
        let unused: Option<Vec<u8>> =
            self.one("SELECT unused FROM nonces WHERE device = ?1", [number.0], |row| row.get(0))?;
        let (nonces, _) = unused.as_deref().unwrap_or_default().as_chunks::<16>();
        Ok(nonces.iter().map(|nonce| Nonce(*nonce)).collect())
    }

    fn put_nonces(&mut self, number: DeviceNumber, nonces: &[Nonce]) -> Result<(), StoreError> {
        let unused: Vec<u8> = nonces.iter().flat_map(|nonce| nonce.0).collect();
        self.run(
            "INSERT INTO nonces (device, unused) VALUES (?1, ?2)
             ON CONFLICT (device) DO UPDATE SET unused = excluded.unused",
            params![number.0, unused],
        )
        .map(|_| ())
    }

    fn forget_nonces(&mut self) -> Result<(), StoreError> {
        self.run("DELETE FROM nonces", []).map(|_| ())
    }
}
