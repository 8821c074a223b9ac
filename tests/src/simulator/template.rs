//! What every world begins with: a server that knows a team, its carers and citizens with their
//! plans, all brought in as an operator does it, and tablets that joined. Made once, then copied.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use doegnrytme_core::ids::{CarerId, CitizenId, ItemId, StreamId};
use doegnrytme_core::store::StoreError;
use doegnrytme_core::tablet::{Event, Invite, TypedCode};
use doegnrytme_core::time::UnixSeconds;
use doegnrytme_server::import::{citizen::CitizenRow, take_citizen};
use doegnrytme_server::operator::verbs;
use doegnrytme_server::socket::OperatorReply;

use super::broken::{Broken, Held, promise};
use super::clock::WorldTime;
use super::dice::Dice;
use super::folder;
use super::server::{Fate, SimServer, Told};
use super::tablet::SimTablet;
use super::world::tablet_dir;
use crate::ports::pin;

/// When every world begins: 2026-03-02 06:00 in Copenhagen, a Monday.
pub const BEGIN: UnixSeconds = UnixSeconds(1_772_427_600);
/// The team of every world.
pub const TEAM: StreamId = StreamId(1);

/// How large a world is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Size {
    /// 3 tablets, 3 citizens.
    Small,
    /// 14 tablets, 60 citizens.
    Full,
}

impl Size {
    /// How many tablets there are at first.
    #[must_use]
    pub fn tablets(self) -> usize {
        if self == Self::Full { 14 } else { 3 }
    }

    /// How many citizens.
    #[must_use]
    pub fn citizens(self) -> usize {
        if self == Self::Full { 60 } else { 3 }
    }

    /// How many things happen before faults stop.
    #[must_use]
    pub fn steps(self) -> usize {
        if self == Self::Full { 1_400 } else { 90 }
    }

    /// How many exchanges a tablet may need until all is settled.
    #[must_use]
    pub fn exchanges(self) -> usize {
        12
    }
}

/// The secret of a tablet's key.
#[must_use]
pub fn secret(at: usize) -> [u8; 32] {
    let mut secret = [0x33; 32];
    if let Some(last) = secret.last_mut() {
        *last = u8::try_from(at).unwrap_or(u8::MAX);
    }
    secret
}

/// Who there is.
#[derive(Debug, Clone, Default)]
pub struct People {
    /// Its citizens.
    pub citizens: Vec<CitizenId>,
    /// The items of their plans.
    pub items: BTreeMap<CitizenId, Vec<ItemId>>,
    /// A carer for each tablet, and one more for the tablet that joins later.
    pub carers: Vec<CarerId>,
}

/// A world's beginning.
pub struct Template {
    files: Vec<(PathBuf, Vec<u8>)>,
    people: People,
}

impl Template {
    /// The beginning of worlds of a size, made at the first call.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn of(size: Size) -> Held<&'static Self> {
        static SMALL: OnceLock<Held<Template>> = OnceLock::new();
        static FULL: OnceLock<Held<Template>> = OnceLock::new();
        let made = if size == Size::Full { &FULL } else { &SMALL };
        made.get_or_init(|| Self::make(size)).as_ref().map_err(Clone::clone)
    }

    /// Lays its files down in a folder.
    ///
    /// # Errors
    /// What the disk says.
    pub fn lay_down(&self, dir: &Path) -> Held<()> {
        Ok(folder::write(dir, &self.files)?)
    }

    /// Who is there.
    #[must_use]
    pub fn people(&self) -> &People {
        &self.people
    }

    fn make(size: Size) -> Held<Self> {
        let dir = tempfile::Builder::new().prefix("template-").tempdir_in(folder::room())?;
        let time = WorldTime::new(BEGIN.plus(-3_600));
        let mut server = SimServer::create(&dir.path().join("server"), time.clone(), 1)?;
        let mut people = People::default();
        invent(&mut server, size, &mut people)?;
        let mut dice = Dice::new(2);
        for (at, carer) in people.carers.iter().enumerate().take(size.tablets()) {
            let dir = tablet_dir(dir.path(), at);
            let mut tablet = SimTablet::new(&dir, secret(at), *carer, time.clone());
            tablet.starts(&mut dice, None)?;
            join(&mut server, &mut tablet)?;
            if at == 0 {
                people.items = items(&mut tablet, &people.citizens)?;
            }
            tablet.dies();
        }
        server.dies();
        Ok(Self { files: folder::read(dir.path())?, people })
    }
}

/// Everybody but temps, and somebody of the authority among them.
const ROLES: [&[&str]; 3] = [&["nurse", "assessor"], &["assistant"], &["helper", "team_lead"]];

/// A team, its carers and its citizens with their plans, by the operator's verbs.
fn invent(server: &mut SimServer, size: Size, people: &mut People) -> Held<()> {
    server.work(|tx, context| {
        verbs::team_add(tx, context, "Team Åen")?;
        for (at, roles) in (0..=size.tablets()).zip(ROLES.iter().cycle()) {
            let roles: Vec<String> = roles.iter().map(|role| (*role).to_owned()).collect();
            let name = format!("Omsorgsperson {at}");
            let (reply, _) = verbs::carer_add(tx, context, "Team Åen", &name, &roles)?;
            let OperatorReply::Carer { carer } = reply else {
                return Err(Broken("a carer was added and has no id".to_owned()));
            };
            let carer = carer.parse().map_err(|_| Broken("a carer's id".to_owned()))?;
            people.carers.push(carer);
        }
        for at in 0..size.citizens() {
            let row = CitizenRow::read(&row(at)).map_err(|bad| Broken(bad.to_string()))?;
            let (citizen, _, _) =
                take_citizen::take(tx, context, &row).map_err(|bad| Broken(bad.to_string()))?;
            people.citizens.push(citizen);
        }
        Ok(())
    })
}

pub(super) fn row(at: usize) -> String {
    let item = |title: &str, minutes: u16| {
        format!(
            r#"{{"title": "{title}", "text": "Som vi plejer", "minutes": {minutes},
                "slot": "morgen", "days": "ma ti on to fr lø sø"}}"#
        )
    };
    format!(
        r#"{{"id": "b{at}", "team": "Team Åen", "name": "Borger {at}", "address": "Åvej {at}",
            "what_matters": {{"v1": {{"prompt": 1, "text": "Kaffe og avisen"}}}},
            "items": {{"y1": {}, "y2": {}, "y3": {}}}}}"#,
        item("Bad", 20),
        item("Tur til postkassen", 15),
        item("Morgenmad", 10)
    )
}

fn items(tablet: &mut SimTablet, citizens: &[CitizenId]) -> Held<BTreeMap<CitizenId, Vec<ItemId>>> {
    let items = tablet.machine()?.store().read(|tx| {
        let mut items = BTreeMap::new();
        for citizen in citizens {
            let plan = tx.plan(*citizen)?;
            let ids = plan.items.iter().map(|item| item.entry.id).collect();
            items.insert(*citizen, ids);
        }
        Ok::<_, StoreError>(items)
    })?;
    let whole = items.values().all(|items: &Vec<ItemId>| items.len() == 3);
    promise(whole, || "a new tablet does not have every plan".to_owned())?;
    Ok(items)
}

/// A tablet joins, over a line without trouble, and fetches its carer's certificate and the plans.
fn join(server: &mut SimServer, tablet: &mut SimTablet) -> Held<()> {
    let code = server.invite(TEAM)?;
    let carer = tablet.carer;
    let start = server.start_code(carer)?;
    let machine = tablet.machine()?;
    machine.handle(Event::Enrol(Invite::Scanned(code)));
    for turn in 0..16 {
        if turn == 2 {
            let code = TypedCode(start.clone());
            machine.handle(Event::Start { carer, code, pin: pin() });
            machine.handle(Event::Online);
        }
        let Some(request) = machine.next_request() else { continue };
        let (told, _) = server.ask(&request, Fate::Works)?;
        let Told::Reply(reply) = told else { break };
        machine.answer(Ok(reply));
    }
    let (wanted, device) =
        machine.store().read(|tx| Ok::<_, StoreError>((tx.wanted_count()?, tx.device()?)))?;
    promise(device.is_some() && wanted == 0, || format!("a tablet cannot join: {wanted} wanted"))
}
