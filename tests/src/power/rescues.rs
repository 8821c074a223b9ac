//! The power goes while a damaged tablet makes its store anew. Wherever that is, the next opening ends
//! with the same store: made again from the damaged files, or the new one.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::AddAssign;
use std::path::Path;

use doegnrytme_core::ids::{BatchHash, CarerId, ChangeHash, DeviceNumber, DocId, InstallEpoch};
use doegnrytme_core::store::{CARER, Faults, Store, StoreError};

use super::damage::{Damaged, set_aside};
use super::disk::{Disk, Op, lay_down};
use super::model::Model;
use super::promises::Drafts;
use crate::simulator::broken::{Held, promise};
use crate::simulator::dice::Dice;
use crate::simulator::folder::room;
use crate::simulator::tablet::SimTablet;
use crate::simulator::template::secret;

/// Moments of each rescue at which the power is cut.
const CUTS: usize = 25;

/// What was cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rescues {
    /// Rescues.
    pub rescues: u64,
    /// Cuts in them.
    pub cuts: u64,
    /// Cuts after which the damaged files still lay in their place.
    pub before: u64,
    /// Cuts after which some had made room, and the new ones were not all in their place.
    pub between: u64,
}

impl AddAssign for Rescues {
    fn add_assign(&mut self, more: Self) {
        self.rescues += more.rescues;
        self.cuts += more.cuts;
        self.before += more.before;
        self.between += more.between;
    }
}

impl fmt::Display for Rescues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rescues, cuts, before, between } = self;
        write!(f, "{rescues} rescues, {cuts} cuts: {before} before the new store was whole, ")?;
        write!(f, "{between} while it took its place")
    }
}

/// What a rescue carried over.
#[derive(Debug, PartialEq)]
struct Carried {
    device: Option<(DeviceNumber, InstallEpoch)>,
    last: Option<(u64, BatchHash)>,
    flies: Option<u64>,
    carer: Option<CarerId>,
    pins: Vec<CarerId>,
    open: BTreeSet<(DocId, ChangeHash)>,
    drafts: Drafts,
}

fn carried(store: &mut Store, carers: &BTreeSet<CarerId>) -> Result<Carried, StoreError> {
    store.read(|tx| {
        let mut drafts = Drafts::new();
        for carer in carers {
            let found = tx.drafts_of(*carer)?;
            drafts.extend(found.into_iter().map(|draft| ((*carer, draft.visit), draft.body)));
        }
        let open = tx.outbox_open()?;
        Ok(Carried {
            device: tx.device()?,
            last: tx.last_batch()?,
            flies: tx.batch_in_flight()?.map(|batch| batch.number),
            carer: tx.single(&CARER)?,
            pins: tx.carers_here()?,
            open: open.into_iter().map(|row| (row.row.entry.doc, row.row.entry.hash)).collect(),
            drafts,
        })
    })
}

/// One damaged tablet; cuts its rescue, unless it needs none. `lies` is a file whose syncs do nothing:
/// the negative control.
///
/// # Errors
/// The promise that was broken.
pub fn one(seed: u64, lies: Option<&str>) -> Held<Rescues> {
    let mut damaged = Damaged::of(seed)?;
    let carers = damaged.world.carers();
    let disk = Disk::watch(&damaged.folder)?;
    let tablet = damaged.world.tablet_at(Damaged::HERE)?;
    tablet.break_rule(Faults { watch: Some(disk.watch_of_files()), ..Faults::default() });
    // Whether it can be opened or must be suspected first is another test.
    let opened = tablet.starts(&mut Dice::new(seed), None);
    if opened.is_err() || damaged.made_anew()? == 0 {
        return Ok(Rescues::default());
    }
    let tablet = damaged.world.tablet_at(Damaged::HERE)?;
    let whole = carried(tablet.machine()?.store(), &carers)?;
    let record = disk.read(<[Op]>::to_vec);
    tablet.break_rule(Faults::default());
    tablet.dies();
    drop(disk);
    let mut cuts = Rescues { rescues: 1, ..Rescues::default() };
    let dir = tempfile::Builder::new().prefix("rescue-").tempdir_in(room())?;
    let mut dice = Dice::new(seed ^ 0x7265_7363_7565);
    let mut moments: Vec<usize> = (0..CUTS).map(|_| dice.below(record.len() + 1)).collect();
    moments.sort_unstable();
    let mut model = Model::of(&damaged.files);
    if let Some(file) = lies {
        model = model.lying_about(file);
    }
    let (mut done, mut last) = (0, damaged.files.clone());
    for moment in moments {
        record.get(done..moment).unwrap_or_default().iter().for_each(|op| model.does(op));
        done = moment;
        let files = model.cut(&mut dice);
        lay_down(dir.path(), &files)?;
        let carer = carers.first().copied().unwrap_or(CarerId([0; 16]));
        let found = opens(dir.path(), &damaged, carer, &carers, &whole);
        found.map_err(|broken| at(seed, done, &broken.0))?;
        cuts.cuts += 1;
        cuts.before += u64::from(!files.contains_key("rescue/whole") && !has_aside(&files));
        cuts.between += u64::from(files.contains_key("rescue/whole"));
        if dice.one_in(2) {
            last = files;
        }
    }
    // And from one of them, all is well in the end.
    lay_down(&damaged.folder, &last)?;
    damaged.ends_well().map_err(|broken| at(seed, done, &broken.0))?;
    Ok(cuts)
}

fn at(seed: u64, done: usize, what: &str) -> crate::simulator::broken::Broken {
    crate::simulator::broken::Broken(format!("seed {seed}, cut after {done} calls: {what}"))
}

fn has_aside(files: &super::disk::Files) -> bool {
    files.keys().any(|place| place.starts_with("damaged-"))
}

/// The store opens, and holds what the rescue would have carried over had the power not gone.
fn opens(
    dir: &Path,
    damaged: &Damaged,
    carer: CarerId,
    carers: &BTreeSet<CarerId>,
    whole: &Carried,
) -> Held<()> {
    let mut tablet = SimTablet::new(dir, secret(Damaged::HERE), carer, damaged.world.time());
    tablet.accepts_damage();
    tablet.starts(&mut Dice::new(1), None)?;
    let found = carried(tablet.machine()?.store(), carers)?;
    promise(found == *whole, || format!("it carried over {found:?}, and not {whole:?}"))?;
    let had = damaged.files.contains_key("store.db");
    let kept = set_aside(dir)?.iter().any(|aside| aside.join("store.db").exists());
    promise(kept || !had, || "the damaged database is gone".to_owned())?;
    promise(!dir.join("rescue").exists(), || "a rescue's folder is left".to_owned())
}
