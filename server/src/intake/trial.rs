//! The trial as intake sees it: what it is asked about an entry, and what its end means.

use std::collections::BTreeMap;

use doegnrytme_core::care::role::Roles;
use doegnrytme_core::gate::examine;
use doegnrytme_core::ids::{ChangeHash, CitizenId, DeviceNumber, DocId, ItemId};
use doegnrytme_core::wire::SCHEMA;
use doegnrytme_core::wire::entry::Entry;
use doegnrytme_core::wire::row::{Content, Row};

use super::proof::Proofs;
use super::reason::Reason;
use super::tester::{Candidate, Tried};
use crate::node::context::Context;
use crate::store::certificate::CertificateNumber;
use crate::store::entry::StoredEntry;
use crate::store::plan::PlanVersion;
use crate::store::{StoreError, Tx};

/// A trial that was made before its entry was judged. It counts if the same would be asked now.
#[derive(Debug, Clone)]
pub(super) struct Early {
    pub(super) candidate: Candidate,
    pub(super) tried: Tried,
}

/// The trials of one request.
#[derive(Default)]
pub(super) struct Trials {
    items: BTreeMap<CitizenId, Vec<(ItemId, Roles)>>,
    early: BTreeMap<ChangeHash, Early>,
    /// A trial took too long: the rest of the push is tried later, so that nobody waits for it.
    slow: bool,
}

impl Trials {
    /// Trials of which one has been made.
    pub(super) fn knowing(early: Early) -> Self {
        Self { early: [(early.candidate.hash, early)].into(), ..Self::default() }
    }

    /// Tries the entries of a push together, as far as each rests on those before it.
    pub(super) fn ahead(
        &mut self,
        tx: &mut dyn Tx,
        context: &Context<'_>,
        proofs: &mut Proofs,
        rows: &[Row],
    ) -> Result<(), StoreError> {
        let mut candidates: Vec<Candidate> = Vec::new();
        let mut versions = BTreeMap::new();
        for row in rows {
            let Content::Change(chunk) = &row.content else { continue };
            let Entry { doc, hash, schema, certificate, .. } = row.entry;
            let new = schema <= SCHEMA && tx.standing(doc, hash)?.is_none();
            if !new || examine(chunk).is_err() {
                continue;
            }
            let certificate = tx.certificate_number(certificate)?;
            let Some(mut candidate) = self.candidate(tx, proofs, row, certificate)? else {
                continue;
            };
            if matches!(doc, DocId::Plan(..)) {
                candidate.version = *versions.entry(doc).or_insert(candidate.version);
                candidate.next = candidate.version.with(hash);
                versions.insert(doc, candidate.next);
            }
            candidates.push(candidate);
        }
        if candidates.len() < 2 {
            return Ok(());
        }
        let tried = context
            .rules
            .tester
            .try_ahead(&candidates, &mut |doc| tx.plan_changes(doc))?
            .into_iter()
            .collect::<BTreeMap<_, _>>();
        let early = candidates.into_iter().filter_map(|candidate| {
            let tried = tried.get(&candidate.hash)?.clone();
            Some((candidate.hash, Early { candidate, tried }))
        });
        self.early.extend(early);
        Ok(())
    }

    /// Tries an entry. When it passes, what is known of its plan moves on.
    pub(super) fn run(
        &mut self,
        tx: &mut dyn Tx,
        context: &Context<'_>,
        proofs: &mut Proofs,
        entry: &StoredEntry,
    ) -> Result<Tried, StoreError> {
        let Some(candidate) = self.candidate(tx, proofs, &entry.row, entry.certificate)? else {
            return Ok(Tried::Refused(Reason::NotAnEntry.number()));
        };
        let early = self.early.remove(&candidate.hash);
        let tried = match early.filter(|early| early.candidate == candidate) {
            Some(early) => early.tried,
            None if self.slow => Tried::Later,
            None => {
                let mut base = |doc| tx.plan_changes(doc);
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
        row: &Row,
        certificate: CertificateNumber,
    ) -> Result<Option<Candidate>, StoreError> {
        let (Content::Change(chunk), Some(citizen)) = (&row.content, row.entry.citizen) else {
            return Ok(None);
        };
        let Entry { doc, hash, schema, .. } = row.entry;
        let device = row.origin.device;
        let roles = match proofs.of(tx, certificate)? {
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
