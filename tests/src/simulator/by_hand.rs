//! Single things that a test lets happen in a world, one at a time.

use doegnrytme_core::care::command::PlanCommand;
use doegnrytme_core::care::day_part::DayPart;
use doegnrytme_core::care::field::{Field, Section};
use doegnrytme_core::care::note::Outcome;
use doegnrytme_core::care::visit::VisitKey;
use doegnrytme_core::ids::CitizenId;
use doegnrytme_core::sync::line::NetError;
use doegnrytme_core::tablet::{Closing, Event, Notice};

use super::broken::{Broken, Held};
use super::server::{Fate, Told, busy};
use super::tablet::Pending;
use super::world::World;

impl World {
    fn first_citizen(&self) -> Held<CitizenId> {
        let first = self.people.citizens.first().copied();
        first.ok_or_else(|| Broken("nobody is cared for".to_owned()))
    }

    fn morning(&mut self, at: usize) -> Held<VisitKey> {
        let citizen = self.first_citizen()?;
        let now = self.tablet(at)?.lease_time()?.at;
        let day = now.local_day().map_err(|error| Broken(error.to_string()))?;
        Ok(VisitKey { citizen, day, part: DayPart::Morning, number: 1 })
    }

    /// The carer who is at a tablet signs in, unless that was done.
    ///
    /// # Errors
    /// As [`World::tells`].
    pub fn is_taken(&mut self, at: usize) -> Held<()> {
        if self.tablet(at)?.machine()?.carer().is_some() {
            return Ok(());
        }
        match self.signs_in(at)? {
            Some(event) => self.tell_tablet(at, event).map(drop),
            None => Ok(()),
        }
    }

    /// Something happens to a tablet; what it says.
    ///
    /// # Errors
    /// The promise that was broken.
    pub fn tells(&mut self, at: usize, event: Event) -> Held<Vec<Notice>> {
        self.tell_tablet(at, event)
    }

    /// The carer ticks the first item of the first citizen.
    ///
    /// # Errors
    /// As [`World::tells`].
    pub fn ticks(&mut self, at: usize) -> Held<Vec<Notice>> {
        let visit = self.morning(at)?;
        let items = self.people.items.get(&visit.citizen);
        let item = items.and_then(|items| items.first().copied());
        let item = item.ok_or_else(|| Broken("a plan without items".to_owned()))?;
        self.tell_tablet(at, Event::Tick { visit, item, at: None, outside_id: None })
    }

    /// The carer closes the visit with a few words.
    ///
    /// # Errors
    /// As [`World::tells`].
    pub fn closes(&mut self, at: usize, text: &str) -> Held<Vec<Notice>> {
        let closing = Closing {
            outcome: Outcome::Deviation { needs_action: false },
            text: text.to_owned(),
            ..Closing::as_agreed(self.morning(at)?)
        };
        self.tell_tablet(at, Event::CloseVisit(closing))
    }

    /// The carer writes the instruction of the first item anew.
    ///
    /// # Errors
    /// As [`World::tells`].
    pub fn edits(&mut self, at: usize, text: &str) -> Held<Vec<Notice>> {
        let citizen = self.first_citizen()?;
        let items = self.people.items.get(&citizen);
        let entry = items.and_then(|items| items.first().copied());
        let entry = entry.ok_or_else(|| Broken("a plan without items".to_owned()))?;
        let (section, field) = (Section::Items, Field::Text);
        let command = PlanCommand::Put { section, entry, field, value: text.into() };
        self.tell_tablet(at, Event::EditPlan { citizen, command })
    }

    /// One exchange of a tablet, which goes through `on_the_way` just before the server hears of it
    /// and just before the tablet is answered. A server that cannot do its work says "later".
    ///
    /// # Errors
    /// As [`World::tells`].
    pub fn exchanges(&mut self, at: usize, mut on_the_way: impl FnMut(Way)) -> Held<()> {
        self.tablet(at)?.pending = None;
        self.tablet(at)?.machine()?.cut_off();
        on_the_way(Way::Composed);
        let Some(request) = self.tablet(at)?.machine()?.next_request() else { return Ok(()) };
        on_the_way(Way::Asked);
        let told = self.server.ask(&request, Fate::Works);
        on_the_way(Way::Answered);
        match told {
            Ok((Told::Reply(reply), _)) => self.answer(at, Ok(reply)),
            Ok((Told::Waits(waiting), _)) => {
                self.tablet(at)?.pending = Some(Pending::Waits(waiting));
                Ok(())
            }
            Ok((Told::Nothing, _)) => self.answer(at, Err(NetError::Unreachable)),
            Err(_) => {
                self.server.forgets();
                self.answer(at, Ok(busy()))
            }
        }
    }

    /// There is a tablet that nobody knows, fresh from its box and not started yet; its place.
    ///
    /// # Errors
    /// When there is no carer for it.
    pub fn unpacks_one_more(&mut self) -> Held<usize> {
        let at = self.tablets.len();
        self.place(at, false)?;
        self.tablet(at)?.online = true;
        Ok(at)
    }

    /// Whether a tablet has joined.
    ///
    /// # Errors
    /// When there is none.
    pub fn has_joined(&mut self, at: usize) -> Held<bool> {
        Ok(self.tablet(at)?.joined)
    }
}

/// Where an exchange stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// The tablet makes its request next.
    Composed,
    /// The server is asked next.
    Asked,
    /// The tablet is answered next.
    Answered,
}
