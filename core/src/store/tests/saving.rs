//! What is saved stays saved, wherever the power goes.

use super::*;

#[test]
fn a_saved_note_is_there_after_reopening() {
    let mut tablet = Tablet::new(1);
    let row = tablet.note(KAREN, "Kaffe og avis ved vinduet");
    tablet.save(&row);
    assert_eq!(tablet.texts(KAREN), ["Kaffe og avis ved vinduet"]);
    assert_eq!(tablet.reopen().replayed, 0);
    assert_eq!(tablet.texts(KAREN), ["Kaffe og avis ved vinduet"]);
    assert_eq!(tablet.read(|tx| tx.open_count()), 1);
}

#[test]
fn a_crash_between_file_and_commit_is_replayed_with_the_same_hash() {
    let mut tablet = Tablet::new(1);
    let mut row = tablet.note(KAREN, "Sov godt");
    row.draft = Some(visit(KAREN));
    let carer = row.author;
    tablet.write(|tx| tx.put_draft(&visit(KAREN), carer, b"half a note", MORNING));
    tablet.store().append_outbox(std::slice::from_ref(&row)).unwrap();
    assert_eq!(tablet.texts(KAREN), [""; 0]);
    assert_eq!(tablet.reopen(), Opening { replayed: 1, ..Opening::default() });
    let found = tablet.read(|tx| tx.logged(&row.entry.doc, &row.entry.hash)).unwrap();
    assert_eq!((found.entry, found.content), (row.entry.clone(), row.content.clone()));
    let outgoing = tablet.read(|tx| tx.uncut(10, 1000)).remove(0);
    assert_eq!((outgoing.command, outgoing.author), (row.command, row.author));
    assert_eq!(tablet.read(|tx| tx.draft(&visit(KAREN), carer)), None);
    assert_eq!(tablet.reopen().replayed, 0);
}

/// At every step of a save: nothing was saved and nobody was told so, or all of it is there.
#[test]
fn a_crash_at_any_step_of_a_save_loses_nothing_that_was_confirmed() {
    let mut confirmed = 0;
    for step in 0..60 {
        let mut tablet = Tablet::new(1);
        let first = tablet.edit(KAREN, add(1, "Bad"));
        tablet.save(&first);
        let rows =
            [tablet.edit(KAREN, put(1, Field::Text, "ikke for varmt")), tablet.note(KAREN, "x")];
        tablet.store().faults_mut().crash_after.set(Some(step));
        let saved = tablet.store().save(&rows);
        tablet.reopen();
        let there = tablet.texts(KAREN).len();
        let open = tablet.read(|tx| tx.open_count());
        let in_file = matches!(saved, Ok(()) | Err(SaveError::InFile(_)));
        assert!(there == usize::from(in_file) || saved.is_err(), "step {step}: {saved:?}");
        assert_eq!(open, 1 + 2 * u64::try_from(there).unwrap(), "step {step}");
        assert_eq!(tablet.differences(), [], "step {step}");
        confirmed += usize::from(saved.is_ok());
    }
    assert!(confirmed > 0, "no step lies behind the whole save");
}

#[test]
fn without_the_outbox_row_in_the_transaction_a_crash_loses_it() {
    let mut lost = 0;
    for step in 0..40 {
        let mut tablet = Tablet::new(1);
        let row = tablet.note(KAREN, "x");
        tablet.store().faults_mut().outbox_outside_transaction = true;
        tablet.store().faults_mut().crash_after.set(Some(step));
        let _ = tablet.store().save(&[row]);
        tablet.reopen();
        let in_log = tablet.texts(KAREN).len();
        lost += usize::from(in_log == 1 && tablet.read(|tx| tx.open_count()) == 0);
    }
    assert!(lost > 0, "the negative control is not red");
}

#[test]
fn a_full_disk_at_the_commit_keeps_the_bytes_and_their_hash() {
    let mut tablet = Tablet::new(1);
    let row = tablet.edit(KAREN, add(1, "Bad"));
    tablet.store().faults_mut().full_commit.set(true);
    // The reserve is let go and the bytes in the file are committed.
    tablet.save(&row);
    assert_eq!(tablet.read(|tx| tx.plan(KAREN)).items[0].title, "Bad");
    assert_eq!(tablet.read(|tx| tx.plan_doc(KAREN)).1.heads(), [row.entry.hash]);
}

/// SQLite itself says that the disk is full, at whatever page it needs next.
#[test]
fn on_a_disk_that_stays_full_a_note_waits_in_the_file_and_is_saved_later() {
    let mut tablet = Tablet::new(1);
    let first = tablet.note(KAREN, "a");
    tablet.save(&first);
    let pages = |tablet: &mut Tablet, most: u32| {
        let connection = &tablet.store().connection;
        let set = format!("PRAGMA max_page_count = {most}");
        connection.query_row(&set, [], |_| Ok(())).unwrap();
    };
    pages(&mut tablet, 1);
    let (mut waiting, mut at) = (Vec::new(), 0);
    while waiting.is_empty() && at < 50 {
        let row = tablet.note(KAREN, &"b".repeat(3000));
        let saved = tablet.store().save(std::slice::from_ref(&row));
        if saved.is_err() {
            assert_eq!(saved, Err(SaveError::InFile(StoreError::DiskFull)));
            waiting.push(row);
        }
        at += 1;
    }
    assert_eq!(waiting.len(), 1, "the disk was never full");
    let before = tablet.texts(KAREN).len();
    pages(&mut tablet, 1_000_000);
    assert_eq!(tablet.store().finish_saving(), Ok(1));
    assert_eq!(tablet.texts(KAREN).len(), before + 1);
    let entry = &waiting[0].entry;
    assert!(tablet.read(|tx| tx.logged(&entry.doc, &entry.hash)).is_some());
    assert_eq!(tablet.differences(), []);
}

#[test]
fn a_full_disk_at_the_append_is_tried_once_more_and_then_said() {
    let mut tablet = Tablet::new(1);
    let row = tablet.note(KAREN, "x");
    tablet.store().faults_mut().short_append.set(Some(10));
    tablet.save(&row);
    assert_eq!(tablet.reopen(), Opening::default());
    assert_eq!(tablet.texts(KAREN).len(), 1);
}

#[test]
fn the_reserve_is_held_let_go_and_taken_again() {
    let dir = folder();
    let options = Options { reserve_bytes: 100_000, ..options(1) };
    let store = Store::create(dir.path(), &KEY, options).unwrap();
    let bytes = || std::fs::metadata(dir.path().join("reserve")).map_or(0, |found| found.len());
    assert!(store.has_reserve() && bytes() == 100_000);
    store.release_reserve();
    assert!(!store.has_reserve() && bytes() == 0);
    assert!(store.take_reserve() && bytes() == 100_000);
}

#[test]
fn a_failed_transaction_keeps_nothing_not_even_in_memory() {
    let mut tablet = Tablet::new(1);
    let row = tablet.edit(KAREN, add(1, "Bad"));
    let failed: Result<(), StoreError> = tablet.store().write(|tx| {
        tx.insert_own(&row)?;
        Err(StoreError::Unfitting("a test"))
    });
    assert!(failed.is_err());
    assert_eq!(tablet.read(|tx| tx.plan_doc(KAREN)).1.change_count(), 1);
    tablet.save(&row);
    assert_eq!(tablet.read(|tx| tx.plan_doc(KAREN)).1.change_count(), 2);
}

#[test]
fn a_panic_inside_a_transaction_rolls_it_back() {
    let mut tablet = Tablet::new(1);
    let row = tablet.edit(KAREN, add(1, "Bad"));
    let store = tablet.store();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        store.write(|tx| -> Result<(), StoreError> {
            tx.insert_own(&row)?;
            panic!("a test");
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(tablet.read(|tx| tx.plan_doc(KAREN)).1.change_count(), 1);
    tablet.save(&row);
    assert_eq!(tablet.differences(), []);
}

#[test]
fn drafts_survive_reopening_and_go_with_their_note() {
    let mut tablet = Tablet::new(1);
    let carer = carer(tablet.number.0);
    for tick in 1..=3_u8 {
        let at = MORNING.plus(i64::from(tick));
        tablet.write(|tx| tx.put_draft(&visit(KAREN), carer, &[tick], at));
    }
    tablet.reopen();
    let draft = tablet.read(|tx| tx.drafts_of(carer)).remove(0);
    assert_eq!((draft.visit, draft.body, draft.saved), (visit(KAREN), vec![3], MORNING.plus(3)));
    let mut row = tablet.note(KAREN, "x");
    row.draft = Some(visit(KAREN));
    tablet.save(&row);
    assert_eq!(tablet.read(|tx| tx.drafts_of(carer)), []);
}

#[test]
fn a_draft_begun_after_the_visits_note_outlives_opening() {
    let mut tablet = Tablet::new(1);
    let carer = carer(tablet.number.0);
    let mut row = tablet.note(KAREN, "x");
    row.draft = Some(visit(KAREN));
    tablet.save(&row);
    tablet.write(|tx| tx.put_draft(&visit(KAREN), carer, b"one more tick", MORNING));
    // The note was not sent yet: its record lies in the outbox file and is read again.
    tablet.reopen();
    assert_eq!(tablet.read(|tx| tx.drafts_of(carer)).len(), 1);
}
