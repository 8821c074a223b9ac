//! Sentences about the journal: what it keeps, what it notices, and what it teaches.

use std::fs;

use doegnrytme_core::care::consent::{Channel, SaidTo, Topic};
use doegnrytme_core::ids::{DeviceNumber, InstallEpoch, RelativeId, ServerEpoch};
use doegnrytme_core::time::{LocalDay, UnixSeconds};
use doegnrytme_core::wire::enrol::CodeKind;

use super::doubt::{Confirmed, Doubt, confirm};
use super::file::{Found, Mark, read};
use super::opening::{Bearing, OpeningError, open};
use super::record::Enrolled;
use super::{JournalError, JournalFile, Place, Record};
use crate::node::{Context, Keys, Outside, Rules};
use crate::store::device::DeviceStatus;
use crate::store::sms::{Sms, SmsState};
use crate::store::sqlite::SqliteStore;
use crate::store::{self, Store, StoreError, Tx};

const KEY: [u8; 32] = [7; 32];
const NOW: UnixSeconds = UnixSeconds(1_772_470_800);

/// A server's two files.
struct House {
    dir: tempfile::TempDir,
}

impl House {
    fn new() -> Self {
        let house = Self { dir: tempfile::tempdir().unwrap() };
        let mut store = SqliteStore::create(&house.database(), &KEY).unwrap();
        store::write(&mut store, |tx| {
            Keys::create(tx, [9; 32], &mut *Outside::system().rng, NOW).unwrap();
            tx.add_team("Team Åen").map(|_| ())
        })
        .unwrap();
        house
    }

    fn database(&self) -> std::path::PathBuf {
        self.dir.path().join("server.db")
    }

    fn place(&self) -> Place {
        Place { path: self.dir.path().join("journal"), key: KEY }
    }

    fn opens_with(&self, bearing: Bearing) -> Result<(SqliteStore, Keys), OpeningError> {
        let mut store = SqliteStore::open(&self.database(), &KEY).unwrap();
        let keys = store::read(&mut store, |tx| Ok::<_, StoreError>(Keys::load(tx).unwrap()))?;
        open(&mut store, &self.place(), bearing, &keys, &mut Outside::system())?;
        Ok((store, keys))
    }

    fn opens(&self) -> (SqliteStore, Keys) {
        self.opens_with(Bearing::Server).unwrap()
    }

    /// What the operator says, in one durable transaction.
    fn confirms(&self, bearing: Bearing) -> Confirmed {
        let (mut store, keys) = self.opens_with(bearing).unwrap();
        write(&mut store, &keys, |tx, context| confirm(tx, context).unwrap().0)
    }

    fn doubt(&self) -> Doubt {
        let mut store = SqliteStore::look(&self.database(), &KEY).unwrap();
        store::read(&mut store, Doubt::read).unwrap()
    }

    fn epochs(&self) -> usize {
        let mut store = SqliteStore::look(&self.database(), &KEY).unwrap();
        store::read(&mut store, |tx| tx.epochs()).unwrap().len()
    }

    /// The database as a copy has it, to go back to.
    fn copy(&self) -> Vec<u8> {
        fs::read(self.database()).unwrap()
    }

    fn goes_back_to(&self, copy: &[u8]) {
        fs::write(self.database(), copy).unwrap();
    }

    fn lines(&self) -> Vec<Record> {
        match read(&self.place(), 0).unwrap() {
            Found::Lines(scan) => scan
                .records
                .into_iter()
                .map(|(_, record)| record)
                .filter(|record| !matches!(record, Record::Lived { .. }))
                .collect(),
            other => panic!("{other:?}"),
        }
    }
}

fn write<T>(
    store: &mut dyn Store,
    keys: &Keys,
    work: impl FnOnce(&mut dyn Tx, &mut Context<'_>) -> T,
) -> T {
    let (mut rng, rules) = (Outside::system().rng, Rules::default());
    store::write(store, |tx| {
        let mut context = Context::new(tx, NOW, &mut *rng, keys, &rules)?;
        Ok::<_, StoreError>(work(tx, &mut context))
    })
    .unwrap()
}

fn sms(day: i32) -> Record {
    let (relative, day) = (RelativeId([3; 16]), LocalDay(day));
    Record::SmsClaimed { relative, day, reference: [u8::try_from(day.0).unwrap(); 16], at: NOW }
}

fn enrolled(number: u32) -> Record {
    Record::DeviceEnrolled(Enrolled {
        device: DeviceNumber(number),
        key: [4; 65],
        install: InstallEpoch([5; 8]),
        certificate: vec![6; 90],
        at: NOW,
        teams: vec![doegnrytme_core::ids::StreamId(1)],
        code_kind: CodeKind::Scanned,
        code_name: vec![1; 16],
    })
}

fn protects(house: &House, records: &[Record]) {
    let (mut store, keys) = house.opens();
    for record in records {
        write(&mut store, &keys, |tx, _| tx.protect(record.clone()).unwrap());
    }
}

fn every_kind() -> Vec<Record> {
    vec![
        enrolled(77),
        Record::DeviceRevoked { device: DeviceNumber(77), stolen: true, at: NOW },
        Record::ConsentWithdrawn {
            citizen: doegnrytme_core::ids::CitizenId([1; 16]),
            id: [2; 16],
            salt: [3; 16],
            payload: vec![9; 40],
        },
        Record::NumberStopped { phone: "+4500000001".into(), at: NOW },
        Record::DocumentWithheld {
            doc: doegnrytme_core::ids::DocId::Note(doegnrytme_core::ids::NoteId([1; 16])),
            erased: true,
            at: NOW,
        },
        sms(5),
        Record::EpochOpened { epoch: ServerEpoch([8; 8]), at: NOW },
        Record::Lived { at: NOW },
    ]
}

#[test]
fn every_kind_reads_back_and_shows_nothing() {
    for record in every_kind() {
        let bytes = doegnrytme_core::wire::to_bytes(&record);
        assert_eq!(doegnrytme_core::wire::from_bytes(&bytes), Ok(record.clone()));
        let shown = format!("{record:?}");
        assert!(shown.chars().all(|c| c.is_ascii_lowercase() || c == ' '), "{shown}");
    }
}

#[test]
fn nothing_of_a_record_stands_in_the_file() {
    let house = House::new();
    protects(&house, &every_kind());
    let file = fs::read(house.place().path).unwrap();
    for private in [&b"+45000"[..], &[9; 40], &[4; 65]] {
        assert!(!file.windows(private.len()).any(|window| window == private));
    }
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(house.place().path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn what_was_undone_is_not_kept_and_one_commit_is_one_append() {
    let house = House::new();
    let (mut store, keys) = house.opens();
    write(&mut store, &keys, |tx, _| {
        tx.protect(sms(1)).unwrap();
        tx.mark().unwrap();
        tx.protect(sms(2)).unwrap();
        tx.undo().unwrap();
        tx.mark().unwrap();
        tx.protect(sms(3)).unwrap();
        tx.keep().unwrap();
    });
    // Dropped without a commit.
    store.begin().unwrap().protect(sms(4)).unwrap();
    assert_eq!(house.lines(), [sms(1), sms(3)]);
}

#[test]
fn a_database_that_was_rolled_back_is_taught_again_and_lives_in_a_new_epoch() {
    let house = House::new();
    protects(&house, &[]);
    let copy = house.copy();
    let composed = Sms {
        relative: RelativeId([3; 16]),
        day: LocalDay(5),
        reference: [5; 16],
        text: "Opdigtet".into(),
        state: SmsState::Composed,
        at: NOW,
    };
    protects(&house, &[enrolled(77), sms(5), enrolled(78)]);
    let revoked = Record::DeviceRevoked { device: DeviceNumber(78), stolen: true, at: NOW };
    protects(&house, &[revoked, Record::EpochOpened { epoch: ServerEpoch([8; 8]), at: NOW }]);
    house.goes_back_to(&copy);
    {
        // The copy had composed the message.
        let mut store = SqliteStore::open(&house.database(), &KEY).unwrap();
        store::write(&mut store, |tx| tx.add_sms(&composed)).unwrap();
    }
    for again in [false, true] {
        let (mut store, _) = house.opens();
        let lines = house.lines().len();
        store::read(&mut store, |tx| {
            let device = tx.device(DeviceNumber(77))?.unwrap();
            assert_eq!((device.key, device.status), ([4; 65], DeviceStatus::Active));
            assert_eq!(tx.device_streams(DeviceNumber(77))?.len(), 1);
            assert_eq!(tx.device(DeviceNumber(78))?.unwrap().status, DeviceStatus::Stolen);
            let sms = tx.sms(RelativeId([3; 16]), LocalDay(5))?.unwrap();
            assert_eq!((sms.state, sms.reference), (SmsState::Claimed, [5; 16]));
            assert!(tx.epochs()?.iter().any(|epoch| epoch.lost));
            assert!(Doubt::read(tx)?.is_none());
            Ok::<_, StoreError>(())
        })
        .unwrap();
        // The first, the lost one, and one new one; a second start finds nothing to do.
        assert_eq!((house.epochs(), lines), (3, 6), "again: {again}");
    }
}

#[test]
fn a_journal_that_is_missing_foreign_or_behind_gives_doubt_until_the_operator_confirms() {
    for (spoil, doubt) in [
        ("missing", Doubt::MISSING),
        ("foreign", Doubt::FOREIGN),
        ("behind", Doubt::BEHIND),
        ("another", Doubt::FOREIGN),
    ] {
        let house = House::new();
        let path = house.place().path;
        protects(&house, &[sms(1)]);
        let early = fs::read(&path).unwrap();
        protects(&house, &[sms(2)]);
        match spoil {
            "missing" => fs::remove_file(&path).unwrap(),
            "foreign" => fs::write(&path, vec![1; 300]).unwrap(),
            "behind" => fs::write(&path, &early).unwrap(),
            _ => {
                let other = House::new();
                protects(&other, &[sms(9)]);
                fs::copy(other.place().path, &path).unwrap();
            }
        }
        protects(&house, &[sms(3)]);
        assert_eq!(house.doubt(), doubt, "{spoil}");
        assert_eq!(house.epochs(), 2, "{spoil}");
        if doubt == Doubt::FOREIGN {
            let there = fs::read(&path).unwrap();
            assert_eq!(house.confirms(Bearing::Server), Confirmed::InTheWay);
            assert_eq!(fs::read(&path).unwrap(), there);
            fs::remove_file(&path).unwrap();
        }
        assert!(matches!(house.confirms(Bearing::Server), Confirmed::Done(_)), "{spoil}");
        assert!(house.doubt().is_none());
        // What became due in between is in the new journal, and the next start finds it sound.
        let (_store, _) = house.opens();
        assert!(house.lines().contains(&sms(3)), "{spoil}");
        assert!(house.doubt().is_none() && house.epochs() == 2, "{spoil}");
    }
}

#[test]
fn a_journal_that_is_found_again_ends_the_doubt_by_itself() {
    let house = House::new();
    protects(&house, &[sms(1)]);
    let copy = house.copy();
    protects(&house, &[sms(2)]);
    let kept = fs::read(house.place().path).unwrap();
    house.goes_back_to(&copy);
    fs::remove_file(house.place().path).unwrap();
    protects(&house, &[sms(3)]);
    assert_eq!(house.doubt(), Doubt::MISSING);
    fs::write(house.place().path, kept).unwrap();
    let (mut store, _) = house.opens();
    assert!(house.doubt().is_none());
    let sms_2 = store::read(&mut store, |tx| tx.sms(RelativeId([3; 16]), LocalDay(2))).unwrap();
    assert!(sms_2.is_some());
    let lines = house.lines();
    assert!(lines.contains(&sms(2)) && lines.contains(&sms(3)));
}

#[test]
fn a_torn_last_line_is_cut_off_and_a_damaged_middle_stops_the_start_by_name() {
    let house = House::new();
    protects(&house, &[sms(1)]);
    let copy = house.copy();
    protects(&house, &[sms(2), sms(3)]);
    let path = house.place().path;
    let whole = fs::read(&path).unwrap();
    // The database is the copy's, so that what is torn off is only what it never knew.
    for end in [whole.len() - 1, whole.len() - 40] {
        house.goes_back_to(&copy);
        fs::write(&path, &whole[..end]).unwrap();
        let (_store, _) = house.opens();
        assert_eq!(house.lines()[..2], [sms(1), sms(2)]);
    }
    let mut damaged = whole.clone();
    let middle = whole.len() / 2;
    damaged[middle] ^= 1;
    house.goes_back_to(&copy);
    fs::write(&path, &damaged).unwrap();
    let Err(OpeningError::Journal(error)) = house.opens_with(Bearing::Server).map(|_| ()) else {
        panic!("a damaged journal was taken")
    };
    assert!(matches!(error, JournalError::Damaged { .. }), "{error}");
    assert!(error.to_string().contains("journal"), "{error}");
    // The operator takes what can be read.
    assert_eq!(house.confirms(Bearing::Confirmation), Confirmed::Done(Doubt::DAMAGED));
    let (mut store, _) = house.opens();
    let sms_3 = store::read(&mut store, |tx| tx.sms(RelativeId([3; 16]), LocalDay(3))).unwrap();
    assert_eq!(sms_3.map(|sms| sms.state), Some(SmsState::Claimed));
    let aside = path.with_file_name("journal.set-aside-1");
    assert_eq!(fs::read(aside).unwrap(), damaged, "nothing is thrown away");
}

#[test]
fn every_byte_of_every_line_but_the_last_is_under_guard() {
    let house = House::new();
    protects(&house, &[sms(1), sms(2), sms(3)]);
    let path = house.place().path;
    let whole = fs::read(&path).unwrap();
    let Found::Lines(scan) = read(&house.place(), 0).unwrap() else { panic!() };
    assert_eq!((scan.torn, scan.damage), (0, None));
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        fs::write(&path, &bytes).unwrap();
        let Found::Lines(found) = read(&house.place(), 0).unwrap() else { panic!() };
        let noticed = found.damage.is_some() || found.torn > 0;
        assert!(noticed, "byte {at}");
    }
}

#[test]
fn a_line_left_out_swapped_or_put_in_twice_is_damage() {
    let house = House::new();
    protects(&house, &[sms(1), sms(2), sms(3)]);
    let path = house.place().path;
    let bytes = fs::read(&path).unwrap();
    let mut ends = vec![0];
    while let Some(end) = ends.last().copied().filter(|end| *end < bytes.len()) {
        let length = u32::from_le_bytes(bytes[end + 4..end + 8].try_into().unwrap());
        ends.push(end + 32 + usize::try_from(length).unwrap());
    }
    let line = |at: usize| bytes[ends[at]..ends[at + 1]].to_vec();
    for order in [vec![0, 2, 3], vec![0, 2, 1, 3], vec![0, 1, 1, 2, 3], vec![1, 2, 3]] {
        let spoilt: Vec<u8> = order.iter().flat_map(|at| line(*at)).collect();
        fs::write(&path, spoilt).unwrap();
        let Found::Lines(found) = read(&house.place(), 0).unwrap() else { panic!() };
        assert!(found.damage.is_some(), "{order:?}");
    }
}

#[test]
fn two_servers_cannot_share_a_journal() {
    let house = House::new();
    let (_store, _) = house.opens();
    let second = house.opens_with(Bearing::Server).map(|_| ());
    assert!(matches!(second, Err(OpeningError::Journal(JournalError::Locked(_)))), "{second:?}");
}

#[test]
fn what_this_version_cannot_carry_out_stops_it() {
    let house = House::new();
    protects(&house, &[]);
    let copy = house.copy();
    let erased = every_kind().remove(4);
    protects(&house, &[erased]);
    house.goes_back_to(&copy);
    let opened = house.opens_with(Bearing::Server).map(|_| ());
    assert!(matches!(opened, Err(OpeningError::Journal(JournalError::Newer(_)))), "{opened:?}");
}

#[test]
fn an_append_that_is_taken_back_leaves_the_file_as_it_was() {
    let house = House::new();
    let mut file = JournalFile::create(&house.place()).unwrap();
    file.append(&[sms(1)]).unwrap();
    let before = (fs::read(house.place().path).unwrap(), file.end());
    file.append(&[sms(2), sms(3)]).unwrap();
    file.take_back();
    assert_eq!((fs::read(house.place().path).unwrap(), file.end()), before);
    let Mark { serial, .. } = file.append(&[sms(4)]).unwrap();
    assert_eq!(serial, 2);
    assert_eq!(house.lines(), [sms(1), sms(4)]);
}

#[test]
fn a_stop_of_a_number_withdraws_for_whoever_has_it_and_only_once() {
    let town = crate::jobs::stand::Town::new();
    town.give(1, Topic::Wellbeing, Channel::Sms);
    let stop = |phone: &'static str| {
        town.write(move |tx, context| {
            let record = Record::NumberStopped { phone: phone.into(), at: NOW };
            super::replay::replay(tx, context, 1, &record).unwrap();
            let (citizen, relative) = (crate::jobs::stand::INGER, crate::jobs::stand::SOLVEJ);
            let entries = crate::record::consents::entries(tx, citizen).unwrap();
            let consents = crate::record::consents::of(tx, citizen, relative).unwrap();
            (entries, consents.allow(Topic::Wellbeing, Channel::Sms))
        })
    };
    let (before, allowed) = stop("+4599999999");
    assert!(allowed && before.len() == 1);
    for _ in 0..2 {
        let (entries, allowed) = stop(crate::jobs::stand::PHONE);
        assert!(!allowed);
        assert_eq!(entries.len(), 2);
        assert_eq!(entries[1].said_to, SaidTo::Stop);
    }
}

#[test]
fn a_verb_does_not_decide_that_a_journal_is_lost() {
    let house = House::new();
    protects(&house, &[sms(1)]);
    fs::remove_file(house.place().path).unwrap();
    let opened = house.opens_with(Bearing::Verb).map(|_| ());
    let doubtful = matches!(&opened, Err(OpeningError::Journal(JournalError::Doubtful { .. })));
    assert!(doubtful, "{opened:?}");
    assert!(house.doubt().is_none());
    assert_eq!(house.epochs(), 1);
}

#[test]
fn a_roll_back_is_noticed_although_nothing_else_was_to_be_remembered() {
    let house = House::new();
    protects(&house, &[]);
    let copy = house.copy();
    protects(&house, &[]);
    house.goes_back_to(&copy);
    let (_store, _) = house.opens();
    assert_eq!((house.epochs(), house.doubt()), (2, Doubt::default()));
}
