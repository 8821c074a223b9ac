//! What parent and child say to each other: CBOR in frames of four bytes of length. A message of
//! the parent is a list of [`Question`]s; the child gives a [`Reply`] to each, in their order.

use std::io::{self, Read, Write};

use doegnrytme_core::care::role::Roles;
use doegnrytme_core::ids::{ChangeHash, CitizenId, DocId, ItemId};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use crate::intake::tester::Candidate;

/// Most bytes of one message: a plan's years of changes.
const MOST: usize = 64 * 1024 * 1024;

/// One item and who may do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ItemRoles {
    /// The item.
    #[n(0)]
    pub item: ItemId,
    /// Who may do it.
    #[n(1)]
    pub roles: Roles,
}

/// A change to try.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Question {
    /// Its document.
    #[n(0)]
    pub doc: DocId,
    /// The citizen whom its manifest names.
    #[n(1)]
    pub citizen: CitizenId,
    /// Its hash.
    #[n(2)]
    pub hash: ChangeHash,
    /// The schema that its manifest names.
    #[n(3)]
    pub schema: u16,
    /// The author's roles.
    #[n(4)]
    pub roles: Option<Roles>,
    /// Who may do the plan's items.
    #[n(5)]
    pub items: Vec<ItemRoles>,
    /// The whole chunk.
    #[n(6)]
    pub chunk: ByteVec,
    /// The version of the plan that it is tried on.
    #[cbor(n(7), with = "minicbor::bytes")]
    pub version: [u8; 16],
    /// The version with it.
    #[cbor(n(8), with = "minicbor::bytes")]
    pub next: [u8; 16],
    /// The published changes of the plan, when the child asked for them.
    #[n(9)]
    pub base: Option<Vec<ByteVec>>,
    /// Only whether it stands as a document.
    #[n(10)]
    pub bare: bool,
}

/// What the child answers.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Reply {
    /// It is ready.
    #[n(0)]
    Ready,
    /// It does not have this version of the plan; ask again with the plan's changes.
    #[n(1)]
    NeedsBase,
    /// The change passed.
    #[n(2)]
    Passed(#[n(0)] Vec<ItemRoles>),
    /// It failed: the number of a [`doegnrytme_core::trial::Reason`].
    #[n(3)]
    Failed(#[n(0)] u8),
}

impl Question {
    /// A candidate as a question, without the plan's changes.
    #[must_use]
    pub fn of(candidate: &Candidate) -> Self {
        let items =
            candidate.items.iter().map(|(item, roles)| ItemRoles { item: *item, roles: *roles });
        Self {
            doc: candidate.doc,
            citizen: candidate.citizen,
            hash: candidate.hash,
            schema: candidate.schema,
            roles: candidate.roles,
            items: items.collect(),
            chunk: candidate.chunk.clone().into(),
            version: candidate.version.0,
            next: candidate.next.0,
            base: None,
            bare: candidate.bare,
        }
    }
}

/// Writes a message.
///
/// # Errors
/// What the pipe says.
pub fn send<T: Encode<()>>(to: &mut dyn Write, message: &T) -> io::Result<()> {
    let bytes = doegnrytme_core::wire::to_bytes(message);
    let length = u32::try_from(bytes.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    // In one piece: the other side is woken once.
    to.write_all(&[&length.to_be_bytes(), &bytes[..]].concat())?;
    to.flush()
}

/// Reads a message; none at the end.
///
/// # Errors
/// What the pipe says, or [`io::ErrorKind::InvalidData`].
pub fn receive<T: for<'b> Decode<'b, ()>>(from: &mut dyn Read) -> io::Result<Option<T>> {
    let mut length = [0; 4];
    match from.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        done => done?,
    }
    let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    if length > MOST {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut bytes = vec![0; length];
    from.read_exact(&mut bytes)?;
    let message = doegnrytme_core::wire::from_bytes(&bytes);
    message.map(Some).map_err(|_| io::ErrorKind::InvalidData.into())
}
