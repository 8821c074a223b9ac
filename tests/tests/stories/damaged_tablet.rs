//! A tablet's files were damaged. It makes its store anew, hands in what it had not sent, and fetches
//! everything else from the server again.

use std::fs;
use std::path::Path;

use doegnrytme_tests::harness::{Tablet, Team};

fn spoil(file: &Path) {
    let mut bytes = fs::read(file).unwrap();
    for page in bytes.chunks_mut(4096) {
        page[17] ^= 0x40;
    }
    fs::write(file, bytes).unwrap();
}

fn has_what_was_written(tablet: &Tablet) {
    let texts = tablet.reads("c00x000");
    for words in ["Sendt før skaden.", "Ikke sendt før skaden.", "Fra en kollega.", "Efter skaden."]
    {
        assert!(texts.iter().any(|text| text == words), "{words} is not in {texts:?}");
    }
    assert_eq!(tablet.sees("c00x000", "p00").fields[1], "Rettet, ikke sendt.");
}

#[test]
fn a_database_without_a_sound_page_costs_nothing_that_was_written() {
    let mut team = Team::of(2);
    let number = team.tablets[0].device_number();
    team.tablets[0].notes("c00x000", "Sendt før skaden.");
    team.tablets[1].notes("c00x000", "Fra en kollega.");
    team.syncs();
    team.goes_offline();
    team.tablets[0].notes("c00x000", "Ikke sendt før skaden.");
    team.tablets[0].rewrites("c00x000", "p00", "Rettet, ikke sendt.");
    team.tablets[0].opens_after(|folder| spoil(&folder.join("store.db")));
    assert_eq!(team.tablets[0].unsent(), 2, "it knows what it has not sent");
    assert_eq!(team.tablets[0].device_number(), number, "it is the same device");
    team.tablets[0].syncs();
    // The PINs went with the database.
    let start = team.start_code(&team.tablets[0]);
    team.tablets[0].begins_again(start);
    team.tablets[0].notes("c00x000", "Efter skaden.");
    team.syncs();
    team.tablets.iter().for_each(has_what_was_written);
}

#[test]
fn a_database_that_is_gone_costs_nothing_either() {
    let mut team = Team::of(2);
    team.tablets[0].notes("c00x000", "Sendt før skaden.");
    team.tablets[1].notes("c00x000", "Fra en kollega.");
    team.syncs();
    team.goes_offline();
    team.tablets[0].notes("c00x000", "Ikke sendt før skaden.");
    team.tablets[0].rewrites("c00x000", "p00", "Rettet, ikke sendt.");
    team.tablets[0].opens_after(|folder| fs::remove_file(folder.join("store.db")).unwrap());
    team.tablets[0].syncs();
    // The PINs went with the database.
    let start = team.start_code(&team.tablets[0]);
    team.tablets[0].begins_again(start);
    team.tablets[0].notes("c00x000", "Efter skaden.");
    team.syncs();
    team.tablets.iter().for_each(has_what_was_written);
}

#[test]
fn a_tablet_that_forgot_who_it_is_joins_anew_and_keeps_what_it_had_not_sent_in_sight() {
    let mut team = Team::of(2);
    team.tablets[0].notes("c00x000", "Sendt som den gamle.");
    team.syncs();
    team.goes_offline();
    let number = team.tablets[0].device_number();
    team.tablets[0].notes("c00x000", "Skrevet som den gamle.");
    team.tablets[0].opens_after(|folder| {
        spoil(&folder.join("store.db"));
        spoil(&folder.join("passport.seal"));
    });
    assert_eq!(team.tablets[0].unsent(), 1, "it is still on its way");
    // Until it joins it opens as it is, and is not made anew again.
    team.tablets[0].opens_after(|folder| assert!(!folder.join("damaged-2").exists()));
    team.tablets[0].opens_after(|folder| assert!(!folder.join("damaged-2").exists()));
    let code = team.office().code(team.name(), team.tablets[0].net().address()).unwrap();
    let start = team.start_code(&team.tablets[0]);
    team.tablets[0].joins(code, start);
    assert_ne!(team.tablets[0].device_number(), number);
    let texts = team.tablets[0].reads("c00x000");
    assert!(texts.contains(&"Skrevet som den gamle.".to_owned()), "{texts:?}");
}
