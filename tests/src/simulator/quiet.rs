//! A shift in which nothing goes wrong by itself: for whoever brings the trouble from elsewhere, as
//! the tests do that cut the power.

use std::collections::BTreeSet;
use std::path::Path;

use doegnrytme_core::ids::{CarerId, CitizenId};
use doegnrytme_core::store::Faults;
use doegnrytme_core::tablet::Event;
use doegnrytme_server::import::{citizen::CitizenRow, take_citizen};
use doegnrytme_server::projection::pages;

use super::broken::{Broken, Held};
use super::clock::WorldTime;
use super::dice::Dice;
use super::server::SimServer;
use super::tablet::{Pending, SimTablet};
use super::template::row;
use super::world::{Confirmed, World};

#[derive(Debug, Clone, Copy)]
enum Step {
    Work,
    Speak,
    Line,
    Time,
    Close,
    ServerCloses,
    Import,
    Facts,
}

const STEPS: &[(usize, Step)] = &[
    (200, Step::Work),
    (120, Step::Speak),
    (25, Step::Line),
    (20, Step::Time),
    (10, Step::Close),
    (4, Step::ServerCloses),
    (8, Step::Import),
    (10, Step::Facts),
];

/// What a quiet step was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quiet {
    /// Somebody did something on a tablet, or it spoke, or it was closed and opened.
    Tablet(usize),
    /// The server was closed, or time passed.
    Elsewhere,
    /// The server took a citizen in from another system.
    Imported(CitizenId),
}

impl World {
    /// From now on nothing goes wrong by itself. Every process ends; each is started by its next
    /// step, its tablets with these faults.
    ///
    /// # Errors
    /// When there is no such tablet.
    pub fn calms(&mut self, faults: impl Fn(usize) -> Faults) -> Held<()> {
        self.stormy = false;
        for at in 0..self.tablets.len() {
            let tablet = self.tablet(at)?;
            tablet.dies();
            tablet.late = false;
            tablet.online = true;
            tablet.break_rule(faults(at));
        }
        self.server.dies();
        Ok(())
    }

    /// One thing happens.
    ///
    /// # Errors
    /// The promise that was broken.
    pub fn quiet_step(&mut self) -> Held<Quiet> {
        let at = self.dice.below(self.tablets.len());
        let Some(step) = self.dice.weigh(STEPS) else { return Ok(Quiet::Elsewhere) };
        let seconds = self.dice.below(20);
        self.time_passes(u64::try_from(seconds).unwrap_or(0));
        self.keep_running(at)?;
        match step {
            Step::Work => self.people_do(at)?,
            Step::Speak => self.speaks_and_hears(at)?,
            Step::Line => {
                let tablet = self.tablet(at)?;
                tablet.online = !tablet.online;
                tablet.pending = None;
                let online = tablet.online;
                self.tell_tablet(at, if online { Event::Online } else { Event::Offline })?;
            }
            Step::Close => {
                self.tablet(at)?.dies();
                self.start(at)?;
            }
            Step::Time => {
                let minutes = self.dice.below(40);
                self.time_passes(60 * u64::try_from(minutes).unwrap_or(0));
                return Ok(Quiet::Elsewhere);
            }
            Step::ServerCloses => {
                self.server.dies();
                self.lines_die()?;
                return Ok(Quiet::Elsewhere);
            }
            Step::Facts => {
                self.server.work(|tx, _| {
                    for page in pages::next(tx)? {
                        pages::keep(tx, &page)?;
                    }
                    Ok(())
                })?;
                return Ok(Quiet::Elsewhere);
            }
            Step::Import => return self.imports().map(Quiet::Imported),
        }
        Ok(Quiet::Tablet(at))
    }

    /// A tablet asks; when it listens it hears what there is.
    fn speaks_and_hears(&mut self, at: usize) -> Held<()> {
        self.speak(at)?;
        if matches!(self.tablet(at)?.pending, Some(Pending::Waits(_))) {
            self.wake(at, false)?;
        }
        Ok(())
    }

    fn imports(&mut self) -> Held<CitizenId> {
        // Some are new, some come again under an id that is known.
        let number = 50 + self.dice.below(6);
        self.imports_somebody(number)
    }

    /// A citizen comes from another system, under this number.
    ///
    /// # Errors
    /// What the server's store says.
    pub fn imports_somebody(&mut self, number: usize) -> Held<CitizenId> {
        self.server.work(|tx, context| {
            let row = CitizenRow::read(&row(number)).map_err(|bad| Broken(bad.to_string()))?;
            let (citizen, _, _) =
                take_citizen::take(tx, context, &row).map_err(|bad| Broken(bad.to_string()))?;
            Ok(citizen)
        })
    }

    /// Where its files lie: `server`, `tablet-0` and so on.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.dir.path()
    }

    /// How many tablets there are.
    #[must_use]
    pub fn tablets(&self) -> usize {
        self.tablets.len()
    }

    /// What was confirmed so far.
    #[must_use]
    pub fn confirmed(&self) -> &[Confirmed] {
        &self.confirmed
    }

    /// A tablet.
    ///
    /// # Errors
    /// When there is none.
    pub fn tablet_at(&mut self, at: usize) -> Held<&mut SimTablet> {
        self.tablet(at)
    }

    /// The server.
    pub fn server(&mut self) -> &mut SimServer {
        &mut self.server
    }

    /// A tablet's process that ended is started again.
    ///
    /// # Errors
    /// When it cannot be.
    pub fn keeps_running(&mut self, at: usize) -> Held<()> {
        self.keep_running(at)
    }

    /// Everybody who may have a tablet.
    #[must_use]
    pub fn carers(&self) -> BTreeSet<CarerId> {
        self.people.carers.iter().copied().collect()
    }

    /// Its dice.
    pub fn dice(&mut self) -> &mut Dice {
        &mut self.dice
    }

    /// What time it is.
    #[must_use]
    pub fn time(&self) -> WorldTime {
        self.time.clone()
    }
}
