//! Certificates of devices and carers, as they were signed, and which device has which.

use doegnrytme_core::ids::{CarerId, CertificateId, DeviceNumber};
use doegnrytme_core::time::UnixSeconds;

use super::StoreError;

/// A certificate's short number inside the store. One is given to every id that an entry names,
/// also when the certificate itself has not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CertificateNumber(pub i64);

/// What a certificate is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A device.
    Device,
    /// A carer on a device, for a time.
    Carer {
        /// Who.
        carer: CarerId,
        /// From when.
        from: UnixSeconds,
        /// Until when.
        until: UnixSeconds,
    },
}

/// A certificate that the server has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// SHA-256 of its bytes.
    pub id: CertificateId,
    /// The device that it is for.
    pub device: DeviceNumber,
    /// What it says.
    pub subject: Subject,
    /// As it was signed.
    pub bytes: Vec<u8>,
}

/// Certificates.
pub trait CertificateTx {
    /// The number of an id, given now when it has none.
    ///
    /// # Errors
    /// [`StoreError`]; so for every method here.
    fn certificate_number(&mut self, id: CertificateId) -> Result<CertificateNumber, StoreError>;

    /// A certificate by number; none when only its id is known.
    ///
    /// # Errors
    /// [`StoreError`].
    fn certificate(&mut self, number: CertificateNumber)
    -> Result<Option<Certificate>, StoreError>;

    /// Keeps a certificate that the caller has checked. Again changes nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    fn put_certificate(
        &mut self,
        certificate: &Certificate,
    ) -> Result<CertificateNumber, StoreError>;

    /// The certificate of a carer on a device that lasts longest.
    ///
    /// # Errors
    /// [`StoreError`].
    fn carer_certificate(
        &mut self,
        carer: CarerId,
        device: DeviceNumber,
    ) -> Result<Option<Certificate>, StoreError>;

    /// All certificates of carers on a device.
    ///
    /// # Errors
    /// [`StoreError`].
    fn carer_certificates_on(
        &mut self,
        device: DeviceNumber,
    ) -> Result<Vec<Certificate>, StoreError>;

    /// The certificate of a device, enrolled here or not.
    ///
    /// # Errors
    /// [`StoreError`].
    fn device_certificate(
        &mut self,
        device: DeviceNumber,
    ) -> Result<Option<Certificate>, StoreError>;

    /// Whether the device is known to have a certificate.
    ///
    /// # Errors
    /// [`StoreError`].
    fn has_certificate(
        &mut self,
        device: DeviceNumber,
        certificate: CertificateNumber,
    ) -> Result<bool, StoreError>;

    /// Remembers that the device has a certificate.
    ///
    /// # Errors
    /// [`StoreError`].
    fn note_certificate(
        &mut self,
        device: DeviceNumber,
        certificate: CertificateNumber,
    ) -> Result<(), StoreError>;

    /// Forgets which certificates the device has: it begins anew.
    ///
    /// # Errors
    /// [`StoreError`].
    fn forget_certificates(&mut self, device: DeviceNumber) -> Result<(), StoreError>;
}
