//! SQL of what the tablet may read, how far it has read, and what it still wants.

use rusqlite::params;

use super::cells::{bytes, cbor, signed, unsigned};
use crate::ids::{CitizenId, Nonce, StreamId};
use crate::store::digests::{owner_bytes, owner_from};
use crate::store::{SCOPE_SERIAL, SCOPE_STREAMS, StoreError, Tx, VERDICT_CURSOR};
use crate::wire::cursor::{Cursor, StreamCursor};
use crate::wire::digest::BucketOf;
use crate::wire::scope::{Bucket, BucketAsk, Owner, Scope};
use crate::wire::to_bytes;

/// Most nonces that are kept: what the server keeps, too.
const NONCES: u32 = 4;

fn asked(row: &rusqlite::Row<'_>) -> rusqlite::Result<BucketAsk> {
    let owner: Vec<u8> = row.get(0)?;
    let number: u32 = unsigned(row, 1)?;
    let bad = rusqlite::Error::IntegralValueOutOfRange(1, i64::from(number));
    let (owner, bucket) = owner_from(&owner).zip(Bucket::from_number(number)).ok_or(bad)?;
    Ok(BucketAsk { owner, bucket, part: unsigned(row, 2)? })
}

impl Tx<'_> {
    /// How far each stream was read.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn cursors(&self) -> Result<Vec<StreamCursor>, StoreError> {
        self.all("SELECT stream, cursor FROM cursors ORDER BY stream", [], |row| {
            Ok(StreamCursor { stream: StreamId(unsigned(row, 0)?), cursor: cbor(row, 1)? })
        })
    }

    /// How far one stream was read.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn cursor(&self, stream: StreamId) -> Result<Option<Cursor>, StoreError> {
        const SQL: &str = "SELECT cursor FROM cursors WHERE stream = ?1";
        self.one(SQL, [stream.0], |row| cbor(row, 0))
    }

    /// Moves a stream's cursor, in the transaction that stores what lies before it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn put_cursor(&mut self, stream: StreamId, cursor: &Cursor) -> Result<(), StoreError> {
        if self.faults.cursor_apart_from_data {
            self.apart.push((stream, *cursor));
        }
        self.store_cursor(stream, cursor)
    }

    pub(in crate::store) fn store_cursor(
        &mut self,
        stream: StreamId,
        cursor: &Cursor,
    ) -> Result<(), StoreError> {
        const SQL: &str = "INSERT OR REPLACE INTO cursors (stream, cursor) VALUES (?1, ?2)";
        self.run(SQL, params![stream.0, to_bytes(cursor)]).map(drop)
    }

    /// Forgets how far a stream was read: it left the scope, or the server was rolled back.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn clear_cursor(&mut self, stream: StreamId) -> Result<(), StoreError> {
        self.run("DELETE FROM cursors WHERE stream = ?1", [stream.0]).map(drop)
    }

    /// Adds nonces of the server's; spent ones and the oldest beyond four fall out.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn put_nonces(&mut self, nonces: &[Nonce]) -> Result<(), StoreError> {
        if nonces.is_empty() {
            return Ok(());
        }
        self.run("DELETE FROM nonces WHERE spent = 1", [])?;
        for nonce in nonces {
            self.run("INSERT OR IGNORE INTO nonces (nonce, spent) VALUES (?1, 0)", [nonce.0])?;
        }
        const SQL: &str = "DELETE FROM nonces WHERE id NOT IN \
            (SELECT id FROM nonces ORDER BY id DESC LIMIT ?1)";
        self.run(SQL, [NONCES]).map(drop)
    }

    /// Takes the oldest nonce to spend it. The last one stays and is handed out again: under a
    /// spent nonce the server still answers with fresh ones.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn take_nonce(&mut self) -> Result<Option<Nonce>, StoreError> {
        const SQL: &str = "SELECT id, nonce FROM nonces ORDER BY spent, id LIMIT 1";
        let found = self.one(SQL, [], |row| Ok((row.get::<_, i64>(0)?, Nonce(bytes(row, 1)?))))?;
        let Some((id, nonce)) = found else { return Ok(None) };
        if self.nonce_count()? > 1 {
            self.run("DELETE FROM nonces WHERE id = ?1", [id])?;
        } else {
            self.run("UPDATE nonces SET spent = 1 WHERE id = ?1", [id])?;
        }
        Ok(Some(nonce))
    }

    /// How many nonces are left, the spent one included.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn nonce_count(&self) -> Result<u64, StoreError> {
        Ok(self.one("SELECT COUNT(*) FROM nonces", [], |row| unsigned(row, 0))?.unwrap_or(0))
    }

    /// Acts on a scope: grants become the new ones, every bucket of a citizen who was not granted
    /// from that stream before is wanted, and so are a new stream's own records. Says who is no
    /// longer granted; what is stored of them stays until it is purged.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn put_scope(&mut self, scope: &Scope) -> Result<Vec<CitizenId>, StoreError> {
        let before = self.granted()?;
        let streams = self.streams()?;
        for grant in &scope.grants {
            if !before.contains(&(grant.citizen, grant.stream)) {
                for bucket in &grant.buckets {
                    self.want(BucketOf { owner: Owner::Citizen(grant.citizen), bucket: *bucket })?;
                }
            }
        }
        for stream in scope.streams.iter().filter(|stream| !streams.contains(stream)) {
            self.want(BucketOf { owner: Owner::Stream(*stream), bucket: Bucket::Records })?;
        }
        self.run("DELETE FROM grants", [])?;
        for grant in &scope.grants {
            const SQL: &str =
                "INSERT OR REPLACE INTO grants (citizen, stream, covered) VALUES (?1, ?2, ?3)";
            let values = params![grant.citizen.0, grant.stream.0, signed(grant.covered)];
            self.run(SQL, values)?;
        }
        self.put_single(&SCOPE_SERIAL, &scope.serial)?;
        self.put_single(&SCOPE_STREAMS, &scope.streams)?;
        self.leave(scope, &before, &streams)
    }

    /// Nothing more is wanted or read of what is no longer in the scope.
    fn leave(
        &mut self,
        scope: &Scope,
        before: &[(CitizenId, StreamId)],
        streams: &[StreamId],
    ) -> Result<Vec<CitizenId>, StoreError> {
        let gone = before.iter().map(|(citizen, _)| *citizen);
        let gone = gone.filter(|citizen| scope.grants.iter().all(|new| new.citizen != *citizen));
        let gone: Vec<CitizenId> = gone.collect();
        for citizen in &gone {
            self.unwant(Owner::Citizen(*citizen))?;
        }
        for stream in streams.iter().filter(|stream| !scope.streams.contains(stream)) {
            self.unwant(Owner::Stream(*stream))?;
            self.clear_cursor(*stream)?;
        }
        Ok(gone)
    }

    /// The serial of the scope that the tablet acts on; 0 for none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn scope_serial(&self) -> Result<u64, StoreError> {
        Ok(self.single(&SCOPE_SERIAL)?.unwrap_or(0))
    }

    /// The team streams that the tablet reads, besides stream 0.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn streams(&self) -> Result<Vec<StreamId>, StoreError> {
        Ok(self.single(&SCOPE_STREAMS)?.unwrap_or_default())
    }

    /// How far the verdict log was read.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn verdict_cursor(&self) -> Result<Option<Cursor>, StoreError> {
        self.single(&VERDICT_CURSOR)
    }

    /// Moves the verdict cursor, in the transaction that applies the verdicts.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn put_verdict_cursor(&mut self, cursor: &Cursor) -> Result<(), StoreError> {
        self.put_single(&VERDICT_CURSOR, cursor)
    }

    /// Whom this tablet may read, and in which stream.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn granted(&self) -> Result<Vec<(CitizenId, StreamId)>, StoreError> {
        self.all("SELECT citizen, stream FROM grants ORDER BY citizen", [], |row| {
            Ok((CitizenId(bytes(row, 0)?), StreamId(unsigned(row, 1)?)))
        })
    }

    /// Wants a bucket from its first part; one that is wanted already goes on where it is.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn want(&mut self, of: BucketOf) -> Result<(), StoreError> {
        const SQL: &str = "INSERT OR IGNORE INTO wanted (owner, bucket, part) VALUES (?1, ?2, 0)";
        self.run(SQL, params![owner_bytes(of.owner), of.bucket.number()]).map(drop)
    }

    /// Nothing of an owner is wanted any more.
    pub(in crate::store) fn unwant(&mut self, owner: Owner) -> Result<(), StoreError> {
        self.run("DELETE FROM wanted WHERE owner = ?1", [owner_bytes(owner)]).map(drop)
    }

    /// What is to be fetched next: streams' own records, plans, citizens' records, then months,
    /// newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn wanted(&self, limit: u32) -> Result<Vec<BucketAsk>, StoreError> {
        // An owner of four bytes is a stream; bucket 0 is the plan, 1 the records.
        const SQL: &str = "SELECT owner, bucket, part FROM wanted \
            ORDER BY length(owner) > 4, bucket > 1, \
            CASE WHEN bucket > 1 THEN -bucket ELSE bucket END, owner LIMIT ?1";
        self.all(SQL, [limit], asked)
    }

    /// How many buckets are still wanted.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn wanted_count(&self) -> Result<u64, StoreError> {
        Ok(self.one("SELECT COUNT(*) FROM wanted", [], |row| unsigned(row, 0))?.unwrap_or(0))
    }

    /// A part of a bucket was stored: the next one is wanted, or the bucket is done.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn wanted_done(&mut self, ask: &BucketAsk, parts: u16) -> Result<(), StoreError> {
        const DONE: &str = "DELETE FROM wanted WHERE owner = ?1 AND bucket = ?2";
        const NEXT: &str = "UPDATE wanted SET part = ?3 WHERE owner = ?1 AND bucket = ?2";
        let next = ask.part.saturating_add(1);
        let (owner, bucket) = (owner_bytes(ask.owner), ask.bucket.number());
        if next >= parts {
            return self.run(DONE, params![owner, bucket]).map(drop);
        }
        self.run(NEXT, params![owner, bucket, next]).map(drop)
    }
}
