//! A world: one server, a team's tablets, the time, and what was confirmed to people in it.

use std::path::Path;
use std::time::Duration;

use doegnrytme_core::ids::{ChangeHash, DocId};
use doegnrytme_core::store::Faults;
use doegnrytme_core::sync::line::{NetError, Outgoing};
use doegnrytme_core::tablet::{Event, Notice, SignInProblem};
use tempfile::TempDir;

use super::broken::{Broken, Held, promise};
use super::clock::WorldTime;
use super::counts::{Counts, Seen};
use super::dice::Dice;
use super::folder::room;
use super::server::SimServer;
use super::tablet::{Pending, SimTablet};
use super::template::{BEGIN, People, Size, TEAM, Template, secret};

/// What a person was told is saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confirmed {
    /// The tablet that said so.
    pub tablet: usize,
    /// The document.
    pub doc: DocId,
    /// The change.
    pub hash: ChangeHash,
}

/// A copy of the server's files, and how many devices it knows.
pub(super) struct Backup {
    pub(super) dir: TempDir,
    pub(super) devices: usize,
}

/// A world.
pub struct World {
    pub(super) dir: TempDir,
    pub(super) size: Size,
    pub(super) dice: Dice,
    pub(super) time: WorldTime,
    pub(super) server: SimServer,
    pub(super) tablets: Vec<SimTablet>,
    pub(super) people: People,
    pub(super) confirmed: Vec<Confirmed>,
    /// Requests that were given up and are still under way.
    pub(super) post: Vec<Outgoing>,
    pub(super) backup: Option<Backup>,
    pub(super) rolled_back: bool,
    /// Whether anything may go wrong.
    pub(super) stormy: bool,
    pub(super) faults: Faults,
    pub(super) counts: Counts,
    /// What happened, in order; kept when somebody wants to read it.
    pub(super) story: Option<Vec<String>>,
}

impl World {
    /// The world of a seed, as it is before anything happens.
    ///
    /// # Errors
    /// What the disk says.
    pub fn begin(seed: u64, size: Size, faults: Faults) -> Held<Self> {
        let template = Template::of(size)?;
        let dir = tempfile::Builder::new().prefix("world-").tempdir_in(room())?;
        template.lay_down(dir.path())?;
        let mut dice = Dice::new(seed);
        let time = WorldTime::new(BEGIN);
        let server = SimServer::open(&dir.path().join("server"), time.clone(), dice.seed())?;
        let mut world = Self {
            dir,
            size,
            dice,
            time,
            server,
            tablets: Vec::new(),
            people: template.people().clone(),
            confirmed: Vec::new(),
            post: Vec::new(),
            backup: None,
            rolled_back: false,
            stormy: true,
            faults,
            counts: Counts::default(),
            story: None,
        };
        for at in 0..size.tablets() {
            world.place(at, true)?;
            world.start(at)?;
        }
        if size.tablets() > 1 && world.dice.one_in(3) {
            let late = world.dice.below(size.tablets());
            world.tablet(late)?.late = true;
        }
        Ok(world)
    }

    /// How large it is.
    #[must_use]
    pub fn size(&self) -> Size {
        self.size
    }

    /// Keeps a line of everything that happens.
    pub fn tell(&mut self) {
        self.story = Some(Vec::new());
    }

    /// What happened.
    #[must_use]
    pub fn story(&self) -> &[String] {
        self.story.as_deref().unwrap_or_default()
    }

    /// What was seen.
    #[must_use]
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    pub(super) fn note(&mut self, what: impl FnOnce() -> String) {
        if let Some(story) = &mut self.story {
            story.push(what());
        }
    }

    /// Puts a tablet into the world.
    pub(super) fn place(&mut self, at: usize, joined: bool) -> Held<()> {
        let dir = tablet_dir(self.dir.path(), at);
        let carer = self.people.carers.get(at).copied();
        let carer = carer.ok_or_else(|| Broken(format!("there is no carer {at}")))?;
        let mut tablet = SimTablet::new(&dir, secret(at), carer, self.time.clone());
        tablet.break_rule(self.faults.clone());
        tablet.joined = joined;
        self.tablets.push(tablet);
        promise(self.tablets.len() == at + 1, || "tablets are numbered".to_owned())
    }

    pub(super) fn tablet(&mut self, at: usize) -> Held<&mut SimTablet> {
        self.tablets.get_mut(at).ok_or_else(|| Broken(format!("there is no tablet {at}")))
    }

    /// Starts a tablet's process, once more when it dies while it starts.
    pub(super) fn start(&mut self, at: usize) -> Held<()> {
        let dies = self.stormy && self.dice.one_in(6);
        let crash_after = dies.then(|| self.dice.below(12)).and_then(|steps| steps.try_into().ok());
        let Self { tablets, dice, .. } = self;
        let tablet = tablets.get_mut(at).ok_or_else(|| Broken(format!("no tablet {at}")))?;
        if !tablet.starts(dice, crash_after)? {
            tablet.starts(dice, None)?;
            self.counts.add(Seen::CrashAtStart);
            self.note(|| format!("tablet {at} dies while it starts, and starts again"));
        }
        self.standing_is_whole(at)?;
        if self.tablet(at)?.online {
            self.tell_tablet(at, Event::Online)?;
        }
        // An enrolment lives in memory until it is done.
        if self.tablet(at)?.joined { Ok(()) } else { self.invite(at) }
    }

    /// A process that ended is started again.
    pub(super) fn keep_running(&mut self, at: usize) -> Held<()> {
        if self.tablet(at)?.runs() { Ok(()) } else { self.start(at) }
    }

    /// Something happens to a tablet; hears what it says.
    pub(super) fn tell_tablet(&mut self, at: usize, event: Event) -> Held<Vec<Notice>> {
        let crash_after = self.maybe_crash(25);
        let did = self.tablet(at)?.does(crash_after, |machine| machine.handle(event))?;
        let gave = did.gave.clone();
        self.after(at, did.crashed, did.gave)?;
        Ok(gave)
    }

    /// Whether the next thing that a tablet does ends its process, and after how many steps.
    pub(super) fn maybe_crash(&mut self, one_in: usize) -> Option<u32> {
        if !self.stormy || !self.dice.one_in(one_in) {
            return None;
        }
        u32::try_from(self.dice.below(30)).ok()
    }

    /// Hears what was said, then starts a process that ended.
    pub(super) fn after(&mut self, at: usize, crashed: bool, notices: Vec<Notice>) -> Held<()> {
        if crashed {
            self.counts.add(Seen::CrashInStore);
            self.note(|| format!("tablet {at} dies between statements, having said {notices:?}"));
            self.start(at)?;
        } else if !notices.is_empty() {
            self.note(|| format!("tablet {at} says {notices:?}"));
        }
        for notice in notices {
            self.hear(at, notice)?;
        }
        Ok(())
    }

    fn hear(&mut self, at: usize, notice: Notice) -> Held<()> {
        match notice {
            Notice::Saved(doc) => self.confirm(at, doc),
            Notice::Synced { equal } => {
                self.tablet(at)?.equal = equal;
                Ok(())
            }
            Notice::Enrolled => {
                self.tablet(at)?.joined = true;
                self.counts.add(Seen::Joined);
                match self.signs_in(at)? {
                    Some(event) => self.tell_tablet(at, event).map(drop),
                    None => Ok(()),
                }
            }
            // A new code each time: the old one may be used up by an answer that was lost.
            Notice::NotEnrolled(_) => self.invite(at),
            // A start code is void when another was made, or forgotten by a roll-back. With the next
            // deed the carer begins anew.
            Notice::CarerRefused(_) => {
                self.counts.add(Seen::CarerRefused);
                Ok(())
            }
            Notice::NotSignedIn(_, SignInProblem::NoPinHere | SignInProblem::WrongPin { .. }) => {
                Err(Broken(format!("tablet {at} does not know its carer's PIN")))
            }
            _ => Ok(()),
        }
    }

    /// Hands a tablet a code by which it may join.
    pub(super) fn invite(&mut self, at: usize) -> Held<()> {
        let code = self.server.invite(TEAM)?;
        let invite = doegnrytme_core::tablet::Invite::Scanned(code);
        self.tell_tablet(at, Event::Enrol(invite)).map(drop)
    }

    /// From now on this must never be lost.
    fn confirm(&mut self, tablet: usize, doc: DocId) -> Held<()> {
        let rows = self.tablet(tablet)?.machine()?.store().read(|tx| tx.outgoing_in(&doc))?;
        let last = rows.last().map(|row| row.row.entry.hash);
        let hash = last.ok_or_else(|| {
            Broken(format!("tablet {tablet} said saved, and its outbox has nothing of it"))
        })?;
        self.confirmed.push(Confirmed { tablet, doc, hash });
        Ok(())
    }

    /// Time passes, for everybody.
    pub(super) fn time_passes(&mut self, seconds: u64) {
        self.time.passes(Duration::from_secs(seconds));
    }

    /// The server's process ended: every line to it is dead.
    pub(super) fn lines_die(&mut self) -> Held<()> {
        for at in 0..self.tablets.len() {
            if matches!(self.tablet(at)?.pending, Some(Pending::Waits(_))) {
                self.tablet(at)?.pending = None;
                self.answer(at, Err(NetError::Unreachable))?;
            }
        }
        Ok(())
    }
}

/// Where a tablet's files lie in a world.
#[must_use]
pub fn tablet_dir(world: &Path, at: usize) -> std::path::PathBuf {
    world.join(format!("tablet-{at}"))
}
