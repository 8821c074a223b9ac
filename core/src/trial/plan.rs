//! A plan's change on trial.

use std::collections::{BTreeMap, BTreeSet};

use super::{Asked, Reason};
use crate::care::authority::actions;
use crate::care::command::{Command, PlanCommand};
use crate::care::field::{Field, Scalar, Section, rule};
use crate::care::role::Roles;
use crate::document::{DocumentError, MapPlace, PlanContents, PlanDoc, PlanField, scalar};
use crate::gate::{Contents, GatedChange, RESERVED_ACTOR};
use crate::ids::{ActorId, ItemId, OpId};
use crate::time::EARLIEST;

/// A published plan that changes are tried on, with what stands in it.
#[derive(Debug, Clone)]
pub struct Base {
    plan: PlanDoc,
    contents: PlanContents,
}

impl Base {
    /// Reads what stands in a plan.
    ///
    /// # Errors
    /// [`Reason`] when it cannot be read.
    pub fn of(plan: PlanDoc) -> Result<Self, Reason> {
        let contents = plan.contents()?;
        Ok(Self { plan, contents })
    }

    /// The plan.
    #[must_use]
    pub fn plan(&self) -> &PlanDoc {
        &self.plan
    }
}

/// A change that passed.
#[derive(Debug, Clone)]
pub struct Passed {
    /// The plan with it.
    pub base: Base,
    /// Who may do the items of which it says so (M14).
    pub items: Vec<(ItemId, Roles)>,
}

/// Tries a change on the published plan: its operations are ours, Automerge takes it, the result
/// reads back from its bytes with the same heads, nothing else has changed, a person could go on
/// writing, and its author may do what it does.
///
/// # Errors
/// [`Reason`], the first that was found.
pub fn plan(base: &Base, change: &GatedChange, asked: &Asked<'_>) -> Result<Passed, Reason> {
    let commands = if change.shape().actor == RESERVED_ACTOR {
        // A migration is fixed bytes; the gate knows its hash.
        Vec::new()
    } else {
        commands(&base.plan, change)?
    };
    let mut plan = base.plan.clone();
    plan.apply(change)?;
    let loaded = plan.reloaded()?;
    let contents = loaded.contents()?;
    if change.shape().actor != RESERVED_ACTOR {
        nothing_else_changed(&base.contents, &contents, &commands)?;
    }
    if loaded.schema()? != i64::from(asked.schema) {
        return Err(Reason::Schema);
    }
    can_be_edited(&loaded)?;
    may_do(&commands, asked)?;
    Ok(Passed { items: items(&contents, &commands), base: Base { plan, contents } })
}

/// An entry that a change makes, with its fields.
type Made = (Section, ItemId, Vec<(Field, Scalar)>);

/// What the operations order, in our words.
fn commands(base: &PlanDoc, change: &GatedChange) -> Result<Vec<PlanCommand>, Reason> {
    let contents = Contents::read(change.bytes()).map_err(|_| Reason::DoesNotApply)?;
    let mut maps = base.maps()?;
    let mut made: BTreeMap<OpId, Made> = BTreeMap::new();
    let mut commands = Vec::new();
    for operation in contents.operations {
        let map = operation.object.ok_or(Reason::Container)?;
        match (maps.get(&map).copied().ok_or(Reason::UnknownMap)?, operation.put) {
            (MapPlace::Section(section), None) => {
                let entry = operation.key.parse().map_err(|_| Reason::UnknownKey)?;
                maps.insert(operation.id, MapPlace::Entry(section, entry));
                made.insert(operation.id, (section, entry, Vec::new()));
            }
            (MapPlace::Section(_), Some(_)) => return Err(Reason::Container),
            (MapPlace::Entry(..), None) => return Err(Reason::TooDeep),
            (MapPlace::Entry(section, entry), Some(value)) => {
                let field = Field::from_key(operation.key).ok_or(Reason::UnknownKey)?;
                let known = rule(section, field).ok_or(Reason::UnknownKey)?;
                let value = scalar(value).ok_or(Reason::Kind)?;
                known.kind.check(&value).map_err(|_| Reason::Kind)?;
                match made.get_mut(&map) {
                    Some((_, _, fields)) => fields.push((field, value)),
                    None => commands.push(PlanCommand::Put { section, entry, field, value }),
                }
            }
        }
    }
    let added = made.into_values();
    commands.extend(added.map(|(section, entry, fields)| PlanCommand::AddEntry {
        section,
        entry,
        fields,
    }));
    let valid = commands.iter().all(|command| command.validate().is_ok());
    if valid { Ok(commands) } else { Err(Reason::NotValid) }
}

type Key<'a> = (&'a str, &'a str, &'a str);

fn by_key(contents: &PlanContents) -> BTreeMap<Key<'_>, &PlanField> {
    contents
        .fields
        .iter()
        .map(|field| ((&field.section[..], &field.entry[..], &field.field[..]), field))
        .collect()
}

/// An operation may name a value of another field as the one that it replaces, which Automerge
/// might then hide.
pub(super) fn nothing_else_changed(
    before: &PlanContents,
    after: &PlanContents,
    commands: &[PlanCommand],
) -> Result<(), Reason> {
    let written: BTreeSet<(&str, String, &str)> = commands
        .iter()
        .flat_map(|command| {
            let (section, entry, puts) = command.puts();
            puts.into_iter().map(move |(field, _)| (section.key(), entry.to_string(), field.key()))
        })
        .collect();
    let (before, after) = (by_key(before), by_key(after));
    let kept = |(section, entry, field): &Key<'_>| {
        written.contains(&(*section, (*entry).to_owned(), *field))
    };
    let same =
        before.keys().chain(after.keys()).all(|key| kept(key) || before.get(key) == after.get(key));
    if same { Ok(()) } else { Err(Reason::HidesAnother) }
}

/// A new entry with a value in it, as any tablet would write it next.
fn can_be_edited(plan: &PlanDoc) -> Result<(), Reason> {
    let (section, entry) = (Section::LifeStory, ItemId([0xff; 5]));
    let mut copy = plan.clone();
    let add = PlanCommand::AddEntry { section, entry, fields: vec![(Field::Text, "a".into())] };
    let put = PlanCommand::Put { section, entry, field: Field::Text, value: "b".into() };
    let actor = ActorId([0xff; 16]);
    // An entry of that id is there already, when somebody has minted it: then it can be written in.
    let written = match copy.edit(&[add], actor, EARLIEST) {
        Err(DocumentError::EntryExists(_)) => copy.edit(&[put], actor, EARLIEST),
        added => added,
    };
    if written.is_ok() { Ok(()) } else { Err(Reason::NotEditable) }
}

fn may_do(commands: &[PlanCommand], asked: &Asked<'_>) -> Result<(), Reason> {
    let Some(roles) = asked.roles else { return Ok(()) };
    let allowed = commands.iter().all(|edit| {
        let command = Command::Plan { citizen: asked.citizen, edit: edit.clone() };
        actions(&command).into_iter().all(|action| asked.authority.check(action, roles).is_ok())
    });
    if allowed { Ok(()) } else { Err(Reason::NotAllowed) }
}

/// The roles of each item whose roles were written, as the plan shows them now.
fn items(after: &PlanContents, commands: &[PlanCommand]) -> Vec<(ItemId, Roles)> {
    let touched = commands.iter().filter_map(|command| {
        let (section, entry, puts) = command.puts();
        let roles = puts.iter().any(|(field, _)| *field == Field::Roles);
        (section == Section::Items && roles).then_some(entry)
    });
    let fields = by_key(after);
    touched
        .filter_map(|item| {
            let id = item.to_string();
            let field = fields.get(&(Section::Items.key(), &id[..], Field::Roles.key()))?;
            match field.values.first()? {
                (Scalar::Int(bits), _) => {
                    Some((item, Roles::from_bits(u32::try_from(*bits).ok()?)))
                }
                _ => None,
            }
        })
        .collect()
}
