//! A quiet shift over watched disks: what was done on each, and what was confirmed meanwhile.

use std::collections::BTreeSet;

use doegnrytme_core::ids::{CarerId, ChangeHash, DocId};
use doegnrytme_core::store::{Faults, StoreError};
use doegnrytme_server::stream::reach::Reach;

use super::disk::{Disk, Files, Op, files};
use super::promises::{Drafts, OfServer, OfTablet};
use crate::simulator::broken::{Broken, Held};
use crate::simulator::dice::Dice;
use crate::simulator::quiet::Quiet;
use crate::simulator::world::tablet_dir;
use crate::simulator::{Size, World};

/// The outbox file's name.
const OUTBOX: &str = "outbox.seal";
/// Steps of a life.
const STEPS: usize = 60;

/// One in so many syncs fails, where some do.
const FAILS: usize = 8;

/// How a life goes: with the rules kept, or with one broken, as a negative control.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rules {
    /// Not at all.
    #[default]
    Kept,
    /// Tablets commit with `synchronous=NORMAL`.
    Normal,
    /// Syncs of the outbox file do nothing.
    OutboxUnsynced,
    /// The server's syncs of its log do nothing.
    ServerUnsynced,
    /// The rules are kept, and the tablets' syncs fail now and then: the system forgets what they
    /// should have made durable, and the next ones succeed.
    SyncsFail,
    /// The same, and when a sync of the outbox file fails it is only asked for once more.
    SyncedAgain,
}

impl Rules {
    fn syncs_fail(self) -> bool {
        matches!(self, Self::SyncsFail | Self::SyncedAgain)
    }
}

/// One disk, as it was and all that was done on it.
pub struct Recorded {
    /// The files at the begin.
    pub before: Files,
    /// The disk.
    pub disk: Disk,
}

/// A life that was lived.
pub struct Life {
    /// Who lived it. Every process has ended.
    pub world: World,
    /// The tablets' disks.
    pub tablets: Vec<(Recorded, OfTablet)>,
    /// The server's.
    pub server: (Recorded, OfServer),
    rules: Rules,
}

impl Life {
    /// Lives the life of a seed.
    ///
    /// # Errors
    /// A promise that was broken though nothing went wrong.
    pub fn live(seed: u64, rules: Rules) -> Held<Self> {
        let mut world = World::begin(seed, Size::Small, Faults::default())?;
        world.calms(|_| Faults::default())?;
        let mut tablets = Vec::new();
        for at in 0..world.tablets() {
            let recorded = record(&tablet_dir(world.folder(), at))?;
            let promises = OfTablet { drafts: vec![(0, Drafts::new())], ..OfTablet::default() };
            tablets.push((recorded, promises));
        }
        let server = (record(&world.folder().join("server"))?, OfServer::default());
        let watches: Vec<_> =
            tablets.iter().map(|(recorded, _)| recorded.disk.watch_of_files()).collect();
        world.calms(|at| Faults {
            watch: watches.get(at).cloned(),
            synchronous_normal: rules == Rules::Normal,
            sync_again: rules == Rules::SyncedAgain,
            ..Faults::default()
        })?;
        let mut life = Self { world, tablets, server, rules };
        for step in 0..STEPS {
            life.begins_to_fail(seed, step)?;
            life.step()?;
        }
        life.tablets.iter().for_each(|(recorded, _)| recorded.disk.forgets(None));
        life.ends()?;
        Ok(life)
    }

    /// From here on syncs may fail; what ended because of that is started again before.
    fn begins_to_fail(&mut self, seed: u64, step: usize) -> Held<()> {
        if !self.rules.syncs_fail() {
            return Ok(());
        }
        for at in 0..self.tablets.len() {
            let Some((recorded, _)) = self.tablets.get(at) else { continue };
            recorded.disk.forgets(None);
            self.world.keeps_running(at)?;
            let chance = seed ^ u64::try_from(step << 8 | at).unwrap_or(0);
            if let Some((recorded, _)) = self.tablets.get(at) {
                recorded.disk.forgets(Some((Dice::new(chance), FAILS)));
            }
        }
        Ok(())
    }

    fn step(&mut self) -> Held<()> {
        let before: Vec<usize> = self.tablets.iter().map(|(one, _)| one.disk.done()).collect();
        let confirmed = self.world.confirmed().len();
        let quiet = match self.world.quiet_step() {
            // A store may say that it cannot be opened, if it then can.
            Err(_) if self.rules.syncs_fail() && self.one_does_not_run()? => Quiet::Elsewhere,
            quiet => quiet?,
        };
        let now: Vec<_> = self.world.confirmed().get(confirmed..).unwrap_or_default().to_vec();
        for one in now {
            let Some((recorded, promises)) = self.tablets.get_mut(one.tablet) else { continue };
            let begin = before.get(one.tablet).copied().unwrap_or(0);
            let since = durable_since(&recorded.disk, begin);
            promises.saved.push((since, one.doc, one.hash));
        }
        match quiet {
            Quiet::Tablet(at) => self.look_at(at),
            Quiet::Imported(citizen) => {
                let (recorded, promises) = &mut self.server;
                promises.citizens.push((recorded.disk.done(), citizen));
                Ok(())
            }
            Quiet::Elsewhere => Ok(()),
        }
    }

    fn one_does_not_run(&mut self) -> Held<bool> {
        for at in 0..self.tablets.len() {
            if !self.world.tablet_at(at)?.runs() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What a person sees on a tablet after a step, and what the server has told it.
    fn look_at(&mut self, at: usize) -> Held<()> {
        let Some((recorded, promises)) = self.tablets.get_mut(at) else { return Ok(()) };
        let carers: BTreeSet<CarerId> = self.world.carers();
        let saved: Vec<(DocId, ChangeHash)> =
            promises.saved.iter().map(|(_, doc, hash)| (*doc, *hash)).collect();
        let store = self.world.tablet_at(at)?.machine()?.store();
        let (drafts, device, receipts, rows) = store.read(|tx| {
            let mut drafts = Drafts::new();
            for carer in carers {
                for draft in tx.drafts_of(carer)? {
                    drafts.insert((carer, draft.visit), draft.body);
                }
            }
            let receipts: Vec<_> = tx
                .batches_from(0)?
                .into_iter()
                .filter(|batch| batch.receipt.is_some())
                .map(|batch| (batch.number, batch.hash))
                .collect();
            let mut rows = Vec::new();
            for (doc, hash) in saved {
                if let Some(origin) = tx.logged(&doc, &hash)?.and_then(|row| row.origin) {
                    rows.push((doc, hash, origin.number));
                }
            }
            Ok::<_, StoreError>((drafts, tx.device()?, receipts, rows))
        })?;
        promises.drafts.push((recorded.disk.done(), drafts));
        let (device, _) = device.ok_or_else(|| Broken("a tablet forgot who it is".to_owned()))?;
        let (recorded, promises) = &mut self.server;
        let since = recorded.disk.done();
        for (number, hash) in receipts {
            let known = |known: &&(usize, _, u64, _)| known.1 == device && known.2 == number;
            if promises.batches.iter().find(known).is_some() {
                continue;
            }
            promises.batches.push((since, device, number, hash));
            for (doc, hash, in_batch) in &rows {
                if *in_batch == number {
                    promises.received.push((since, *doc, *hash));
                }
            }
        }
        Ok(())
    }

    /// Where rows lie in the streams; then every process ends, which is recorded too.
    fn ends(&mut self) -> Held<()> {
        for at in 0..self.tablets.len() {
            self.world.keeps_running(at)?;
            let store = self.world.tablet_at(at)?.machine()?.store();
            let device = store.read(|tx| tx.device())?;
            let (device, _) = device.ok_or_else(|| Broken("a tablet forgot itself".to_owned()))?;
            let stream = self.world.server().look(|tx| {
                let reach = Reach::load(tx, device)?;
                let mut found = Vec::new();
                for reads in &reach.streams {
                    for row in tx.rows_after(reads.stream, 0, usize::MAX >> 1, usize::MAX >> 1)? {
                        let (entry, placed) = (row.entry.row.entry, row.entry.row.placed);
                        let seq = placed.map_or(0, |placed| placed.seq);
                        if reach.comes_by_cursor(reads.stream, seq, entry.citizen) {
                            found.push((reads.stream, seq, entry.doc, entry.hash));
                        }
                    }
                }
                Ok(found)
            })?;
            if let Some((_, promises)) = self.tablets.get_mut(at) {
                promises.stream = stream;
            }
            self.world.tablet_at(at)?.dies();
        }
        self.world.server().dies();
        Ok(())
    }
}

fn record(folder: &std::path::Path) -> Held<Recorded> {
    let before = files(folder)?;
    Ok(Recorded { before, disk: Disk::watch(folder)? })
}

/// How much was done when the first record of a step was durable in the outbox file; all that was
/// done when it wrote none.
fn durable_since(disk: &Disk, begin: usize) -> usize {
    disk.read(|record| {
        let step = record.get(begin..).unwrap_or_default();
        let mut written = false;
        let synced = step.iter().position(|op| {
            written |= matches!(op, Op::Write(name, ..) if name == OUTBOX);
            written && matches!(op, Op::Sync(name) if name == OUTBOX)
        });
        synced.map_or(record.len(), |at| begin + at + 1)
    })
}
