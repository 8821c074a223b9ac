//! A tablet without a thread: the real machine over a real store, whose process may end at any
//! statement and is started again.

use std::path::{Path, PathBuf};

use doegnrytme_core::ids::CarerId;
use doegnrytme_core::port::Clock as _;
use doegnrytme_core::store::Faults;
use doegnrytme_core::sync::line::Reply;
use doegnrytme_core::tablet::{Machine, Ports};
use doegnrytme_core::time::UnixSeconds;
use doegnrytme_core::trust::lease::{LeaseTime, lease_time};
use doegnrytme_core::trust::software_key::SoftwareKey;
use doegnrytme_server::node::Waiting;

use super::broken::{Broken, Held, promise};
use super::clock::{TabletClock, WorldTime};
use super::dice::Dice;
use crate::ports::{KeptLog, SeededEntropy};

/// A request of which nothing was heard yet.
pub enum Pending {
    /// The server holds it until there is news.
    Waits(Box<Waiting>),
    /// The answer is under way.
    Slow(Reply),
}

/// A tablet.
pub struct SimTablet {
    dir: PathBuf,
    secret: [u8; 32],
    machine: Option<Machine>,
    faults: Faults,
    log: KeptLog,
    /// Whether its files were damaged.
    hurt: bool,
    /// Its clock.
    pub clock: TabletClock,
    /// Whether it has a line.
    pub online: bool,
    /// Whether it stays away until faults stop.
    pub late: bool,
    /// Its request, if one runs.
    pub pending: Option<Pending>,
    /// The carer who has it.
    pub carer: CarerId,
    /// Whether it is a device already.
    pub joined: bool,
    /// What its last sync said: whether both sides hold the same.
    pub equal: bool,
}

/// What comes of something that a tablet did.
pub struct Did<T> {
    /// What it gave; what was said before a crash was said.
    pub gave: T,
    /// Whether the process ended in it.
    pub crashed: bool,
}

impl SimTablet {
    /// The tablet in `dir`, not started yet. `faults` are always on: the negative controls.
    #[must_use]
    pub fn new(dir: &Path, secret: [u8; 32], carer: CarerId, time: WorldTime) -> Self {
        Self {
            dir: dir.to_owned(),
            secret,
            machine: None,
            faults: Faults::default(),
            log: KeptLog::default(),
            hurt: false,
            clock: TabletClock::new(time),
            online: false,
            late: false,
            pending: None,
            carer,
            joined: true,
            equal: false,
        }
    }

    /// Breaks a rule in all it does from its next start on.
    pub fn break_rule(&mut self, faults: Faults) {
        self.faults = faults;
    }

    /// Somebody damaged its files: it may find so.
    pub fn accepts_damage(&mut self) {
        self.hurt = true;
    }

    /// Whether its files were damaged.
    #[must_use]
    pub fn was_hurt(&self) -> bool {
        self.hurt
    }

    /// Whether the process runs.
    #[must_use]
    pub fn runs(&self) -> bool {
        self.machine.is_some()
    }

    /// The process ends: whatever it had in memory is gone.
    pub fn dies(&mut self) {
        self.machine = None;
        self.pending = None;
    }

    /// Starts the process, which ends again after so many steps of its store, if any are said.
    /// False when it did.
    ///
    /// # Errors
    /// When it cannot be started though nothing is wrong with the disk.
    pub fn starts(&mut self, dice: &mut Dice, crash_after: Option<u32>) -> Held<bool> {
        let ports = Ports {
            keys: Box::new(SoftwareKey::from_secret(self.secret)),
            clock: Box::new(self.clock.clone()),
            entropy: Box::new(SeededEntropy::new(dice.seed())),
            log: Box::new(self.log.clone()),
        };
        let faults = self.faults.clone();
        faults.crash_after.set(crash_after);
        let opened = Machine::open_with(&self.dir, ports, |options| {
            options.reserve_bytes = 0;
            options.faults = faults;
        });
        let mut machine = match opened {
            Err(_) if crash_after.is_some() => return Ok(false),
            opened => opened?,
        };
        if machine.store().faults_mut().has_crashed() {
            return Ok(false);
        }
        machine.store().faults_mut().crash_after.set(None);
        let opening = machine.store().opening();
        promise((self.hurt || opening.damaged == 0) && opening.failed.is_none(), || {
            format!("after a crash the outbox file was not whole: {opening:?}")
        })?;
        self.machine = Some(machine);
        Ok(true)
    }

    /// The running machine.
    ///
    /// # Errors
    /// When the process does not run.
    pub fn machine(&mut self) -> Held<&mut Machine> {
        self.machine.as_mut().ok_or_else(|| Broken("the tablet does not run".to_owned()))
    }

    /// Does something, in which the process may end after so many steps of its store.
    ///
    /// # Errors
    /// When the process does not run.
    pub fn does<T>(
        &mut self,
        crash_after: Option<u32>,
        work: impl FnOnce(&mut Machine) -> T,
    ) -> Held<Did<T>> {
        let machine = self.machine()?;
        machine.store().faults_mut().crash_after.set(crash_after);
        let gave = work(machine);
        let faults = machine.store().faults_mut();
        faults.crash_after.set(None);
        faults.short_append.set(None);
        faults.full_commit.set(false);
        let crashed = faults.has_crashed();
        if crashed {
            self.dies();
        }
        Ok(Did { gave, crashed })
    }

    /// What it takes for the time.
    ///
    /// # Errors
    /// What its store says.
    pub fn lease_time(&mut self) -> Held<LeaseTime> {
        let anchor = self.machine()?.store().read(|tx| tx.anchor())?;
        Ok(lease_time(anchor.as_ref(), &self.clock.read()))
    }

    /// Until when the carer who has it may write.
    ///
    /// # Errors
    /// What its store says.
    pub fn leased_until(&mut self) -> Held<Option<UnixSeconds>> {
        let carer = self.carer;
        let signed = self.machine()?.store().read(|tx| {
            let Some((device, _)) = tx.device()? else { return Ok(None) };
            tx.carer_certificate(carer, device)
        })?;
        Ok(signed.map(|(_, signed)| signed.until))
    }

    /// The number of the batch that was sent and not received yet.
    ///
    /// # Errors
    /// What its store says.
    pub fn in_flight(&mut self) -> Held<Option<u64>> {
        let batch = self.machine()?.store().read(|tx| tx.batch_in_flight())?;
        Ok(batch.map(|batch| batch.number))
    }

    /// Lines of its log that say so.
    #[must_use]
    pub fn logged(&self, what: &str) -> Vec<String> {
        self.log.lines().into_iter().filter(|line| line.contains(what)).collect()
    }
}
