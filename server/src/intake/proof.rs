//! Whether an author's proof holds: his certificate, its time, and the device that signed.

use std::collections::BTreeMap;

use doegnrytme_core::care::role::Roles;
use doegnrytme_core::ids::DeviceNumber;
use doegnrytme_core::time::UnixSeconds;
use doegnrytme_core::trust::durable::peek;
use doegnrytme_core::wire::certificate::CarerCertificate;
use doegnrytme_core::wire::row::Row;

use super::reason::Reason;
use crate::store::certificate::{CertificateNumber, Subject};
use crate::store::device::DeviceStatus;
use crate::store::{StoreError, Tx};

/// What a carer's certificate says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Proof {
    device: DeviceNumber,
    from: UnixSeconds,
    until: UnixSeconds,
    pub(super) roles: Roles,
}

/// Certificates and devices, remembered for one request.
#[derive(Default)]
pub(super) struct Proofs {
    certificates: BTreeMap<CertificateNumber, Option<Proof>>,
    retired: BTreeMap<DeviceNumber, bool>,
}

impl Proofs {
    /// Why the author's proof does not hold, if it does not. A person decides then; never refused.
    pub(super) fn doubt(
        &mut self,
        tx: &mut dyn Tx,
        row: &Row,
        number: CertificateNumber,
    ) -> Result<Option<Reason>, StoreError> {
        let signer = row.origin.device;
        if self.is_retired(tx, signer)? {
            return Ok(Some(Reason::Retired));
        }
        let Some(Proof { device, from, until, .. }) = self.of(tx, number)? else {
            return Ok(Some(Reason::CertificateUnknown));
        };
        if device != signer || from > until {
            return Ok(Some(Reason::CertificateOfAnother));
        }
        let outside = !(from..=until).contains(&row.entry.written);
        Ok(outside.then_some(Reason::OutsideLease))
    }

    pub(super) fn of(
        &mut self,
        tx: &mut dyn Tx,
        number: CertificateNumber,
    ) -> Result<Option<Proof>, StoreError> {
        if let Some(known) = self.certificates.get(&number) {
            return Ok(*known);
        }
        let known = tx.certificate(number)?.map(|certificate| match certificate.subject {
            Subject::Carer { from, until, .. } => {
                let said = peek::<CarerCertificate>(&certificate.bytes);
                let roles = said.map_or(0, |said| u32::from(said.roles));
                Proof { device: certificate.device, from, until, roles: Roles::from_bits(roles) }
            }
            // A device's own certificate is no carer's: its time is empty.
            Subject::Device => Proof {
                device: certificate.device,
                from: UnixSeconds(1),
                until: UnixSeconds(0),
                roles: Roles::NONE,
            },
        });
        self.certificates.insert(number, known);
        Ok(known)
    }

    fn is_retired(&mut self, tx: &mut dyn Tx, device: DeviceNumber) -> Result<bool, StoreError> {
        if let Some(retired) = self.retired.get(&device) {
            return Ok(*retired);
        }
        let found = tx.device(device)?;
        let retired = found.is_some_and(|device| device.status != DeviceStatus::Active);
        self.retired.insert(device, retired);
        Ok(retired)
    }
}
