//! Reading everything anew, and saying where the facts kept step by step differ.

use std::collections::BTreeMap;

use doegnrytme_core::ids::{NoteId, StreamId};

use super::pages::page_up_to;
use crate::store::fact::Fact;
use crate::store::{StoreError, Tx};

/// All facts, read anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anew {
    /// How far each stream was read.
    marks: Vec<(StreamId, u64)>,
    facts: BTreeMap<NoteId, Fact>,
}

/// Where kept facts differ from those read anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    /// A published note has no fact.
    Missing(NoteId),
    /// A fact says something else than its note.
    Different(NoteId),
    /// A fact has no published note.
    Surplus(NoteId),
}

impl Anew {
    /// Reads every row up to where its stream was read step by step. A reader's transaction will
    /// do; all facts are held in memory [about 150 bytes a note].
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn read(tx: &mut dyn Tx) -> Result<Self, StoreError> {
        let mut anew = Self { marks: Vec::new(), facts: BTreeMap::new() };
        for team in tx.teams()? {
            let mark = tx.projected(team.stream)?;
            anew.marks.push((team.stream, mark));
            let mut from = 0;
            while from < mark {
                // Not a row further: what comes behind the mark has no fact yet.
                let Some(page) = page_up_to(tx, team.stream, from, mark)? else { break };
                from = page.to;
                anew.facts.extend(page.facts.into_iter().map(|fact| (fact.note, fact)));
            }
        }
        Ok(anew)
    }

    /// Compares with what is kept.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn compare(&self, tx: &mut dyn Tx) -> Result<Vec<Difference>, StoreError> {
        let kept: BTreeMap<NoteId, Fact> =
            tx.facts()?.into_iter().map(|fact| (fact.note, fact)).collect();
        let of_notes = self.facts.iter().filter_map(|(note, fact)| match kept.get(note) {
            None => Some(Difference::Missing(*note)),
            Some(known) => (known != fact).then_some(Difference::Different(*note)),
        });
        let of_nothing = kept.keys().filter(|note| !self.facts.contains_key(note));
        Ok(of_notes.chain(of_nothing.copied().map(Difference::Surplus)).collect())
    }

    /// Puts these facts in place of those that are kept, unless a stream was read on in the
    /// meantime; false then.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn replace(&self, tx: &mut dyn Tx) -> Result<bool, StoreError> {
        for (stream, mark) in &self.marks {
            if tx.projected(*stream)? != *mark {
                return Ok(false);
            }
        }
        tx.forget_facts()?;
        for fact in self.facts.values() {
            tx.put_fact(fact)?;
        }
        for (stream, mark) in &self.marks {
            tx.set_projected(*stream, *mark)?;
        }
        Ok(true)
    }
}
