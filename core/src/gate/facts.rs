//! What G1 asks the tables. Server and tablet answer from the same columns.

use crate::ids::{ActorId, ChangeHash, CitizenId, DeviceNumber, DocId};

/// What the tables know of a change that another one rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dependency {
    /// Published (server) or applied (tablet); the counter of its last operation.
    Known {
        /// `start_op + ops − 1`, see [`super::ChangeShape::max_op`].
        max_op: u64,
    },
    /// Never seen, or itself parked: what rests on it waits.
    Missing,
    /// A person must decide about it: so about what rests on it.
    Held,
    /// Refused for good: what rests on it can never be applied.
    Refused,
}

/// Answers from the tables about one moment, so within one transaction.
///
/// The built-in genesis and migrations have no row before they are used, but count: a dependency
/// on genesis is [`Dependency::Known`] in every plan, and genesis is the reserved actor's change
/// number 1 there.
pub trait Facts {
    /// Why the tables could not answer.
    type Error;

    /// Whether (doc, hash) is in the tables in any state; its verdict stands or has moved on.
    ///
    /// # Errors
    /// When the tables cannot answer; so for every question here.
    fn is_known(&mut self, doc: DocId, hash: ChangeHash) -> Result<bool, Self::Error>;

    /// What is known of a change that the one at hand rests on.
    ///
    /// # Errors
    /// When the tables cannot answer.
    fn dependency(&mut self, doc: DocId, hash: ChangeHash) -> Result<Dependency, Self::Error>;

    /// The highest sequence number of an actor among the document's published (applied) changes;
    /// 0 when there is none.
    ///
    /// # Errors
    /// When the tables cannot answer.
    fn last_seq(&mut self, doc: DocId, actor: ActorId) -> Result<u64, Self::Error>;

    /// Whether another change than `except` has this (doc, actor, seq): published, parked or held,
    /// but not refused, set aside or about to be replaced.
    ///
    /// # Errors
    /// When the tables cannot answer.
    fn is_taken(
        &mut self,
        doc: DocId,
        actor: ActorId,
        seq: u64,
        except: ChangeHash,
    ) -> Result<bool, Self::Error>;

    /// Whether the document has any change that is published, parked or held, counted as for
    /// [`Facts::is_taken`].
    ///
    /// # Errors
    /// When the tables cannot answer.
    fn has_changes(&mut self, doc: DocId) -> Result<bool, Self::Error>;

    /// The citizen to whom the document's first publication bound it.
    ///
    /// # Errors
    /// When the tables cannot answer.
    fn citizen_of(&mut self, doc: DocId) -> Result<Option<CitizenId>, Self::Error>;

    /// Whether the document is restricted, erased, or a plan with a later generation.
    ///
    /// # Errors
    /// When the tables cannot answer.
    fn is_closed(&mut self, doc: DocId) -> Result<bool, Self::Error>;

    /// Whether a device may write about a citizen now. Asked on the server, and on a tablet for
    /// its own changes; never for device 1.
    ///
    /// # Errors
    /// When the tables cannot answer.
    fn in_scope(&mut self, device: DeviceNumber, citizen: CitizenId) -> Result<bool, Self::Error>;
}
