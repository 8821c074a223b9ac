use doegnrytme_core::care::consent::{Act, ConsentEntry, ConsentId};
use doegnrytme_core::care::consent::{Channel, SaidTo, Topic};
use doegnrytme_core::ids::{CitizenId, RelativeId};

use super::*;
use crate::operator::bench::Bench;
use crate::socket::TakenState;

const CITIZEN: CitizenId = CitizenId([5; 16]);
const RELATIVE: RelativeId = RelativeId([6; 16]);

fn consent(id: u8, act: Act) -> ConsentEntry {
    let said_to = SaidTo::Municipality;
    let at = doegnrytme_core::time::UnixSeconds(1_800_000_000);
    ConsentEntry { id: ConsentId([id; 16]), relative: RELATIVE, act, said_to, at }
}

fn give(id: u8, despite: &[u8]) -> ConsentEntry {
    let despite = despite.iter().map(|id| ConsentId([*id; 16])).collect();
    consent(id, Act::Give { topic: Topic::Wellbeing, channel: Channel::Sms, despite })
}

fn withdraw(id: u8) -> ConsentEntry {
    consent(id, Act::Withdraw { topic: None, channel: None })
}

fn allowed(entries: &[ConsentEntry]) -> bool {
    let mut bench = Bench::new();
    bench.write(|tx, context| {
        let team = tx.add_team("Team Åen").unwrap();
        tx.add_citizen(CITIZEN, team.stream, None).unwrap();
        for entry in entries {
            write::put(tx, context, Some(CITIZEN), entry).unwrap();
        }
        consents::of(tx, CITIZEN, RELATIVE).unwrap().allow(Topic::Wellbeing, Channel::Sms)
    })
}

#[test]
fn a_record_is_published_once_for_each_thing_it_says() {
    let mut bench = Bench::new();
    let municipality = |bench: &mut Bench, value: &str| {
        let setting = Setting { name: "municipality".into(), value: value.into() };
        bench.write(|tx, context| write::put(tx, context, None, &setting).unwrap().0)
    };
    assert_eq!(municipality(&mut bench, "Opdigtet Kommune"), TakenState::Added);
    assert_eq!(municipality(&mut bench, "Opdigtet Kommune"), TakenState::Unchanged);
    assert_eq!(municipality(&mut bench, "Anden Kommune"), TakenState::Updated);
    bench.write(|tx, _| {
        assert_eq!(tx.head(StreamId::COMMON).unwrap().unwrap().seq, 2);
        assert_eq!(in_force(tx).unwrap().setting("municipality"), "Anden Kommune");
    });
}

#[test]
fn a_withdrawal_beats_every_grant_that_does_not_name_it() {
    for (entries, may, why) in [
        (vec![], false, "nothing said"),
        (vec![give(1, &[])], true, "given"),
        (vec![give(1, &[]), withdraw(2)], false, "withdrawn"),
        (vec![withdraw(2), give(3, &[])], false, "given without knowing of the withdrawal"),
        (vec![give(1, &[]), withdraw(2), give(3, &[2])], true, "given anew"),
    ] {
        assert_eq!(allowed(&entries), may, "{why}");
    }
}

#[test]
fn what_is_written_under_the_id_of_another_entry_takes_nothing_away() {
    for (entries, may, why) in [
        (vec![give(1, &[]), withdraw(2), give(2, &[])], false, "a grant over a withdrawal"),
        (vec![withdraw(2), give(1, &[2]), withdraw(2)], true, "the same again is no new one"),
        (vec![give(1, &[]), give(1, &[9])], true, "a grant stays what it was"),
    ] {
        assert_eq!(allowed(&entries), may, "{why}");
    }
    let other = consent(2, Act::Withdraw { topic: Some(Topic::Wellbeing), channel: None });
    assert!(!allowed(&[withdraw(2), give(1, &[2]), other]), "another withdrawal under an old id");
}
