//! Bytes of every kind, and what is said of them.

use doegnrytme_core::care::command::PlanCommand;
use doegnrytme_core::care::field::{Field, Section};
use doegnrytme_core::document::PlanDoc;
use doegnrytme_core::ids::{ActorId, ItemId};
use doegnrytme_core::time::UnixSeconds;

use super::*;
use crate::trial::InProcess;

const MORNING: UnixSeconds = UnixSeconds(1_772_434_800);

fn story(entry: u8) -> PlanCommand {
    let fields = vec![(Field::Text, "Født på Ærø".into())];
    PlanCommand::AddEntry { section: Section::LifeStory, entry: ItemId([entry; 5]), fields }
}

fn said_of(found: &[u8]) -> (Verdict, Option<&'static str>) {
    bytes(found.to_vec(), &mut Base::Nothing, &InProcess::default()).unwrap()
}

fn edits() -> [Vec<u8>; 2] {
    let mut plan = PlanDoc::new().unwrap();
    let actor = ActorId::new(DeviceNumber(0x0100_0001), [1; 12]);
    [1, 2].map(|entry| plan.edit(&[story(entry)], actor, MORNING).unwrap().bytes)
}

#[test]
fn each_kind_of_bytes_gets_its_verdict() {
    let [first, second] = edits();
    assert_eq!(said_of(&first), (Verdict::Accepted, None));
    assert_eq!(said_of(&second), (Verdict::Parked, Some("dependency-missing")));
    assert_eq!(said_of(b"nonsense").0, Verdict::Refused);
    assert_eq!(said_of(&[]).0, Verdict::Refused);
    let mut bent = first.clone();
    bent[40] ^= 1;
    assert_eq!(said_of(&bent), (Verdict::Refused, Some("checksum")));
    assert_eq!(said_of(&vec![0; 70_000]), (Verdict::Refused, Some("too-large")));
}

#[test]
fn a_file_that_is_not_there_or_too_long_is_said_and_not_read_whole() {
    let folder = tempfile::tempdir().unwrap();
    let look = |name: &str| {
        let path = folder.path().join(name);
        file(&path, &mut Base::Nothing, &InProcess::default()).unwrap()
    };
    assert_eq!(look("nowhere").reason, Some("unreadable-file"));
    std::fs::File::create(folder.path().join("long")).unwrap().set_len(1 << 40).unwrap();
    assert_eq!(look("long").reason, Some("too-large"));
    std::fs::write(folder.path().join("good"), &edits()[0]).unwrap();
    let line = serde_json::to_value(look("good")).unwrap();
    assert_eq!((&line["verdict"], &line["reason"]), (&"accepted".into(), &serde_json::Value::Null));
    assert!(line["us"].as_u64().is_some());
}

#[test]
fn the_examples_of_the_format_are_what_inspect_says() {
    let text = include_str!("../../../core/FORMAT.md");
    let examples = text.rsplit("```").nth(1).unwrap();
    let mut verdicts = std::collections::BTreeSet::new();
    for line in examples.lines().filter(|line| !line.is_empty()) {
        let [verdict, reason, hex] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let (said, why) = said_of(&doegnrytme_core::ids::from_hex(hex).unwrap());
        assert_eq!(serde_json::to_value(said).unwrap(), verdict, "{line}");
        assert_eq!(why.unwrap_or("-"), reason, "{line}");
        verdicts.insert(verdict);
    }
    assert_eq!(verdicts.len(), 4, "an example of every verdict");
}
