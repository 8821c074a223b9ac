//! SQL of the digests.

use rusqlite::params;

use super::cells::{bytes, signed, unsigned};
use crate::store::digests::{Digests, owner_bytes, owner_from};
use crate::store::{StoreError, Tx};
use crate::wire::digest::Digest;
use crate::wire::scope::{Bucket, Owner};

impl Tx<'_> {
    pub(in crate::store) fn stored_digest(
        &self,
        owner: Owner,
        bucket: u32,
    ) -> Result<Digest, StoreError> {
        const SQL: &str = "SELECT count, sum FROM digests WHERE owner = ?1 AND bucket = ?2";
        let read =
            |row: &rusqlite::Row<'_>| Ok(Digest { count: unsigned(row, 0)?, sum: bytes(row, 1)? });
        Ok(self.one(SQL, params![owner_bytes(owner), bucket], read)?.unwrap_or_default())
    }

    pub(in crate::store) fn put_digest(
        &mut self,
        owner: Owner,
        bucket: u32,
        digest: &Digest,
    ) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO digests (owner, bucket, count, sum) VALUES (?1, ?2, ?3, ?4) \
            ON CONFLICT (owner, bucket) DO UPDATE SET count = excluded.count, sum = excluded.sum";
        let values = params![owner_bytes(owner), bucket, signed(digest.count), digest.sum];
        self.run(SQL, values).map(drop)
    }

    pub(in crate::store) fn stored_digests(&self) -> Result<Digests, StoreError> {
        const SQL: &str = "SELECT owner, bucket, count, sum FROM digests";
        let rows = self.all(SQL, [], |row| {
            let owner: Vec<u8> = row.get(0)?;
            let bucket: u32 = unsigned(row, 1)?;
            Ok((owner, bucket, Digest { count: unsigned(row, 2)?, sum: bytes(row, 3)? }))
        })?;
        rows.into_iter()
            .map(|(owner, bucket, digest)| {
                let owner = owner_from(&owner).ok_or(StoreError::Unreadable("an owner"))?;
                let bucket =
                    Bucket::from_number(bucket).ok_or(StoreError::Unreadable("a bucket"))?;
                Ok(((owner, bucket), digest))
            })
            .collect()
    }
}
