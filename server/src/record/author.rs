//! The certificate under which the server itself writes, as device 1: reserved, for ever.

use doegnrytme_core::ids::{CarerId, CertificateId, DeviceNumber};
use doegnrytme_core::time::{EARLIEST, LATEST};
use doegnrytme_core::trust::durable::{certificate_id, seal};
use doegnrytme_core::wire::certificate::CarerCertificate;

use crate::intake::IntakeError;
use crate::node::context::Context;
use crate::store::Tx;
use crate::store::certificate::{Certificate, Subject};

/// The certificate's id; the certificate is made when it is first needed.
///
/// # Errors
/// [`IntakeError`].
pub fn certificate(tx: &mut dyn Tx, context: &Context<'_>) -> Result<CertificateId, IntakeError> {
    let (carer, device) = (CarerId::MUNICIPALITY, DeviceNumber::SERVER);
    if let Some(known) = tx.carer_certificate(carer, device)? {
        return Ok(known.id);
    }
    let certificate = CarerCertificate {
        carer,
        device,
        // No role: it does no care, it only takes in.
        roles: 0,
        teams: Vec::new(),
        from: EARLIEST,
        until: LATEST,
    };
    let keys = context.keys;
    let bytes = seal(&keys.identity, &keys.municipality, &certificate)?;
    let id = certificate_id(&bytes);
    let subject = Subject::Carer { carer, from: certificate.from, until: certificate.until };
    tx.put_certificate(&Certificate { id, device, subject, bytes })?;
    Ok(id)
}
