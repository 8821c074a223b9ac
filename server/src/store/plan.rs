//! What is known of published plans without loading them: which state they are in, and who may do
//! their items.

use doegnrytme_core::care::role::Roles;
use doegnrytme_core::ids::{ChangeHash, CitizenId, DocId, ItemId};
use doegnrytme_core::wire::sha256;

use super::StoreError;

/// Which changes of a plan are published: a running hash over them. A trial that loaded a plan of
/// this version need not load it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct PlanVersion(pub [u8; 16]);

impl PlanVersion {
    /// The version after one more change.
    #[must_use]
    pub fn with(self, hash: ChangeHash) -> Self {
        let [half @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] =
            sha256(&[&self.0, &hash.0]);
        Self(half)
    }
}

/// Plans.
pub trait PlanTx {
    /// Which changes of a plan are published.
    ///
    /// # Errors
    /// [`StoreError`]; so for every method here.
    fn plan_version(&mut self, plan: DocId) -> Result<PlanVersion, StoreError>;

    /// Moves a plan to a version.
    ///
    /// # Errors
    /// [`StoreError`].
    fn set_plan_version(&mut self, plan: DocId, version: PlanVersion) -> Result<(), StoreError>;

    /// The chunks of a plan's published changes, in order of arrival: one may rest on a later one.
    ///
    /// # Errors
    /// [`StoreError`].
    fn plan_changes(&mut self, plan: DocId) -> Result<Vec<Vec<u8>>, StoreError>;

    /// Who may do the items of a citizen's plan (M14).
    ///
    /// # Errors
    /// [`StoreError`].
    fn item_roles(&mut self, citizen: CitizenId) -> Result<Vec<(ItemId, Roles)>, StoreError>;

    /// Says who may do an item.
    ///
    /// # Errors
    /// [`StoreError`].
    fn set_item_roles(
        &mut self,
        citizen: CitizenId,
        item: ItemId,
        roles: Roles,
    ) -> Result<(), StoreError>;
}
