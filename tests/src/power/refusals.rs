//! Single operations, of which the disk refuses one call after the other: the first, then the
//! second, until the operation passes untouched. Each time the operation says so or is done, the
//! store goes on when the disk does, and in the end everything that was confirmed is everywhere.

use std::path::Path;

use doegnrytme_core::store::{Faults, StoreError};
use doegnrytme_core::tablet::{Event, Notice};

use super::disk::{Disk, Refusal, Refuses, files, lay_down};
use crate::simulator::broken::{Broken, Held, promise};
use crate::simulator::by_hand::Way;
use crate::simulator::world::tablet_dir;
use crate::simulator::{Size, World};

/// More calls than any operation makes.
const MOST: u64 = 2_000;
/// The tablet on whose disk calls are refused.
const HERE: usize = 0;
/// A colleague's.
const THERE: usize = 1;

/// An operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// A tablet's store is made.
    Make,
    /// A tablet is opened after its process ended in the midst of a save: the note is in the outbox
    /// file and not in the database, and the log was not tidied up.
    Open,
    /// A carer signs in with the PIN.
    SignIn,
    /// A tick is kept in the draft.
    Tick,
    /// A visit is closed: a note is saved.
    Save,
    /// A plan is edited.
    Edit,
    /// A batch is cut and a request made.
    Cut,
    /// An answer is taken in: receipt, verdicts, colleagues' rows, certificates, cursors.
    Absorb,
    /// Projections are made anew.
    Rebuild,
    /// The server is opened after its process ended without closing the store.
    ServerOpen,
    /// The server takes a push in and answers.
    Push,
    /// The server is asked for what is new.
    Pull,
    /// A tablet joins.
    Enrol,
    /// A citizen comes from another system.
    Import,
}

/// All of them.
pub const OPERATIONS: [Operation; 14] = [
    Operation::Make,
    Operation::Open,
    Operation::SignIn,
    Operation::Tick,
    Operation::Save,
    Operation::Edit,
    Operation::Cut,
    Operation::Absorb,
    Operation::Rebuild,
    Operation::ServerOpen,
    Operation::Push,
    Operation::Pull,
    Operation::Enrol,
    Operation::Import,
];

impl Operation {
    fn is_the_servers(self) -> bool {
        use Operation::{Enrol, Import, Pull, Push, ServerOpen};
        matches!(self, ServerOpen | Push | Pull | Enrol | Import)
    }
}

/// Refuses one call after the other until the operation passes untouched; how many there were.
///
/// # Errors
/// The promise that was broken, and at which call.
pub fn every_call(operation: Operation, how: Refusal, once: bool) -> Held<u64> {
    for after in 0..MOST {
        let refuses = Refuses { how, after, once };
        match one_call(operation, refuses) {
            Ok(0) => return Ok(after),
            Ok(_) => {}
            Err(broken) => {
                return Err(Broken(format!("{operation:?}, {refuses:?}: {broken}")));
            }
        }
    }
    Err(Broken(format!("{operation:?} never ends")))
}

/// One world in which one call is refused; how many were.
fn one_call(operation: Operation, refuses: Refuses) -> Held<u64> {
    let mut world = World::begin(1, Size::Small, Faults::default())?;
    world.calms(|_| Faults::default())?;
    let folder = if operation.is_the_servers() {
        world.folder().join("server")
    } else if operation == Operation::Make {
        tablet_dir(world.folder(), Size::Small.tablets())
    } else {
        tablet_dir(world.folder(), HERE)
    };
    std::fs::create_dir_all(&folder)?;
    let disk = Disk::watch(&folder)?;
    let watch = (!operation.is_the_servers()).then(|| disk.watch_of_files());
    world
        .calms(|at| Faults { watch: watch.clone().filter(|_| at == HERE), ..Faults::default() })?;
    for at in [HERE, THERE] {
        world.keeps_running(at)?;
        world.is_taken(at)?;
    }
    prepare(&mut world)?;
    let refuse = || disk.refuses(Some(refuses));
    happens(&mut world, operation, &folder, &refuse, || disk.refuses(None))?;
    let refused = disk.refused();
    disk.refuses(None);
    goes_on(&mut world, operation)?;
    Ok(refused)
}

/// A note and an edit that were not sent here, a colleague's note that was not fetched.
fn prepare(world: &mut World) -> Held<()> {
    said(&world.closes(HERE, "Skrevet her")?, true)?;
    said(&world.edits(HERE, "Ændret her")?, true)?;
    said(&world.closes(THERE, "Skrevet der")?, true)?;
    world.exchanges(THERE, |_| {})
}

fn said(notices: &[Notice], must: bool) -> Held<()> {
    let saved = notices.iter().any(|notice| matches!(notice, Notice::Saved(_)));
    let refused = notices.iter().any(|notice| matches!(notice, Notice::NotSaved(_)));
    promise(saved != refused && (saved || !must), || format!("it says {notices:?}"))
}

/// The operation, with calls refused while it lasts and in nothing else.
fn happens(
    world: &mut World,
    operation: Operation,
    folder: &Path,
    refuse: &dyn Fn(),
    lift: impl Fn(),
) -> Held<()> {
    match operation {
        Operation::Make => {
            let at = world.unpacks_one_more()?;
            refuse();
            let _ = world.keeps_running(at);
        }
        Operation::Open => {
            let before = files(folder)?;
            said(&world.closes(HERE, "Midt i det")?, true)?;
            let after = files(folder)?.into_iter().filter(|(name, _)| name == "outbox.seal");
            world.tablet_at(HERE)?.dies();
            lay_down(folder, &before.into_iter().chain(after).collect())?;
            refuse();
            // What it says is typed; it is opened again when the disk goes on.
            let _ = world.keeps_running(HERE);
        }
        Operation::SignIn => {
            world.tells(HERE, Event::SignOut)?;
            refuse();
            world.is_taken(HERE)?;
        }
        Operation::Tick => {
            refuse();
            world.ticks(HERE)?;
        }
        Operation::Save => {
            refuse();
            let notices = world.closes(HERE, "På en syg disk")?;
            said(&notices, false)?;
        }
        Operation::Edit => {
            refuse();
            let notices = world.edits(HERE, "På en syg disk")?;
            said(&notices, false)?;
        }
        Operation::Cut => world.exchanges(HERE, |way| match way {
            Way::Composed => refuse(),
            Way::Asked | Way::Answered => lift(),
        })?,
        Operation::Absorb => world.exchanges(HERE, |way| {
            if way == Way::Answered {
                refuse();
            }
        })?,
        Operation::Rebuild => {
            refuse();
            let store = world.tablet_at(HERE)?.machine()?.store();
            let _: Result<(), StoreError> = store.write(|tx| tx.rebuild_projections());
        }
        Operation::ServerOpen => {
            let left = files(folder)?;
            world.server().dies();
            lay_down(folder, &left)?;
            refuse();
            let _ = world.server().identity();
        }
        Operation::Push => world.exchanges(HERE, |way| match way {
            Way::Asked => refuse(),
            Way::Composed | Way::Answered => lift(),
        })?,
        Operation::Pull => {
            world.exchanges(HERE, |_| {})?;
            world.exchanges(THERE, |way| match way {
                Way::Asked => refuse(),
                Way::Composed | Way::Answered => lift(),
            })?;
        }
        Operation::Enrol => {
            let at = world.unpacks_one_more()?;
            world.keeps_running(at)?;
            for _ in 0..2 {
                world.exchanges(at, |way| match way {
                    Way::Asked => refuse(),
                    Way::Composed | Way::Answered => lift(),
                })?;
            }
        }
        Operation::Import => {
            refuse();
            if world.imports_somebody(58).is_err() {
                world.server().forgets();
            }
        }
    }
    Ok(())
}

/// The disk goes on, and so do the stores: in the same processes first, then in new ones.
fn goes_on(world: &mut World, operation: Operation) -> Held<()> {
    world.keeps_running(HERE)?;
    world.is_taken(HERE)?;
    world.ticks(HERE)?;
    said(&world.closes(HERE, "Efter sygdommen")?, true)?;
    world.imports_somebody(59)?;
    if operation == Operation::Import {
        world.imports_somebody(58)?;
    }
    let newcomer = world.tablets() > Size::Small.tablets();
    if newcomer {
        let at = world.tablets() - 1;
        world.keeps_running(at)?;
        world.tells(at, Event::Online)?;
        for _ in 0..8 {
            if world.has_joined(at)? {
                break;
            }
            world.exchanges(at, |_| {})?;
        }
        promise(world.has_joined(at)?, || "the tablet could not join afterwards".to_owned())?;
    }
    for at in 0..world.tablets() {
        world.tablet_at(at)?.dies();
    }
    world.server().dies();
    world.settle()?;
    world.keep_promises()
}
