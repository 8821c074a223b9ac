//! SQL of facts.

use doegnrytme_core::care::note::{NoteKind, PhraseId};
use doegnrytme_core::ids::{CitizenId, NoteId, StreamId};
use doegnrytme_core::time::LocalDay;
use rusqlite::{Row, params};

use super::{SqliteTx, count, damaged, int};
use crate::store::StoreError;
use crate::store::fact::{Fact, FactTx};

const COLUMNS: &str = "note, citizen, kind, day, points_at, phrases, as_agreed";

fn fact(row: &Row<'_>) -> rusqlite::Result<Fact> {
    let kind: String = row.get(2)?;
    let points_at: Option<[u8; 16]> = row.get(4)?;
    let phrases: Vec<u8> = row.get(5)?;
    let (phrases, _) = phrases.as_chunks::<2>();
    Ok(Fact {
        note: NoteId(row.get(0)?),
        citizen: CitizenId(row.get(1)?),
        kind: NoteKind::from_key(&kind).ok_or_else(|| damaged(2))?,
        day: LocalDay(row.get(3)?),
        points_at: points_at.map(NoteId),
        phrases: phrases.iter().map(|bytes| PhraseId(u16::from_be_bytes(*bytes))).collect(),
        as_agreed: row.get(6)?,
    })
}

impl FactTx for SqliteTx<'_> {
    fn projected(&mut self, stream: StreamId) -> Result<u64, StoreError> {
        let seq = self
            .one("SELECT seq FROM projected WHERE stream = ?1", [stream.0], |row| count(row, 0))?;
        Ok(seq.unwrap_or(0))
    }

    fn set_projected(&mut self, stream: StreamId, seq: u64) -> Result<(), StoreError> {
        self.run(
            "INSERT OR REPLACE INTO projected (stream, seq) VALUES (?1, ?2)",
            params![stream.0, int(seq)],
        )
        .map(|_| ())
    }

    fn put_fact(&mut self, fact: &Fact) -> Result<(), StoreError> {
        let phrases: Vec<u8> =
            fact.phrases.iter().flat_map(|phrase| phrase.0.to_be_bytes()).collect();
        self.run(
            &format!(
                "INSERT OR REPLACE INTO facts ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
            ),
            params![
                fact.note.0,
                fact.citizen.0,
                fact.kind.key(),
                fact.day.0,
                fact.points_at.map(|note| note.0),
                phrases,
                fact.as_agreed
            ],
        )
        .map(|_| ())
    }

    fn facts_of(&mut self, citizen: CitizenId, day: LocalDay) -> Result<Vec<Fact>, StoreError> {
        // UNION without ALL: a ring of notes that point at each other ends.
        self.all(
            &format!(
                "WITH RECURSIVE told (note) AS (
                     SELECT note FROM facts WHERE citizen = ?1 AND day = ?2 AND kind = 'visit'
                     UNION
                     SELECT f.note FROM facts f JOIN told t ON f.points_at = t.note
                     WHERE f.citizen = ?1
                 )
                 SELECT {COLUMNS} FROM facts WHERE note IN (SELECT note FROM told) ORDER BY note"
            ),
            params![citizen.0, day.0],
            fact,
        )
    }

    fn facts(&mut self) -> Result<Vec<Fact>, StoreError> {
        self.all(&format!("SELECT {COLUMNS} FROM facts ORDER BY note"), [], fact)
    }

    fn forget_facts(&mut self) -> Result<(), StoreError> {
        self.run("DELETE FROM facts", [])?;
        self.run("DELETE FROM projected", []).map(|_| ())
    }
}
