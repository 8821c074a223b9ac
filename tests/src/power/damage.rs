//! Damaged files of a tablet: bytes that flipped, an end that is missing, a file that is gone. The
//! tablet says so or does not need them, makes its store anew, and in the end lacks nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use doegnrytme_core::store::{Faults, NoteRow, PlanValue, Store, StoreError};

use super::disk::{Files, files, lay_down};
use crate::simulator::broken::{Broken, Held, promise};
use crate::simulator::dice::Dice;
use crate::simulator::world::tablet_dir;
use crate::simulator::{Size, World};

/// Quiet steps before the damage.
const STEPS: usize = 40;

/// What was damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Damage {
    /// Bytes of the database.
    Pages,
    /// One byte in every page of the database.
    EveryPage,
    /// The end of the database.
    End,
    /// The whole database, and its log.
    Database,
    /// Bytes of the log.
    Log,
    /// The end of the log.
    EndOfLog,
    /// Bytes of the outbox file.
    Outbox,
    /// Bytes of the passport.
    Passport,
    /// Bytes of the file that says where the chain of batches ends.
    Chain,
}

const DAMAGES: &[(usize, Damage)] = &[
    (6, Damage::Pages),
    (2, Damage::EveryPage),
    (3, Damage::End),
    (1, Damage::Database),
    (3, Damage::Log),
    (2, Damage::EndOfLog),
    (2, Damage::Outbox),
    (1, Damage::Passport),
    (1, Damage::Chain),
];

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Opening found it, and the store was made anew.
    FoundAtOpening,
    /// Reading found it, and the store was made anew at the next opening.
    FoundAtReading,
    /// Nothing was found, and nothing that was read was wrong.
    Unnoticed,
}

/// How often each.
pub type Seen = BTreeMap<(Damage, Outcome), u64>;

/// What a person and the server see of a tablet.
#[derive(PartialEq)]
struct Content {
    notes: Vec<NoteRow>,
    values: Vec<PlanValue>,
}

fn content(store: &mut Store) -> Result<Content, StoreError> {
    store.read(|tx| {
        let mut values = Vec::new();
        for (citizen, _) in tx.granted()? {
            values.extend(tx.plan_values(citizen)?);
        }
        Ok(Content { notes: tx.all_notes()?, values })
    })
}

/// A tablet whose files were damaged, before anybody looked.
pub struct Damaged {
    /// Where it lives.
    pub world: World,
    /// The tablet's folder.
    pub folder: PathBuf,
    /// What its files are now.
    pub files: Files,
    /// What was done to them.
    pub damage: Damage,
    /// What it held before.
    whole: Content,
}

impl Damaged {
    /// The tablet that is damaged.
    pub const HERE: usize = 0;

    /// A life that ends with a damage.
    ///
    /// # Errors
    /// The promise that was broken before.
    pub fn of(seed: u64) -> Held<Self> {
        let mut world = World::begin(seed, Size::Small, Faults::default())?;
        world.calms(|_| Faults::default())?;
        for _ in 0..STEPS {
            world.quiet_step()?;
        }
        world.keeps_running(Self::HERE)?;
        let whole = content(world.tablet_at(Self::HERE)?.machine()?.store())?;
        let folder = tablet_dir(world.folder(), Self::HERE);
        // As a process leaves them that does not close its store.
        let mut left = files(&folder)?;
        world.tablet_at(Self::HERE)?.dies();
        let damage = world.dice().weigh(DAMAGES).unwrap_or(Damage::Pages);
        hurt(&mut left, damage, world.dice());
        lay_down(&folder, &left)?;
        world.tablet_at(Self::HERE)?.accepts_damage();
        Ok(Self { world, folder, files: left, damage, whole })
    }

    /// All settle, and everything confirmed is everywhere; then no damaged file is left but those of
    /// which not all could be read.
    ///
    /// # Errors
    /// The promise that was broken.
    pub fn ends_well(&mut self) -> Held<()> {
        self.world.settle()?;
        self.world.keep_promises()?;
        let left = set_aside(&self.folder)?;
        promise(left.iter().all(|aside| aside.join("unread").exists()), || {
            "damaged files were not removed".to_owned()
        })
    }
}

/// One life that ends with a damage; how it was found. Everything confirmed is everywhere then.
///
/// # Errors
/// The promise that was broken.
pub fn one(seed: u64) -> Held<(Damage, Outcome)> {
    let mut damaged = Damaged::of(seed)?;
    let outcome = damaged.opens()?;
    let settled = damaged.ends_well();
    if settled.is_ok() || !damaged.is_suspected() {
        return settled.map(|()| (damaged.damage, outcome));
    }
    damaged.is_made_anew_after_reading()?;
    damaged.ends_well()?;
    Ok((damaged.damage, Outcome::FoundAtReading))
}

impl Damaged {
    fn is_suspected(&self) -> bool {
        self.folder.join("suspect").exists()
    }

    /// How often its store was made anew: the log says so each time.
    ///
    /// # Errors
    /// When there is no such tablet.
    pub fn made_anew(&mut self) -> Held<usize> {
        Ok(self.world.tablet_at(Self::HERE)?.logged("made anew").len())
    }

    /// Reading came upon the damage: the next opening makes the store anew.
    fn is_made_anew_after_reading(&mut self) -> Held<()> {
        let before = self.made_anew()?;
        self.world.tablet_at(Self::HERE)?.dies();
        self.world.keeps_running(Self::HERE)?;
        promise(self.made_anew()? > before, || {
            "a store that read as damaged was not made anew".to_owned()
        })
    }

    fn opens(&mut self) -> Held<Outcome> {
        let opened = self.world.keeps_running(Self::HERE);
        if self.made_anew()? > 0 {
            return opened.map(|()| Outcome::FoundAtOpening);
        }
        if opened.is_err() && self.is_suspected() {
            // The first look after opening came upon it.
            self.is_made_anew_after_reading()?;
            return Ok(Outcome::FoundAtReading);
        }
        opened?;
        match content(self.world.tablet_at(Self::HERE)?.machine()?.store()) {
            Err(StoreError::Damaged) => {}
            Err(error) => return Err(Broken(format!("reading says {error}"))),
            Ok(found) => {
                // A log that ends before its end says less, never something else.
                let less = matches!(self.damage, Damage::Log | Damage::EndOfLog);
                promise(less || found == self.whole, || {
                    "something else is read than was written".to_owned()
                })?;
                return Ok(Outcome::Unnoticed);
            }
        }
        self.is_made_anew_after_reading()?;
        Ok(Outcome::FoundAtReading)
    }
}

/// The folders with damaged files that were set aside.
///
/// # Errors
/// What the disk says.
pub fn set_aside(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let inside = std::fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    let names = inside.into_iter().filter(|entry| {
        entry.file_name().to_str().is_some_and(|name| name.starts_with("damaged-"))
    });
    Ok(names.map(|entry| entry.path()).collect())
}

fn hurt(files: &mut Files, damage: Damage, dice: &mut Dice) {
    let name = match damage {
        Damage::Pages | Damage::EveryPage | Damage::End | Damage::Database => "store.db",
        Damage::Log | Damage::EndOfLog => "store.db-wal",
        Damage::Outbox => "outbox.seal",
        Damage::Passport => "passport.seal",
        Damage::Chain => "chain.seal",
    };
    if damage == Damage::Database {
        files.remove(name);
        files.remove("store.db-wal");
        return;
    }
    let Some(bytes) = files.get_mut(name) else { return };
    match damage {
        Damage::End | Damage::EndOfLog => bytes.truncate(dice.below(bytes.len())),
        Damage::EveryPage => {
            for page in bytes.chunks_mut(4096) {
                flip(page, dice);
            }
        }
        _ => (0..=dice.below(3)).for_each(|_| flip(bytes, dice)),
    }
}

fn flip(bytes: &mut [u8], dice: &mut Dice) {
    let at = dice.below(bytes.len());
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 1 << dice.below(8);
    }
}
