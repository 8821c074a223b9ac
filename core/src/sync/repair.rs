//! Finding and mending a difference: bucket by bucket, name by name, by union. Nothing is ever
//! taken away because the other side lacks it.

use std::collections::BTreeSet;

use super::SyncError;
use crate::store::Tx;
use crate::wire::digest::{BucketDigest, BucketOf, HashList, RowName};
use crate::wire::request::Offer;
use crate::wire::row::{Group, Pack, Row};
use crate::wire::verdict::{CERTIFICATE_UNKNOWN, Verdict};

/// Buckets whose rows are asked for by name in one request.
const MOST_LISTS: usize = 16;
/// Rows that are asked for, or offered, in one request.
const MOST_ROWS: usize = 500;
/// Rounds of a repair before the difference is left for the next conversation: what two rounds
/// did not mend, a third one at full speed will not.
const MOST_ROUNDS: u8 = 3;

/// Where a repair stands.
#[derive(Debug, Default)]
pub struct Repair {
    rounds: u8,
    each: bool,
    lists: BTreeSet<BucketOf>,
    missing: BTreeSet<RowName>,
    surplus: BTreeSet<RowName>,
    offered: BTreeSet<RowName>,
}

impl Repair {
    pub(super) fn has_work(&self) -> bool {
        self.each || !self.lists.is_empty() || !self.missing.is_empty() || !self.surplus.is_empty()
    }

    pub(super) fn compares_each(&self) -> bool {
        self.each
    }

    /// The roots differ: ask for each bucket's digest, unless a repair is under way.
    pub(super) fn begin(&mut self) {
        if !self.has_work() && self.rounds < MOST_ROUNDS {
            self.rounds += 1;
            self.each = true;
        }
    }

    /// Both sides hold the same.
    pub(super) fn end(&mut self) {
        *self = Self::default();
    }

    pub(super) fn lists(&self) -> Vec<BucketOf> {
        self.lists.iter().take(MOST_LISTS).copied().collect()
    }

    pub(super) fn missing(&self) -> Vec<RowName> {
        self.missing.iter().take(MOST_ROWS).copied().collect()
    }

    /// Each bucket's digest came: the ones that differ are asked for by name.
    pub(super) fn compare(&mut self, theirs: &[BucketDigest], ours: &[BucketDigest]) {
        self.each = false;
        let differs = |one: &&BucketDigest, others: &[BucketDigest]| !others.contains(one);
        let here = ours.iter().filter(|one| differs(one, theirs));
        let there = theirs.iter().filter(|one| differs(one, ours));
        self.lists.extend(here.chain(there).map(|one| one.of));
    }

    /// Names came: what is missing here is asked for, what is missing there is offered.
    pub(super) fn names(&mut self, tx: &Tx<'_>, list: &HashList) -> Result<(), SyncError> {
        self.lists.remove(&list.of);
        let theirs: BTreeSet<RowName> = list.rows.iter().copied().collect();
        let ours: BTreeSet<RowName> =
            tx.bucket_rows(list.of.owner, list.of.bucket)?.into_iter().collect();
        self.missing.extend(theirs.difference(&ours));
        let surplus = ours.difference(&theirs);
        self.surplus.extend(surplus.filter(|name| !self.offered.contains(name)));
        Ok(())
    }

    /// Rows that were asked for came, or will not come.
    pub(super) fn came(&mut self, asked: &[RowName]) {
        for name in asked {
            self.missing.remove(name);
        }
    }

    /// The offers of the last request were taken in.
    pub(super) fn offers_arrived(&mut self) {
        let now: Vec<RowName> = self.surplus.iter().take(MOST_ROWS).copied().collect();
        for name in now {
            self.surplus.remove(&name);
            self.offered.insert(name);
        }
    }

    /// Colleagues' rows that the server lacks, with the headers and certificates that prove them.
    /// Own rows go in their batches; of them only the certificate is offered, which a server that
    /// was rolled back may have forgotten.
    pub(super) fn offers(&self, tx: &Tx<'_>) -> Result<Vec<Offer>, SyncError> {
        let own = tx.device()?.map(|(device, _)| device);
        let mut groups: Vec<Group> = Vec::new();
        let mut certificates = Vec::new();
        for name in self.surplus.iter().take(MOST_ROWS) {
            let Some(row) = tx.row_by_name(name)? else { continue };
            if own == Some(row.origin.device) {
                certificates.extend(tx.signed_certificate(row.entry.certificate)?);
                continue;
            }
            let batch = tx.reassemble(row.origin.device, row.origin.number)?;
            let Some((_, header)) = batch else { continue };
            add(&mut groups, row, header);
        }
        for group in &mut groups {
            complete(tx, group)?;
            certificates.extend(certificates_for(tx, group)?);
        }
        Ok(offer(certificates, &groups).into_iter().collect())
    }
}

/// The certificates without which the server holds what was written here.
pub(super) fn proofs(tx: &Tx<'_>) -> Result<Option<Offer>, SyncError> {
    let unproved = |verdict: &Option<Verdict>| {
        matches!(verdict, Some(Verdict::Held { reason: CERTIFICATE_UNKNOWN }))
    };
    let mut certificates = Vec::new();
    for held in tx.outbox_held()?.iter().filter(|held| unproved(&held.verdict)) {
        certificates.extend(tx.signed_certificate(held.row.entry.certificate)?);
    }
    Ok(offer(certificates, &[]))
}

/// An offer, each certificate once; none of nothing.
fn offer(mut certificates: Vec<Vec<u8>>, groups: &[Group]) -> Option<Offer> {
    certificates.sort_unstable();
    certificates.dedup();
    let certificates: Vec<_> = certificates.into_iter().map(Into::into).collect();
    let empty = certificates.is_empty() && groups.is_empty();
    (!empty).then(|| Offer { certificates, rows: Pack::from_groups(groups) })
}

fn add(groups: &mut Vec<Group>, row: Row, header: crate::wire::batch::Header) {
    let (device, number) = (row.origin.device, row.origin.number);
    match groups.iter_mut().find(|group| group.device == device && group.number == number) {
        Some(group) => group.rows.push(row),
        None => groups.push(Group { device, number, header: Some(header), rows: vec![row] }),
    }
}

/// Rows go in order of position and without their place; the digests of the entries that do not
/// go along are named in the header.
fn complete(tx: &Tx<'_>, group: &mut Group) -> Result<(), SyncError> {
    group.rows.sort_by_key(|row| row.origin.position);
    for row in &mut group.rows {
        row.placed = None;
    }
    let travels = |position: u16| group.rows.iter().any(|row| row.origin.position == position);
    let Some(header) = &mut group.header else { return Ok(()) };
    for (position, digest) in tx.entry_digests_of(group.device, group.number)? {
        let named = header.absent.iter().any(|absent| absent.position == position);
        if !named && !travels(position) {
            header.absent.push(crate::wire::batch::Absent { position, digest });
        }
    }
    header.absent.retain(|absent| !travels(absent.position));
    header.absent.sort_by_key(|absent| absent.position);
    Ok(())
}

/// The certificates that a reader of the group must have: the device's, and its carers'.
fn certificates_for(tx: &Tx<'_>, group: &Group) -> Result<Vec<Vec<u8>>, SyncError> {
    let mut signed: Vec<Vec<u8>> =
        tx.device_certificates(group.device)?.into_iter().map(|(signed, _)| signed).collect();
    for row in &group.rows {
        if let Some(carer) = tx.signed_certificate(row.entry.certificate)?
            && !signed.contains(&carer)
        {
            signed.push(carer);
        }
    }
    Ok(signed)
}
