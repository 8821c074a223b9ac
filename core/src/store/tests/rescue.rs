//! A store that is made anew, and the damaged files that it leaves.

use std::path::Path;

use super::*;
use crate::trust::identity::Identity;
use crate::trust::pin::{Pin, Verifier};

const DAY: i64 = 24 * 60 * 60;

/// A tablet with a note that was not sent and a draft; closed.
fn closed() -> Tablet {
    let mut tablet = Tablet::new(1);
    let row = tablet.note(KAREN, "ikke sendt");
    tablet.save(&row);
    let carer = carer(tablet.number.0);
    tablet.write(|tx| tx.put_draft(&visit(KAREN), carer, b"et kryds", MORNING));
    tablet.write(|tx| tx.put_single(&ADDRESS, &"https://server.example".to_owned()));
    tablet.write(|tx| tx.put_single(&IDENTITY, &Identity::first([4; 65])));
    let verifier = Verifier::of(&Pin::typed("246813"), carer, &[3; 32], [4; 16]);
    tablet.write(|tx| tx.put_single(&WRAPPED_SECRET, &vec![5; 40].into()));
    tablet.write(|tx| tx.put_pin(carer, &verifier));
    tablet.close();
    tablet
}

fn spoil(file: &Path) {
    let mut bytes = std::fs::read(file).unwrap();
    bytes.chunks_mut(4096).for_each(|page| page[17] ^= 0x40);
    std::fs::write(file, bytes).unwrap();
}

fn rescued(tablet: &mut Tablet) -> Rescued {
    let (store, rescued) = Store::rescue(tablet.dir.path(), &KEY, options(8)).unwrap();
    tablet.store = Some(store);
    rescued
}

fn has_aside(tablet: &Tablet) -> bool {
    tablet.dir.path().join("damaged-1").exists()
}

#[test]
fn what_was_read_whole_leaves_no_damaged_files_once_both_hold_the_same() {
    let mut tablet = closed();
    let found = rescued(&mut tablet);
    assert_eq!((found.rows, found.drafts, found.damaged), (1, 1, 0));
    let carer = carer(tablet.number.0);
    assert!(tablet.read(|tx| tx.pin_of(carer)).is_some(), "nobody needs a start code again");
    assert!(has_aside(&tablet), "they stay until the server has everything");
    tablet.reopen();
    assert!(has_aside(&tablet));
    tablet.store().holds_the_same(MORNING).unwrap();
    assert!(!has_aside(&tablet));
}

#[test]
fn what_was_not_read_whole_leaves_them_for_thirty_days() {
    let mut tablet = closed();
    spoil(&tablet.dir.path().join("store.db"));
    assert_eq!(rescued(&mut tablet).drafts, 0);
    for days in [0, 1, 30] {
        tablet.store().holds_the_same(MORNING.plus(days * DAY)).unwrap();
        assert!(has_aside(&tablet), "after {days} days");
    }
    tablet.store().holds_the_same(MORNING.plus(30 * DAY + 1)).unwrap();
    assert!(!has_aside(&tablet));
}

#[test]
fn an_erasure_takes_damaged_files_at_once() {
    let mut tablet = closed();
    spoil(&tablet.dir.path().join("store.db"));
    rescued(&mut tablet);
    let row = tablet.note(KAREN, "skal slettes");
    tablet.save(&row);
    tablet.write(|tx| tx.restrict(&row.entry.doc));
    assert!(!has_aside(&tablet));
}

#[test]
fn an_error_of_the_program_is_no_damage() {
    let mut tablet = closed();
    tablet.reopen();
    // The next migration finds its tables there already.
    tablet.write(|tx| tx.run("PRAGMA user_version = 3", []));
    tablet.close();
    let said = Store::open(tablet.dir.path(), &KEY, options(9)).map(drop);
    assert!(matches!(said, Err(OpenError::Program(_))), "{said:?}");
}

#[test]
fn a_disk_that_refused_is_looked_at_once_and_not_doubted_for_ever() {
    let mut tablet = closed();
    std::fs::write(tablet.dir.path().join("suspect"), b"").unwrap();
    tablet.reopen();
    assert!(!tablet.dir.path().join("suspect").exists());
    assert!(!has_aside(&tablet));
}
