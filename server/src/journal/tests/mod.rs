//! Sentences about the journal: what its `file` keeps and notices, and what it teaches at an
//! `opening`.

mod file;
mod opening;

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
