//! Entries that were imported before: which id each has, and what the file said last.

use std::collections::{BTreeMap, BTreeSet};

use doegnrytme_core::care::command::PlanCommand;
use doegnrytme_core::care::field::{Field, Scalar, Section};
use doegnrytme_core::ids::{CitizenId, ItemId};
use doegnrytme_core::port::random;
use doegnrytme_core::wire::from_bytes;

use super::RowError;
use super::citizen::EntryRow;
use super::fields::BadRow;
use crate::node::Context;
use crate::store::outside::Imported;
use crate::store::{StoreError, Tx};

/// An id of forty random bits is drawn again when the plan has it.
const DRAWS: usize = 64;

/// An entry of the file beside what was imported before.
pub(super) struct Compared {
    /// Its id in the plan.
    pub(super) id: ItemId,
    /// All its fields as the file says them now.
    pub(super) fields: Vec<(Field, Scalar)>,
    /// Whether the file says something that it did not say before.
    pub(super) is_news: bool,
    /// What has to be written.
    pub(super) commands: Vec<PlanCommand>,
}

/// What was imported of a citizen's plan before, and which ids are taken.
pub(super) struct Known {
    entries: BTreeMap<(Section, String), Imported>,
    ids: BTreeSet<ItemId>,
    goals: BTreeMap<String, ItemId>,
}

fn item(imported: &Imported) -> Result<ItemId, StoreError> {
    let id = imported.id.as_slice().try_into();
    id.map(ItemId).map_err(|_| StoreError::Damaged("an imported id"))
}

impl Known {
    /// What the store remembers.
    pub(super) fn load(tx: &mut dyn Tx, citizen: CitizenId) -> Result<Self, StoreError> {
        let mut entries = BTreeMap::new();
        let mut ids = BTreeSet::new();
        let mut goals = BTreeMap::new();
        for section in Section::ALL {
            for (outside, imported) in tx.imported(citizen, section.key())? {
                ids.insert(item(&imported)?);
                if *section == Section::Goals {
                    goals.insert(outside.clone(), item(&imported)?);
                }
                entries.insert((*section, outside), imported);
            }
        }
        Ok(Self { entries, ids, goals })
    }

    /// Compares an entry of the file with what the file said before.
    pub(super) fn entry(
        &mut self,
        row: &EntryRow,
        context: &mut Context<'_>,
    ) -> Result<Compared, RowError> {
        let goal = match &row.goal {
            None => None,
            Some(goal) => {
                let place = format!("{}.goal", row.place);
                let id = self.goals.get(goal).copied();
                Some(id.ok_or_else(|| BadRow::at(&place, "no such goal"))?)
            }
        };
        match self.entries.get(&(row.section, row.outside_id.clone())) {
            Some(known) => again(row, goal, known),
            None => self.first(row, goal, context),
        }
    }

    fn first(
        &mut self,
        row: &EntryRow,
        goal: Option<ItemId>,
        context: &mut Context<'_>,
    ) -> Result<Compared, RowError> {
        let mut draws = std::iter::repeat_with(|| ItemId(random(context.rng))).take(DRAWS);
        let id = draws.find(|id| !self.ids.contains(id)).ok_or(StoreError::Damaged("item ids"))?;
        self.ids.insert(id);
        if row.section == Section::Goals {
            self.goals.insert(row.outside_id.clone(), id);
        }
        let command = row.command(id, goal);
        let fields = fields(&command);
        Ok(Compared { id, fields, is_news: true, commands: vec![command] })
    }
}

fn fields(command: &PlanCommand) -> Vec<(Field, Scalar)> {
    let (_, _, puts) = command.puts();
    puts.into_iter().map(|(field, value)| (field, value.clone())).collect()
}

/// An entry that was imported before: one put for each field that the file says otherwise now.
/// A field that the file no longer names stays; so does a rank that was only the place in the file.
fn again(row: &EntryRow, goal: Option<ItemId>, known: &Imported) -> Result<Compared, RowError> {
    let id = item(known)?;
    let before: Vec<(Field, Scalar)> =
        from_bytes(&known.said).map_err(|_| StoreError::Damaged("what was imported"))?;
    let mut now = fields(&row.command(id, goal));
    if !row.own_rank {
        now.retain(|(field, _)| *field != Field::Rank);
    }
    let news: Vec<(Field, Scalar)> =
        now.iter().filter(|put| !before.contains(put)).cloned().collect();
    let stays = |(field, _): &&(Field, Scalar)| now.iter().all(|(named, _)| named != field);
    let kept: Vec<(Field, Scalar)> = before.iter().filter(stays).cloned().collect();
    let section = row.section;
    let put = |(field, value)| PlanCommand::Put { section, entry: id, field, value };
    let is_news = !news.is_empty();
    let commands = news.into_iter().map(put).collect();
    now.extend(kept);
    Ok(Compared { id, fields: now, is_news, commands })
}
