//! A carer with a tablet.

use std::path::{Path, PathBuf};

use doegnrytme_core::care::command::PlanCommand;
use doegnrytme_core::care::field::{Field, Scalar, Section};
use doegnrytme_core::care::note::Outcome;
use doegnrytme_core::care::visit::VisitKey;
use doegnrytme_core::ids::{CarerId, CitizenId, DeviceNumber, ItemId};
use doegnrytme_core::sync::line::{Outgoing, Traffic};
use doegnrytme_core::tablet::event::{Closing, Event, Invite};
use doegnrytme_core::tablet::notice::Notice;
use doegnrytme_core::tablet::{Machine, Ports};

use super::{Net, until};
use crate::headless::device::{Device, Runtime};
use crate::headless::player::{Ids, visit_key};
use crate::headless::protocol::Sightings;
use crate::ports::{KeptLog, MachineEntropy, TestClock, device_key};
use crate::workload::canonical::{Content, ItemContent};

/// A tablet with its carer, its clock and its line.
pub struct Tablet {
    name: String,
    carer: CarerId,
    dir: PathBuf,
    runtime: Runtime,
    clock: TestClock,
    log: KeptLog,
    net: Net,
    device: Option<Device>,
    online_since: Option<usize>,
}

impl Tablet {
    pub(super) fn new(
        name: &str,
        carer: CarerId,
        dir: PathBuf,
        runtime: Runtime,
        net: Net,
    ) -> Self {
        let (clock, log) = (TestClock::default(), KeptLog::default());
        let name = name.to_owned();
        let mut tablet =
            Self { name, carer, dir, runtime, clock, log, net, device: None, online_since: None };
        tablet.opens();
        tablet
    }

    /// Its name, which is also its carer's.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its carer.
    #[must_use]
    pub fn carer(&self) -> CarerId {
        self.carer
    }

    /// Its clock.
    #[must_use]
    pub fn clock(&self) -> &TestClock {
        &self.clock
    }

    /// Where its files lie.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.dir.clone()
    }

    /// Its line to the server.
    #[must_use]
    pub fn net(&self) -> &Net {
        &self.net
    }

    /// What it logged.
    #[must_use]
    pub fn log(&self) -> Vec<String> {
        self.log.lines()
    }

    /// The tablet itself.
    #[must_use]
    pub fn device(&self) -> &Device {
        self.device.as_ref().expect("the tablet is on")
    }

    fn ports(&self) -> Ports {
        Ports {
            keys: Box::new(device_key(&self.dir, &mut MachineEntropy).unwrap()),
            clock: Box::new(self.clock.clone()),
            entropy: Box::new(MachineEntropy),
            log: Box::new(self.log.clone()),
        }
    }

    fn opens(&mut self) {
        let (runtime, nobody) = (&self.runtime, Sightings::default());
        let opened = Device::open(&self.name, &self.dir, self.ports(), runtime, &nobody);
        self.device = Some(opened.unwrap_or_else(|problem| panic!("{problem}")));
    }

    /// Joins its team by the text of a QR code, its carer begins with a start code, and it fetches
    /// everything; offline afterwards.
    pub fn joins(&mut self, code: String, start: String) {
        self.joins_by(Invite::Scanned(code), start);
    }

    /// Joins its team and fetches everything; offline afterwards.
    pub fn joins_by(&mut self, invite: Invite, start: String) {
        self.device().enrols(invite).unwrap_or_else(|problem| panic!("{problem}"));
        self.goes_online();
        let mark = self.online_since.unwrap();
        self.device().begins(self.carer, start);
        let ready = self.device().lets_in(mark, self.carer);
        ready.and_then(|()| self.device().synced(mark, true)).unwrap_or_else(|p| panic!("{p}"));
        self.goes_offline();
    }

    /// The request that it would send now. It has not sent it and goes on as if it never asked.
    pub fn next_request(&mut self) -> Outgoing {
        self.device.take().unwrap().closes();
        let mut machine = Machine::open(&self.dir, self.ports()).unwrap();
        machine.handle(Event::Online);
        let request = machine.next_request().expect("there is something to ask");
        drop(machine);
        self.online_since = None;
        self.opens();
        request
    }

    /// Somebody put another tablet's key in the place of its own; what opening it says. The key
    /// lies in its place again afterwards.
    pub fn does_not_open_with_the_key_of(&mut self, other: &Self) -> String {
        self.device.take().unwrap().closes();
        let own = std::fs::read(self.dir.join("device.key")).unwrap();
        std::fs::copy(other.dir.join("device.key"), self.dir.join("device.key")).unwrap();
        let error = Machine::open(&self.dir, self.ports()).map(|_| ()).unwrap_err().to_string();
        std::fs::write(self.dir.join("device.key"), own).unwrap();
        self.opens();
        error
    }

    /// The app is closed and opened again; it is offline then.
    pub fn is_switched_off_and_on(&mut self) {
        self.device.take().unwrap().closes();
        self.online_since = None;
        self.opens();
    }

    /// The app is closed, something happens to its files, and it is opened again.
    pub fn opens_after(&mut self, happens: impl FnOnce(&Path)) {
        self.device.take().unwrap().closes();
        self.online_since = None;
        happens(&self.dir);
        self.opens();
    }

    /// The number under which the server knows it.
    #[must_use]
    pub fn device_number(&self) -> DeviceNumber {
        let found = self.device().reads(|store| store.read(|tx| tx.device())).unwrap();
        found.expect("it is enrolled").0
    }

    /// Its carer begins with a start code once more; offline afterwards.
    pub fn begins_again(&mut self, start: String) {
        self.goes_online();
        let mark = self.online_since.unwrap();
        self.device().begins(self.carer, start);
        self.device().lets_in(mark, self.carer).unwrap_or_else(|problem| panic!("{problem}"));
        self.goes_offline();
    }

    /// There is a line from now on. A tablet that is online already tries again at once, should it
    /// be pausing.
    pub fn goes_online(&mut self) {
        let mark = self.device().mark();
        self.online_since.get_or_insert(mark);
        self.device().send(Event::Online);
    }

    /// There is none from now on.
    pub fn goes_offline(&mut self) {
        self.online_since = None;
        self.device().goes_offline().unwrap();
    }

    /// Goes online and waits until nothing differs.
    pub fn syncs(&mut self) {
        self.goes_online();
        self.until_synced();
    }

    /// Waits until nothing differs any more.
    pub fn until_synced(&self) {
        until(&format!("{} has sent everything", self.name), || {
            (self.is_equal() && self.unsent() == 0).then_some(())
        });
    }

    /// Whether the last sync since it went online ended with nothing left to do.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        let Some(since) = self.online_since else { return false };
        let said = self.device().said(since);
        let last = said.iter().rev().find_map(|notice| match notice {
            Notice::Synced { equal } => Some(*equal),
            Notice::SyncFailed(_) => Some(false),
            _ => None,
        });
        last == Some(true)
    }

    /// Whether it is online.
    #[must_use]
    pub fn is_online(&self) -> bool {
        self.online_since.is_some()
    }

    /// What it says next that `pick` takes, from now on, having done `event`.
    pub fn says_after<T>(
        &self,
        event: Event,
        what: &str,
        pick: impl Fn(&Notice) -> Option<T>,
    ) -> T {
        let mark = self.device().mark();
        self.device().send(event);
        self.device().hears(mark, what, pick).unwrap_or_else(|problem| panic!("{problem}"))
    }

    /// Does something and waits until it is done; what is to be saved is saved.
    pub fn does(&self, event: Event) {
        self.device().plays(vec![event]).unwrap_or_else(|problem| panic!("{problem}"));
    }

    /// Our ids of what it holds.
    #[must_use]
    pub fn ids(&self) -> Ids {
        self.device().ids().unwrap()
    }

    /// Our id of a citizen.
    #[must_use]
    pub fn citizen(&self, citizen: &str) -> CitizenId {
        self.ids().citizens[citizen]
    }

    /// Our ids of an item and its citizen.
    #[must_use]
    pub fn item(&self, citizen: &str, item: &str) -> (CitizenId, ItemId) {
        let ids = self.ids();
        (ids.citizens[citizen], ids.items[&(citizen.to_owned(), item.to_owned())])
    }

    /// The visit of this part of the day.
    #[must_use]
    pub fn visit(&self, citizen: &str) -> VisitKey {
        visit_key(self.citizen(citizen), self.clock.really()).unwrap()
    }

    /// Ticks an item in the visit of this part of the day.
    pub fn ticks(&self, citizen: &str, item: &str) {
        let item = self.item(citizen, item).1;
        let visit = self.visit(citizen);
        self.does(Event::Tick { visit, item, at: None, outside_id: None });
    }

    /// Closes the visit with a deviation.
    pub fn notes(&self, citizen: &str, text: &str) {
        self.does(Event::CloseVisit(Closing {
            outcome: Outcome::Deviation { needs_action: false },
            text: text.to_owned(),
            ..Closing::as_agreed(self.visit(citizen))
        }));
    }

    /// Closes the visit as agreed.
    pub fn closes_as_agreed(&self, citizen: &str) {
        self.does(Event::CloseVisit(Closing::as_agreed(self.visit(citizen))));
    }

    /// Writes an item's instruction anew.
    pub fn rewrites(&self, citizen: &str, item: &str, text: &str) {
        self.puts(citizen, item, Field::Text, Scalar::from(text));
    }

    /// Gives an item other minutes.
    pub fn sets_minutes(&self, citizen: &str, item: &str, minutes: i64) {
        self.puts(citizen, item, Field::Minutes, Scalar::Int(minutes));
    }

    fn puts(&self, citizen: &str, item: &str, field: Field, value: Scalar) {
        let (citizen, entry) = self.item(citizen, item);
        let command = PlanCommand::Put { section: Section::Items, entry, field, value };
        self.does(Event::EditPlan { citizen, command });
    }

    /// Chooses one of an instruction's values.
    pub fn settles(&self, citizen: &str, item: &str, text: &str) {
        let (citizen, entry) = self.item(citizen, item);
        let (section, field) = (Section::Items, Field::Text);
        let command = PlanCommand::Resolve { section, entry, field, value: Scalar::from(text) };
        self.does(Event::EditPlan { citizen, command });
    }

    /// What it holds.
    #[must_use]
    pub fn content(&self) -> Content {
        self.device().content().unwrap()
    }

    /// An item as it holds it.
    #[must_use]
    pub fn sees(&self, citizen: &str, item: &str) -> ItemContent {
        self.content().citizens[citizen].items[item].clone()
    }

    /// The texts of a citizen's notes as it holds them, sorted.
    #[must_use]
    pub fn reads(&self, citizen: &str) -> Vec<String> {
        let content = self.content();
        let notes = content.citizens[citizen].notes.values();
        let mut texts: Vec<String> = notes.map(|[_, _, text]| text.clone()).collect();
        texts.sort();
        texts
    }

    /// How many changes are on their way.
    #[must_use]
    pub fn unsent(&self) -> u64 {
        self.device().unsent().unwrap()
    }

    /// Requests and bytes since it was switched on.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        self.device().traffic().unwrap()
    }
}
