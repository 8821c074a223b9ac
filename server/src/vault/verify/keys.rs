//! The server's own keys, certificates, and the devices that they are for.

use doegnrytme_core::ids::DeviceNumber;
use doegnrytme_core::port::KeyStore as _;
use doegnrytme_core::trust::durable::{certificate_id, open};
use doegnrytme_core::wire::certificate::{CarerCertificate, DeviceCertificate, Pins};

use super::Walk;
use crate::store::meta::name;
use crate::store::walk::{Table, WalkedCertificate};
use crate::store::{StoreError, Tx};

impl Walk<'_> {
    /// What the server signs with belongs together: an identity key has no successor yet.
    pub(super) fn own_keys(&mut self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        let keys = self.keys;
        if keys.identity_key != keys.first_key {
            self.bad("meta", name::IDENTITY_SECRET, "it is not the first identity key's");
        }
        let device = tx.device(DeviceNumber::SERVER)?;
        if device.map(|device| device.key) != keys.device.public_key().ok() {
            self.bad("meta", name::DEVICE_SECRET, "it is not device 1's");
        }
        if let Some(pins) = tx.meta(name::PINS)?
            && open::<Pins>(&pins, &keys.identity_key, &keys.municipality).is_err()
        {
            self.bad("meta", name::PINS, "its signature does not hold");
        }
        Ok(())
    }

    pub(super) fn certificates(&mut self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        let total = tx.count_rows(Table::Certificates)?;
        let (mut after, mut done) = (0, 0);
        loop {
            let rows = tx.walk_certificates(after)?;
            let Some((last, _)) = rows.last() else { break };
            after = *last;
            for (number, certificate) in rows {
                done += 1;
                let what = match certificate {
                    None => Some("it cannot be read"),
                    Some(certificate) => self.doubt_of(&certificate),
                };
                if let Some(what) = what {
                    self.bad("certificates", number.to_string(), what);
                }
            }
            (self.watch)("certificates", done, total);
        }
        self.report.proved("certificates", done);
        Ok(())
    }

    fn doubt_of(&self, row: &WalkedCertificate) -> Option<&'static str> {
        // An entry may name a certificate that has not come.
        let bytes = row.bytes.as_deref()?;
        if certificate_id(bytes) != row.id {
            return Some("its id is not the hash of its bytes");
        }
        let (key, municipality) = (&self.keys.identity_key, &self.keys.municipality);
        let said = if let Ok(carer) = open::<CarerCertificate>(bytes, key, municipality) {
            let time = Some((carer.from.0, carer.until.0));
            (Some(carer.device.0), Some(carer.carer.0), time)
        } else if let Ok(device) = open::<DeviceCertificate>(bytes, key, municipality) {
            (Some(device.device.0), None, None)
        } else {
            return Some("its signature does not hold");
        };
        let beside = (row.device, row.carer, row.time);
        (said != beside).then_some("what stands beside it is not what it says")
    }

    pub(super) fn devices(&mut self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        let devices = tx.devices()?;
        self.report.proved("devices", u64::try_from(devices.len()).unwrap_or(u64::MAX));
        for device in devices {
            let number = tx.certificate_number(device.certificate);
            let certificate = match number {
                Ok(number) => tx.certificate(number)?,
                // A reader's transaction gives no new numbers: there is none.
                Err(_) => None,
            };
            let said = certificate.and_then(|certificate| {
                let (key, municipality) = (&self.keys.identity_key, &self.keys.municipality);
                open::<DeviceCertificate>(&certificate.bytes, key, municipality).ok()
            });
            let same = said.is_some_and(|said| {
                (said.device, said.key, said.install) == (device.number, device.key, device.install)
                    && said.issued == device.enrolled
            });
            if !same {
                self.bad("devices", device.number.0.to_string(), "its certificate says otherwise");
            }
            self.signers.insert(device.number, Some(device.key));
        }
        Ok(())
    }

    /// The key of whoever signs as a device: enrolled here, or known by its certificate alone.
    pub(super) fn signer(
        &mut self,
        tx: &mut dyn Tx,
        device: DeviceNumber,
    ) -> Result<Option<[u8; 65]>, StoreError> {
        if let Some(key) = self.signers.get(&device) {
            return Ok(*key);
        }
        let (key, municipality) = (&self.keys.identity_key, &self.keys.municipality);
        let certificate = tx.device_certificate(device)?;
        let said = certificate
            .and_then(|known| open::<DeviceCertificate>(&known.bytes, key, municipality).ok())
            .map(|known| known.key);
        self.signers.insert(device, said);
        Ok(said)
    }
}
