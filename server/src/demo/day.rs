//! The day, part by part: a team is made, tablets join, a shift is worked without a line, all come
//! online at once, a handover is taken, one comes late, relatives are told.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use doegnrytme_core::care::note::{Function, Recipient};
use doegnrytme_core::care::visit::PlannedVisit;
use doegnrytme_core::sync::line::Traffic;
use doegnrytme_core::tablet::Event;
use doegnrytme_core::transport::http;
use tokio::runtime::Runtime;

use super::office::{self, Office};
use super::player::{Player, Trouble};
use super::progress::Progress;
use super::reading::{self, Holding};
use super::report::{Report, TabletLine, milliseconds};
use super::shift::{ANSWER, Course, LATE, TAKER};
use super::town::Town;
use super::town::carers::CARERS;
use super::town::dice::Dice;
use super::visits::{self, Names};
use crate::folder::Folder;

/// How long anything may take that a person would wait for.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks at tablets that are not equal yet.
const LOOK: Duration = Duration::from_millis(4);
/// Between two visits when somebody watches.
const WATCHED_PAUSE: Duration = Duration::from_millis(15);

/// A day that is played.
pub struct Day<'run> {
    office: Office,
    folder: Folder,
    town: Town,
    progress: Progress,
    stopped: &'run AtomicBool,
    runtime: Arc<Runtime>,
    players: Vec<Player>,
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
            stopped,
            runtime: http::runtime()?,
            players: Vec::new(),
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
        let before = self.holding(0)?;
        let planned = self.planned()?;
        self.work(planned)?;
        self.come_online()?;
        self.take_handover()?;
        self.come_late()?;
        self.look_for_losses(&before)?;
        self.tell_relatives()?;
        let mut report = std::mem::take(&mut self.report);
        if let Some(player) = self.players.first() {
            reading::read(player, &mut report)?;
        }
        Ok(report)
    }

    fn go_on(&self) -> Result<(), Trouble> {
        if self.stopped.load(Ordering::Relaxed) { Err(Trouble::Stopped) } else { Ok(()) }
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
            let dir =
                self.folder.path().join("tablets").join(format!("{:02}", self.players.len() + 1));
            self.players.push(Player::open(carer, id, &dir, Arc::clone(&self.runtime))?);
        }
        Ok(())
    }

    fn hand_out_tablets(&mut self) -> Result<(), Trouble> {
        let step = self.progress.begin("Tablets join by code", self.players.len());
        let begun = Instant::now();
        for player in &self.players {
            self.go_on()?;
            player.enrol(self.office.invite()?, PATIENCE)?;
            step.inc();
        }
        let all: Vec<usize> = (0..self.players.len()).collect();
        let citizens = self.town.citizens.len();
        self.settle(&all, |holding| holding.plans == citizens)?;
        let time = milliseconds(begun.elapsed());
        step.done(&format!("{} tablets hold every plan after {time}", self.players.len()));
        Ok(())
    }

    /// Every visit on every tablet's list, in the order of the clock.
    fn planned(&self) -> Result<Vec<Planned>, Trouble> {
        let day = self.town.day;
        let mut planned = Vec::new();
        for (place, player) in self.players.iter().enumerate() {
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
        self.players.iter().for_each(|player| player.send(Event::Offline));
        let asked: usize = self.town.shifts.iter().map(|shift| shift.visits.len()).sum();
        if planned.len() != asked {
            let lists = planned.len();
            self.report
                .wrong
                .push(format!("{asked} visits were planned, {lists} stand on the tablets"));
        }
        let step = self.progress.begin("The shift, without a line", planned.len());
        let mut lines: Vec<TabletLine> = self.players.iter().map(line_of).collect();
        let mut dice = Dice::new(self.report.seed);
        for Planned { player, outside_id, visit } in planned {
            self.go_on()?;
            let course = Course::of(&outside_id, visit.key.part, &mut dice);
            let (Some(player), Some(line)) = (self.players.get(player), lines.get_mut(player))
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
        for player in &self.players {
            // Returns when everything that was queued is done.
            player.look(|_| Ok(()))?;
        }
        step.done(&format!("{} notes and {edits} edits of plans", self.report.notes));
        Ok(())
    }

    fn come_online(&mut self) -> Result<(), Trouble> {
        let together: Vec<usize> =
            (0..self.players.len()).filter(|place| !self.is_late(*place)).collect();
        let step = self.progress.begin("All online at once", together.len());
        let notes = self.notes_without_the_late()?;
        let begun = Instant::now();
        let before = self.traffic(&together)?;
        self.send_online(&together);
        self.settle(&together, |holding| holding.notes >= notes)?;
        let last = self.weigh(&together, &before, begun)?;
        self.report.storm = last;
        let time = last.map_or_else(|| "never".to_owned(), milliseconds);
        step.done(&format!("{} tablets are equal after {time}", together.len()));
        Ok(())
    }

    fn take_handover(&mut self) -> Result<(), Trouble> {
        let step = self.progress.begin("The nurse takes a handover", 1);
        let Some(taker) = self.players.iter().find(|player| player.carer.name == TAKER) else {
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
        let together: Vec<usize> =
            (0..self.players.len()).filter(|place| !self.is_late(*place)).collect();
        let notes = self.notes_without_the_late()?;
        self.settle(&together, |holding| holding.notes >= notes)?;
        step.done(&format!("taken and answered by {TAKER}"));
        Ok(())
    }

    fn come_late(&mut self) -> Result<(), Trouble> {
        let step = self.progress.begin("One comes late", 1);
        let late: Vec<usize> =
            (0..self.players.len()).filter(|place| self.is_late(*place)).collect();
        let all: Vec<usize> = (0..self.players.len()).collect();
        let (begun, before) = (Instant::now(), self.traffic(&late)?);
        self.send_online(&late);
        let notes = self.report.notes;
        self.settle(&all, |holding| holding.notes >= notes)?;
        let last = self.weigh(&late, &before, begun)?;
        let time = last.map_or_else(|| "never".to_owned(), milliseconds);
        step.done(&format!("{LATE}'s tablet is equal after {time}"));
        Ok(())
    }

    fn is_late(&self, place: usize) -> bool {
        self.players.get(place).is_some_and(|player| player.carer.name == LATE)
    }

    fn send_online(&self, places: &[usize]) {
        for player in places.iter().filter_map(|place| self.players.get(*place)) {
            player.send(Event::Online);
        }
    }

    /// How many notes the others must hold while the late tablet is away.
    fn notes_without_the_late(&self) -> Result<usize, Trouble> {
        let late = self.players.iter().find(|player| player.carer.name == LATE);
        let own = late.map_or(0, |player| player.seen(|seen| reading::notes_among(&seen.saved)));
        Ok(self.report.notes.saturating_sub(own))
    }

    fn traffic(&self, places: &[usize]) -> Result<BTreeMap<usize, Traffic>, Trouble> {
        let players = places.iter().filter_map(|place| Some((*place, self.players.get(*place)?)));
        players.map(|(place, player)| Ok((place, player.traffic()?))).collect()
    }

    /// Writes down what coming online cost these tablets; gives the time of the last one.
    fn weigh(
        &mut self,
        places: &[usize],
        before: &BTreeMap<usize, Traffic>,
        begun: Instant,
    ) -> Result<Option<Duration>, Trouble> {
        let after = self.traffic(places)?;
        let mut last = None;
        for place in places {
            let (Some(player), Some(line)) =
                (self.players.get(*place), self.report.tablets.get_mut(*place))
            else {
                continue;
            };
            line.equal_after = player.equal_since().map(|at| at.saturating_duration_since(begun));
            last = last.max(line.equal_after);
            if let (Some(before), Some(after)) = (before.get(place), after.get(place)) {
                count(line, before, after);
            }
        }
        Ok(last)
    }

    fn holding(&self, place: usize) -> Result<Holding, Trouble> {
        self.players.get(place).ok_or(Trouble::Gone)?.look(reading::holding)
    }

    /// Waits until these tablets say that they are equal to the server, hold the same, and hold
    /// what they should.
    fn settle(&self, places: &[usize], enough: impl Fn(&Holding) -> bool) -> Result<(), Trouble> {
        let begun = Instant::now();
        let mut looked_at = None;
        loop {
            self.go_on()?;
            let players: Vec<&Player> =
                places.iter().filter_map(|place| self.players.get(*place)).collect();
            let since: Option<Vec<Instant>> = players.iter().map(|it| it.equal_since()).collect();
            if since.is_some() && since != looked_at {
                let holdings: Result<Vec<Holding>, Trouble> =
                    players.iter().map(|player| player.look(reading::holding)).collect();
                let holdings = holdings?;
                let same = holdings.windows(2).all(|pair| matches!(pair, [a, b] if a == b));
                if same && holdings.iter().all(&enough) {
                    return Ok(());
                }
                looked_at = since;
            }
            if begun.elapsed() > PATIENCE {
                let slow = players.iter().find(|player| player.equal_since().is_none());
                let carer = slow.or(players.first()).map_or("", |player| player.carer.name);
                let last = String::from("the tablets are not equal");
                return Err(Trouble::TooLong { carer, what: "equality", last });
            }
            std::thread::sleep(LOOK);
        }
    }

    /// Looks for every saved row on every tablet.
    fn look_for_losses(&mut self, before: &Holding) -> Result<(), Trouble> {
        let saved: Vec<_> =
            self.players.iter().flat_map(|player| player.seen(|seen| seen.saved.clone())).collect();
        let edits = saved.len() - reading::notes_among(&saved);
        let edits_made: usize = self.report.tablets.iter().map(|line| line.edits).sum();
        for (player, line) in self.players.iter().zip(&self.report.tablets) {
            let name = player.carer.name;
            let wrong = &mut self.report.wrong;
            wrong.extend(player.seen(|seen| {
                seen.not_saved
                    .iter()
                    .map(|why| format!("{name}: not saved, {why}"))
                    .collect::<Vec<_>>()
            }));
            let wanted = saved.clone();
            let missing = player.look(move |machine| reading::missing(machine, &wanted))?;
            if missing > 0 {
                wrong.push(format!("{name}'s tablet lacks {missing} notes"));
            }
            let holding = player.look(reading::holding)?;
            if holding.plan_changes != before.plan_changes + edits || edits != edits_made {
                wrong.push(format!("{name}'s tablet lacks edits of plans"));
            }
            let (open, held) = player.look(reading::unsettled)?;
            if open + held > 0 {
                wrong.push(format!("{name}'s tablet has {open} unsent and {held} held rows"));
            }
            if line.equal_after.is_none() {
                wrong.push(format!("{name}'s tablet is not equal"));
            }
        }
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

fn count(line: &mut TabletLine, before: &Traffic, after: &Traffic) {
    let kinds = |traffic: &Traffic| [traffic.enrol, traffic.push, traffic.pull, traffic.wait];
    for (before, after) in kinds(before).into_iter().zip(kinds(after)) {
        line.up += after.up.saturating_sub(before.up);
        line.down += after.down.saturating_sub(before.down);
    }
    let asked = |traffic: &Traffic| traffic.push.requests + traffic.pull.requests;
    line.requests = asked(after).saturating_sub(asked(before));
    line.waiting = after.wait.requests.saturating_sub(before.wait.requests);
}
