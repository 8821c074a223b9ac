//! SQL of certificates.

use doegnrytme_core::ids::{CarerId, CertificateId, DeviceNumber};
use doegnrytme_core::time::UnixSeconds;
use rusqlite::{Row, params};

use super::SqliteTx;
use crate::store::StoreError;
use crate::store::certificate::{Certificate, CertificateNumber, CertificateTx, Subject};

const CERTIFICATE: &str = "SELECT id, device, carer, from_, until, bytes FROM certificates";

fn certificate(row: &Row<'_>) -> rusqlite::Result<Certificate> {
    let carer: Option<[u8; 16]> = row.get(2)?;
    let subject = match carer {
        None => Subject::Device,
        Some(carer) => Subject::Carer {
            carer: CarerId(carer),
            from: UnixSeconds(row.get(3)?),
            until: UnixSeconds(row.get(4)?),
        },
    };
    Ok(Certificate {
        id: CertificateId(row.get(0)?),
        device: DeviceNumber(row.get(1)?),
        subject,
        bytes: row.get(5)?,
    })
}

impl CertificateTx for SqliteTx<'_> {
    fn certificate_number(&mut self, id: CertificateId) -> Result<CertificateNumber, StoreError> {
        let known =
            self.one("SELECT number FROM certificates WHERE id = ?1", [id.0], |row| row.get(0))?;
        if let Some(number) = known {
            return Ok(CertificateNumber(number));
        }
        self.one("INSERT INTO certificates (id) VALUES (?1) RETURNING number", [id.0], |row| {
            row.get(0).map(CertificateNumber)
        })?
        .ok_or(StoreError::Damaged("certificates"))
    }

    fn certificate(
        &mut self,
        number: CertificateNumber,
    ) -> Result<Option<Certificate>, StoreError> {
        self.one(
            &format!("{CERTIFICATE} WHERE number = ?1 AND bytes IS NOT NULL"),
            [number.0],
            certificate,
        )
    }

    fn put_certificate(
        &mut self,
        certificate: &Certificate,
    ) -> Result<CertificateNumber, StoreError> {
        let (carer, from, until) = match certificate.subject {
            Subject::Device => (None, None, None),
            Subject::Carer { carer, from, until } => (Some(carer.0), Some(from.0), Some(until.0)),
        };
        self.one(
            "INSERT INTO certificates (id, device, carer, from_, until, bytes)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (id) DO UPDATE SET device = excluded.device, carer = excluded.carer,
                 from_ = excluded.from_, until = excluded.until, bytes = excluded.bytes
             RETURNING number",
            params![certificate.id.0, certificate.device.0, carer, from, until, certificate.bytes],
            |row| row.get(0).map(CertificateNumber),
        )?
        .ok_or(StoreError::Damaged("certificates"))
    }

    fn carer_certificate(
        &mut self,
        carer: CarerId,
        device: DeviceNumber,
    ) -> Result<Option<Certificate>, StoreError> {
        self.one(
            &format!(
                "{CERTIFICATE} WHERE carer = ?1 AND device = ?2 AND bytes IS NOT NULL
                 ORDER BY until DESC LIMIT 1"
            ),
            params![carer.0, device.0],
            certificate,
        )
    }

    fn carer_certificates_on(
        &mut self,
        device: DeviceNumber,
    ) -> Result<Vec<Certificate>, StoreError> {
        self.all(
            &format!(
                "{CERTIFICATE} WHERE device = ?1 AND carer IS NOT NULL AND bytes IS NOT NULL
                 ORDER BY number"
            ),
            [device.0],
            certificate,
        )
    }

    fn device_certificate(
        &mut self,
        device: DeviceNumber,
    ) -> Result<Option<Certificate>, StoreError> {
        self.one(
            &format!(
                "{CERTIFICATE} WHERE device = ?1 AND carer IS NULL AND bytes IS NOT NULL
                 ORDER BY number DESC LIMIT 1"
            ),
            [device.0],
            certificate,
        )
    }

    fn has_certificate(
        &mut self,
        device: DeviceNumber,
        certificate: CertificateNumber,
    ) -> Result<bool, StoreError> {
        let found = self.one(
            "SELECT 1 FROM certificates_held WHERE device = ?1 AND certificate = ?2",
            params![device.0, certificate.0],
            |_| Ok(()),
        )?;
        Ok(found.is_some())
    }

    fn note_certificate(
        &mut self,
        device: DeviceNumber,
        certificate: CertificateNumber,
    ) -> Result<(), StoreError> {
        let added = self.run(
            "INSERT OR IGNORE INTO certificates_held (device, certificate) VALUES (?1, ?2)",
            params![device.0, certificate.0],
        );
        added.map(|_| ())
    }

    fn forget_certificates(&mut self, device: DeviceNumber) -> Result<(), StoreError> {
        self.run("DELETE FROM certificates_held WHERE device = ?1", [device.0]).map(|_| ())
    }
}
