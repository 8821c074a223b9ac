//! SQL of entries and of the gate's questions.

use doegnrytme_core::gate::Dependency;
use doegnrytme_core::ids::{ActorId, ChangeHash, CitizenId, DeviceNumber, DocId, StreamId};
use doegnrytme_core::time::UnixSeconds;
use doegnrytme_core::wire::row::{Content, Origin, Row};
use rusqlite::params;

use super::entry_row::{
    HELD, PUBLISHED, REFUSED, entry_columns, read_entry, read_state, state_columns,
};
use super::{SqliteTx, count, int};
use crate::store::StoreError;
use crate::store::certificate::CertificateNumber;
use crate::store::entry::{EntryKey, EntryState, EntryTx, Standing, StoredEntry};

impl SqliteTx<'_> {
    fn await_missing(&self, key: EntryKey, missing: &[ChangeHash]) -> Result<(), StoreError> {
        let wait = "INSERT OR IGNORE INTO missing (doc, dep, entry)
                    SELECT doc, ?2, key FROM entries WHERE key = ?1";
        for dep in missing {
            self.run(wait, params![key.0, dep.0])?;
        }
        if missing.is_empty() {
            // A newer schema: an empty name that no change has.
            self.run(wait, params![key.0, [0_u8; 0]])?;
        }
        Ok(())
    }
}

impl EntryTx for SqliteTx<'_> {
    fn standing(&mut self, doc: DocId, hash: ChangeHash) -> Result<Option<Standing>, StoreError> {
        let found = self.one(
            "SELECT key, state, reason, stream, seq, bucket, received, device, number, position
             FROM entries WHERE doc = ?1 AND hash = ?2",
            params![doc.to_bytes(), hash.0],
            |row| {
                Ok(Standing {
                    key: EntryKey(row.get(0)?),
                    state: read_state(row, 1)?,
                    received: UnixSeconds(row.get(6)?),
                    missing: Vec::new(),
                    origin: Origin {
                        device: DeviceNumber(row.get(7)?),
                        number: count(row, 8)?,
                        position: row.get(9)?,
                    },
                })
            },
        )?;
        let Some(mut standing) = found else { return Ok(None) };
        if standing.state == EntryState::Parked {
            standing.missing = self.all(
                "SELECT dep FROM missing WHERE entry = ?1 AND length(dep) > 0 ORDER BY dep",
                [standing.key.0],
                |row| row.get(0).map(ChangeHash),
            )?;
        }
        Ok(Some(standing))
    }

    fn put_entry(
        &mut self,
        entry: &StoredEntry,
        missing: &[ChangeHash],
    ) -> Result<EntryKey, StoreError> {
        let Row { entry: signed, content, origin, .. } = &entry.row;
        let joined;
        let content: Option<&[u8]> = match content {
            Content::Change(chunk) => Some(chunk),
            Content::Record { salt, payload } => {
                joined = [salt.as_slice(), payload].concat();
                Some(&joined)
            }
            Content::Withheld => None,
        };
        let (state, reason, stream, seq, bucket) = state_columns(entry.state);
        let key = self.one(
            "INSERT INTO entries (doc, hash, kind, citizen, schema, certificate, written,
                 raw_clock, clock_mark, replaces, content, device, number, position, batch,
                 received, state, reason, stream, seq, bucket, actor, actor_seq, max_op)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
                 ?18, ?19, ?20, ?21, ?22, ?23, ?24)
             RETURNING key",
            params![
                signed.doc.to_bytes(),
                signed.hash.0,
                signed.kind as u8,
                signed.citizen.map(|citizen| citizen.0),
                signed.schema,
                entry.certificate.0,
                signed.written.0,
                signed.raw_clock.0,
                signed.clock_mark as u8,
                signed.replaces.map(|hash| hash.0),
                content,
                origin.device.0,
                int(origin.number),
                origin.position,
                entry.batch.0,
                entry.received.0,
                state,
                reason,
                stream,
                seq,
                bucket,
                entry.authorship.map(|authorship| authorship.actor.0),
                entry.authorship.map(|authorship| int(authorship.seq)),
                entry.authorship.map(|authorship| int(authorship.max_op)),
            ],
            |row| row.get(0).map(EntryKey),
        )?;
        let key = key.ok_or(StoreError::Damaged("entries"))?;
        if entry.state == EntryState::Parked || !missing.is_empty() {
            self.await_missing(key, missing)?;
        }
        Ok(key)
    }

    fn set_state(
        &mut self,
        key: EntryKey,
        state: EntryState,
        missing: &[ChangeHash],
    ) -> Result<(), StoreError> {
        self.run("DELETE FROM missing WHERE entry = ?1", [key.0])?;
        let (number, reason, stream, seq, bucket) = state_columns(state);
        self.run(
            "UPDATE entries SET state = ?2, reason = ?3, stream = ?4, seq = ?5, bucket = ?6
             WHERE key = ?1",
            params![key.0, number, reason, stream, seq, bucket],
        )?;
        if state == EntryState::Parked || !missing.is_empty() {
            self.await_missing(key, missing)?;
        }
        Ok(())
    }

    fn entry(&mut self, key: EntryKey) -> Result<Option<StoredEntry>, StoreError> {
        self.one(
            concat!(
                "SELECT ",
                entry_columns!(),
                " FROM entries e JOIN certificates c ON c.number = e.certificate WHERE e.key = ?1"
            ),
            [key.0],
            read_entry,
        )
    }

    fn waiting_for(&mut self, doc: DocId, hash: ChangeHash) -> Result<Vec<EntryKey>, StoreError> {
        self.all(
            "SELECT entry FROM missing WHERE doc = ?1 AND dep = ?2 ORDER BY entry",
            params![doc.to_bytes(), hash.0],
            |row| row.get(0).map(EntryKey),
        )
    }

    fn waiting_for_schema(&mut self, schema: u16) -> Result<Vec<EntryKey>, StoreError> {
        self.all(
            "SELECT e.key FROM entries e
             WHERE e.state = 0 AND e.schema <= ?1
               AND EXISTS (SELECT 1 FROM missing WHERE entry = e.key AND length(dep) = 0)
             ORDER BY e.key",
            [schema],
            |row| row.get(0).map(EntryKey),
        )
    }

    fn held_for(
        &mut self,
        reason: u8,
        certificate: CertificateNumber,
    ) -> Result<Vec<EntryKey>, StoreError> {
        self.all(
            "SELECT key FROM entries WHERE state = 1 AND reason = ?1 AND certificate = ?2
             ORDER BY key",
            params![reason, certificate.0],
            |row| row.get(0).map(EntryKey),
        )
    }

    fn entries_of(
        &mut self,
        device: DeviceNumber,
        number: u64,
    ) -> Result<Vec<(u16, EntryKey)>, StoreError> {
        self.all(
            "SELECT position, key FROM entries WHERE device = ?1 AND number = ?2
             ORDER BY position",
            params![device.0, int(number)],
            |row| Ok((row.get(0)?, EntryKey(row.get(1)?))),
        )
    }

    fn untried(&mut self, limit: usize) -> Result<Vec<EntryKey>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.all("SELECT key FROM entries WHERE state = 5 ORDER BY key LIMIT ?1", [limit], |row| {
            row.get(0).map(EntryKey)
        })
    }

    fn count_held(&mut self, stream: Option<StreamId>) -> Result<u64, StoreError> {
        let held = self.one(
            "SELECT count(*) FROM entries e WHERE e.state = 1 AND (?1 IS NULL OR e.citizen IN
                 (SELECT citizen FROM citizens WHERE stream = ?1))",
            [stream.map(|stream| stream.0)],
            |row| count(row, 0),
        )?;
        Ok(held.unwrap_or(0))
    }

    fn dependency(&mut self, doc: DocId, hash: ChangeHash) -> Result<Dependency, StoreError> {
        let found = self.one(
            "SELECT state, max_op FROM entries WHERE doc = ?1 AND hash = ?2",
            params![doc.to_bytes(), hash.0],
            |row| Ok((row.get::<_, u8>(0)?, row.get::<_, Option<i64>>(1)?)),
        )?;
        Ok(match found {
            Some((PUBLISHED, max_op)) => Dependency::Known {
                max_op: max_op.and_then(|max_op| u64::try_from(max_op).ok()).unwrap_or(0),
            },
            Some((REFUSED, _)) => Dependency::Refused,
            Some((HELD, _)) => Dependency::Held,
            _ => Dependency::Missing,
        })
    }

    fn last_seq(&mut self, doc: DocId, actor: ActorId) -> Result<u64, StoreError> {
        let last = self.one(
            "SELECT actor_seq FROM entries
             WHERE doc = ?1 AND substr(doc, 1, 1) = x'00' AND actor = ?2 AND state = 4
             ORDER BY actor_seq DESC LIMIT 1",
            params![doc.to_bytes(), actor.0],
            |row| count(row, 0),
        )?;
        Ok(last.unwrap_or(0))
    }

    fn is_taken(
        &mut self,
        doc: DocId,
        actor: ActorId,
        seq: u64,
        except: ChangeHash,
    ) -> Result<bool, StoreError> {
        let found = self.one(
            "SELECT 1 FROM entries
             WHERE doc = ?1 AND substr(doc, 1, 1) = x'00' AND actor = ?2 AND actor_seq = ?3
               AND hash <> ?4 AND state IN (0, 1, 4, 5) LIMIT 1",
            params![doc.to_bytes(), actor.0, int(seq), except.0],
            |_| Ok(()),
        )?;
        Ok(found.is_some())
    }

    fn has_changes(&mut self, doc: DocId, except: ChangeHash) -> Result<bool, StoreError> {
        let found = self.one(
            "SELECT 1 FROM entries WHERE doc = ?1 AND hash <> ?2 AND state IN (0, 1, 4, 5) LIMIT 1",
            params![doc.to_bytes(), except.0],
            |_| Ok(()),
        )?;
        Ok(found.is_some())
    }

    fn citizen_of(&mut self, doc: DocId) -> Result<Option<CitizenId>, StoreError> {
        let citizen = self.one(
            "SELECT citizen FROM entries
             WHERE doc = ?1 AND state = 4 AND citizen IS NOT NULL LIMIT 1",
            [doc.to_bytes()],
            |row| row.get(0).map(CitizenId),
        )?;
        Ok(citizen)
    }
}
