//! A carer's first use of a tablet: the start code that an operator or team lead hands out, and the
//! proof that it was there. The code itself is never sent (design §5).

use ring::hmac;

use std::fmt;

use super::TrustError;
use super::code::{NotACode, drawn, read_characters};
use super::software_key::derive;
use crate::ids::{CarerId, DeviceNumber, InstallEpoch};
use crate::wire::request::StartProof;
use crate::wire::to_bytes;

/// Characters that name a code; the other twelve are its secret.
const NAME: usize = 4;

/// A start code: sixteen characters, good once and for a few days. Sixty secret bits, so that the
/// key needs no slow derivation.
#[derive(Clone, PartialEq, Eq)]
pub struct StartCode([u8; 16]);

impl fmt::Debug for StartCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StartCode(…)")
    }
}

impl StartCode {
    /// A code from 16 random bytes.
    #[must_use]
    pub fn new(random: [u8; 16]) -> Self {
        Self(drawn(random))
    }

    /// Reads what a person typed: any case, spaces and dashes anywhere, `o` for `0`, `i` and `l`
    /// for `1`.
    ///
    /// # Errors
    /// [`NotACode`].
    pub fn read(text: &str) -> Result<Self, NotACode> {
        read_characters(text).map(Self)
    }

    /// The code as a person reads it: `abcd-efgh-jkmn-pqrs`.
    #[must_use]
    pub fn to_text(&self) -> String {
        let groups = self.0.chunks(4).map(|group| group.iter().copied().map(char::from).collect());
        groups.collect::<Vec<String>>().join("-")
    }

    /// What names the code without giving it away.
    #[must_use]
    pub fn name(&self) -> Vec<u8> {
        self.0.iter().take(NAME).copied().collect()
    }

    /// The key of proofs, which is what the server keeps of the code.
    #[must_use]
    pub fn mac_key(&self) -> [u8; 32] {
        derive(&self.0, b"doegnrytme start")
    }
}

/// Whom a proof is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// The carer.
    pub carer: CarerId,
    /// The tablet.
    pub device: DeviceNumber,
    /// Its installation.
    pub install: InstallEpoch,
}

impl Start {
    /// Proves that the code is here.
    #[must_use]
    pub fn prove(&self, code: &StartCode) -> StartProof {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &code.mac_key());
        let tag = hmac::sign(&key, &self.message());
        let mut proof = StartProof { name: code.name(), mac: [0; 32] };
        proof.mac.iter_mut().zip(tag.as_ref()).for_each(|(to, from)| *to = *from);
        proof
    }

    /// Checks a proof against the key of the code that it names.
    ///
    /// # Errors
    /// [`TrustError::CodeDiffers`].
    pub fn check(&self, key: &[u8; 32], proof: &StartProof) -> Result<(), TrustError> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key);
        hmac::verify(&key, &self.message(), &proof.mac).map_err(|_| TrustError::CodeDiffers)
    }

    fn message(&self) -> Vec<u8> {
        to_bytes(&("start", self.carer, self.device, self.install))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_holds_for_its_carer_tablet_and_code_and_for_nothing_else() {
        let start = Start {
            carer: CarerId([1; 16]),
            device: DeviceNumber(0x0100_0001),
            install: InstallEpoch([2; 8]),
        };
        let code = StartCode::new([9; 16]);
        let proof = start.prove(&code);
        assert_eq!(start.check(&code.mac_key(), &proof), Ok(()));
        for other in [
            Start { carer: CarerId([3; 16]), ..start },
            Start { device: DeviceNumber(0x0100_0002), ..start },
            Start { install: InstallEpoch([3; 8]), ..start },
        ] {
            assert!(other.check(&code.mac_key(), &proof).is_err());
        }
        assert!(start.check(&StartCode::new([8; 16]).mac_key(), &proof).is_err());
    }

    #[test]
    fn a_code_reads_back_however_it_is_typed_and_is_shown_nowhere_else() {
        let code = StartCode::new(*b"abcdefghijklmnop");
        let shown = code.to_text();
        assert_eq!(shown.len(), 19);
        for typed in [shown.clone(), shown.to_uppercase(), shown.replace('-', " ")] {
            assert_eq!(StartCode::read(&typed), Ok(code.clone()));
        }
        assert_eq!(StartCode::read("too short"), Err(NotACode));
        assert!(!format!("{code:?}").contains(&shown[..4]));
    }
}
