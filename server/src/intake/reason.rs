//! Why intake holds or refuses an entry, and why it rejects a push: numbers for the wire.

/// Why an entry is held (or, where it says so, refused). The gate numbers its reasons 1–99; these
/// begin at 120. For ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Reason {
    /// The certificate that the entry names has not come.
    CertificateUnknown = 120,
    /// The certificate is another device's, or not a carer's.
    CertificateOfAnother = 121,
    /// It was written outside the certificate's time (the lease).
    OutsideLease = 122,
    /// The change whose place it takes is published already.
    ReplacedPublished = 123,
    /// Another entry took its place.
    SetAside = 124,
    /// A change that names no citizen, or a kind that does not fit its document (refused).
    NotAnEntry = 125,
    /// A record that tablets do not write.
    NotForTablets = 126,
    /// Its content was purged and the server does not have it.
    Withheld = 127,
    /// The device was retired.
    Retired = 128,
    /// The citizen is in no team that the server knows.
    CitizenUnknown = 129,
}

impl Reason {
    /// The number on the wire.
    #[must_use]
    pub fn number(self) -> u8 {
        self as u8
    }
}

/// Why a push is rejected as a whole ([`doegnrytme_core::wire::answer::PushAnswer::Rejected`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Rejection {
    /// The batch or its rows cannot be read.
    Malformed = 1,
    /// The device did not sign it.
    Signature = 2,
    /// The rows are not those that were signed.
    Rows = 3,
    /// It names another device.
    OtherDevice = 4,
    /// Its number or predecessor cannot be.
    Chain = 5,
}

impl Rejection {
    /// The number on the wire.
    #[must_use]
    pub fn number(self) -> u8 {
        self as u8
    }
}
