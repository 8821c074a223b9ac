//! Digests of published rows: kept row by row, compared bucket by bucket, recounted at any time.

use std::collections::{BTreeMap, HashSet};

use super::logged::bucket;
use super::{StoreError, Tx};
use crate::ids::{ChangeHash, CitizenId, DocId, StreamId};
use crate::time::Month;
use crate::wire::digest::{BucketDigest, BucketOf, Digest};
use crate::wire::row::Placed;
use crate::wire::scope::{Bucket, Owner};

/// Whose bucket a published row lies in.
fn owner_of(citizen: Option<CitizenId>, placed: &Placed) -> Owner {
    citizen.map_or(Owner::Stream(placed.stream), Owner::Citizen)
}

/// An owner as a column: a citizen's 16 bytes, or a stream's 4.
pub(super) fn owner_bytes(owner: Owner) -> Vec<u8> {
    match owner {
        Owner::Citizen(citizen) => citizen.0.to_vec(),
        Owner::Stream(stream) => stream.0.to_be_bytes().to_vec(),
    }
}

/// Reads [`owner_bytes`] back.
pub(super) fn owner_from(bytes: &[u8]) -> Option<Owner> {
    let citizen = CitizenId::from_slice(bytes).ok().map(Owner::Citizen);
    let stream = || Some(Owner::Stream(StreamId(u32::from_be_bytes(bytes.try_into().ok()?))));
    citizen.or_else(stream)
}

/// What is to be added to a bucket and taken from it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Summand {
    plus: Digest,
    minus: Digest,
}

impl Summand {
    fn onto(&self, digest: Digest) -> Digest {
        digest.plus(&self.plus).minus(&self.minus)
    }
}

/// Every bucket's digest.
pub type Digests = BTreeMap<(Owner, Bucket), Digest>;

impl Tx<'_> {
    fn summand(
        &mut self,
        citizen: Option<CitizenId>,
        doc: &DocId,
        placed: &Placed,
    ) -> &mut Summand {
        let key = (owner_of(citizen, placed), bucket(doc, placed.received).number());
        self.summands.entry(key).or_default()
    }

    /// Counts a row in where it is published now, and out where it was.
    pub(super) fn count_row(
        &mut self,
        citizen: Option<CitizenId>,
        doc: &DocId,
        hash: &ChangeHash,
        before: Option<Placed>,
        now: Placed,
    ) {
        let one = Digest::of(doc, hash);
        if let Some(before) = before {
            let summand = self.summand(citizen, doc, &before);
            summand.minus = summand.minus.plus(&one);
        }
        let summand = self.summand(citizen, doc, &now);
        summand.plus = summand.plus.plus(&one);
    }

    pub(super) fn settle_digests(&mut self) -> Result<(), StoreError> {
        for ((owner, bucket), summand) in std::mem::take(&mut self.summands) {
            let before = self.stored_digest(owner, bucket)?;
            self.put_digest(owner, bucket, &summand.onto(before))?;
        }
        Ok(())
    }

    /// Every bucket's digest, with what this transaction has added so far.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn digests(&self) -> Result<Digests, StoreError> {
        let mut digests = self.stored_digests()?;
        for ((owner, number), summand) in &self.summands {
            let bucket = Bucket::from_number(*number).ok_or(StoreError::Unreadable("a bucket"))?;
            let digest = digests.entry((*owner, bucket)).or_default();
            *digest = summand.onto(*digest);
        }
        Ok(digests)
    }

    /// The digest of one bucket.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn digest(&self, owner: Owner, bucket: Bucket) -> Result<Digest, StoreError> {
        let stored = self.stored_digest(owner, bucket.number())?;
        let added = self.summands.get(&(owner, bucket.number()));
        Ok(added.map_or(stored, |summand| summand.onto(stored)))
    }

    /// What the server's root is compared with: all buckets of the granted citizens (of months,
    /// those since `window`), and the own ones of stream 0 and the team streams, less `less`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn counted_digests(
        &self,
        window: Month,
        less: &[BucketOf],
    ) -> Result<Vec<BucketDigest>, StoreError> {
        let streams = self.streams()?;
        let granted: HashSet<CitizenId> =
            self.granted()?.into_iter().map(|(citizen, _)| citizen).collect();
        let counts = |of: &BucketOf| {
            let in_scope = match of.owner {
                Owner::Citizen(citizen) => granted.contains(&citizen),
                Owner::Stream(stream) => stream == StreamId::COMMON || streams.contains(&stream),
            };
            let too_old = matches!(of.bucket, Bucket::Month(month) if month < window);
            in_scope && !too_old && !less.contains(of)
        };
        let all = self.digests()?.into_iter();
        let all = all.map(|((owner, bucket), digest)| (BucketOf { owner, bucket }, digest));
        Ok(all
            .filter(|(of, digest)| digest.count > 0 && counts(of))
            .map(|(of, digest)| BucketDigest { of, digest })
            .collect())
    }

    /// All digests counted anew from the log.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn recount_digests(&self) -> Result<Digests, StoreError> {
        let mut digests = Digests::new();
        for (name, citizen, placed) in self.published()? {
            let key = (owner_of(citizen, &placed), bucket(&name.doc, placed.received));
            let digest = digests.entry(key).or_default();
            *digest = digest.plus(&Digest::of(&name.doc, &name.hash));
        }
        Ok(digests)
    }
}

/// The sum of several buckets' digests.
#[must_use]
pub fn root(digests: &[BucketDigest]) -> Digest {
    digests.iter().fold(Digest::default(), |sum, one| sum.plus(&one.digest))
}
