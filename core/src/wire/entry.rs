//! A manifest entry: what a device signs about one change or one record version.

use minicbor::{Decode, Encode};

use super::{sha256, to_bytes};
use crate::ids::{CertificateId, ChangeHash, CitizenId, DocId};
use crate::time::UnixSeconds;

/// What kind of content an entry stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum EntryKind {
    /// An automerge change of a plan or note.
    #[n(0)]
    Change,
    /// A record version: 16 random bytes ‖ payload.
    #[n(1)]
    Record,
}

/// What the tablet knew of its clock when the entry was written (L3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum ClockMark {
    /// Lease time and wall clock agree within ten minutes.
    #[n(0)]
    Sound,
    /// They differ by more than ten minutes: "uret på tabletten var forkert".
    #[n(1)]
    Off,
    /// Lease time rests on the wall clock alone, after a reboot without contact.
    #[n(2)]
    Unproved,
    /// Lease time was cut at 2099.
    #[n(3)]
    Cut,
}

impl ClockMark {
    /// What stands at a note beside its time; nothing when there is nothing to say.
    #[must_use]
    pub fn words(self) -> Option<&'static str> {
        match self {
            Self::Sound => None,
            Self::Off => Some("Uret på tabletten var forkert. Tiden er serverens."),
            Self::Unproved => Some("Tabletten var startet igen uden net. Tiden er tablettens."),
            Self::Cut => Some("Uret på tabletten var forkert. Tiden er ukendt."),
        }
    }
}

/// One line of a batch's manifest. Its hash is what the batch signs.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Entry {
    /// The document or record.
    #[n(0)]
    pub doc: DocId,
    /// What the content is.
    #[n(1)]
    pub kind: EntryKind,
    /// The citizen that it concerns; none for the directory, settings and shifts.
    #[n(2)]
    pub citizen: Option<CitizenId>,
    /// Hash of the content; with `doc` the identity of the change.
    #[n(3)]
    pub hash: ChangeHash,
    /// Schema of the content; newer than the server's is parked.
    #[n(4)]
    pub schema: u16,
    /// The certificate under which the carer wrote.
    #[n(5)]
    pub certificate: CertificateId,
    /// Lease time when it was written.
    #[n(6)]
    pub written: UnixSeconds,
    /// The wall clock at that moment, as the tablet showed it.
    #[n(7)]
    pub raw_clock: UnixSeconds,
    /// What was known of that clock.
    #[n(8)]
    pub clock_mark: ClockMark,
    /// The change (of the same document) whose place it takes (design §5, held plan changes).
    #[n(9)]
    pub replaces: Option<ChangeHash>,
}

impl Entry {
    /// SHA-256 of the entry's CBOR: 32 bytes that stand for it where it does not travel.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        sha256(&[&to_bytes(self)])
    }
}
