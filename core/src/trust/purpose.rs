//! What a signature stands for: the `external_aad` of each COSE_Sign1 (RFC 9052 §4.3).

use crate::ids::IdentityHash;
use crate::wire::{FORMAT, PRODUCT, PROTOCOL, to_bytes};

/// Kinds of objects that are kept and must verify for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durable {
    /// A device's batch.
    Batch,
    /// A device certificate.
    Device,
    /// A carer certificate.
    Carer,
    /// A receipt over a batch.
    Receipt,
    /// The list of TLS pins.
    Pins,
    /// An identity key's successor.
    Successor,
    /// An order to a device (retire, wipe).
    Order,
}

impl Durable {
    fn word(self) -> &'static str {
        match self {
            Self::Batch => "batch",
            Self::Device => "device",
            Self::Carer => "carer",
            Self::Receipt => "receipt",
            Self::Pins => "pins",
            Self::Successor => "successor",
            Self::Order => "order",
        }
    }

    /// AAD = [product, purpose, format number, municipality]; the municipality is the hash of its
    /// *first* identity key, so that what is kept outlives every change of key.
    #[must_use]
    pub fn aad(self, municipality: &IdentityHash) -> Vec<u8> {
        to_bytes(&(PRODUCT, self.word(), FORMAT, municipality))
    }
}

/// Which way a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message {
    /// Tablet to server.
    Request,
    /// Server to tablet.
    Answer,
}

/// AAD of requests and answers = [product, protocol version, purpose, identity key hash, method,
/// path]: an answer to one route or server never passes for another's.
#[must_use]
pub fn message_aad(message: Message, identity: &IdentityHash, path: &str) -> Vec<u8> {
    let word = match message {
        Message::Request => "request",
        Message::Answer => "answer",
    };
    to_bytes(&(PRODUCT, PROTOCOL, word, identity, "POST", path))
}
