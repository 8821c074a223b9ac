//! The machine is lost. Another one gets the backup and the recovery key, and the shift goes on.

use doegnrytme_server::socket::OperatorRequest;
use doegnrytme_tests::harness::server::{verb, verb_told};
use doegnrytme_tests::harness::{Team, until};
use doegnrytme_tests::workload::canonical::Content;

const ANNA: &str = "+4500000001";
const BERIT: &str = "+4500000002";

/// A team that worked its shift; one relative was told of the day before the backup, and another
/// one, one more tablet and more notes came after it. What all held at the end, and the backup.
fn worked() -> (Team, Content, std::path::PathBuf) {
    let mut team = Team::of(3);
    let anna = team.gets_a_relative("c00x000", ANNA);
    let berit = team.gets_a_relative("c00x001", BERIT);
    team.server.records_consent(&anna);
    team.tablets[0].tells_of_the_garden("c00x000");
    team.works_the_shift();
    team.goes_online();
    let backup = {
        team.until_quiet();
        assert_eq!(team.server.sends_digests(), 1);
        team.server.is_backed_up()
    };
    team.server.records_consent(&berit);
    team.tablets[1].tells_of_the_garden("c00x001");
    team.tablets[1].rewrites("c00x000", "p00", "Skrevet efter kopien.");
    let fresh = team.gets_a_new_tablet("t00x90");
    fresh.notes("c00x000", "Fra en ny tablet.");
    let content = team.syncs();
    assert_eq!(team.server.sends_digests(), 1);
    assert_eq!(team.server.messages().len(), 2);
    team.goes_offline();
    (team, content, backup)
}

fn holds(content: &Content, citizen: &str, words: &str) -> bool {
    content.citizens[citizen].notes.values().any(|[_, _, text]| text == words)
}

#[test]
fn a_drill_with_the_backup_and_the_recovery_key_on_another_machine() {
    let (mut team, before, backup) = worked();
    let journal = team.server.is_lost();
    team.tablets[0].notes("c00x001", "Skrevet mens serveren var væk.");
    team.tablets[3].notes("c00x001", "Også fra den nye.");
    team.server.is_restored(&backup, Some(&journal));
    let content = team.syncs();
    team.lacks_nothing_in(&content);
    for words in ["Skrevet mens serveren var væk.", "Også fra den nye."] {
        assert!(holds(&content, "c00x001", words), "{words}");
    }
    assert_eq!(content.citizens["c00x000"], before.citizens["c00x000"]);
    assert!(holds(&content, "c00x000", "Fra en ny tablet."));
    // Berit's message left after the backup: the journal says so.
    assert_eq!(team.server.figure("waits for journal confirm"), 0);
    assert_eq!(team.server.sends_digests(), 0);
    assert!(team.server.messages().is_empty());
    // Whoever joins now gets it from the server alone.
    team.gets_a_new_tablet("t00x91");
    assert_eq!(team.syncs(), content);
    assert!(team.server.stops().success());
    let data = team.server.data();
    let verified = verb(&["verify", "--data", data.to_str().unwrap()]);
    let said = String::from_utf8_lossy(&verified.stdout).into_owned();
    assert!(verified.status.success(), "{said}{}", String::from_utf8_lossy(&verified.stderr));
}

#[test]
fn a_drill_without_the_journal_waits_for_the_operator_and_loses_no_note() {
    let (mut team, before, backup) = worked();
    drop(team.server.is_lost());
    team.tablets[0].notes("c00x001", "Skrevet mens serveren var væk.");
    team.server.is_restored(&backup, None);
    assert_eq!(team.server.figure("waits for journal confirm"), 1);
    let rows = team.server.figure("published rows");
    // Nobody told this server of the tablet that joined after the backup.
    let forgotten = team.tablets.remove(3);
    team.goes_online();
    until("the note is receipted", || {
        team.server.log().contains("until `journal confirm`").then_some(())
    });
    std::thread::sleep(std::time::Duration::from_secs(2));
    assert_eq!(team.server.figure("published rows"), rows, "uploads wait");
    assert!(team.tablets[0].unsent() > 0);
    assert_eq!(team.server.sends_digests(), 0);
    team.server.does(OperatorRequest::JournalConfirm);
    let content = team.until_quiet();
    team.lacks_nothing_in(&content);
    assert!(holds(&content, "c00x001", "Skrevet mens serveren var væk."));
    // What it had sent, its colleagues bring.
    assert!(holds(&content, "c00x000", "Fra en ny tablet."));
    assert_eq!(content.citizens["c00x000"], before.citizens["c00x000"]);
    // Whether Berit was told today, nobody can say: nothing is sent on a guess.
    assert_eq!(team.server.sends_digests(), 0);
    assert!(team.server.messages().is_empty());
    // The forgotten tablet keeps what it has; another one takes its place.
    assert!(forgotten.reads("c00x000").contains(&"Fra en ny tablet.".to_owned()));
    team.gets_a_new_tablet("t00x91");
    assert_eq!(team.syncs(), content);
    assert!(team.server.data().join("journal").exists());
}

#[test]
fn a_backup_is_never_overwritten_and_opens_with_its_own_key_only() {
    let mut team = Team::of(1);
    team.works_the_shift();
    team.syncs();
    let backup = team.server.is_backed_up();
    let file = backup.to_str().unwrap();
    let again = team.server.asks(OperatorRequest::Backup { to: file.to_owned() });
    assert!(again.unwrap_err().to_string().contains("never overwritten"));
    let mode =
        std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&backup).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    let verified = verb_told(&["verify", file, "--recovery-key"], team.server.paper());
    let said = String::from_utf8_lossy(&verified.stdout).into_owned();
    assert!(verified.status.success(), "{said}{}", String::from_utf8_lossy(&verified.stderr));
    assert!(said.contains("All of it is as it was written."), "{said}");

    let other = doegnrytme_tests::harness::Server::start();
    let empty = tempfile_in_room();
    let data = empty.path().join("data");
    let restore = ["restore", "--from", file, "--data", data.to_str().unwrap()];
    let refused = verb_told(&restore, other.paper());
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("does not open the backup"), "{said}");
    assert!(!data.join("server.db").exists() && !data.join("key").exists());

    let bytes = std::fs::read(&backup).unwrap();
    for (at, words) in [(bytes.len() / 2, "is damaged"), (bytes.len() - 40, "does not open")] {
        let mut spoilt = bytes.clone();
        spoilt[at] ^= 1;
        let path = empty.path().join("spoilt");
        std::fs::write(&path, spoilt).unwrap();
        let restore =
            ["restore", "--from", path.to_str().unwrap(), "--data", data.to_str().unwrap()];
        let refused = verb_told(&restore, team.server.paper());
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && said.contains(words), "{said}");
    }
    let cut = empty.path().join("cut");
    std::fs::write(&cut, &bytes[..bytes.len() - 100]).unwrap();
    let restore = ["restore", "--from", cut.to_str().unwrap(), "--data", data.to_str().unwrap()];
    let refused = verb_told(&restore, team.server.paper());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("is no backup"));

    let full = team.server.data();
    let restore = ["restore", "--from", file, "--data", full.to_str().unwrap()];
    team.server.dies();
    let refused = verb_told(&restore, team.server.paper());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("is not empty"));
}

fn tempfile_in_room() -> tempfile::TempDir {
    tempfile::tempdir_in(doegnrytme_tests::harness::room()).unwrap()
}
