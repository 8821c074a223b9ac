//! What a tablet is: kept when it enrols, read at every start.

use minicbor::bytes::ByteVec;

use super::queries::certificates::Certificate;
use super::queries::singles::{ADDRESS, ANCHOR, DEVICE, IDENTITY, INSTALL, PINS, PinsKept, SHIFT};
use super::{StoreError, Tx};
use crate::ids::{DeviceNumber, InstallEpoch, StreamId};
use crate::trust::{durable, identity::Identity, lease::Anchor};
use crate::wire::certificate::DeviceCertificate;
use crate::wire::cursor::{Cursor, StreamCursor};
use crate::wire::digest::BucketOf;
use crate::wire::enrol::EnrolAnswer;
use crate::wire::scope::{Bucket, Owner};

impl Tx<'_> {
    /// Keeps what an enrolment gave: identity, address, device, pins, nonces, scope, cursors and
    /// what is wanted. The answer was checked before.
    ///
    /// # Errors
    /// [`StoreError::Unfitting`] when certificate or pins do not read after all.
    pub fn enrol(
        &mut self,
        address: &str,
        identity: &Identity,
        device: DeviceNumber,
        install: InstallEpoch,
        answer: &EnrolAnswer,
    ) -> Result<(), StoreError> {
        let certificate: DeviceCertificate = durable::peek(&answer.certificate)
            .map_err(|_| StoreError::Unfitting("the device certificate"))?;
        let (serial, pins) =
            identity.pins(&answer.pins).map_err(|_| StoreError::Unfitting("the pins"))?;
        self.after.identified = true;
        self.put_single(&ADDRESS, &address.to_owned())?;
        self.put_single(&IDENTITY, identity)?;
        self.put_single(&DEVICE, &device)?;
        self.put_single(&INSTALL, &install)?;
        self.put_pins(serial, &pins)?;
        self.put_certificate(&answer.certificate, &Certificate::Device(certificate))?;
        self.put_nonces(&answer.nonces)?;
        self.want(BucketOf { owner: Owner::Stream(StreamId::COMMON), bucket: Bucket::Records })?;
        self.put_scope(&answer.scope)?;
        for StreamCursor { stream, cursor } in &answer.cursors {
            self.begin_stream(*stream, cursor)?;
        }
        Ok(())
    }

    /// A stream is read from here on.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn begin_stream(&mut self, stream: StreamId, cursor: &Cursor) -> Result<(), StoreError> {
        self.put_cursor(stream, cursor)?;
        if cursor.seq == 0 {
            // Read from the beginning: its own records come by cursor.
            self.unwant(Owner::Stream(stream))?;
        }
        Ok(())
    }

    /// Whom the tablet believes; none before it is enrolled.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn identity(&self) -> Result<Option<Identity>, StoreError> {
        self.single(&IDENTITY)
    }

    /// The tablet's number and installation; none before it is enrolled.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn device(&self) -> Result<Option<(DeviceNumber, InstallEpoch)>, StoreError> {
        Ok(self.single(&DEVICE)?.zip(self.single(&INSTALL)?))
    }

    /// Where the server is.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn address(&self) -> Result<Option<String>, StoreError> {
        self.single(&ADDRESS)
    }

    /// The TLS keys that the tablet trusts (SHA-256 of each SubjectPublicKeyInfo) and their serial.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn pins(&self) -> Result<(u64, Vec<[u8; 32]>), StoreError> {
        let PinsKept { serial, keys } = self.single(&PINS)?.unwrap_or_default();
        let keys = keys.iter().filter_map(|key| key.as_slice().try_into().ok()).collect();
        Ok((serial, keys))
    }

    /// Trusts other TLS keys from now on. An older serial changes nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn put_pins(&mut self, serial: u64, keys: &[[u8; 32]]) -> Result<(), StoreError> {
        if self.pins()?.0 > serial {
            return Ok(());
        }
        self.after.identified = true;
        let keys = keys.iter().map(|key| ByteVec::from(key.to_vec())).collect();
        self.put_single(&PINS, &PinsKept { serial, keys })
    }

    /// What lease time rests on.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn anchor(&self) -> Result<Option<Anchor>, StoreError> {
        self.single(&ANCHOR)
    }

    /// Lease time rests on this from now on: the server was heard, and a clock that jumped is put
    /// right.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn put_anchor(&mut self, anchor: &Anchor) -> Result<(), StoreError> {
        self.clear_single(&SHIFT)?;
        self.put_single(&ANCHOR, anchor)
    }
}
