//! One line of the file: sealed, numbered and chained.
//!
//! A line is `"DGj1" ‖ length ‖ session ‖ counter ‖ ciphertext`, sealed with ChaCha20-Poly1305
//! (RFC 8439) under a key of its session, derived from the server's key (HKDF, RFC 5869). A session
//! is one opening of the file (16 random bytes) and its counter never goes back, so no nonce is
//! used twice, whatever was cut off or copied back in between. Inside stand the serial and the hash
//! over everything before, so that no line can be left out, moved or put in.

use doegnrytme_core::wire::{from_bytes, sha256, to_bytes};
use minicbor::{Decode, Encode};
use ring::{aead, hkdf};

const MAGIC: &[u8; 4] = b"DGj1";
const SALT: &[u8] = b"doegnrytme server journal 1";
/// What stands before the ciphertext.
pub(super) const HEAD: usize = 4 + 4 + 16 + 8;
/// Far more than any record.
const MOST: usize = 1024 * 1024;

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Line {
    /// 0 for the first line, which holds the journal's id; then 1, 2, 3…
    #[n(0)]
    pub(super) serial: u64,
    /// The chain up to the line before.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub(super) before: [u8; 16],
    /// CBOR of the record, or the id.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub(super) record: Vec<u8>,
}

impl Line {
    /// The chain up to and with this line.
    pub(super) fn chain(&self) -> [u8; 16] {
        let mut half = [0; 16];
        let hash = sha256(&[b"doegnrytme journal line", &to_bytes(self)]);
        half.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
        half
    }
}

/// The keys of a journal; the last session's is kept, because lines of one follow each other.
pub(super) struct Keys {
    root: hkdf::Prk,
    last: Option<([u8; 16], aead::LessSafeKey)>,
}

impl Keys {
    pub(super) fn of(key: &[u8; 32]) -> Self {
        Self { root: hkdf::Salt::new(hkdf::HKDF_SHA256, SALT).extract(key), last: None }
    }

    pub(super) fn of_session(&self, session: &[u8; 16]) -> Option<aead::LessSafeKey> {
        let info: [&[u8]; 2] = [b"line", session];
        let okm = self.root.expand(&info, &aead::CHACHA20_POLY1305).ok()?;
        Some(aead::LessSafeKey::new(okm.into()))
    }

    /// A whole line at the beginning of `bytes`, and its length.
    pub(super) fn open(&mut self, bytes: &[u8]) -> Option<(Line, usize)> {
        let rest = bytes.strip_prefix(MAGIC)?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let (session, rest) = rest.split_first_chunk::<16>()?;
        let (counter, rest) = rest.split_first_chunk::<8>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let mut sealed = rest.get(..length).filter(|_| length <= MOST)?.to_vec();
        if self.last.as_ref().is_none_or(|(known, _)| known != session) {
            self.last = Some((*session, self.of_session(session)?));
        }
        let (_, key) = self.last.as_ref()?;
        let head = aead::Aad::from(bytes.get(..HEAD)?);
        let nonce = nonce(u64::from_le_bytes(*counter));
        let plain = key.open_in_place(nonce, head, &mut sealed).ok()?;
        Some((from_bytes(plain).ok()?, HEAD + length))
    }
}

/// Seals lines of one session.
pub(super) struct Sealer {
    session: [u8; 16],
    counter: u64,
    key: aead::LessSafeKey,
}

impl Sealer {
    pub(super) fn new(session: [u8; 16], keys: &Keys) -> Option<Self> {
        Some(Self { session, counter: 0, key: keys.of_session(&session)? })
    }

    /// The line as it is written. None when it is too long to be one.
    pub(super) fn seal(&mut self, line: &Line) -> Option<Vec<u8>> {
        let counter = self.counter;
        // Counted before it is written: a line that was torn has used its nonce.
        self.counter += 1;
        let mut sealed = to_bytes(line);
        let length = sealed.len() + aead::CHACHA20_POLY1305.tag_len();
        if length > MOST {
            return None;
        }
        let mut frame = MAGIC.to_vec();
        frame.extend_from_slice(&u32::try_from(length).ok()?.to_le_bytes());
        frame.extend_from_slice(&self.session);
        frame.extend_from_slice(&counter.to_le_bytes());
        let head = aead::Aad::from(&frame);
        self.key.seal_in_place_append_tag(nonce(counter), head, &mut sealed).ok()?;
        frame.extend_from_slice(&sealed);
        Some(frame)
    }
}

fn nonce(counter: u64) -> aead::Nonce {
    let mut bytes = [0; 12];
    let (_, tail) = bytes.split_at_mut(4);
    tail.copy_from_slice(&counter.to_le_bytes());
    aead::Nonce::assume_unique_for_key(bytes)
}
