//! A team: a server, citizens with plans, and tablets that have joined.

use std::path::PathBuf;

use doegnrytme_core::transport::http;
use tempfile::TempDir;

use super::{Net, Server, Tablet, room, until};
use crate::headless::device::Runtime;
use crate::headless::office::{Index, Office};
use crate::headless::player::events;
use crate::workload::canonical::Content;
use crate::workload::expect;
use crate::workload::format::TeamFile;
use crate::workload::generate::{Size, generate};

/// A team. Its tablets are offline until they are told otherwise.
pub struct Team {
    /// The tablets, in the order of their names.
    pub tablets: Vec<Tablet>,
    /// The server.
    pub server: Server,
    file: TeamFile,
    index: Index,
    runtime: Runtime,
    stores: TempDir,
}

impl Team {
    /// A team of so many tablets with a few citizens, `c00x000` and so on, whose items are `p00`
    /// and so on.
    #[must_use]
    pub fn of(tablets: usize) -> Self {
        Self::with(&Size { tablets, ..Size::SMALL })
    }

    /// A team whose shift is invented from a size.
    #[must_use]
    pub fn with(size: &Size) -> Self {
        Self::playing(generate(size).cut("team00").unwrap())
    }

    /// A team with a shift of its own.
    #[must_use]
    pub fn playing(file: TeamFile) -> Self {
        Self::at(Server::start(), file)
    }

    /// A team of so many tablets whose server was started before.
    #[must_use]
    pub fn around(server: Server, tablets: usize) -> Self {
        Self::at(server, generate(&Size { tablets, ..Size::SMALL }).cut("team00").unwrap())
    }

    fn at(server: Server, file: TeamFile) -> Self {
        let index = Office::of(server.data()).seed(&file).unwrap_or_else(|p| panic!("{p}"));
        let stores = tempfile::Builder::new().prefix("tablets-").tempdir_in(room()).unwrap();
        let runtime = http::runtime().unwrap();
        let mut team = Self { tablets: Vec::new(), server, file, index, runtime, stores };
        let names: Vec<String> = team.file.tablets.iter().map(|shift| shift.id.clone()).collect();
        for name in names {
            let tablet = team.joins(&name);
            team.tablets.push(tablet);
        }
        team
    }

    fn joins(&self, name: &str) -> Tablet {
        let mut tablet = self.makes(name);
        self.takes_in(&mut tablet);
        tablet
    }

    fn takes_in(&self, tablet: &mut Tablet) {
        let code = self.office().code(&self.file.team, tablet.net().address()).unwrap();
        tablet.joins(code, self.start_code(tablet));
    }

    /// A start code for a tablet's carer.
    #[must_use]
    pub fn start_code(&self, tablet: &Tablet) -> String {
        self.office().start_code(tablet.carer()).unwrap()
    }

    /// A tablet fresh from its box.
    fn makes(&self, name: &str) -> Tablet {
        self.makes_in(self.stores.path().join(name), name)
    }

    fn makes_in(&self, dir: PathBuf, name: &str) -> Tablet {
        let net = Net::before(self.server.address());
        let carer = self.index.carer(name).unwrap();
        Tablet::new(name, carer, dir, self.runtime.clone(), net)
    }

    /// A further tablet that keeps its store in `dir`, with a carer of its own, joins the team.
    #[must_use]
    pub fn gets_a_tablet_in(&mut self, dir: PathBuf, name: &str) -> Tablet {
        let carer = self.office().add_carer(&self.file.team, name).unwrap();
        self.index.carers.insert(name.to_owned(), carer);
        let mut tablet = self.makes_in(dir, name);
        self.takes_in(&mut tablet);
        tablet
    }

    /// A further tablet with a carer of its own joins the team; it is in the list then.
    pub fn gets_a_new_tablet(&mut self, name: &str) -> &mut Tablet {
        let carer = self.office().add_carer(&self.file.team, name).unwrap();
        self.index.carers.insert(name.to_owned(), carer);
        let tablet = self.joins(name);
        self.tablets.push(tablet);
        self.tablets.last_mut().unwrap()
    }

    /// A tablet fresh from its box, with a carer of the team, that has not joined.
    #[must_use]
    pub fn unpacks_a_tablet(&mut self, name: &str) -> Tablet {
        let carer = self.office().add_carer(&self.file.team, name).unwrap();
        self.index.carers.insert(name.to_owned(), carer);
        self.makes(name)
    }

    /// The operator.
    #[must_use]
    pub fn office(&self) -> Office {
        Office::of(self.server.data())
    }

    /// The team's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.file.team
    }

    /// The shift that is played.
    #[must_use]
    pub fn file(&self) -> &TeamFile {
        &self.file
    }

    /// Every tablet's carer works the shift, offline.
    pub fn works_the_shift(&self) {
        for at in 0..self.tablets.len() {
            self.works(at);
        }
    }

    /// One tablet's carer works the shift.
    pub fn works(&self, at: usize) {
        let tablet = &self.tablets[at];
        let shift = self.file.tablets.iter().find(|shift| shift.id == tablet.name());
        let events = events(&self.file, shift.expect("a shift"), &tablet.ids()).unwrap();
        tablet.device().plays(events).unwrap_or_else(|problem| panic!("{problem}"));
    }

    /// All go online.
    pub fn goes_online(&mut self) {
        self.tablets.iter_mut().for_each(Tablet::goes_online);
    }

    /// All go offline.
    pub fn goes_offline(&mut self) {
        self.tablets.iter_mut().for_each(Tablet::goes_offline);
    }

    /// Waits until all tablets that are online have sent everything, nothing differs, and all hold
    /// the same; what they hold.
    pub fn until_quiet(&self) -> Content {
        until("all is sent and all hold the same", || {
            let online: Vec<&Tablet> =
                self.tablets.iter().filter(|tablet| tablet.is_online()).collect();
            if !online.iter().all(|tablet| tablet.is_equal() && tablet.unsent() == 0) {
                return None;
            }
            let mut contents = online.iter().map(|tablet| tablet.content());
            let first = contents.next()?;
            contents.all(|content| content == first).then_some(first)
        })
    }

    /// All go online and end up equal; what they hold.
    pub fn syncs(&mut self) -> Content {
        self.goes_online();
        self.until_quiet()
    }

    /// Ends the test unless everything of the shift is in `content`.
    pub fn lacks_nothing_in(&self, content: &Content) {
        let missing = expect::missing(&self.file, content);
        assert!(
            missing.is_empty(),
            "{} missing: {:?}",
            missing.len(),
            &missing[..missing.len().min(9)]
        );
        assert!(content.conflicts() >= expect::conflicts(&self.file), "{}", content.conflicts());
    }
}
