//! The team's tablets together: who is online, whether all hold the same, what that cost.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use doegnrytme_core::sync::line::Traffic;
use doegnrytme_core::tablet::Event;

use super::losses::Outcome;
use super::player::Player;
use super::reading::{self, Holding};
use super::report::TabletLine;
use super::scenes::LATE;
use super::trouble::Trouble;

/// How long anything may take that a person would wait for.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks at tablets that are not equal yet.
const LOOK: Duration = Duration::from_millis(4);

/// The team.
pub struct Team<'run> {
    /// In the order of the directory.
    pub players: Vec<Player>,
    /// Set by Ctrl-C.
    pub stopped: &'run AtomicBool,
}

/// A moment from which on is counted what tablets cost.
pub struct Mark {
    at: Instant,
    traffic: BTreeMap<usize, Traffic>,
}

impl Team<'_> {
    /// Everybody's place.
    #[must_use]
    pub fn all(&self) -> Vec<usize> {
        (0..self.players.len()).collect()
    }

    /// The places of those who are there together, or of the one who comes late.
    #[must_use]
    pub fn who(&self, late: bool) -> Vec<usize> {
        let is_late = |player: &Player| player.carer.name == LATE;
        let places = self.players.iter().enumerate();
        places.filter(|(_, player)| is_late(player) == late).map(|(place, _)| place).collect()
    }

    /// [`Trouble::Stopped`] after Ctrl-C.
    ///
    /// # Errors
    /// Just that.
    pub fn go_on(&self) -> Result<(), Trouble> {
        if self.stopped.load(Ordering::Relaxed) { Err(Trouble::Stopped) } else { Ok(()) }
    }

    fn at(&self, places: &[usize]) -> Vec<(usize, &Player)> {
        places.iter().filter_map(|place| Some((*place, self.players.get(*place)?))).collect()
    }

    fn traffic(&self, places: &[usize]) -> Result<BTreeMap<usize, Traffic>, Trouble> {
        self.at(places).into_iter().map(|(place, it)| Ok((place, it.traffic()?))).collect()
    }

    /// Gives these tablets a line, all at once.
    ///
    /// # Errors
    /// [`Trouble::Gone`].
    pub fn come_online(&self, places: &[usize]) -> Result<Mark, Trouble> {
        let mark = Mark { traffic: self.traffic(places)?, at: Instant::now() };
        self.at(places).into_iter().for_each(|(_, player)| player.send(Event::Online));
        Ok(mark)
    }

    /// How many notes these players wrote.
    #[must_use]
    pub fn notes_of(&self, places: &[usize]) -> usize {
        let players = self.at(places).into_iter();
        players.map(|(_, it)| it.seen(|seen| reading::notes_among(&seen.saved))).sum()
    }

    /// What one tablet holds.
    ///
    /// # Errors
    /// [`Trouble`].
    pub fn holding(&self, place: usize) -> Result<Holding, Trouble> {
        self.players.get(place).ok_or(Trouble::Gone)?.look(reading::holding)
    }

    /// Writes down what coming online cost these tablets; gives the time of the last one.
    ///
    /// # Errors
    /// [`Trouble::Gone`].
    pub fn weigh(
        &self,
        places: &[usize],
        mark: &Mark,
        lines: &mut [TabletLine],
    ) -> Result<Option<Duration>, Trouble> {
        let mut after = self.traffic(places)?;
        let mut last = None;
        for (place, player) in self.at(places) {
            let Some(line) = lines.get_mut(place) else { continue };
            line.equal_after = player.equal_since().map(|at| at.saturating_duration_since(mark.at));
            last = last.max(line.equal_after);
            if let (Some(before), Some(after)) = (mark.traffic.get(&place), after.remove(&place)) {
                count(line, before, &after);
            }
        }
        Ok(last)
    }

    /// Waits until these tablets say that they are equal to the server, hold the same, and hold
    /// what they should.
    ///
    /// # Errors
    /// [`Trouble::TooLong`].
    pub fn settle(
        &self,
        places: &[usize],
        enough: impl Fn(&Holding) -> bool,
    ) -> Result<(), Trouble> {
        let begun = Instant::now();
        let mut looked_at = None;
        loop {
            self.go_on()?;
            let players: Vec<&Player> =
                self.at(places).into_iter().map(|(_, player)| player).collect();
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

    /// What each tablet said and holds now, in the order of its line.
    ///
    /// # Errors
    /// [`Trouble`].
    pub fn outcomes(&self, lines: &[TabletLine]) -> Result<Vec<Outcome>, Trouble> {
        let outcome = |(player, line): (&Player, &TabletLine)| {
            let told = player.seen(|seen| (seen.saved.clone(), seen.not_saved.clone()));
            let (saved, not_saved) = told;
            let (notes, holding, (unsent, held)) = player.look(|machine| {
                let notes = reading::notes(machine)?;
                Ok((notes, reading::holding(machine)?, reading::unsettled(machine)?))
            })?;
            Ok(Outcome {
                carer: player.carer.name,
                saved,
                not_saved,
                edits: line.edits,
                notes,
                holding,
                unsent,
                held,
                is_equal: line.equal_after.is_some(),
            })
        };
        self.players.iter().zip(lines).map(outcome).collect()
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
