//! A tablet is taken out of use: it hands in what it holds, reads nothing more, and wipes itself.

use std::path::{Path, PathBuf};

use doegnrytme_core::tablet::{Event, Notice, Problem};
use doegnrytme_server::socket::{DeviceLine, OperatorReply, OperatorRequest};
use doegnrytme_tests::harness::{Tablet, Team, until};

fn number(tablet: &Tablet) -> u32 {
    let device = tablet.device().reads(|store| store.read(|tx| tx.device())).unwrap();
    device.unwrap().0.0
}

fn revoke(team: &Team, order: OperatorRequest) -> (DeviceLine, bool) {
    match team.server.does(order) {
        OperatorReply::Revoked { device, changed } => (device, changed),
        other => panic!("{other:?}"),
    }
}

fn status(team: &Team, device: u32) -> String {
    let OperatorReply::Devices { devices } = team.server.does(OperatorRequest::DeviceList) else {
        panic!("no list")
    };
    devices.into_iter().find(|line| line.device == device).unwrap().status
}

fn wipes_itself(tablet: &Tablet) {
    until("it has wiped itself", || tablet.device().said(0).contains(&Notice::Wiped).then_some(()));
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries.collect()
}

#[test]
fn a_retired_tablet_hands_in_notes_and_drafts_for_the_team_reads_nothing_more_and_is_empty() {
    let mut team = Team::of(2);
    team.syncs();
    team.goes_offline();
    team.tablets[0].notes("c00x000", "Skrevet før tabletten gik ud af brug.");
    team.tablets[0].ticks("c00x001", "p00");
    team.tablets[1].notes("c00x002", "Skrevet af en kollega.");
    team.tablets[1].syncs();
    let device = number(&team.tablets[0]);
    let (line, changed) = revoke(&team, OperatorRequest::DeviceRetire { device });
    assert_eq!((line.status.as_str(), changed), ("retired", true));
    assert!(!revoke(&team, OperatorRequest::DeviceRetire { device }).1, "once is enough");
    team.tablets[0].goes_online();
    wipes_itself(&team.tablets[0]);
    let seen = team.tablets[0].device().said(0);
    assert!(seen.contains(&Notice::Retired));
    let read = |notice: &Notice| matches!(notice, Notice::Visible(_));
    let mark = seen.iter().position(|notice| *notice == Notice::Retired).unwrap();
    assert!(!seen[mark..].iter().any(read), "a colleague's note was not read out to it");
    assert_eq!(files(&team.tablets[0].folder()), Vec::<PathBuf>::new());
    until("the server has heard its goodbye", || (status(&team, device) == "wiped").then_some(()));
    assert_eq!(team.server.figure("held for a person"), 2, "its note, and its draft as a note");
    assert!(team.tablets[1].reads("c00x002").contains(&"Skrevet af en kollega.".to_owned()));
}

#[test]
fn nothing_new_is_written_on_a_retired_tablet_and_it_goes_on_handing_in_over_restarts() {
    let mut team = Team::of(2);
    team.syncs();
    team.goes_offline();
    team.tablets[0].notes("c00x000", "Den sidste note.");
    let device = number(&team.tablets[0]);
    revoke(&team, OperatorRequest::DeviceRetire { device });
    // The order comes; what it hands in is lost on the way.
    team.tablets[0].goes_online();
    until("it has heard", || {
        team.tablets[0].device().said(0).contains(&Notice::Retired).then_some(())
    });
    let said = team.tablets[0].says_after(
        Event::HandOver {
            citizen: doegnrytme_core::ids::CitizenId([1; 16]),
            to: doegnrytme_core::care::note::Recipient::Function(
                doegnrytme_core::care::note::Function::Nurse,
            ),
            text: "Efter tilbagekaldelsen".to_owned(),
        },
        "refused or gone",
        |notice| match notice {
            Notice::NotSaved(problem) => Some(Some(problem.clone())),
            Notice::Wiped => Some(None),
            _ => None,
        },
    );
    assert!(matches!(said, None | Some(Problem::OutOfUse)), "{said:?}");
    team.tablets[0].is_switched_off_and_on();
    team.tablets[0].goes_online();
    until("the server has heard its goodbye", || (status(&team, device) == "wiped").then_some(()));
    assert_eq!(team.server.figure("held for a person"), 1);
}

#[test]
fn a_stolen_tablet_that_waits_for_news_is_wiped_at_once_and_what_came_along_is_held() {
    let mut team = Team::of(2);
    team.syncs();
    let device = number(&team.tablets[0]);
    team.tablets[1].goes_offline();
    revoke(&team, OperatorRequest::DeviceStolen { device });
    wipes_itself(&team.tablets[0]);
    assert_eq!(files(&team.tablets[0].folder()), Vec::<PathBuf>::new());
    assert_eq!(status(&team, device), "stolen");
    assert!(!revoke(&team, OperatorRequest::DeviceRetire { device }).1, "stolen stays stolen");
    // It is an empty tablet now, and may join as another one.
    team.tablets[0].is_switched_off_and_on();
    let code = team.office().code(team.name(), team.tablets[0].net().address()).unwrap();
    let start = team.start_code(&team.tablets[0]);
    team.tablets[0].joins(code, start);
    assert_ne!(number(&team.tablets[0]), device);
    team.syncs();
}

#[test]
fn a_stolen_tablet_brings_its_last_words_to_the_team_and_is_empty_then() {
    let mut team = Team::of(1);
    team.syncs();
    team.goes_offline();
    team.tablets[0].notes("c00x000", "Skrevet før tyveriet.");
    let device = number(&team.tablets[0]);
    revoke(&team, OperatorRequest::DeviceStolen { device });
    team.tablets[0].goes_online();
    wipes_itself(&team.tablets[0]);
    assert_eq!(team.server.figure("held for a person"), 1);
}

#[test]
fn an_order_is_not_forgotten_by_a_restored_server() {
    let mut team = Team::of(2);
    team.syncs();
    team.goes_offline();
    let backup = team.server.is_backed_up();
    let device = number(&team.tablets[0]);
    revoke(&team, OperatorRequest::DeviceStolen { device });
    let journal = team.server.is_lost();
    team.server.is_restored(&backup, Some(&journal));
    assert_eq!(status(&team, device), "stolen");
}

#[test]
fn a_tablets_files_hold_no_plain_header_no_word_of_anybody_and_no_key() {
    let team = Team::of(1);
    let words = "Kanariefuglen synger ved vinduet";
    team.tablets[0].notes("c00x000", words);
    team.tablets[0].ticks("c00x001", "p00");
    let dir = team.tablets[0].folder();
    // In place of the hardware that a real tablet has.
    let secret = std::fs::read(dir.join("device.key")).unwrap();
    let looked = files(&dir);
    assert!(looked.len() > 2);
    for file in looked.iter().filter(|file| !file.ends_with("device.key")) {
        let bytes = std::fs::read(file).unwrap();
        let holds = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
        assert!(!holds(b"SQLite format 3"), "{}", file.display());
        assert!(!holds(words.as_bytes()), "{}", file.display());
        assert!(!holds(b"Kanariefuglen"), "{}", file.display());
        assert!(!holds(&secret), "{}", file.display());
    }
}
