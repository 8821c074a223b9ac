//! Names, addresses, texts and codes never stand in a log, whatever happens.

use doegnrytme_tests::harness::{Team, line};
use doegnrytme_tests::workload::format::Act;

#[test]
fn no_log_repeats_what_was_written_or_who_it_is_about() {
    let mut team = Team::of(2);
    team.works_the_shift();
    team.goes_online();
    team.tablets[0].net().cut();
    let address = team.server.address().to_owned();
    let _ = line::posts(&address, "/v1/sync", b"nonsense".to_vec());
    team.tablets[0].net().mend();
    team.syncs();
    let code = team.office().code(team.name(), &address).unwrap();
    let secret = code.rsplit('/').next().unwrap().to_owned();
    team.server.restarts();
    let mut logs = vec![team.server.log()];
    logs.extend(team.tablets.iter().map(|tablet| tablet.log().join("\n")));
    let logs = logs.join("\n");
    let file = team.file();
    let mut canaries = vec![secret];
    for citizen in &file.citizens {
        canaries.extend([citizen.name.clone(), citizen.address.clone()]);
        canaries.extend(citizen.items.values().map(|item| item.text.clone()));
        canaries.extend(citizen.notes.iter().map(|note| note.text.clone()));
    }
    for op in file.tablets.iter().flat_map(|shift| &shift.ops) {
        if let Act::Note { text, .. } = &op.act {
            canaries.push(text.clone());
        }
    }
    for canary in canaries {
        assert!(!logs.contains(&canary), "{canary}");
    }
}
