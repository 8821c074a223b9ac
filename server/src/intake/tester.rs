//! The seam to the trial (G2): what intake asks before it publishes a change. Behind it stand child
//! processes; intake itself never loads a document.

use std::fmt::Debug;

use doegnrytme_core::care::role::Roles;
use doegnrytme_core::ids::{ChangeHash, CitizenId, DeviceNumber, DocId, ItemId};

use crate::store::StoreError;
use crate::store::plan::PlanVersion;

/// A change that passed the gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Its document.
    pub doc: DocId,
    /// The citizen whom its manifest names.
    pub citizen: CitizenId,
    /// Its hash.
    pub hash: ChangeHash,
    /// The device that signed it.
    pub device: DeviceNumber,
    /// The schema that its manifest names.
    pub schema: u16,
    /// The roles of its author's certificate; none for the server's own changes.
    pub roles: Option<Roles>,
    /// Who may do the items of the citizen's plan.
    pub items: Vec<(ItemId, Roles)>,
    /// The whole chunk.
    pub chunk: Vec<u8>,
    /// The plan as it is published, and as it would be with this change. A note has none.
    pub version: PlanVersion,
    /// See `version`.
    pub next: PlanVersion,
    /// Only whether it stands as a document: nobody says which note it is.
    pub bare: bool,
}

/// How a trial ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tried {
    /// It may be published; who may do the items of which it says so.
    Passed(Vec<(ItemId, Roles)>),
    /// A person must decide.
    Held(u8),
    /// It can never be applied.
    Refused(u8),
    /// It took too long for now; it is tried again by itself, and nobody waits for it.
    Later,
}

/// The published changes of a candidate's plan, asked for when the trial does not have them.
pub type Base<'b> = dyn FnMut(DocId) -> Result<Vec<Vec<u8>>, StoreError> + 'b;

/// Tries changes.
pub trait Tester: Send + Sync + Debug {
    /// Makes ready what the first trial would wait for.
    fn warm(&self) {}

    /// Tries the changes of a push all together, in their order, which costs less than one by one.
    /// What is not in the answer must be tried by itself.
    ///
    /// # Errors
    /// What `base` says; nothing is decided then.
    fn try_ahead(
        &self,
        candidates: &[Candidate],
        base: &mut Base<'_>,
    ) -> Result<Vec<(ChangeHash, Tried)>, StoreError> {
        let _ = (candidates, base);
        Ok(Vec::new())
    }

    /// Tries a change. With `again` it was tried before and took too long: taking too long once
    /// more is its end.
    ///
    /// # Errors
    /// What `base` says; nothing is decided then.
    fn try_change(
        &self,
        candidate: &Candidate,
        again: bool,
        base: &mut Base<'_>,
    ) -> Result<Tried, StoreError>;
}
