//! How long the frequent things take. The bounds are wide: they catch a lost index, not a slow day.

use std::time::{Duration, Instant};

use super::*;

fn took(what: &str, most: Duration, work: impl FnOnce()) {
    let begin = Instant::now();
    work();
    let took = begin.elapsed();
    eprintln!("{what}: {took:?}");
    assert!(took < most, "{what}: {took:?}");
}

#[test]
fn two_hundred_notes_of_colleagues_are_stored_in_one_short_transaction() {
    let (mut writer, mut reader) = (Tablet::new(1), Tablet::new(2));
    reader.meets(writer.number);
    let mut stream = Stream::default();
    let text = "Vi fik kaffe ved vinduet. ".repeat(11);
    let rows: Vec<Row> = (0..200)
        .map(|_| {
            let own = writer.note(KAREN, &text);
            stream.publish(&own)
        })
        .collect();
    took("200 foreign notes", Duration::from_millis(150), || {
        reader.write(|tx| rows.iter().try_for_each(|row| tx.take_row(row).map(drop)));
    });
}

#[test]
fn a_visit_is_saved_in_a_few_milliseconds() {
    let mut tablet = Tablet::new(1);
    let rows: Vec<OwnRow> = (0..20).map(|_| tablet.note(KAREN, "Sov godt")).collect();
    took("20 saves", Duration::from_millis(1_000), || {
        for row in &rows {
            tablet.save(row);
        }
    });
}

#[test]
fn a_plan_with_many_edits_takes_another_one_quickly() {
    let (mut writer, mut reader) = (Tablet::new(1), Tablet::new(2));
    let mut stream = Stream::default();
    let mut rows = Vec::new();
    for item in 1..=40 {
        let own = writer.edit(KAREN, add(item, "Bad"));
        writer.save(&own);
        rows.push(stream.publish(&own));
    }
    for round in 0..200_u8 {
        let own = writer.edit(KAREN, put(1 + round % 40, Field::Text, &format!("{round}")));
        writer.save(&own);
        rows.push(stream.publish(&own));
    }
    let (last, before) = rows.split_last().unwrap();
    took("239 edits", Duration::from_millis(1_500), || {
        reader.write(|tx| before.iter().try_for_each(|row| tx.take_row(row).map(drop)));
    });
    took("one more edit", Duration::from_millis(60), || {
        reader.write(|tx| tx.take_row(last).map(drop));
    });
    reader.reopen();
    took("one plan from its snapshot", Duration::from_millis(100), || {
        reader.read(|tx| tx.plan_doc(KAREN).map(drop));
    });
    took("one plan from its projection", Duration::from_millis(100), || {
        assert_eq!(reader.read(|tx| tx.plan(KAREN)).items.len(), 40);
    });
}

#[test]
fn a_store_is_made_and_opened_quickly() {
    let dir = folder();
    took("made", Duration::from_millis(1_000), || {
        Store::create(dir.path(), &KEY, options(1)).unwrap();
    });
    took("opened", Duration::from_millis(500), || {
        Store::open(dir.path(), &KEY, options(2)).unwrap();
    });
}
