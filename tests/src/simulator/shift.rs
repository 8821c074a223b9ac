//! What people do on their tablets: visits, edits, handovers, corrections, and whatever order they
//! think of.

use doegnrytme_core::care::command::PlanCommand;
use doegnrytme_core::care::day_part::DayPart;
use doegnrytme_core::care::field::{Field, Scalar, Section};
use doegnrytme_core::care::note::{Advis, Function, NoteKind, Outcome, Recipient};
use doegnrytme_core::care::plan::{Conflict, Plan};
use doegnrytme_core::care::visit::VisitKey;
use doegnrytme_core::ids::{CarerId, CitizenId, ItemId, NoteId};
use doegnrytme_core::store::{NoteRow, StoreError};
use doegnrytme_core::tablet::{Closing, Event, Notice, TypedCode, plan::read_plan};

use super::broken::{Broken, Held, promise};
use super::counts::Seen;
use super::world::World;
use crate::ports::pin;

/// What somebody may think of.
#[derive(Debug, Clone, Copy)]
enum Deed {
    Tick,
    Close,
    Edit,
    Add,
    Resolve,
    Correct,
    HandOver,
    Take,
    Answer,
    Advise,
    AnswerAdvis,
    PassOn,
}

const DEEDS: &[(usize, Deed)] = &[
    (30, Deed::Tick),
    (22, Deed::Close),
    (18, Deed::Edit),
    (4, Deed::Add),
    (8, Deed::Resolve),
    (4, Deed::Correct),
    (5, Deed::HandOver),
    (8, Deed::Take),
    (3, Deed::Answer),
    (2, Deed::Advise),
    (2, Deed::AnswerAdvis),
    (1, Deed::PassOn),
];

impl World {
    /// Somebody does something on a tablet.
    pub(super) fn people_do(&mut self, at: usize) -> Held<()> {
        let Some(citizen) = self.somebody() else { return Ok(()) };
        let Some(deed) = self.dice.weigh(DEEDS) else { return Ok(()) };
        let Some(event) = self.event(at, citizen, deed)? else { return Ok(()) };
        self.note(|| format!("tablet {at}: {}", brief(&event)));
        self.maybe_full_disk(at)?;
        let said = self.tell_tablet(at, event)?;
        if matches!(deed, Deed::Resolve) && matches!(said.as_slice(), [Notice::Saved(_)]) {
            self.counts.add(Seen::Resolved);
        }
        Ok(())
    }

    /// A citizen; the first ones are everybody's, so that people meet.
    pub(super) fn somebody(&mut self) -> Option<CitizenId> {
        let all = self.people.citizens.len();
        let near = if self.dice.one_in(2) { 3 } else { all };
        let at = self.dice.below(near.min(all));
        self.people.citizens.get(at).copied()
    }

    fn maybe_full_disk(&mut self, at: usize) -> Held<()> {
        if !self.stormy || !self.dice.one_in(30) {
            return Ok(());
        }
        let (short, bytes) = (self.dice.one_in(2), self.dice.below(200));
        let seen = if short { Seen::DiskFull } else { Seen::CommitFull };
        let faults = self.tablet(at)?.machine()?.store().faults_mut();
        if short {
            faults.short_append.set(Some(bytes));
        } else {
            faults.full_commit.set(true);
        }
        self.counts.add(seen);
        self.note(|| format!("tablet {at}: {}", seen.word()));
        Ok(())
    }

    fn event(&mut self, at: usize, citizen: CitizenId, deed: Deed) -> Held<Option<Event>> {
        // After a start of the app, or a certificate that did not come.
        if self.tablet(at)?.machine()?.carer().is_none() {
            return self.signs_in(at);
        }
        Ok(match deed {
            Deed::Tick => Some(self.tick(at, citizen)?),
            Deed::Close => Some(Event::CloseVisit(self.closing(at, citizen)?)),
            Deed::Edit => self.plain_edit(at, citizen)?,
            Deed::Add => self.add(at, citizen)?,
            Deed::Resolve => self.resolve(at, citizen)?,
            Deed::HandOver => {
                let to = Recipient::Function(Function::Assessor);
                Some(Event::HandOver { citizen, to, text: self.words() })
            }
            Deed::Advise => Some(self.advise(at, citizen)?),
            Deed::Correct => {
                let note = self.some_note(at, |row| row.note.kind == NoteKind::Visit)?;
                note.map(|note| Event::Correct { note, text: self.words() })
            }
            Deed::Take => {
                let note = self.some_note(at, |row| row.note.kind == NoteKind::Handover)?;
                note.map(|note| Event::TakeHandover { note })
            }
            Deed::Answer => {
                let note = self.some_note(at, |row| row.note.kind == NoteKind::Handover)?;
                note.map(|note| Event::AnswerHandover { note, text: self.words() })
            }
            Deed::AnswerAdvis => {
                let note = self.some_note(at, |row| row.note.kind == NoteKind::Advis)?;
                note.map(|note| Event::AnswerAdvis { note, text: self.words() })
            }
            Deed::PassOn => {
                let known = self.people.carers.get(..3).unwrap_or_default();
                let Some(next) = self.dice.pick(known).copied() else { return Ok(None) };
                // Somebody who has not been here could not write until there is a line.
                if self.has_been_at(at, next)? || self.tablet(at)?.online {
                    self.tablet(at)?.carer = next;
                    self.signs_in(at)?
                } else {
                    None
                }
            }
        })
    }

    fn has_been_at(&mut self, at: usize, carer: CarerId) -> Held<bool> {
        Ok(self.tablet(at)?.machine()?.store().read(|tx| tx.pin_of(carer))?.is_some())
    }

    /// The carer who is at a tablet takes it: with the PIN, or with a start code when there is none
    /// yet and a line.
    pub(super) fn signs_in(&mut self, at: usize) -> Held<Option<Event>> {
        let carer = self.tablet(at)?.carer;
        if self.has_been_at(at, carer)? {
            return Ok(Some(Event::SignIn { carer, pin: pin() }));
        }
        if !self.tablet(at)?.online {
            return Ok(None);
        }
        let code = TypedCode(self.server.start_code(carer)?);
        Ok(Some(Event::Start { carer, code, pin: pin() }))
    }

    fn words(&mut self) -> String {
        const SAID: &[&str] = &[
            "Gik en tur til postkassen og var glad for det",
            "Ville hellere have kaffe og avisen i dag",
            "Spiste lidt; bad om te i stedet",
            "Ømt knæ, hvilede efter badet",
        ];
        let said = self.dice.pick(SAID).copied().unwrap_or_default();
        format!("{said} ({})", self.dice.below(100_000))
    }

    fn visit(&mut self, at: usize, citizen: CitizenId) -> Held<VisitKey> {
        let now = self.tablet(at)?.lease_time()?.at;
        let day = now.local_day().map_err(|error| Broken(error.to_string()))?;
        let number = u8::try_from(1 + self.dice.below(2)).unwrap_or(1);
        Ok(VisitKey { citizen, day, part: DayPart::Morning, number })
    }

    fn tick(&mut self, at: usize, citizen: CitizenId) -> Held<Event> {
        let visit = self.visit(at, citizen)?;
        let item = self.an_item(citizen)?;
        Ok(Event::Tick { visit, item, at: None, outside_id: None })
    }

    /// An item of the imported plan; the first one is everybody's favourite.
    fn an_item(&mut self, citizen: CitizenId) -> Held<ItemId> {
        let items = self.people.items.get(&citizen).map(Vec::as_slice).unwrap_or_default();
        let near = if self.dice.one_in(2) { items.get(..1).unwrap_or_default() } else { items };
        self.dice.pick(near).copied().ok_or_else(|| Broken("a plan without items".to_owned()))
    }

    fn closing(&mut self, at: usize, citizen: CitizenId) -> Held<Closing> {
        let closing = Closing::as_agreed(self.visit(at, citizen)?);
        if self.dice.one_in(2) {
            return Ok(closing);
        }
        let outcome = Outcome::Deviation { needs_action: self.dice.one_in(2) };
        Ok(Closing { outcome, text: self.words(), ..closing })
    }

    /// An edit of one of a few fields, so that two people often meet in one.
    fn plain_edit(&mut self, at: usize, citizen: CitizenId) -> Held<Option<Event>> {
        if !self.may_edit(at)? {
            return Ok(None);
        }
        let (field, value) = if self.dice.one_in(3) {
            (Field::Minutes, Scalar::Int(self.dice.between(5, 60)))
        } else {
            (Field::Text, self.words().as_str().into())
        };
        let entry = self.an_item(citizen)?;
        let command = PlanCommand::Put { section: Section::Items, entry, field, value };
        Ok(Some(Event::EditPlan { citizen, command }))
    }

    fn add(&mut self, at: usize, citizen: CitizenId) -> Held<Option<Event>> {
        if !self.may_edit(at)? {
            return Ok(None);
        }
        let [a, b, c, d, e, ..] = self.dice.seed().to_be_bytes();
        let fields = vec![(Field::Text, self.words().as_str().into())];
        let entry = ItemId([a, b, c, d, e]);
        let command = PlanCommand::AddEntry { section: Section::LifeStory, entry, fields };
        Ok(Some(Event::EditPlan { citizen, command }))
    }

    fn resolve(&mut self, at: usize, citizen: CitizenId) -> Held<Option<Event>> {
        if !self.may_edit(at)? {
            return Ok(None);
        }
        let plan: Plan = self.tablet(at)?.machine()?.store().read(|tx| read_plan(tx, citizen))?;
        let Some(conflict) = self.dice.pick(&plan.conflicts).cloned() else { return Ok(None) };
        let Conflict { section, entry, field, values } = conflict;
        let Some(value) = self.dice.pick(&values).map(|one| one.value.clone()) else {
            return Ok(None);
        };
        let command = PlanCommand::Resolve { section, entry, field, value };
        Ok(Some(Event::EditPlan { citizen, command }))
    }

    /// Whether what is written now lies within the carer's time on this tablet.
    pub(super) fn may_edit(&mut self, at: usize) -> Held<bool> {
        let tablet = self.tablet(at)?;
        let (now, until) = (tablet.lease_time()?.at, tablet.leased_until()?);
        Ok(until.is_none_or(|until| now <= until))
    }

    fn advise(&mut self, at: usize, citizen: CitizenId) -> Held<Event> {
        let due = self.visit(at, citizen)?.day.plus(7);
        let advis = Advis {
            observed: self.words(),
            tried: self.words(),
            ask: "En vurdering af træning".to_owned(),
            owner: Recipient::Function(Function::Assessor),
            due,
        };
        Ok(Event::Advise { citizen, advis })
    }

    fn some_note(&mut self, at: usize, fits: impl Fn(&NoteRow) -> bool) -> Held<Option<NoteId>> {
        let notes = self.tablet(at)?.machine()?.store().read(|tx| tx.all_notes())?;
        let fitting: Vec<NoteId> =
            notes.iter().filter(|row| fits(row)).map(|row| row.note.id).collect();
        // One of the first, so that two people often take the same one.
        let near = fitting.get(..fitting.len().min(3)).unwrap_or_default();
        Ok(self.dice.pick(near).copied())
    }

    /// Counts handovers that two carers took without seeing each other.
    pub(super) fn count_meetings(&mut self) -> Held<()> {
        promise(!self.tablets.is_empty(), || "a world has tablets".to_owned())?;
        let (notes, conflicts) = self
            .tablet(0)?
            .machine()?
            .store()
            .read(|tx| Ok::<_, StoreError>((tx.all_notes()?, tx.conflict_counts()?)))?;
        conflicts.iter().for_each(|_| self.counts.add(Seen::Conflict));
        let mut taken: Vec<NoteId> = notes
            .iter()
            .filter(|row| row.note.kind == NoteKind::HandoverTaken)
            .filter_map(|row| row.note.points_at)
            .collect();
        let all = taken.len();
        taken.sort_unstable();
        taken.dedup();
        (taken.len()..all).for_each(|_| self.counts.add(Seen::TakenTwice));
        Ok(())
    }
}

fn brief(event: &Event) -> String {
    let all = format!("{event:?}");
    all.chars().take(90).collect()
}
