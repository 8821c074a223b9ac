//! What tablets hold, read from their stores for the comparison and for the report.

use std::collections::{BTreeMap, BTreeSet};

use doegnrytme_core::care::field::Scalar;
use doegnrytme_core::care::handover::threads;
use doegnrytme_core::care::note::{Author, Note, Recipient};
use doegnrytme_core::ids::{CarerId, DocId, NoteId, RecordKind};
use doegnrytme_core::store::StoreError;
use doegnrytme_core::tablet::Machine;
use doegnrytme_core::tablet::plan::read_plan;
use doegnrytme_core::wire::record::{Directory, Payload as _};
use doegnrytme_core::wire::sha256;

use super::player::Player;
use super::report::{ConflictLine, HandoverLine, Report};
use super::trouble::Trouble;
use super::visits::{self, Names, title_of};

/// What a tablet holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// Citizens with a plan.
    pub plans: usize,
    /// Changes of plans in the log.
    pub plan_changes: usize,
    /// Notes but for those of before.
    pub notes: usize,
    /// A hash over every note, every change of a plan and every value that is shown.
    pub(super) content: [u8; 32],
}

/// What a tablet holds.
///
/// # Errors
/// [`Trouble`].
pub fn holding(machine: &mut Machine) -> Result<Holding, Trouble> {
    Ok(machine.store().read(|tx| {
        let mut content = Vec::new();
        let citizens = tx.planned_citizens()?;
        for citizen in &citizens {
            content.extend_from_slice(&citizen.0);
            for value in tx.plan_values(*citizen)? {
                let shown = (&value.section, &value.entry, &value.field, value.place, &value.value);
                content.extend_from_slice(format!("{shown:?}").as_bytes());
            }
        }
        let mut plan_changes = 0;
        for doc in tx.plans()? {
            let mut hashes: Vec<[u8; 32]> =
                tx.log_of(&doc)?.iter().map(|row| row.entry.hash.0).collect();
            hashes.sort_unstable();
            plan_changes += hashes.len();
            hashes.iter().for_each(|hash| content.extend_from_slice(hash));
        }
        let rows = tx.all_notes()?;
        for row in &rows {
            content.extend_from_slice(&row.note.id.0);
            content.extend_from_slice(&row.hash.0);
        }
        let own = |note: &Note| matches!(note.author, Author::Carer(_));
        let notes = rows.iter().filter(|row| own(&row.note)).count();
        let content = sha256(&[&content]);
        Ok::<_, StoreError>(Holding { plans: citizens.len(), plan_changes, notes, content })
    })?)
}

/// How many notes are among these documents.
#[must_use]
pub fn notes_among(docs: &[DocId]) -> usize {
    docs.iter().filter(|doc| matches!(doc, DocId::Note(_))).count()
}

/// The notes that a tablet holds.
///
/// # Errors
/// [`Trouble`].
pub fn notes(machine: &mut Machine) -> Result<BTreeSet<NoteId>, Trouble> {
    let rows = machine.store().read(|tx| tx.all_notes())?;
    Ok(rows.into_iter().map(|row| row.note.id).collect())
}

/// Rows without a verdict, and rows that the server holds back.
///
/// # Errors
/// [`Trouble`].
pub fn unsettled(machine: &mut Machine) -> Result<(u64, u64), Trouble> {
    Ok(machine.store().read(|tx| Ok::<_, StoreError>((tx.open_count()?, tx.held_count()?)))?)
}

/// Reads conflicts and handovers as they stand on one tablet.
///
/// # Errors
/// [`Trouble`].
pub fn read(player: &Player, report: &mut Report) -> Result<(), Trouble> {
    let (conflicts, handovers) = player.look(|machine| {
        let (names, carers) = (visits::names(machine)?, carers(machine)?);
        Ok((conflicts(machine, &names, &carers)?, handovers(machine, &names, &carers)?))
    })?;
    report.conflicts = conflicts;
    report.handovers = handovers;
    Ok(())
}

type Carers = BTreeMap<CarerId, String>;

fn carers(machine: &mut Machine) -> Result<Carers, Trouble> {
    let rows = machine.store().read(|tx| tx.records(RecordKind::Directory))?;
    let entries = rows.iter().filter_map(|row| Directory::read(&row.payload).ok());
    Ok(entries
        .filter_map(|entry| match entry {
            Directory::Carer { carer, name, .. } => Some((carer, name)),
            Directory::Team { .. } => None,
        })
        .collect())
}

fn name_of(author: &Author, carers: &Carers) -> String {
    match author {
        Author::Carer(carer) => carers.get(carer).cloned().unwrap_or_else(|| carer.to_string()),
        Author::Outside(name) => name.clone(),
        Author::Municipality => "the municipality".to_owned(),
    }
}

fn conflicts(
    machine: &mut Machine,
    names: &Names,
    carers: &Carers,
) -> Result<Vec<ConflictLine>, Trouble> {
    Ok(machine.store().read(|tx| {
        let mut lines = Vec::new();
        for (citizen, _) in tx.conflict_counts()? {
            let plan = read_plan(tx, citizen)?;
            let name = names.get(&citizen).map(|(name, _)| name.clone()).unwrap_or_default();
            lines.extend(plan.conflicts.iter().map(|conflict| {
                ConflictLine {
                    citizen: name.clone(),
                    entry: title_of(&plan, conflict.section, conflict.entry),
                    field: conflict.field.key().to_owned(),
                    values: conflict
                        .values
                        .iter()
                        .map(|value| (words(&value.value), name_of(&value.author, carers)))
                        .collect(),
                }
            }));
        }
        lines.sort_by(|a: &ConflictLine, b| a.citizen.cmp(&b.citizen));
        Ok::<_, StoreError>(lines)
    })?)
}

fn words(value: &Scalar) -> String {
    match value {
        Scalar::Text(text) => text.clone(),
        Scalar::Int(number) => number.to_string(),
        Scalar::Bool(yes) => (if *yes { "ja" } else { "nej" }).to_owned(),
    }
}

fn handovers(
    machine: &mut Machine,
    names: &Names,
    carers: &Carers,
) -> Result<Vec<HandoverLine>, Trouble> {
    let notes: Vec<Note> = machine.store().read(|tx| {
        Ok::<_, StoreError>(tx.all_notes()?.into_iter().map(|row| row.note).collect())
    })?;
    let by_id: BTreeMap<_, &Note> = notes.iter().map(|note| (note.id, note)).collect();
    let lines = threads(&notes).into_iter().filter_map(|thread| {
        let note = by_id.get(&thread.note)?;
        Some(HandoverLine {
            citizen: names.get(&note.citizen).map(|(name, _)| name.clone()).unwrap_or_default(),
            from: name_of(&thread.from, carers),
            to: thread.to.map_or_else(|| "team".to_owned(), |to| recipient(to, carers)),
            text: note.text.clone(),
            taken_by: thread.takers.iter().map(|reply| name_of(&reply.by, carers)).collect(),
            answers: thread.answers.iter().map(|reply| reply.text.clone()).collect(),
        })
    });
    Ok(lines.collect())
}

fn recipient(to: Recipient, carers: &Carers) -> String {
    match to {
        Recipient::Function(function) => function.key().replace('_', " "),
        Recipient::Carer(carer) => name_of(&Author::Carer(carer), carers),
    }
}
