//! Cursors that only the server can make.

use ring::hmac;

use crate::ids::{DeviceNumber, ServerEpoch, StreamId};
use crate::wire::{cursor::Cursor, to_bytes};

/// What a cursor points into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// A stream of published rows.
    Stream(StreamId),
    /// A device's verdict log.
    Verdicts(DeviceNumber),
}

/// The server's key for cursors; never leaves it.
pub struct CursorKey(hmac::Key);

impl CursorKey {
    /// The key of 32 secret bytes.
    #[must_use]
    pub fn new(secret: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// Makes a cursor.
    #[must_use]
    pub fn issue(&self, owner: Owner, epoch: ServerEpoch, seq: u64, running: [u8; 16]) -> Cursor {
        let tag = hmac::sign(&self.0, &message(owner, epoch, seq, &running));
        let mut mac = [0; 16];
        mac.iter_mut().zip(tag.as_ref()).for_each(|(to, from)| *to = *from);
        Cursor { epoch, seq, running, mac }
    }

    /// Whether this server made the cursor, in whatever epoch, for that owner.
    #[must_use]
    pub fn is_authentic(&self, owner: Owner, cursor: &Cursor) -> bool {
        let expected = self.issue(owner, cursor.epoch, cursor.seq, cursor.running);
        // Compares all bytes whatever they are.
        let differing = expected.mac.iter().zip(cursor.mac).fold(0, |all, (a, b)| all | (a ^ b));
        differing == 0
    }
}

fn message(owner: Owner, epoch: ServerEpoch, seq: u64, running: &[u8; 16]) -> Vec<u8> {
    let (kind, number) = match owner {
        Owner::Stream(stream) => ("stream", stream.0),
        Owner::Verdicts(device) => ("verdicts", device.0),
    };
    let running: &minicbor::bytes::ByteSlice = running.as_slice().into();
    to_bytes(&("cursor", kind, number, epoch, seq, running))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_authentic_for_its_owner_only() {
        let key = CursorKey::new(&[1; 32]);
        let owner = Owner::Stream(StreamId(3));
        let cursor = key.issue(owner, ServerEpoch([2; 8]), 7, [3; 16]);
        assert!(key.is_authentic(owner, &cursor));
        assert!(!key.is_authentic(Owner::Stream(StreamId(4)), &cursor));
        assert!(!key.is_authentic(Owner::Verdicts(DeviceNumber(3)), &cursor));
        assert!(!key.is_authentic(owner, &Cursor { seq: 8, ..cursor }));
        assert!(!CursorKey::new(&[2; 32]).is_authentic(owner, &cursor));
    }
}
