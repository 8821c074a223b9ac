//! SQL of certificates and of colleagues' batch headers.

use rusqlite::params;

use super::cells::{cbor, signed, unsigned};
use crate::ids::{CarerId, CertificateId, DeviceNumber, InstallEpoch};
use crate::store::{StoreError, Tx};
use crate::time::UnixSeconds;
use crate::trust::durable::certificate_id;
use crate::wire::batch::Header;
use crate::wire::certificate::{CarerCertificate, DeviceCertificate};
use crate::wire::request::HeaderAsk;
use crate::wire::to_bytes;

/// What a certificate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Certificate {
    /// Of a device.
    Device(DeviceCertificate),
    /// Of a carer on a device.
    Carer(CarerCertificate),
}

impl Tx<'_> {
    /// Keeps a certificate whose signature was checked. It is immutable, so once is enough.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn put_certificate(
        &mut self,
        signed: &[u8],
        certificate: &Certificate,
    ) -> Result<CertificateId, StoreError> {
        const SQL: &str = "INSERT OR IGNORE INTO certificates \
            (id, signed, payload, kind, device, carer, rank) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let id = certificate_id(signed);
        let (payload, kind, device, carer, rank) = match certificate {
            Certificate::Device(of) => (to_bytes(of), 0, of.device, None, of.issued),
            Certificate::Carer(of) => (to_bytes(of), 1, of.device, Some(of.carer.0), of.until),
        };
        let fresh = self.run(SQL, params![id.0, signed, payload, kind, device.0, carer, rank.0])?;
        self.after.identified |= fresh > 0 && self.is_this_device(device)?;
        Ok(id)
    }

    /// This device's certificate and the latest of its carers', as they were signed: for the
    /// passport.
    pub(in crate::store) fn own_certificates(
        &self,
        device: DeviceNumber,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        const SQL: &str = "SELECT signed FROM certificates WHERE device = ?1 \
            ORDER BY kind, rank DESC, id DESC LIMIT 32";
        self.all(SQL, [device.0], |row| row.get(0))
    }

    /// Whether a certificate is here.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn has_certificate(&self, id: CertificateId) -> Result<bool, StoreError> {
        let found = self.one("SELECT 1 FROM certificates WHERE id = ?1", [id.0], |_| Ok(()))?;
        Ok(found.is_some())
    }

    /// A certificate as it was signed, to be passed on with a colleague's rows.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn signed_certificate(&self, id: CertificateId) -> Result<Option<Vec<u8>>, StoreError> {
        self.one("SELECT signed FROM certificates WHERE id = ?1", [id.0], |row| row.get(0))
    }

    /// A carer's certificate by its id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn carer_certificate_by_id(
        &self,
        id: CertificateId,
    ) -> Result<Option<CarerCertificate>, StoreError> {
        const SQL: &str = "SELECT payload FROM certificates WHERE id = ?1 AND kind = 1";
        self.one(SQL, [id.0], |row| cbor(row, 0))
    }

    /// A carer's certificate on a device, the one with the longest lease.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn carer_certificate(
        &self,
        carer: CarerId,
        device: DeviceNumber,
    ) -> Result<Option<(CertificateId, CarerCertificate)>, StoreError> {
        const SQL: &str = "SELECT id, payload FROM certificates \
            WHERE device = ?1 AND kind = 1 AND carer = ?2 ORDER BY rank DESC, id DESC LIMIT 1";
        self.one(SQL, params![device.0, carer.0], |row| {
            Ok((CertificateId(super::cells::bytes(row, 0)?), cbor(row, 1)?))
        })
    }

    /// A device's certificates as they were signed, newest first: one for each installation.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn device_certificates(
        &self,
        device: DeviceNumber,
    ) -> Result<Vec<(Vec<u8>, DeviceCertificate)>, StoreError> {
        const SQL: &str = "SELECT signed, payload FROM certificates \
            WHERE device = ?1 AND kind = 0 ORDER BY rank DESC, id DESC";
        self.all(SQL, [device.0], |row| Ok((row.get(0)?, cbor(row, 1)?)))
    }

    /// The key of a device's installation; of its latest one when none is named.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn device_key(
        &self,
        device: DeviceNumber,
        install: Option<InstallEpoch>,
    ) -> Result<Option<[u8; 65]>, StoreError> {
        let all = self.device_certificates(device)?.into_iter().map(|(_, certificate)| certificate);
        let named = |of: &DeviceCertificate| install.is_none_or(|install| install == of.install);
        Ok(all.filter(named).map(|of| of.key).next())
    }

    /// A row of a colleague's batch is here: its header is asked for until it comes.
    pub(in crate::store) fn expect_header(
        &mut self,
        device: DeviceNumber,
        number: u64,
        received: UnixSeconds,
    ) -> Result<(), StoreError> {
        const SQL: &str = "INSERT OR IGNORE INTO headers (device, number, header, verified, \
            received) VALUES (?1, ?2, NULL, 0, ?3)";
        self.run(SQL, params![device.0, signed(number), received.0]).map(drop)
    }

    /// Keeps a colleague's batch header. A verified one is never replaced by one that is not.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn put_header(
        &mut self,
        device: DeviceNumber,
        number: u64,
        header: &Header,
        verified: bool,
    ) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO headers (device, number, header, verified, received) \
            VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (device, number) DO UPDATE \
            SET header = excluded.header, verified = excluded.verified \
            WHERE headers.verified = 0 OR excluded.verified = 1";
        let values = params![device.0, signed(number), to_bytes(header), verified, header.made.0];
        self.run(SQL, values).map(drop)
    }

    /// A colleague's batch header and whether its signature was checked.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn header_of(
        &self,
        device: DeviceNumber,
        number: u64,
    ) -> Result<Option<(Header, bool)>, StoreError> {
        const SQL: &str = "SELECT header, verified FROM headers \
            WHERE device = ?1 AND number = ?2 AND header IS NOT NULL";
        self.one(SQL, params![device.0, signed(number)], |row| Ok((cbor(row, 0)?, row.get(1)?)))
    }

    /// Headers to ask for: of batches whose rows came after `since` without them, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn missing_headers(
        &self,
        since: UnixSeconds,
        limit: u32,
    ) -> Result<Vec<HeaderAsk>, StoreError> {
        const SQL: &str = "SELECT device, number FROM headers \
            WHERE header IS NULL AND received >= ?1 ORDER BY received DESC LIMIT ?2";
        self.all(SQL, params![since.0, limit], |row| {
            let (device, number) = (DeviceNumber(unsigned(row, 0)?), unsigned(row, 1)?);
            Ok(HeaderAsk { device, number, hash: None })
        })
    }

    /// Headers whose signature was not checked yet, because rows or certificates were missing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn unverified_headers(&self) -> Result<Vec<(DeviceNumber, u64)>, StoreError> {
        const SQL: &str = "SELECT device, number FROM headers \
            WHERE verified = 0 AND header IS NOT NULL ORDER BY device, number";
        self.all(SQL, [], |row| Ok((DeviceNumber(unsigned(row, 0)?), unsigned(row, 1)?)))
    }
}
