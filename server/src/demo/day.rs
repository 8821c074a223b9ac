//! The day, part by part: a team is made, tablets join, a shift is worked without a line, all come
//! online at once, a handover is taken, one comes late, relatives are told.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use doegnrytme_core::care::note::{Function, Recipient};
use doegnrytme_core::care::visit::PlannedVisit;
use doegnrytme_core::tablet::Event;
use doegnrytme_core::transport::http;
use tokio::runtime::Runtime;

use super::losses::losses;
use super::office::{self, Office};
use super::player::Player;
use super::progress::Progress;
use super::reading;
use super::report::{Report, TabletLine, milliseconds};
use super::scenes::{ANSWER, LATE, TAKER};
use super::shift::Course;
use super::team::{PATIENCE, Team};
use super::town::Town;
use super::town::carers::CARERS;
use super::town::dice::Dice;
use super::trouble::Trouble;
use super::visits::{self, Names};
use crate::folder::Folder;

/// Between two visits when somebody watches.
const WATCHED_PAUSE: Duration = Duration::from_millis(15);

/// A day that is played.
pub struct Day<'run> {
    office: Office,
    folder: Folder,
    town: Town,
    progress: Progress,
    runtime: Arc<Runtime>,
    team: Team<'run>,
    report: Report,
}

/// A visit that stands on a tablet's list.
struct Planned {
    player: usize,
    outside_id: String,
    visit: PlannedVisit,
}

impl<'run> Day<'run> {
    /// A day in the town of a seed, at the server that runs in the folder.
    ///
    /// # Errors
    /// [`Trouble`].
    pub fn begin(
        folder: Folder,
        town: Town,
        seed: u64,
        progress: Progress,
        stopped: &'run AtomicBool,
    ) -> Result<Self, Trouble> {
        let report =
            Report { day: town.day, seed, citizens: town.citizens.len(), ..Report::default() };
        Ok(Self {
            office: Office::of(folder.clone()),
            folder,
            town,
            progress,
            runtime: http::runtime()?,
            team: Team { players: Vec::new(), stopped },
            report,
        })
    }

    /// Plays it all.
    ///
    /// # Errors
    /// [`Trouble`] when it cannot go on; what went wrong otherwise stands in the report.
    pub fn play(mut self) -> Result<Report, Trouble> {
        self.make_town()?;
        self.hand_out_tablets()?;
        let before = self.team.holding(0)?;
        let planned = self.planned()?;
        self.work(planned)?;
        self.come_online()?;
        self.take_handover()?;
        self.come_late()?;
        let outcomes = self.team.outcomes(&self.report.tablets)?;
        self.report.wrong.extend(losses(&before, &outcomes));
        self.tell_relatives()?;
        let mut report = std::mem::take(&mut self.report);
        if let Some(player) = self.team.players.first() {
            reading::read(player, &mut report)?;
        }
        Ok(report)
    }

    fn make_town(&mut self) -> Result<(), Trouble> {
        let step = self.progress.begin("A team, its citizens, their plans", 3);
        let carers = self.office.add_team()?;
        step.inc();
        let citizens = self.office.import(&self.town)?;
        step.inc();
        self.office.add_relatives(&citizens)?;
        let visits: usize = self.town.shifts.iter().map(|shift| shift.visits.len()).sum();
        step.done(&format!("{} citizens, {visits} planned visits", citizens.len()));
        for (carer, id) in CARERS.iter().zip(carers) {
            let dir = self
                .folder
                .path()
                .join("tablets")
                .join(format!("{:02}", self.team.players.len() + 1));
            self.team.players.push(Player::open(carer, id, &dir, Arc::clone(&self.runtime))?);
        }
        Ok(())
    }

    fn hand_out_tablets(&mut self) -> Result<(), Trouble> {
        let step = self.progress.begin("Tablets join by code", self.team.players.len());
        let begun = Instant::now();
        for player in &self.team.players {
            self.team.go_on()?;
            player.enrol(self.office.invite()?, self.office.start_code(player.id)?, PATIENCE)?;
            step.inc();
        }
        let all = self.team.all();
        let citizens = self.town.citizens.len();
        self.team.settle(&all, |holding| holding.plans == citizens)?;
        let time = milliseconds(begun.elapsed());
        step.done(&format!("{} tablets hold every plan after {time}", self.team.players.len()));
        Ok(())
    }

    /// Every visit on every tablet's list, in the order of the clock.
    fn planned(&self) -> Result<Vec<Planned>, Trouble> {
        let day = self.town.day;
        let mut planned = Vec::new();
        for (place, player) in self.team.players.iter().enumerate() {
            let id = player.id;
            let (names, round): (Names, Vec<PlannedVisit>) = player.look(move |machine| {
                Ok((visits::names(machine)?, visits::round(machine, id, day)?))
            })?;
            planned.extend(round.into_iter().map(|visit| {
                let known = names.get(&visit.key.citizen);
                let outside_id = known.map(|(_, outside)| outside.clone()).unwrap_or_default();
                Planned { player: place, outside_id, visit }
            }));
        }
        planned.sort_by_key(|it| (it.visit.span.map(|span| span.from), it.player));
        Ok(planned)
    }

    fn work(&mut self, planned: Vec<Planned>) -> Result<(), Trouble> {
        self.team.players.iter().for_each(|player| player.send(Event::Offline));
        let asked: usize = self.town.shifts.iter().map(|shift| shift.visits.len()).sum();
        if planned.len() != asked {
            let lists = planned.len();
            self.report
                .wrong
                .push(format!("{asked} visits were planned, {lists} stand on the tablets"));
        }
        let step = self.progress.begin("The shift, without a line", planned.len());
        let mut lines: Vec<TabletLine> = self.team.players.iter().map(line_of).collect();
        let mut dice = Dice::new(self.report.seed);
        for Planned { player, outside_id, visit } in planned {
            self.team.go_on()?;
            let course = Course::of(&outside_id, visit.key.part, &mut dice);
            let (Some(player), Some(line)) = (self.team.players.get(player), lines.get_mut(player))
            else {
                continue;
            };
            let made = visits::make(player, &visit, course)?;
            line.visits += 1;
            line.deviations += usize::from(made.deviation);
            line.edits += made.edits;
            self.report.notes += made.notes;
            step.inc();
            if self.progress.is_watched() {
                std::thread::sleep(WATCHED_PAUSE);
            }
        }
        let edits: usize = lines.iter().map(|line| line.edits).sum();
        self.report.tablets = lines;
        for player in &self.team.players {
            // Returns when everything that was queued is done.
            player.look(|_| Ok(()))?;
        }
        step.done(&format!("{} notes and {edits} edits of plans", self.report.notes));
        Ok(())
    }

    fn come_online(&mut self) -> Result<(), Trouble> {
        let together = self.team.who(false);
        let step = self.progress.begin("All online at once", together.len());
        let notes = self.team.notes_of(&together);
        let mark = self.team.come_online(&together)?;
        self.team.settle(&together, |holding| holding.notes == notes)?;
        self.report.storm = self.team.weigh(&together, &mark, &mut self.report.tablets)?;
        let time = self.report.storm.map_or_else(|| "never".to_owned(), milliseconds);
        step.done(&format!("{} tablets are equal after {time}", together.len()));
        Ok(())
    }

    fn take_handover(&mut self) -> Result<(), Trouble> {
        let step = self.progress.begin("The nurse takes a handover", 1);
        let Some(taker) = self.team.players.iter().find(|player| player.carer.name == TAKER) else {
            return Ok(());
        };
        let nurse = Recipient::Function(Function::Nurse);
        match taker.look(move |machine| visits::open_handover(machine, nurse))? {
            Some(note) => {
                taker.send(Event::TakeHandover { note });
                taker.send(Event::AnswerHandover { note, text: ANSWER.to_owned() });
                taker.look(|_| Ok(()))?;
                self.report.notes += 2;
            }
            None => self.report.wrong.push("the handover did not reach the nurse".to_owned()),
        }
        let together = self.team.who(false);
        let notes = self.team.notes_of(&together);
        self.team.settle(&together, |holding| holding.notes == notes)?;
        step.done(&format!("taken and answered by {TAKER}"));
        Ok(())
    }

    fn come_late(&mut self) -> Result<(), Trouble> {
        let step = self.progress.begin("One comes late", 1);
        let late = self.team.who(true);
        let mark = self.team.come_online(&late)?;
        let notes = self.report.notes;
        self.team.settle(&self.team.all(), |holding| holding.notes == notes)?;
        let last = self.team.weigh(&late, &mark, &mut self.report.tablets)?;
        let time = last.map_or_else(|| "never".to_owned(), milliseconds);
        step.done(&format!("{LATE}'s tablet is equal after {time}"));
        Ok(())
    }

    fn tell_relatives(&mut self) -> Result<(), Trouble> {
        let step = self.progress.begin("Relatives are told", 1);
        self.report.digests = self.office.tell_relatives(self.town.day)?;
        self.report.silent = office::silent(&self.report.digests);
        self.report.wrong.extend(office::mistakes(&self.report.digests));
        step.done(&format!("{} digests left", self.report.digests.len()));
        Ok(())
    }
}

fn line_of(player: &Player) -> TabletLine {
    TabletLine {
        carer: player.carer.name.to_owned(),
        role: player.carer.role.key().to_owned(),
        late: player.carer.name == LATE,
        ..TabletLine::default()
    }
}
