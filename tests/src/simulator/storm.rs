//! The storm: people work, and everything that may go wrong goes wrong, in an order that the seed
//! decides.

use doegnrytme_core::tablet::Event;
use doegnrytme_core::time::UnixSeconds;

use super::broken::Held;
use super::counts::Seen;
use super::folder::room;
use super::world::{Backup, World};

#[derive(Debug, Clone, Copy)]
enum Step {
    Work,
    Speak,
    Line,
    Arrive,
    Post,
    Time,
    Die,
    Clock,
    Rogue,
    ServerDies,
    BackUp,
    Restore,
    Join,
}

const STEPS: &[(usize, Step)] = &[
    (220, Step::Work),
    (180, Step::Speak),
    (45, Step::Line),
    (30, Step::Arrive),
    (15, Step::Post),
    (40, Step::Time),
    (12, Step::Die),
    (8, Step::Clock),
    (2, Step::Rogue),
    (4, Step::ServerDies),
    (6, Step::BackUp),
    (3, Step::Restore),
    (2, Step::Join),
];

/// So long ago, or in so long, a wrong clock may be: years.
const YEAR: i64 = 365 * 86_400;

impl World {
    /// So many things happen.
    ///
    /// # Errors
    /// The promise that was broken.
    pub fn storm(&mut self, steps: usize) -> Held<()> {
        for _ in 0..steps {
            let at = self.dice.below(self.tablets.len());
            let Some(step) = self.dice.weigh(STEPS) else { break };
            self.step(at, step)?;
            let seconds = self.dice.below(20);
            self.time_passes(u64::try_from(seconds).unwrap_or(0));
        }
        Ok(())
    }

    fn step(&mut self, at: usize, step: Step) -> Held<()> {
        match step {
            Step::Work if self.tablet(at)?.joined => self.people_do(at),
            Step::Work => Ok(()),
            Step::Speak => self.speak(at).map(drop),
            Step::Line => self.line_changes(at),
            Step::Arrive => self.arrives(at),
            Step::Post => self.post_arrives(),
            Step::Time => {
                let minutes = self.dice.below(40);
                self.time_passes(60 * u64::try_from(minutes).unwrap_or(0));
                self.wake(at, true).map(drop)
            }
            Step::Die => self.tablet_dies(at),
            Step::Clock => self.clock_goes_wrong(at),
            Step::Rogue if self.tablet(at)?.joined => self.rogue_writes(at),
            Step::Rogue => Ok(()),
            Step::ServerDies => {
                self.note(|| "the server dies".to_owned());
                self.counts.add(Seen::ServerCrash);
                self.server.dies();
                self.lines_die()
            }
            Step::BackUp => self.back_up(),
            Step::Restore => self.roll_back(),
            Step::Join => self.newcomer(),
        }
    }

    fn line_changes(&mut self, at: usize) -> Held<()> {
        let tablet = self.tablet(at)?;
        if tablet.late {
            return Ok(());
        }
        tablet.online = !tablet.online;
        let online = tablet.online;
        tablet.pending = None;
        self.note(|| format!("tablet {at} is {}", if online { "online" } else { "offline" }));
        self.tell_tablet(at, if online { Event::Online } else { Event::Offline }).map(drop)
    }

    fn tablet_dies(&mut self, at: usize) -> Held<()> {
        self.note(|| format!("tablet {at} dies"));
        self.counts.add(Seen::TabletCrash);
        self.tablet(at)?.dies();
        if self.dice.one_in(3) {
            self.counts.add(Seen::Reboot);
            self.tablet(at)?.clock.reboots();
        }
        self.keep_running(at)
    }

    fn clock_goes_wrong(&mut self, at: usize) -> Held<()> {
        let kind = self.dice.below(4);
        let years = self.dice.between(1, 30);
        let clock = &self.tablet(at)?.clock;
        match kind {
            0 => clock.says(UnixSeconds(0)),
            1 => clock.is_ahead(years * YEAR),
            2 => clock.is_ahead(-years * YEAR),
            _ => clock.is_ahead(0),
        }
        match kind {
            0 => self.counts.add(Seen::Clock1970),
            1 | 2 => self.counts.add(Seen::ClockJump),
            _ => {}
        }
        self.note(|| format!("the clock of tablet {at} goes wrong ({kind}, {years} years)"));
        // A clock is believed after a reboot only.
        if self.dice.one_in(2) { self.reboots(at) } else { Ok(()) }
    }

    fn reboots(&mut self, at: usize) -> Held<()> {
        self.counts.add(Seen::Reboot);
        self.note(|| format!("tablet {at} reboots"));
        let tablet = self.tablet(at)?;
        tablet.dies();
        tablet.clock.reboots();
        self.keep_running(at)
    }

    fn back_up(&mut self) -> Held<()> {
        self.note(|| "the server's files are copied".to_owned());
        let dir = tempfile::Builder::new().prefix("backup-").tempdir_in(room())?;
        self.server.back_up(dir.path())?;
        self.lines_die()?;
        let devices = self.devices()?;
        self.backup = Some(Backup { dir, devices });
        Ok(())
    }

    /// A roll-back that forgets a device is another story: that one must join anew.
    fn roll_back(&mut self) -> Held<()> {
        let Some(backup) = self.backup.take() else { return Ok(()) };
        if backup.devices != self.devices()? {
            return Ok(());
        }
        self.note(|| "the server's files are put back".to_owned());
        self.counts.add(Seen::RolledBack);
        self.rolled_back = true;
        self.server.restore(backup.dir.path())?;
        self.lines_die()
    }

    fn devices(&mut self) -> Held<usize> {
        self.server.look(|tx| Ok(tx.devices()?.len()))
    }

    /// A tablet that nobody knew joins; one a world.
    fn newcomer(&mut self) -> Held<()> {
        let at = self.tablets.len();
        let room = self.size.tablets() == at;
        if !room {
            return Ok(());
        }
        self.note(|| format!("tablet {at} is to join"));
        self.place(at, false)?;
        self.tablet(at)?.online = true;
        self.start(at)
    }
}
