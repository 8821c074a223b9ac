//! Batches and verdicts.

use super::*;
use crate::ids::BatchHash;
use crate::wire::batch::Batch;
use crate::wire::verdict::{Verdict, VerdictRun};

fn cut(tablet: &mut Tablet, replaces: Option<BatchHash>) -> Batch {
    let device = tablet.number;
    tablet.write(|tx| {
        let last = tx.last_batch()?;
        if let Some(hash) = replaces {
            assert_eq!(last.map(|(_, hash)| hash), Some(hash));
        }
        let rows = tx.uncut(100, 10_000)?;
        let number = last.map_or(1, |(number, _)| number + u64::from(replaces.is_none()));
        let batch = Batch {
            device,
            number,
            previous: last.map(|(_, hash)| hash).filter(|_| replaces.is_none()),
            install: InstallEpoch([1; 8]),
            made: MORNING,
            replaces,
            digests: rows.iter().flat_map(|row| row.row.entry.digest()).collect(),
        };
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        tx.cut_batch(&batch, b"signed", &ids)?;
        Ok(batch)
    })
}

fn run(position: u16, count: u16, verdict: Verdict) -> VerdictRun {
    VerdictRun { number: 1, position, count, verdict, device: None }
}

fn published(seq: u64) -> Verdict {
    Verdict::Published { stream: TEAM, seq, received: MORNING }
}

fn judge(tablet: &mut Tablet, run: VerdictRun) -> Vec<Judgement> {
    tablet.write(|tx| tx.apply_verdict(&run))
}

#[test]
fn a_batch_is_stored_before_it_is_sent_and_stays_in_flight_until_its_receipt() {
    let mut tablet = Tablet::new(1);
    let rows: Vec<OwnRow> = (0..3).map(|_| tablet.note(KAREN, "x")).collect();
    for row in &rows {
        tablet.save(row);
    }
    let batch = cut(&mut tablet, None);
    tablet.reopen();
    let flight = tablet.read(|tx| tx.in_flight()).unwrap();
    assert_eq!((flight.batch.cose.as_slice(), flight.batch.number), (&b"signed"[..], 1));
    assert_eq!(flight.batch.hash, batch.hash());
    let sent: Vec<&Entry> = flight.rows.iter().map(|row| &row.entry).collect();
    assert_eq!(sent, rows.iter().map(|row| &row.entry).collect::<Vec<_>>());
    assert_eq!(flight.rows.iter().map(|row| row.origin.position).collect::<Vec<_>>(), [0, 1, 2]);
    assert!(!tablet.write(|tx| tx.store_receipt(1, &BatchHash([0; 32]), b"receipt")));
    assert!(tablet.write(|tx| tx.store_receipt(1, &batch.hash(), b"receipt")));
    assert_eq!(tablet.read(|tx| tx.in_flight()), None);
    assert_eq!(tablet.read(|tx| tx.open_count()), 3);
}

#[test]
fn a_batch_that_does_not_follow_or_does_not_fit_is_refused() {
    let mut tablet = Tablet::new(1);
    let row = tablet.note(KAREN, "x");
    tablet.save(&row);
    let batch = cut(&mut tablet, None);
    let row = tablet.note(KAREN, "y");
    tablet.save(&row);
    let id = tablet.read(|tx| tx.uncut(1, 1)).remove(0).id;
    let good = Batch {
        number: 2,
        previous: Some(batch.hash()),
        digests: row.entry.digest().to_vec(),
        ..batch.clone()
    };
    for bad in [
        Batch { number: 3, ..good.clone() },
        Batch { previous: None, ..good.clone() },
        Batch { digests: vec![0; 32], ..good.clone() },
        Batch { digests: vec![], ..good.clone() },
    ] {
        let refused = tablet.store().write(|tx| tx.cut_batch(&bad, b"", &[id]));
        assert!(matches!(refused, Err(StoreError::Unfitting(_))), "{bad:?}");
    }
    tablet.write(|tx| tx.cut_batch(&good, b"", &[id]));
}

#[test]
fn a_batch_cut_anew_keeps_its_number_and_takes_the_others_place() {
    let mut tablet = Tablet::new(1);
    for text in ["a", "b"] {
        let row = tablet.note(KAREN, text);
        tablet.save(&row);
    }
    let first = cut(&mut tablet, None);
    let device = tablet.number;
    let entry = tablet.read(|tx| tx.rows_of_batch(device, 1)).remove(1);
    let again =
        Batch { replaces: Some(first.hash()), digests: entry.entry.digest().to_vec(), ..first };
    tablet.write(|tx| {
        let outbox = tx.outbox_open()?;
        let id = outbox.iter().find(|row| row.row.id == entry.id).unwrap().id;
        tx.cut_batch(&again, b"again", &[id])
    });
    let flight = tablet.read(|tx| tx.in_flight()).unwrap();
    assert_eq!((flight.batch.hash, flight.rows.len()), (again.hash(), 1));
    assert_eq!(tablet.read(|tx| tx.uncut(10, 10_000)).len(), 1);
}

#[test]
fn final_verdicts_close_the_outbox_and_cut_its_file() {
    let mut tablet = Tablet::new(1);
    for text in ["a", "b", "c"] {
        let row = tablet.note(KAREN, text);
        tablet.save(&row);
    }
    cut(&mut tablet, None);
    let length =
        |tablet: &Tablet| std::fs::metadata(tablet.dir.path().join("outbox.seal")).unwrap().len();
    judge(&mut tablet, run(0, 3, Verdict::Received));
    judge(&mut tablet, run(0, 2, published(10)));
    assert_eq!(tablet.read(|tx| tx.open_count()), 1);
    assert!(length(&tablet) > 0);
    judge(&mut tablet, run(2, 1, Verdict::Parked { missing: vec![] }));
    assert_eq!(tablet.read(|tx| tx.open_count()), 1);
    judge(&mut tablet, run(2, 1, published(12)));
    assert_eq!(tablet.read(|tx| tx.open_count()), 0);
    assert_eq!(length(&tablet), 0);
    let device = tablet.number;
    let rows = tablet.read(|tx| tx.rows_of_batch(device, 1));
    let seqs: Vec<u64> = rows.iter().map(|row| row.placed.unwrap().seq).collect();
    assert_eq!(seqs, [10, 11, 12]);
    super::delivery::assert_recounts(&mut tablet);
    // What is saved next goes into the file again, under a counter that goes on.
    let row = tablet.note(KAREN, "d");
    tablet.save(&row);
    assert!(length(&tablet) > 0);
    tablet.reopen();
    assert_eq!(tablet.texts(KAREN).len(), 4);
}

#[test]
fn a_record_that_has_not_reached_the_database_is_never_cut_off() {
    let mut tablet = Tablet::new(1);
    let row = tablet.note(KAREN, "a");
    tablet.save(&row);
    cut(&mut tablet, None);
    let waiting = tablet.note(KAREN, "b");
    tablet.store().append_outbox(&[waiting]).unwrap();
    judge(&mut tablet, run(0, 1, published(10)));
    assert_eq!(tablet.read(|tx| tx.open_count()), 0);
    assert_eq!(tablet.reopen().replayed, 1);
    assert_eq!(tablet.texts(KAREN).len(), 2);
}

#[test]
fn an_earlier_verdict_never_takes_a_later_ones_place() {
    let mut tablet = Tablet::new(1);
    let row = tablet.note(KAREN, "a");
    tablet.save(&row);
    cut(&mut tablet, None);
    for verdict in [published(5), Verdict::Received, Verdict::Held { reason: 53 }] {
        judge(&mut tablet, run(0, 1, verdict));
        assert_eq!(tablet.read(|tx| tx.open_count()), 0);
        let found = tablet.read(|tx| tx.logged(&row.entry.doc, &row.entry.hash)).unwrap();
        assert_eq!(found.state, State::Published);
    }
    let open = tablet.read(|tx| tx.outgoing_in(&row.entry.doc));
    assert_eq!(open[0].verdict, Some(published(5)));
}

#[test]
fn a_held_edit_leaves_the_plan_with_what_rests_on_it_and_is_handed_back() {
    let mut tablet = Tablet::new(1);
    let mut rows = Vec::new();
    for edit in [add(1, "Bad"), put(1, Field::Text, "forkert"), put(1, Field::Title, "Brusebad")] {
        let row = tablet.edit(KAREN, edit);
        tablet.save(&row);
        rows.push(row);
    }
    cut(&mut tablet, None);
    judge(&mut tablet, run(0, 1, published(1)));
    let back = judge(&mut tablet, run(1, 1, Verdict::Held { reason: 53 }));
    assert_eq!((back.len(), back[0].hash), (1, rows[1].entry.hash));
    let plan = tablet.read(|tx| tx.plan(KAREN));
    assert_eq!((plan.items[0].title.as_str(), plan.items[0].text.as_str()), ("Bad", ""));
    assert_eq!((tablet.read(|tx| tx.held_count()), tablet.read(|tx| tx.open_count())), (1, 1));
    // What rested on it waits, and is written anew from its command on the heads that are left.
    let doc = rows[1].entry.doc;
    let kept = tablet.read(|tx| tx.outgoing_in(&doc));
    let standings: Vec<Standing> = kept.iter().map(|row| row.row.standing).collect();
    assert_eq!(standings, [Standing::Applied, Standing::Aside, Standing::Waiting]);
    tablet.reopen();
    let mut anew = tablet.edit(KAREN, put(1, Field::Title, "Brusebad"));
    anew.entry.replaces = Some(rows[2].entry.hash);
    tablet.save(&anew);
    assert_eq!(tablet.read(|tx| tx.plan(KAREN)).items[0].title, "Brusebad");
    assert_eq!(tablet.differences(), []);
    // The team lets the held one in after all.
    judge(&mut tablet, run(1, 1, published(7)));
    assert_eq!(tablet.read(|tx| tx.plan(KAREN)).items[0].text, "forkert");
    assert_eq!(tablet.differences(), []);
}

#[test]
fn a_held_note_stays_readable_to_its_author() {
    let mut tablet = Tablet::new(1);
    let row = tablet.note(KAREN, "x");
    tablet.save(&row);
    cut(&mut tablet, None);
    assert_eq!(judge(&mut tablet, run(0, 1, Verdict::Held { reason: 53 })).len(), 1);
    let shown = tablet.read(|tx| tx.note(crate::ids::NoteId(note_of(&row)))).unwrap();
    assert_eq!(shown.state, State::Held);
    assert_eq!(tablet.read(|tx| tx.held_count()), 1);
}

fn note_of(row: &OwnRow) -> [u8; 16] {
    match row.entry.doc {
        DocId::Note(note) => note.0,
        _ => panic!("not a note"),
    }
}

#[test]
fn after_a_roll_back_of_the_server_later_batches_are_sent_again() {
    let mut tablet = Tablet::new(1);
    let row = tablet.note(KAREN, "x");
    tablet.save(&row);
    let batch = cut(&mut tablet, None);
    tablet.write(|tx| tx.store_receipt(1, &batch.hash(), b"receipt"));
    judge(&mut tablet, run(0, 1, published(5)));
    tablet.write(|tx| tx.resend_from(1));
    assert!(tablet.read(|tx| tx.in_flight()).is_some());
    assert_eq!(tablet.read(|tx| tx.open_count()), 1);
    judge(&mut tablet, run(0, 1, published(3)));
    assert_eq!(tablet.read(|tx| tx.open_count()), 0);
    super::delivery::assert_recounts(&mut tablet);
}

#[test]
fn a_row_that_comes_back_in_its_stream_is_closed_without_a_verdict() {
    let mut tablet = Tablet::new(1);
    let row = tablet.note(KAREN, "x");
    tablet.save(&row);
    cut(&mut tablet, None);
    let mut back = Stream::default().publish(&row);
    back.origin = Origin { device: tablet.number, number: 1, position: 0 };
    assert_eq!(tablet.write(|tx| tx.take_row(&back)), Taken::Known);
    assert_eq!(tablet.read(|tx| tx.open_count()), 0);
}

#[test]
fn batches_are_forgotten_after_their_time_when_all_is_closed() {
    let mut tablet = Tablet::new(1);
    for number in 1..=3_u64 {
        let row = tablet.note(KAREN, "x");
        tablet.save(&row);
        let batch = cut(&mut tablet, None);
        tablet.write(|tx| tx.store_receipt(number, &batch.hash(), b"receipt"));
    }
    judge(&mut tablet, run(0, 1, published(1)));
    let kept = batches_kept_since(MORNING.plus(91 * 86_400));
    assert_eq!(tablet.write(|tx| tx.prune_batches(kept)), 1);
    assert_eq!(tablet.read(|tx| tx.batches_from(1)).len(), 2);
}

#[test]
fn a_batch_takes_as_much_as_fits_and_at_least_one() {
    let mut tablet = Tablet::new(1);
    for _ in 0..5 {
        let row = tablet.note(KAREN, &"x".repeat(500));
        tablet.save(&row);
    }
    assert_eq!(tablet.read(|tx| tx.uncut(10, 1)).len(), 1);
    assert_eq!(tablet.read(|tx| tx.uncut(10, 1700)).len(), 2);
    assert_eq!(tablet.read(|tx| tx.uncut(3, 100_000)).len(), 3);
}
