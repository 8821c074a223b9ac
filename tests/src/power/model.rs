//! What a power cut leaves on a disk.
//!
//! What was synced is there. Of everything since, chance decides sector by sector (512 bytes):
//! nothing of it, all of it, the first part with a torn end, or any of it in any order. A file that
//! grew over a hole shows zeros there, or what lay on the disk before. Names go the same way: a file
//! may be there without its name's sync or not, a deleted one may be back, one that moved to another
//! folder may be in either until both were synced. What a failed sync should have made durable is as
//! after a power cut, for good: later syncs do not know of it.

use std::collections::{BTreeMap, BTreeSet};

use super::disk::{Files, Op, folder_of};
use crate::simulator::dice::Dice;

const SECTOR: u64 = 512;

/// A change of a file's bytes that is not durable yet.
enum Change {
    Write(u64, Vec<u8>),
    Cut(u64),
    /// Bytes were written that far, and forgotten.
    Reach(u64),
}

#[derive(Default)]
struct File {
    durable: Vec<u8>,
    since: Vec<Change>,
    /// Whether its first sync makes its name durable, too: SQLite does that for its logs.
    names: bool,
}

enum Naming {
    Put(String, usize),
    Delete(String),
    Rename(String, String),
}

impl Naming {
    /// The folders of which a sync must come until it is durable.
    fn folders(&self) -> BTreeSet<String> {
        let of = |place: &String| folder_of(place).to_owned();
        match self {
            Self::Put(place, _) | Self::Delete(place) => BTreeSet::from([of(place)]),
            Self::Rename(from, to) => BTreeSet::from([of(from), of(to)]),
        }
    }
}

/// A disk at one moment: what is durable, and what has happened since.
pub struct Model {
    files: Vec<File>,
    durable: BTreeMap<String, usize>,
    /// What happened to names, and which folders' syncs it waits for.
    since: Vec<(Naming, BTreeSet<String>)>,
    now: BTreeMap<String, usize>,
    /// Files whose syncs the disk only claims to have done.
    lies: Option<String>,
    /// What of it a failed sync forgets.
    forgets: Dice,
}

/// How chance treats what is not durable.
#[derive(Clone, Copy)]
enum Mood {
    Nothing,
    All,
    Begin,
    Any,
}

const MOODS: &[(usize, Mood)] =
    &[(2, Mood::Nothing), (1, Mood::All), (3, Mood::Begin), (4, Mood::Any)];

impl Model {
    /// A disk on which these files are durable.
    #[must_use]
    pub fn of(files: &Files) -> Self {
        let mut model = Self {
            files: Vec::new(),
            durable: BTreeMap::new(),
            since: Vec::new(),
            now: BTreeMap::new(),
            lies: None,
            forgets: Dice::new(0),
        };
        for (name, bytes) in files {
            model.durable.insert(name.clone(), model.files.len());
            model.files.push(File { durable: bytes.clone(), ..File::default() });
        }
        model.now = model.durable.clone();
        model
    }

    /// The disk lies: syncs of files whose names end so do nothing.
    #[must_use]
    pub fn lying_about(mut self, end: &str) -> Self {
        self.lies = Some(end.to_owned());
        self
    }

    fn file(&mut self, name: &str) -> Option<&mut File> {
        let at = *self.now.get(name)?;
        self.files.get_mut(at)
    }

    fn names(&mut self, naming: Naming) {
        rename(&mut self.now, &naming);
        let folders = naming.folders();
        self.since.push((naming, folders));
    }

    /// Something happens.
    pub fn does(&mut self, op: &Op) {
        match op {
            Op::Make(name) => {
                let log = name.ends_with("-wal") || name.ends_with("-journal");
                let at = self.files.len();
                self.files.push(File { names: log, ..File::default() });
                self.names(Naming::Put(name.clone(), at));
            }
            Op::Write(name, at, bytes) => {
                if let Some(file) = self.file(name) {
                    file.since.push(Change::Write(*at, bytes.clone()));
                }
            }
            Op::Cut(name, length) => {
                if let Some(file) = self.file(name) {
                    file.since.push(Change::Cut(*length));
                }
            }
            Op::Sync(name) => self.sync(name),
            Op::Delete(name) => self.names(Naming::Delete(name.clone())),
            Op::Rename(from, to) => self.names(Naming::Rename(from.clone(), to.clone())),
            Op::SyncFolder(folder) => self.sync_names(folder),
            Op::Forget(name) => self.forget(name),
        }
    }

    fn sync(&mut self, name: &str) {
        if self.lies.as_ref().is_some_and(|end| name.ends_with(end)) {
            return;
        }
        let Some(file) = self.file(name) else { return };
        for change in std::mem::take(&mut file.since) {
            apply(&mut file.durable, &change, 0, |_| true);
        }
        if std::mem::take(&mut file.names) {
            self.sync_names(folder_of(name));
        }
    }

    fn sync_names(&mut self, folder: &str) {
        for (naming, mut folders) in std::mem::take(&mut self.since) {
            folders.remove(folder);
            if folders.is_empty() {
                rename(&mut self.durable, &naming);
            } else {
                self.since.push((naming, folders));
            }
        }
    }

    fn forget(&mut self, name: &str) {
        let Some(at) = self.now.get(name) else { return };
        if let Some(file) = self.files.get_mut(*at) {
            for change in &mut file.since {
                forget(change, &mut self.forgets);
            }
        }
    }

    /// Whether anything has happened that is not durable.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.since.is_empty() || self.files.iter().any(|file| !file.since.is_empty())
    }

    /// The power goes. What lies on the disk when it is back.
    pub fn cut(&self, dice: &mut Dice) -> Files {
        let mut names = self.durable.clone();
        let whole = dice.one_in(2);
        for (naming, _) in &self.since {
            if whole || dice.one_in(2) {
                rename(&mut names, naming);
            }
        }
        let mut files = Files::new();
        for (name, at) in names {
            let Some(file) = self.files.get(at) else { continue };
            files.insert(name, after(file, dice));
        }
        files
    }
}

fn rename(names: &mut BTreeMap<String, usize>, naming: &Naming) {
    match naming {
        Naming::Put(name, at) => names.insert(name.clone(), *at),
        Naming::Delete(name) => names.remove(name),
        Naming::Rename(from, to) => names.remove(from).and_then(|at| names.insert(to.clone(), at)),
    };
}

/// A failed sync forgets all of a write, all behind its first half, or nothing.
fn forget(change: &mut Change, dice: &mut Dice) {
    let Change::Write(at, bytes) = change else { return };
    let end = *at + u64::try_from(bytes.len()).unwrap_or(0);
    match dice.below(3) {
        0 => *change = Change::Reach(end),
        1 => bytes.truncate(bytes.len() / 2),
        _ => {}
    }
}

/// A file's bytes after the cut.
fn after(file: &File, dice: &mut Dice) -> Vec<u8> {
    let mut bytes = file.durable.clone();
    let mood = dice.weigh(MOODS).unwrap_or(Mood::Nothing);
    let old = if dice.one_in(2) { 0 } else { 0xa5 };
    let begin = dice.below(file.since.len() + 1);
    for (place, change) in file.since.iter().enumerate() {
        match mood {
            Mood::Nothing => break,
            Mood::All => apply(&mut bytes, change, old, |_| true),
            Mood::Begin if place < begin => apply(&mut bytes, change, old, |_| true),
            Mood::Begin if place == begin => {
                let sectors = dice.below(9);
                apply(&mut bytes, change, old, |sector| sector < sectors);
            }
            Mood::Begin => break,
            Mood::Any => match dice.below(4) {
                0 => {}
                1 => apply(&mut bytes, change, old, |_| true),
                _ => {
                    let keeps: Vec<bool> = (0..17).map(|_| dice.one_in(2)).collect();
                    apply(&mut bytes, change, old, |sector| {
                        keeps.get(sector % 17).copied().unwrap_or(false)
                    });
                }
            },
        }
    }
    bytes
}

/// Does a change to bytes, as far as `keeps` says of its sectors, counted from its first.
fn apply(bytes: &mut Vec<u8>, change: &Change, old: u8, keeps: impl Fn(usize) -> bool) {
    match change {
        Change::Cut(length) => {
            if keeps(0) {
                bytes.resize(usize::try_from(*length).unwrap_or(usize::MAX), 0);
            }
        }
        Change::Reach(end) => {
            if keeps(0) {
                let end = usize::try_from(*end).unwrap_or(usize::MAX);
                bytes.resize(bytes.len().max(end), 0);
            }
        }
        Change::Write(at, fresh) => {
            let mut from = 0;
            let mut sector = 0;
            while from < fresh.len() {
                let place = at + u64::try_from(from).unwrap_or(u64::MAX);
                let rest = usize::try_from(SECTOR - place % SECTOR).unwrap_or(1);
                let to = fresh.len().min(from + rest);
                if keeps(sector) {
                    put(bytes, place, fresh.get(from..to).unwrap_or_default(), old);
                }
                from = to;
                sector += 1;
            }
        }
    }
}

fn put(bytes: &mut Vec<u8>, at: u64, fresh: &[u8], old: u8) {
    let at = usize::try_from(at).unwrap_or(usize::MAX);
    let end = at.saturating_add(fresh.len());
    if bytes.len() < at {
        bytes.resize(at, old);
    }
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    if let Some(place) = bytes.get_mut(at..end) {
        place.copy_from_slice(fresh);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name() -> String {
        "a".to_owned()
    }

    fn model() -> Model {
        let mut model = Model::of(&Files::from([(name(), vec![1; 1024])]));
        model.does(&Op::Write(name(), 512, vec![2; 1024]));
        model
    }

    #[test]
    fn what_was_synced_is_there_after_every_cut() {
        let mut model = model();
        model.does(&Op::Sync(name()));
        for seed in 0..50 {
            let files = model.cut(&mut Dice::new(seed));
            assert_eq!(files["a"], [vec![1; 512], vec![2; 1024]].concat());
        }
    }

    #[test]
    fn what_was_not_is_kept_dropped_and_torn_at_sectors() {
        let model = model();
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..500 {
            let bytes = model.cut(&mut Dice::new(seed)).remove("a").unwrap();
            for sector in bytes.chunks(512) {
                assert!(sector.iter().all(|byte| *byte == sector[0]), "a sector is never torn");
            }
            seen.insert(bytes.iter().step_by(512).copied().collect::<Vec<u8>>());
        }
        for left in [vec![1, 1], vec![1, 2], vec![1, 2, 2], vec![1, 1, 2]] {
            assert!(seen.contains(&left), "{left:?} never seen in {seen:?}");
        }
    }

    #[test]
    fn a_name_that_was_not_synced_may_be_missing_and_a_deleted_one_back() {
        let mut model = model();
        model.does(&Op::Make("b".to_owned()));
        model.does(&Op::Sync("b".to_owned()));
        model.does(&Op::Delete(name()));
        let count = |name: &str, model: &Model| {
            (0..100).filter(|seed| model.cut(&mut Dice::new(*seed)).contains_key(name)).count()
        };
        assert!((1..100).contains(&count("a", &model)) && (1..100).contains(&count("b", &model)));
        model.does(&Op::SyncFolder(String::new()));
        assert_eq!((count("a", &model), count("b", &model)), (0, 100));
    }

    #[test]
    fn a_file_that_moved_is_in_either_folder_until_both_were_synced() {
        let mut model = Model::of(&Files::from([(name(), vec![1])]));
        model.does(&Op::Rename(name(), "aside/a".to_owned()));
        let places = |model: &Model| {
            let of = |seed| model.cut(&mut Dice::new(seed)).into_keys().collect::<Vec<_>>();
            (0..50).map(of).collect::<BTreeSet<_>>()
        };
        let either = BTreeSet::from([vec![name()], vec!["aside/a".to_owned()]]);
        assert_eq!(places(&model), either);
        model.does(&Op::SyncFolder("aside".to_owned()));
        assert_eq!(places(&model), either);
        model.does(&Op::SyncFolder(String::new()));
        assert_eq!(places(&model), BTreeSet::from([vec!["aside/a".to_owned()]]));
    }

    #[test]
    fn what_a_failed_sync_forgot_no_later_sync_brings_back() {
        let lost = (0..20).any(|seed| {
            let mut model = model();
            model.forgets = Dice::new(seed);
            model.does(&Op::Forget(name()));
            model.does(&Op::Sync(name()));
            model.cut(&mut Dice::new(1))["a"][512..1024] == [1; 512]
        });
        assert!(lost);
        let mut model = model();
        model.does(&Op::Forget(name()));
        model.does(&Op::Write(name(), 512, vec![2; 1024]));
        model.does(&Op::Sync(name()));
        let files = model.cut(&mut Dice::new(1));
        assert_eq!(files["a"], [vec![1; 512], vec![2; 1024]].concat());
    }
}
