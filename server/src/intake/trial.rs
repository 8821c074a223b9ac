//! The trial as intake sees it: what it is asked about an entry, and what its end means.

use std::collections::BTreeMap;

use doegnrytme_core::care::role::Roles;
use doegnrytme_core::ids::{ChangeHash, CitizenId, DeviceNumber, DocId, ItemId};
use doegnrytme_core::wire::entry::Entry;
use doegnrytme_core::wire::row::Content;

use super::proof::Proofs;
use super::reason::Reason;
use super::tester::{Candidate, Tried};
use crate::node::context::Context;
use crate::store::entry::StoredEntry;
use crate::store::plan::PlanVersion;
use crate::store::{StoreError, Tx};

/// A trial that was made before the transaction began.
#[derive(Debug, Clone)]
pub(super) struct Early {
    pub(super) hash: ChangeHash,
    pub(super) version: PlanVersion,
    pub(super) tried: Tried,
}

/// The trials of one request.
#[derive(Default)]
pub(super) struct Trials {
    items: BTreeMap<CitizenId, Vec<(ItemId, Roles)>>,
    early: Option<Early>,
    /// A trial took too long: the rest of the push is tried later, so that nobody waits for it.
    slow: bool,
}

impl Trials {
    /// Trials of which one has been made.
    pub(super) fn knowing(early: Early) -> Self {
        Self { early: Some(early), ..Self::default() }
    }

    /// Tries an entry. When it passes, what is known of its plan moves on.
    pub(super) fn run(
        &mut self,
        tx: &mut dyn Tx,
        context: &Context<'_>,
        proofs: &mut Proofs,
        entry: &StoredEntry,
    ) -> Result<Tried, StoreError> {
        let Some(candidate) = self.candidate(tx, proofs, entry)? else {
            return Ok(Tried::Refused(Reason::NotAnEntry.number()));
        };
        let early = self
            .early
            .take_if(|early| early.hash == candidate.hash && early.version == candidate.version);
        let tried = match early {
            Some(early) => early.tried,
            None if self.slow => Tried::Later,
            None => {
                let mut base = || tx.plan_changes(candidate.doc);
                context.rules.tester.try_change(&candidate, false, &mut base)?
            }
        };
        match &tried {
            Tried::Passed(items) => {
                for (item, roles) in items {
                    tx.set_item_roles(candidate.citizen, *item, *roles)?;
                    self.items.remove(&candidate.citizen);
                }
                if matches!(candidate.doc, DocId::Plan(..)) {
                    tx.set_plan_version(candidate.doc, candidate.next)?;
                }
            }
            Tried::Later => self.slow = true,
            Tried::Held(_) | Tried::Refused(_) => {}
        }
        Ok(tried)
    }

    /// What the trial is asked about an entry; none when it is no change about a citizen.
    pub(super) fn candidate(
        &mut self,
        tx: &mut dyn Tx,
        proofs: &mut Proofs,
        entry: &StoredEntry,
    ) -> Result<Option<Candidate>, StoreError> {
        let row = &entry.row;
        let (Content::Change(chunk), Some(citizen)) = (&row.content, row.entry.citizen) else {
            return Ok(None);
        };
        let Entry { doc, hash, schema, .. } = row.entry;
        let device = row.origin.device;
        let roles = match proofs.of(tx, entry.certificate)? {
            _ if device == DeviceNumber::SERVER => None,
            Some(proof) => Some(proof.roles),
            None => Some(Roles::NONE),
        };
        let items = match doc {
            DocId::Note(_) => self.items_of(tx, citizen)?,
            _ => Vec::new(),
        };
        let version = match doc {
            DocId::Plan(..) => tx.plan_version(doc)?,
            _ => PlanVersion::default(),
        };
        let (chunk, next) = (chunk.clone(), version.with(hash));
        Ok(Some(Candidate {
            doc,
            citizen,
            hash,
            device,
            schema,
            roles,
            items,
            chunk,
            version,
            next,
            bare: false,
        }))
    }

    fn items_of(
        &mut self,
        tx: &mut dyn Tx,
        citizen: CitizenId,
    ) -> Result<Vec<(ItemId, Roles)>, StoreError> {
        if let Some(items) = self.items.get(&citizen) {
            return Ok(items.clone());
        }
        let items = tx.item_roles(citizen)?;
        self.items.insert(citizen, items.clone());
        Ok(items)
    }
}
